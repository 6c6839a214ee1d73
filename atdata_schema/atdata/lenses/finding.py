"""The lens that leads from the type of some data to a class."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from atdata.resolving import class_for
from atdata.sample_type import schema_of
from atdata.views.seen import as_lens
from atdata_schema.chained import then, typed_as
from atdata_schema.errors import LensError, NoLensPath
from atdata_schema.lens import SampleLens
from atdata_schema.lenses.routes.graph import Graph
from atdata_schema.schema import Schema

__all__ = ["LensSource", "Lenses", "lens_between", "lens_to"]


class LensSource(Protocol):
    """Where lenses are kept: an Index."""

    def lens_graph(self, source: str | None = None) -> Graph:
        """The lenses that can be reached from a type."""
        ...


Lenses: TypeAlias = Iterable[SampleLens[Any, Any] | type[Any]] | Graph | LensSource
"""Lenses to choose from: some of them, those of an Index, or a graph that says how far each is trusted, and which
ways are pinned."""


def lens_between(
    stored: Schema | None, view: type[Any], lenses: Lenses, source: type[Any] | None = None
) -> SampleLens[Any, Any]:
    """The lens, or several of them one after another, that leads from a type to a class.

    Args:
        stored: the type that the data has.
        view: the class.
        lenses: those to choose from.
        source: the class that the data is read as, where that is of its type.

    Raises:
        NoLensPath: none leads there.
        AmbiguousLensPath: several ways are equally good, and do not do the same.
        LensError: the data or the class has no schema, so that no type is known to begin or end at.
    """
    wanted = schema_of(view)
    if stored is None or wanted is None:
        what = "the data has" if stored is None else f"{view.__name__} has"
        raise LensError(f"{what} no schema, by which a lens could be found; give it to ds.view")
    route = _graph(lenses, stored).route(stored.cid, wanted.cid)
    if not route.hops:
        raise NoLensPath(f"the data is {wanted.id} already; no lens is needed")
    hops = [hop.one for hop in route.hops]
    first = source if schema_of(source) == stored else None
    classes = _classes(hops, first or class_for(stored), view)
    typed = [
        typed_as(lens, *ends) for lens, ends in zip(hops, itertools.pairwise(classes), strict=True)
    ]
    return functools.reduce(then, typed)


def _graph(lenses: Lenses, stored: Schema) -> Graph:
    if isinstance(lenses, Graph):
        return lenses
    if isinstance(lenses, Iterable):
        return Graph(map(as_lens, lenses))
    if hasattr(lenses, "lens_graph"):
        return lenses.lens_graph(stored.cid)
    return Graph([as_lens(lenses)])


def _classes(
    lenses: Sequence[SampleLens[Any, Any]], source: type[Any], view: type[Any]
) -> list[type[Any] | None]:
    """The class before each lens and behind the last one: those that lenses are fixed to, else ours.

    Args:
        lenses: the lenses.
        source: what the data is read as, where that is left open.
        view: what the last one gives, where that is left open.
    """
    classes: list[type[Any] | None] = [lenses[0].source_class or source]
    for before, after in itertools.pairwise(lenses):
        fixed = before.view_class or after.source_class
        schemas = getattr(after, "schemas", None)
        classes.append(class_for(schemas[0]) if fixed is None and schemas is not None else fixed)
    return [*classes, lenses[-1].view_class or view]


def lens_to(
    stored: Schema | None, cls: type[Any], lenses: Lenses, source: type[Any] | None = None
) -> SampleLens[Any, Any] | None:
    """The lens that leads from a type to a class; `None` where none does, or none is needed.

    Args:
        stored: the type.
        cls: the class.
        lenses: those to choose from.
        source: the class that the data is read as, where that is of its type.

    Raises:
        AmbiguousLensPath: several ways are equally good, and do not do the same.
    """
    wanted = schema_of(cls)
    if stored is None or wanted is None or stored == wanted:
        return None
    try:
        return lens_between(stored, cls, lenses, source)
    except NoLensPath:
        return None

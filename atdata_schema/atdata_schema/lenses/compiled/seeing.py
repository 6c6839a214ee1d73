"""How a compiled lens sees one sample: everything that can be known before a sample is, known once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, TypeAlias

import numpy as np

from atdata_schema import model
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.steps.assembly import Assembly
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.objects import made_as, objects_in, value_as
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.steps.run import Run, Way
from atdata_schema.lenses.types.lens_types import Maybe, Nd, Plain

__all__ = ["Seeing"]

Values: TypeAlias = dict[Path, Any]
Step: TypeAlias = Callable[[Any, Values], None]
"""Takes a sample, and puts the fields of the view that one clause gives among the others."""

_TEXTS: Final[dict[type, type]] = {
    model.TextType: str,
    model.DatetimeType: datetime,
    model.BytesType: bytes,
}


class _Unusual(Exception):
    """A sample that is left to those who look at every case."""


@dataclass(frozen=True)
class Seeing(Run[Way]):
    """All clauses between two classes, for samples that are as most are.

    Attributes:
        source_class: the class that is looked at.
        view_class: the class that is seen.
    """

    source_class: type[Any]
    view_class: type[Any]

    def get(self, source: Any) -> Any:
        """The view of a sample.

        Raises:
            Misplaced: it has none.
        """
        plan = self._plan
        if plan is not None and isinstance(source, self.source_class):
            try:
                values: Values = {}
                for step in plan:
                    step(source, values)
                return self._build(values)
            except (_Unusual, Refused, Misplaced, AttributeError):
                pass  # what is told of it, and where, is said in one place
        return made_as(self.view_class, super().get(source))

    @cached_property
    def _plan(self) -> tuple[Step, ...] | None:
        if self.seen_dims is not None or _has_optional(self.seen):
            return None
        return tuple(_step(way, self.source_class) for way in self.joints if way.dst)

    @cached_property
    def _build(self) -> Callable[[Values], Any]:
        return _builder(self.seen, self.view_class)


def _has_optional(assembly: Assembly) -> bool:
    return any(part.optional or _has_optional(part) for _, part in assembly.parts)


def _builder(assembly: Assembly, cls: Any) -> Callable[[Values], Any]:
    """A function that makes an object of a class of the values of all fields in it."""
    attributes: Mapping[str, str] = dict(zip(cls.FIELDS.names, cls.FIELDS.attributes, strict=True))
    inside = objects_in(cls)
    leaves = tuple(
        (attributes[name], (*assembly.path, name), cls.FIELDS[name] if name in inside else None)
        for name, _ in assembly.leaves
    )
    needed = tuple((*assembly.path, name) for name, required in assembly.leaves if required)
    parts = tuple(
        (attributes[name], _builder(part, cls.FIELDS[name].target()))
        for name, part in assembly.parts
    )

    def build(values: Values) -> Any:
        for path in needed:
            if values[path] is None:
                raise _Unusual
        made = {
            attribute: values[path] if field is None else value_as(field, values[path])
            for attribute, path, field in leaves
        }
        for attribute, part in parts:
            made[attribute] = part(values)
        return cls(**made)

    return build


def _step(way: Way, source: type[Any]) -> Step:
    paths = tuple(leaf.path for leaf in way.dst)
    outs = tuple(_out(leaf) for leaf in way.dst)
    if way.chain is None:
        constant, (path,) = way.dst[0].out(way.constant), paths
        return lambda sample, values: values.__setitem__(path, constant)
    reads = tuple(_read(leaf, source, copies=way.chain.copies) for leaf in way.src)
    if way.chain.copies:
        (read,), (out,), (path,) = reads, outs, paths
        return lambda sample, values: values.__setitem__(path, out(read(sample)))
    run = way.chain.get

    def step(sample: Any, values: Values) -> None:
        made = run(tuple([read(sample) for read in reads]))
        for path, out, value in zip(paths, outs, made, strict=True):
            values[path] = out(value)

    return step


def _read(leaf: Leaf, source: Any, *, copies: bool) -> Callable[[Any], Any]:
    """A function from a sample to the value of a field as pipes carry it, or as it is where nobody looks at it."""
    names: list[str] = []
    cls = source
    for index, name in enumerate(leaf.path):
        names.append(cls.FIELDS.attribute(name))
        if index + 1 < len(leaf.path):
            codec = cls.FIELDS[name]
            cls = getattr(codec, "field", codec).target()
    get = attrgetter(".".join(names))
    take = _take(leaf, copies=copies)
    if not isinstance(leaf.type, Maybe):
        return lambda sample: take(get(sample))

    def read(sample: Any) -> Any:
        value = get(sample)  # an object around it that is missing has no attributes
        return None if value is None else take(value)

    return read


def _take(leaf: Leaf, *, copies: bool) -> Callable[[Any], Any]:
    """What `Leaf.into` does with values that are usual; it is asked about all others."""
    kind = leaf.type.inner if isinstance(leaf.type, Maybe) else leaf.type
    if isinstance(kind, Plain):
        return _checked(leaf, _TEXTS.get(type(kind.type)))
    if not isinstance(kind, Nd) or not kind.scalar:
        return leaf.into
    bounds = kind.bounds
    if kind.dtype == "int64" and kind.values is None and bounds is not None:
        return _integer(leaf, *bounds, copies=copies)
    if kind.dtype == "float64":
        return _float(leaf, copies=copies)
    return leaf.into


def _checked(leaf: Leaf, cls: type | None) -> Callable[[Any], Any]:
    return lambda value: value if value.__class__ is cls else leaf.into(value)


def _integer(leaf: Leaf, low: int, high: int, *, copies: bool) -> Callable[[Any], Any]:
    def take(value: Any) -> Any:
        if value.__class__ is int and low <= value <= high:
            return value if copies else np.array(value, np.int64)
        return leaf.into(value)

    return take


def _float(leaf: Leaf, *, copies: bool) -> Callable[[Any], Any]:
    def take(value: Any) -> Any:
        if value.__class__ is float:
            return value if copies else np.array(value, np.float64)
        return leaf.into(value)

    return take


def _out(leaf: Leaf) -> Callable[[Any], Any]:
    """What `Leaf.out` does, without what is known not to be there."""
    kind = leaf.type
    if leaf.guard is not None or isinstance(kind, Maybe) or (isinstance(kind, Nd) and kind.scalar):
        return leaf.out
    return _same if not isinstance(kind, Nd) else np.asarray


def _same(value: Any) -> Any:
    return value

"""A plan through a lens."""

from __future__ import annotations

from typing import Any, cast

from atdata.compatibility import check_readable
from atdata.errors import LoadError
from atdata.sample_type import schema_of
from atdata.views.faces import Seen
from atdata.views.plan import Plan
from atdata.views.shown import Shown
from atdata_schema.chained import type_of, typed_as
from atdata_schema.errors import LensError, SchemaMismatch
from atdata_schema.lens import SampleLens
from atdata_schema.schema import Schema

__all__ = ["as_lens", "as_source", "seen", "with_classes"]


def as_lens(given: object) -> SampleLens[Any, Any]:
    """A lens, or the one that a class of lenses makes.

    Raises:
        LoadError: it is none.
    """
    lens = given() if isinstance(given, type) and hasattr(given, "get_batch") else given
    if not all(hasattr(lens, name) for name in ("get", "get_batch", "put", "renames")):
        raise LoadError(
            f"a {type(given).__name__} is no lens: give a function under @atdata.lens, or a lens of the "
            "language, as atdata.load_lens reads it"
        )
    return cast("SampleLens[Any, Any]", lens)


def seen(plan: Plan, stored: Schema | None, given: object) -> tuple[Plan, Schema | None]:
    """A plan whose samples are seen through a lens, and their schema.

    Args:
        plan: the samples. They are read as the lens's source where they are of another class.
        stored: their schema, where their class has none.
        given: the lens, or a class of one.

    Raises:
        LoadError: it is no lens.
        LensError: it leaves its classes open, and they cannot be told.
        SchemaMismatch: the lens's source does not read the data.
    """
    lens = with_classes(as_lens(given), plan.sample_type)
    view = lens.view_class
    assert view is not None  # as it was just given
    return Shown(as_source(plan, stored, lens), Seen(view, lens)), schema_of(view)


def as_source(plan: Plan, stored: Schema | None, lens: SampleLens[Any, Any]) -> Plan:
    """The samples as those of the class that a lens reads.

    Raises:
        SchemaMismatch: that class does not read the data.
    """
    cls, source = plan.sample_type, lens.source_class
    if source is None or source is cls:
        return plan
    try:
        check_readable(schema_of(cls) or stored, source)
    except SchemaMismatch as error:
        raise SchemaMismatch(
            f"{lens.name} reads {source.__name__}, and {error.message}", error.differences
        ) from None
    return plan.as_class(source)


def with_classes(lens: SampleLens[Any, Any], cls: type[Any]) -> SampleLens[Any, Any]:
    """A lens with both its classes: where it leaves one open, the class of this program that is the type.

    Args:
        lens: the lens.
        cls: the class of the samples that it is to read.

    Raises:
        LensError: there is no telling which class it is.
    """
    source, view = lens.source_class, lens.view_class
    if source is not None and view is not None:
        return lens
    # Imported where it is needed: lenses that are written for classes have them.
    from atdata.resolving import class_for

    schemas: tuple[Schema, Schema] | None = getattr(lens, "schemas", None)
    begin, own = type_of(lens, "source"), schema_of(cls)
    if source is None and own is not None and begin == (own.id, own.cid):
        source = cls
    if schemas is not None:
        source = source or class_for(schemas[0])
        view = view or class_for(schemas[1])
    if source is None or view is None:
        raise LensError(
            f"{lens.name} gives mappings, and a dataset has samples of a class: give it classes, "
            "lens.typed(Source, View)"
        )
    return typed_as(lens, source, view)

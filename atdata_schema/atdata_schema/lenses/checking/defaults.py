"""What `create` puts where something was dropped."""

from __future__ import annotations

from typing import Any, Final

from atdata_schema import model
from atdata_schema.lenses.types.lens_types import LensType, Maybe, Obj
from atdata_schema.lenses.types.of_model import field_type

__all__ = ["NO_DEFAULT", "default_of"]

NO_DEFAULT: Final = object()
"""There is no value to put."""


def default_of(field: model.FieldModel, kind: LensType) -> Any:
    """The value of a field that nobody gives: its schema's default, none where it may be missing, or `NO_DEFAULT`.

    An object has one where all its fields do.
    """
    return _default(field, kind, {})


def _default(field: model.FieldModel, kind: LensType, known: dict[str, Any]) -> Any:
    declared = getattr(field.type, "default", None)
    if declared is not None:
        return declared
    if isinstance(kind, Maybe):
        return None
    if not isinstance(kind, Obj):
        return NO_DEFAULT
    if kind.ref not in known:
        known[kind.ref] = NO_DEFAULT  # what holds itself has none
        known[kind.ref] = _whole(kind, known)
    return known[kind.ref]


def _whole(kind: Obj, known: dict[str, Any]) -> Any:
    made: dict[str, Any] = {}
    for inner in kind.item.fields:
        value = _default(inner, field_type(inner, kind.home, (inner.name,)), known)
        if value is NO_DEFAULT:
            return NO_DEFAULT
        made[inner.name] = value
    return made

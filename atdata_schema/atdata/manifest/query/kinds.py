"""What the fields of a sample type are, as far as conditions on them go."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from atdata.errors import QueryError
from atdata.manifest.query.spelling import Path, shown, spelt_name, spelt_path
from atdata_schema.model import (
    BooleanType,
    DatetimeType,
    FieldModel,
    FloatType,
    IntegerType,
    LinkType,
    ListType,
    Model,
    ObjectType,
    RefType,
    TextType,
    Type,
)
from atdata_schema.names import attribute_name

__all__ = [
    "KINDS",
    "SCALARS",
    "FieldKind",
    "Kind",
    "NoSuchField",
    "kind_of",
    "leaf_kinds",
    "of_type",
]

Kind: TypeAlias = Literal[
    "integer", "float64", "float32", "boolean", "text", "datetime", "list", "object", "other"
]
"""What values are: one of `SCALARS`, a list of them, an object, or what conditions cannot look into."""

SCALARS: Final[tuple[Kind, ...]] = (
    *("integer", "float64", "float32"),
    *("boolean", "text", "datetime"),
)

KINDS: Final[tuple[Kind, ...]] = (*SCALARS, "list", "object", "other")

_DEEPEST: Final = 8  # objects inside each other whose fields have columns
_MOST: Final = 512  # columns of one type


class NoSuchField(QueryError, AttributeError):
    """A field that the samples do not have."""


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What a field is.

    Attributes:
        kind: its kind.
        items: of a list, the kind of what is in it.
        type: what it is in the model, for messages; `None` where that is not known.
        target: of an object, its full name.
        optional: whether a sample may have no value in it.
    """

    kind: Kind
    items: Kind | None = None
    type: Type | None = dataclasses.field(default=None, compare=False)
    target: str | None = None
    optional: bool = True

    @property
    def notation(self) -> str:
        """The type as it is written."""
        return self.kind if self.type is None else str(self.type)

    @property
    def is_opaque(self) -> bool:
        """Whether nothing can be asked of it but whether it is there."""
        return self.kind in ("object", "other")


def of_type(type_: Type, *, optional: bool = True) -> FieldKind:
    """The kind of a type.

    >>> of_type(ListType(TextType())).kind, of_type(ListType(TextType())).items
    ('list', 'text')
    """
    items, target = None, None
    kind = _scalar(type_) or "other"
    if isinstance(type_, RefType):
        kind, target = "object", type_.target
    if isinstance(type_, ListType) and (items := _scalar(type_.items)) is not None:
        kind = "list"
    return FieldKind(kind, items, type_, target, optional)


def _scalar(type_: Type) -> Kind | None:
    match type_:
        case IntegerType():
            return "integer"
        case FloatType():
            return "float64" if type_.bits == 64 else "float32"
        case BooleanType():
            return "boolean"
        case TextType() | LinkType():
            return "text"
        case DatetimeType():
            return "datetime"
        case _:
            return None


def kind_of(model: Model, path: Path, *, attributes: bool = False) -> tuple[Path, FieldKind]:
    """A field of a sample type, or of an object inside its samples: its path and what it is.

    Args:
        model: the sample type.
        path: names, outermost first.
        attributes: whether the names may be those of attributes too, which are returned as fields' names.

    Raises:
        NoSuchField: there is none; the message lists those that there are.
    """
    owner, found, names = model.main, FieldKind("object", optional=False), list[str]()
    for depth, name in enumerate(path):
        if depth and found.target is None:
            said = spelt_path(path[:depth])
            raise NoSuchField(f"{said} is {found.notation}, and has no fields inside")
        if found.target is not None:
            owner = model.object(found.target)
        field = _named(owner, name, attributes)
        if field is None:
            raise _unknown(owner, path, depth)
        names.append(field.name)
        found = of_type(field.type, optional=found.optional or _may_lack(field))
    return tuple(names), found


def leaf_kinds(model: Model) -> dict[Path, FieldKind]:
    """Every field that a column can tell of: scalars, lists of them, and whatever may be missing.

    Fields of objects inside samples are among them. Objects that hold themselves end somewhere: at most eight
    levels and 512 fields are gone into.
    """
    found: dict[Path, FieldKind] = {}
    waiting: list[tuple[Path, ObjectType, bool]] = [((), model.main, False)]
    for path, owner, optional in waiting:
        for field in owner.fields:
            kind = of_type(field.type, optional=optional or _may_lack(field))
            place = (*path, field.name)
            if kind.target is not None and len(place) < _DEEPEST and len(waiting) < _MOST:
                waiting.append((place, model.object(kind.target), kind.optional))
            if len(found) < _MOST and (kind.optional or not kind.is_opaque):
                found[place] = kind
    return found


def _may_lack(field: FieldModel) -> bool:
    return field.nullable or not field.required


def _named(owner: ObjectType, name: str, attributes: bool) -> FieldModel | None:
    for field in owner.fields:
        if field.name == name:
            return field
    if attributes:
        return next((f for f in owner.fields if attribute_name(f.name) == name), None)
    return None


def _unknown(owner: ObjectType, path: Path, depth: int) -> NoSuchField:
    known = [field.name for field in owner.fields]
    near = difflib.get_close_matches(path[depth], known, n=1)
    hint = f"; did you mean {spelt_name(near[0])}?" if near else ""
    inside = f" in {spelt_path(path[:depth])}" if depth else ""
    name = shown([path[depth]])
    return NoSuchField(f"there is no field {name}{inside}; there are {shown(known)}{hint}")

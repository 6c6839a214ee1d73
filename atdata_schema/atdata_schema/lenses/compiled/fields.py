"""The fields of sample classes as the clauses of compiled lenses read and write them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from atdata_schema import model
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.binary import AudioFile, Bytes, ImageFile
from atdata_schema.fields.containers import Many, Table
from atdata_schema.fields.field import Field
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import BlobRef, CidLink
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.objects import OneOf, Ref
from atdata_schema.fields.presence import Null, Opt, bare
from atdata_schema.fields.text import Choice, Text
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.steps.assembly import Assembly
from atdata_schema.lenses.steps.dims import Dims
from atdata_schema.lenses.steps.leaves import Leaf, guard_of
from atdata_schema.lenses.types.lens_types import LensType, Nd, optional
from atdata_schema.lenses.types.of_model import type_of

__all__ = ["assembly_of", "dims_of", "is_guarded", "kind_of", "leaf_of", "object_at", "scalar_of"]

_HOME: Final = model.Model("", ())
"""In place of a model: nobody asks it for anything when a lens runs."""


def model_of(field: Field[Any]) -> model.Type:
    """What a codec says, as the schema model says it."""
    match field:
        case ArrayField():
            return model.ArrayType(
                "*" if field.dtype is None else field.dtype.name, field.dims, field.finite
            )
        case Boolean():
            return model.BooleanType(const=field.const)
        case Integer():
            return model.IntegerType(
                minimum=field.minimum, maximum=field.maximum, enum=field.enum, const=field.const
            )
        case Float32() | Float64():
            return model.FloatType(32 if isinstance(field, Float32) else 64, field.finite)
        case Many():
            return model.ListType(model_of(bare(field.items)), field.min_length, field.max_length)
        case Table():
            return model.MapType(model_of(bare(field.values)))
        case Ref():
            target: Any = field.target()
            return model.RefType(target.TYPE)
        case OneOf():
            return model.UnionType(tuple(field.targets()), field.closed)
        case _:
            return _plain(field)


def _plain(field: Field[Any]) -> model.Type:
    match field:
        case Choice(values=values, text=text):
            return _text(text, values)
        case Text():
            return _text(field, None)
        case Datetime(max_length=most):
            return model.DatetimeType(max_length=most)
        case Bytes(min_length=low, max_length=high):
            return model.BytesType(min_length=low, max_length=high)
        case ImageFile(accept=accept):
            return model.MediaType("image", accept)
        case AudioFile(accept=accept):
            return model.MediaType("audio", accept)
        case BlobRef(accept=accept, max_size=most):
            return model.BlobType(accept=accept, max_size=most)
        case CidLink():
            return model.LinkType()
        case _:
            return model.UnknownType()


def _text(text: Text, enum: tuple[str, ...] | None) -> model.TextType:
    return model.TextType(
        format=text.format,
        min_length=text.min_length,
        max_length=text.max_length,
        min_graphemes=text.min_graphemes,
        max_graphemes=text.max_graphemes,
        enum=enum,
        const=text.const,
    )


def kind_of(field: Field[Any]) -> LensType:
    """What a codec says, as pipes know it."""
    return type_of(model_of(bare(field)), _HOME, ())


def object_at(cls: type[Any], path: Path) -> type[Any]:
    """The class of the object at a path."""
    for name in path:
        codec = bare(cls.FIELDS[name])
        cls = codec.target() if isinstance(codec, Ref) else cls
    return cls


def leaf_of(cls: type[Any], path: Path, *, guarded: bool) -> Leaf:
    """A field of a class.

    Args:
        cls: the class.
        path: where the field stands.
        guarded: whether values are held against all that the field says before they are written.
    """
    missing = any(_may_miss(object_at(cls, path[:i]).FIELDS[path[i]]) for i in range(len(path)))
    field: Field[Any] = object_at(cls, path[:-1]).FIELDS[path[-1]]
    said = model_of(bare(field))
    kind: LensType = type_of(said, _HOME, path)
    guard = guard_of(kind, said) if guarded else None
    return Leaf(path, optional(kind) if missing else kind, guard, not _may_miss(field))


def is_guarded(cls: type[Any], path: Path) -> bool:
    """Whether a field of the source is held against all that it says: not arrays, but for finite ones."""
    field = bare(object_at(cls, path[:-1]).FIELDS[path[-1]])
    return not isinstance(field, ArrayField) or field.finite


def _may_miss(field: Field[Any]) -> bool:
    return isinstance(field, Opt | Null)


def assembly_of(
    cls: type[Any], taken: frozenset[Path], path: Path = (), optional: bool = False
) -> Assembly:
    """How an object of a class is put together from fields, of which all that is in them is taken."""
    leaves: list[tuple[str, bool]] = []
    parts: list[tuple[str, Assembly]] = []
    for name, field in cls.FIELDS.items():
        place = (*path, name)
        if place in taken:
            leaves.append((name, not _may_miss(field)))
        elif any(other[: len(place)] == place for other in taken):
            inner: Any = bare(field)
            parts.append((name, assembly_of(inner.target(), taken, place, _may_miss(field))))
    return Assembly(path, optional, tuple(leaves), tuple(parts))


def dims_of(cls: type[Any]) -> Dims | None:
    """The arrays of a class, and of those in it, whose shapes are fixed or depend on each other."""
    arrays: dict[str, tuple[model.FieldModel, ...]] = {}
    parts: dict[str, tuple[tuple[str, str], ...]] = {}
    pending: list[Any] = [cls]
    while pending:
        owner = pending.pop()
        if owner.TYPE in arrays:
            continue
        arrays[owner.TYPE] = tuple(_shaped(owner))
        inner = [(name, field.target()) for name, field in _objects(owner)]
        parts[owner.TYPE] = tuple((name, target.TYPE) for name, target in inner)
        pending += [target for _, target in inner]
    found = Dims(cls.TYPE, arrays, parts)
    return found if found else None


def _shaped(cls: Any) -> Iterator[model.FieldModel]:
    for name, field in cls.FIELDS.items():
        kind = bare(field)
        if isinstance(kind, ArrayField) and set(kind.dims or ()) - {"*", "..."}:
            yield model.FieldModel(name, model_of(kind))


def _objects(cls: Any) -> Iterator[tuple[str, Any]]:
    for name, field in cls.FIELDS.items():
        if isinstance(bare(field), Ref):
            yield name, bare(field)


def scalar_of(leaf: Leaf) -> np.dtype[Any] | None:
    """The element type of a field that has one number in every row."""
    kind = leaf.type
    if isinstance(kind, Nd) and not kind.shape and kind.dtype != "*":
        return np.dtype(kind.dtype)
    return None

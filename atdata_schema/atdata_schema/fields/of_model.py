"""From the schema model to field codecs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from atdata_schema.fields.array import AnyArray, Array
from atdata_schema.fields.binary import AudioFile, Bytes, ImageFile
from atdata_schema.fields.containers import Many, Table
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import BlobRef, CidLink, Open
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.objects import OneOf, Ref
from atdata_schema.fields.presence import Null, Opt
from atdata_schema.fields.text import Choice, Text
from atdata_schema.model import (
    ArrayType,
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    FieldModel,
    FloatType,
    IntegerType,
    LinkType,
    ListType,
    MapType,
    MediaType,
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
    UnknownType,
)
from atdata_schema.names import attribute_name

__all__ = ["Resolve", "field_of", "fields_of"]

Resolve = Callable[[str], type[Any]]
"""From an object's full name to its class; called only when a value is read or written."""


def fields_of(item: ObjectType, resolve: Resolve) -> Fields:
    """The codecs of an object's fields."""
    codecs = {field.name: _present(field, resolve) for field in item.fields}
    attributes = {field.name: attribute_name(field.name) for field in item.fields}
    aliases = {field.name: field.aliases for field in item.fields if field.aliases}
    return Fields(codecs, attributes=attributes, aliases=aliases)


def _present(field: FieldModel, resolve: Resolve) -> Field[Any]:
    codec = field_of(field.type, resolve)
    if not field.required:
        return Opt(codec, field.nullable)
    return Null(codec) if field.nullable else codec


def field_of(kind: Type, resolve: Resolve) -> Field[Any]:
    """The codec of a type."""
    match kind:
        case ListType():
            return Many(field_of(kind.items, resolve), kind.min_length, kind.max_length)
        case MapType():
            return Table(field_of(kind.values, resolve))
        case RefType():
            return Ref(lambda: resolve(kind.target))
        case UnionType():
            targets = kind.targets
            return OneOf(lambda: {ref: resolve(ref) for ref in targets}, kind.closed)
        case _:
            return _scalar(kind)


def _scalar(kind: Type) -> Field[Any]:
    match kind:
        case BooleanType():
            return Boolean(kind.const)
        case IntegerType():
            return Integer(kind.minimum, kind.maximum, kind.enum, kind.const, kind.classes)
        case FloatType():
            return Float32(kind.finite) if kind.bits == 32 else Float64(kind.finite)
        case TextType():
            return _text(kind)
        case DatetimeType():
            return Datetime(kind.max_length)
        case ArrayType():
            return _array(kind)
        case _:
            return _opaque(kind)


def _opaque(kind: Type) -> Field[Any]:
    match kind:
        case BytesType():
            return Bytes(kind.min_length, kind.max_length)
        case MediaType():
            return ImageFile(kind.accept) if kind.kind == "image" else AudioFile(kind.accept)
        case LinkType():
            return CidLink()
        case BlobType():
            return BlobRef(kind.accept, kind.max_size)
        case UnknownType():
            return Open()
        case _:
            raise TypeError(f"no codec for {kind!r}")


def _text(kind: TextType) -> Field[Any]:
    lengths = (kind.min_length, kind.max_length, kind.min_graphemes, kind.max_graphemes)
    text = Text(kind.format, *lengths, kind.const)
    return text if kind.enum is None else Choice(kind.enum, text)


def _array(kind: ArrayType) -> Field[Any]:
    if kind.dtype == "*":
        return AnyArray(kind.shape, kind.finite)
    return Array(np.dtype(kind.dtype).type, kind.shape, kind.finite)

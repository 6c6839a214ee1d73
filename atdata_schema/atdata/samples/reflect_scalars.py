"""Readers of annotations for single values: numbers, texts, bytes, files, literals, enums."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, Flag
from typing import Any, Literal

import numpy as np

from atdata.samples.packable_enum import enum_field
from atdata.samples.reflect_part import Part, Read, Site, shared_ref
from atdata_schema.data import Link
from atdata_schema.fields.field import Field
from atdata_schema.fields.links import Blob
from atdata_schema.media import Audio, Image

__all__ = ["read_enum", "read_literal", "read_scalar"]

_SCALARS: dict[object, dict[str, object]] = {
    bool: {"type": "boolean"},
    np.bool_: {"type": "boolean"},
    int: {"type": "integer"},
    float: shared_ref("float64"),
    np.float64: shared_ref("float64"),
    np.float32: shared_ref("float32"),
    str: {"type": "string"},
    bytes: {"type": "bytes"},
    datetime: {"type": "string", "format": "datetime"},
    Image: shared_ref("image"),
    Audio: shared_ref("audio"),
    Link: {"type": "cid-link"},
    Blob: {"type": "blob"},
}


def read_scalar(annotation: object, site: Site, read: Read) -> Part | None:
    """`bool`, `int`, `float`, `str`, `bytes`, `datetime`, numpy's numbers, images, audio, links and blobs."""
    if not isinstance(annotation, type):
        return None
    if annotation in _SCALARS:
        return Part(dict(_SCALARS[annotation]))
    if issubclass(annotation, np.integer):
        return Part(_width(annotation, site))
    if issubclass(annotation, np.generic):
        raise site.refuse(
            annotation, "the numbers are int, float, np.float32, np.float64, np.int8 ... np.uint64"
        )
    return None


def _width(annotation: type[np.integer[Any]], site: Site) -> dict[str, object]:
    """An integer of the range of a numpy type; 64 bits with a sign hold whatever an integer field does."""
    try:
        limits = np.iinfo(annotation)
    except ValueError:
        raise site.refuse(
            annotation, "it is an abstract type; give one of a width, as np.int32"
        ) from None
    if limits.bits == 64:
        return {"type": "integer", "minimum": 0} if limits.min == 0 else {"type": "integer"}
    return {"type": "integer", "minimum": limits.min, "maximum": limits.max}


def read_literal(annotation: object, site: Site, read: Read) -> Part | None:
    """`Literal` of texts, of integers or of one or both truth values."""
    if typing.get_origin(annotation) is not Literal:
        return None
    values = typing.get_args(annotation)
    if all(type(value) is str for value in values):
        return Part({"type": "string", "enum": list(values)})
    if all(type(value) is int for value in values):
        return Part({"type": "integer", "enum": list(values)})
    if all(type(value) is bool for value in values):
        const: dict[str, object] = {"const": values[0]} if len(values) == 1 else {}
        return Part({"type": "boolean", **const})
    raise site.refuse(annotation, "its values must all be texts or all be integers")


def read_enum(annotation: object, site: Site, read: Read) -> Part | None:
    """A subclass of `Enum` whose values are all texts or all integers: they go on the wire, members come back."""
    if not isinstance(annotation, type) or not issubclass(annotation, Enum):
        return None
    values = [member.value for member in annotation]
    if issubclass(annotation, Flag):
        raise site.refuse(
            annotation, "flags combine, and a lexicon has no such type; use list or int"
        )
    if not values:
        raise site.refuse(annotation, "it has no members")
    wrap = _EnumConversion(annotation)
    if all(isinstance(value, str) for value in values):
        return Part(
            {"type": "string", "enum": [str.__str__(value) for value in values]}, convert=wrap
        )
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return Part({"type": "integer", "enum": [int(value) for value in values]}, convert=wrap)
    raise site.refuse(annotation, "the values of its members must all be texts or all be integers")


@dataclass(frozen=True, slots=True)
class _EnumConversion:
    members: type[Enum]

    def __call__(self, codec: Field[Any]) -> Field[Any]:
        return enum_field(codec, self.members)

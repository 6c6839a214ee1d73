"""Whether a sample read as another class holds what was written."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.objects import Unknown
from atdata_schema.sample import Sample

__all__ = ["difference"]


def difference(written: Any, read: Any) -> str | None:
    """Where a value that was read is not the one that was written; `None` where it is.

    Fields that one of two classes lacks do not count, but that the reader has no value there.
    """
    kind = _kind(written)
    if issubclass(kind, Sample):
        return _objects(written, read)
    if kind is not _kind(read):
        return f": {kind.__name__} read as {_kind(read).__name__}"
    if kind is list:
        return _items(_numbered(written), _numbered(read))
    if kind is dict:
        return _items(written, read)
    if kind is np.ndarray:
        return None if _bits(written) == _bits(read) else ": array"
    if kind is float:
        # Every NaN is written as the same one.
        same = struct.pack("d", written) == struct.pack("d", read)
        return None if same or (written != written and read != read) else ": float"
    return None if written == read else f": {written!r} read as {read!r}"


def _kind(value: object) -> type[object]:
    return type(value)


def _numbered(items: list[Any]) -> dict[Any, Any]:
    return dict(enumerate(items))


def _bits(array: Any) -> tuple[Any, ...]:
    return array.dtype, array.shape, array.tobytes()


def _items(written: dict[Any, Any], read: dict[Any, Any]) -> str | None:
    if written.keys() != read.keys():  # a map is written in an order of its own
        return f": keys {list(written)} read as {list(read)}"
    for key, item in written.items():
        found = difference(item, read[key])
        if found is not None:
            return f"[{key!r}]{found}"
    return None


def _objects(written: Any, read: Any) -> str | None:
    if isinstance(read, Unknown):  # an open union whose reader does not know the member
        return None if read.type == written.TYPE else f": {written.TYPE} read as {read.type}"
    if not issubclass(type(read), Sample):
        return f": an object read as {type(read).__name__}"
    for name, attribute in zip(read.FIELDS.names, read.FIELDS.attributes, strict=True):
        value = getattr(read, attribute)
        source = _source(name, written.FIELDS, read.FIELDS)
        if source is None:
            if value is not None:
                return f".{name}: {value!r} out of nothing"
            continue
        found = difference(getattr(written, written.FIELDS.attribute(source)), value)
        if found is not None:
            return f".{name}{found}"
    return None


def _source(name: str, written: Fields, read: Fields) -> str | None:
    """The property in which the reader is to find the values of its own."""
    names = (name, *(old for old in read.aliases.get(name, ()) if old not in read))
    return next((old for old in names if old in written), None)

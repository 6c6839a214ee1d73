"""Values of no declared type: how they are shown, opened and packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.array import AnyArray
from atdata_schema.wire import npy, rows
from atdata_schema.wire.npy import Buffer

__all__ = ["described", "opened", "pack_row", "pack_value"]

_ARRAY: Final = AnyArray()
_DEEP: Final = 64  # levels of lists and maps in which arrays are looked for
_SHOWN: Final = 60


def opened(value: Any, depth: int = 0) -> Any:
    """A decoded value with arrays in place of the bytes that are arrays, in lists and maps too."""
    if isinstance(value, bytes):
        return _array(value)
    if depth == _DEEP:
        return value
    if isinstance(value, list):
        return [opened(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: opened(item, depth + 1) for key, item in value.items()}
    return value


def _array(data: bytes) -> Any:
    try:
        array = npy.load(data)
    except DecodeError:
        return data
    array.flags.writeable = False  # the bytes that it was read from do not change with it
    return array


def pack_row(row: Mapping[str, Any]) -> bytes:
    """A map of values as msgpack: the shortest forms, arrays as `.npy`.

    Raises:
        ValidationError: a value that msgpack does not hold, with its path.
    """
    out: list[Buffer] = []
    pack_value(row, out)
    return rows.join(out)


def pack_value(value: Any, out: list[Buffer], depth: int = 0) -> None:
    """Append one value.

    Raises:
        ValidationError: msgpack does not hold it, or it is nested too deeply.
    """
    match value:
        case np.ndarray():
            _ARRAY.pack(value, out)
        case Mapping() if depth < _DEEP:
            _pack_map(value, out, depth)
        case list() | tuple() if depth < _DEEP:
            out.append(rows.array_head(len(value)))
            for index, item in enumerate(value):
                _pack_at(index, item, out, depth)
        case np.generic() if value.dtype == np.float32:
            out.append(rows.float32(float(value)))
        case np.generic() if value.dtype.kind in "biuf":
            rows.pack_any(value.item(), out)
        case bytes() | bytearray():
            rows.pack_any(bytes(value), out)  # an `Image` is packed as what it is: bytes
        case None | bool() | int() | float() | str():
            rows.pack_any(value, out)
        case Mapping() | list() | tuple():
            rows.pack_any(value, out)  # deep down, msgpack's own values alone
        case _:
            raise ValidationError(
                f"{type(value).__name__} cannot be written; a field without a type may be None, bool, int, "
                "float, str, bytes, a numpy array or number, a list or a dict of these"
            )


def _pack_map(value: Mapping[Any, Any], out: list[Buffer], depth: int) -> None:
    out.append(rows.map_head(len(value)))
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValidationError(f"the key {key!r} is no text")
        out.append(rows.text(key))
        _pack_at(key, item, out, depth)


def _pack_at(step: str | int, item: Any, out: list[Buffer], depth: int) -> None:
    try:
        pack_value(item, out, depth + 1)
    except ValidationError as error:
        error.inside(step)
        raise


def described(value: Any) -> str:
    """A value on one short line: arrays by dtype and shape."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.name}{list(value.shape)}"
    # Of bytes no more is written out than is shown: they may be an image of a megabyte.
    text = repr(bytes(value[:_SHOWN])) if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."

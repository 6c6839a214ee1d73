"""Msgpack as we write it: fixed widths for what varies by value, the shortest form for the rest.

The packers append to a list of buffers, so that the elements of an array are never copied; `join` makes
one `bytes` of them. Reading takes any legal msgpack.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.wire.npy import Buffer

__all__ = [
    "NIL",
    "array_head",
    "bin32_head",
    "boolean",
    "float32",
    "float64",
    "integer",
    "join",
    "map_head",
    "map_heads",
    "pack_any",
    "text",
    "text_forms",
    "unpack",
]

NIL: Final = b"\xc0"
_TRUE: Final = b"\xc3"
_FALSE: Final = b"\xc2"
_INT: Final = struct.Struct(">bq")
_DOUBLE: Final = struct.Struct(">Bd")
_SINGLE: Final = struct.Struct(">Bf")
_NAN64: Final = bytes.fromhex("cb7ff8000000000000")
_NAN32: Final = bytes.fromhex("ca7fc00000")
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder()


def integer(value: int) -> bytes:
    """A signed integer of 64 bits: always `d3`.

    >>> integer(1).hex()
    'd30000000000000001'
    """
    return _INT.pack(-45, value)


def float64(value: float) -> bytes:
    """A float of 64 bits: always `cb`; every NaN is the canonical one."""
    return _DOUBLE.pack(0xCB, value) if value == value else _NAN64


def float32(value: float) -> bytes:
    """A float of 32 bits: always `ca`; every NaN is the canonical one."""
    return _SINGLE.pack(0xCA, value) if value == value else _NAN32


def boolean(value: bool) -> bytes:
    """`c3` or `c2`."""
    return _TRUE if value else _FALSE


def text(value: str) -> bytes:
    """A text behind its shortest header.

    Raises:
        ValidationError: the text holds a lone surrogate, which UTF-8 has no bytes for.
    """
    try:
        # A plain `str` of it, where it is one of numpy's or a member of an enumeration.
        return _ENCODER.encode(value if type(value) is str else str.__str__(value))
    except UnicodeEncodeError:
        raise ValidationError("a text with a lone surrogate, which UTF-8 cannot hold") from None


def bin32_head(size: int) -> bytes:
    """The header of bytes: always `c6` and four bytes of length.

    Raises:
        ValidationError: `size` is above 2^32 - 1 bytes, the most that msgpack holds.
    """
    if size > 0xFFFFFFFF:
        raise ValidationError(f"{size} bytes in one value; msgpack holds at most {0xFFFFFFFF}")
    return b"\xc6" + size.to_bytes(4, "big")


def array_head(size: int) -> bytes:
    """The shortest header of an array."""
    return _head(size, 0x90, 0xDC)


def map_head(size: int) -> bytes:
    """The shortest header of a map."""
    return _head(size, 0x80, 0xDE)


def map_heads(size: int) -> list[bytes]:
    """Every legal header of a map, from the shortest to the longest."""
    forms = [b"\xdf" + size.to_bytes(4, "big")]
    if size < 1 << 16:
        forms.insert(0, b"\xde" + size.to_bytes(2, "big"))
    if size < 16:
        forms.insert(0, bytes([0x80 | size]))
    return forms


def text_forms(value: str) -> list[bytes]:
    """Every legal form of a text, from the shortest to the longest."""
    data = value.encode()
    size = len(data)
    forms = [b"\xdb" + size.to_bytes(4, "big") + data]
    if size < 1 << 16:
        forms.insert(0, b"\xda" + size.to_bytes(2, "big") + data)
    if size < 1 << 8:
        forms.insert(0, b"\xd9" + size.to_bytes(1, "big") + data)
    if size < 32:
        forms.insert(0, bytes([0xA0 | size]) + data)
    return forms


def pack_any(value: Any, out: list[Buffer]) -> None:
    """Pack a value of no declared type in its shortest form; map keys stay in their order.

    Raises:
        ValidationError: the value is none that msgpack holds, or is nested too deeply.
    """
    try:
        out.append(_ENCODER.encode(value))
    except (TypeError, OverflowError, RecursionError, UnicodeEncodeError) as error:
        raise ValidationError(f"{type(value).__name__} cannot be written: {error}") from None


def join(parts: list[Buffer]) -> bytes:
    """One `bytes` of many buffers."""
    return b"".join(parts)


def unpack(data: Buffer) -> dict[str, Any]:
    """The map that one sample is.

    Raises:
        DecodeError: the bytes are no msgpack, or no map with text keys, or nested too deeply.

    >>> unpack(bytes.fromhex("81a161d30000000000000001"))
    {'a': 1}
    """
    try:
        row = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise DecodeError(f"not a msgpack map: {error}") from None
    except (RecursionError, MemoryError):
        raise DecodeError("msgpack that is nested too deeply or claims too much") from None
    if not isinstance(row, Mapping):
        raise DecodeError(f"a msgpack {type(row).__name__}, not a map of fields")
    for key in row:
        if not isinstance(key, str):
            raise DecodeError(f"a map key that is a {type(key).__name__}, not a text")
    return row  # type: ignore[return-value]  # msgspec makes plain dicts


def _head(size: int, fix: int, wide: int) -> bytes:
    if size < 16:
        return bytes([fix | size])
    if size < 1 << 16:
        return bytes([wide]) + size.to_bytes(2, "big")
    return bytes([wide + 1]) + size.to_bytes(4, "big")

"""Values to DAG-CBOR, in the one form that DRISL allows.

Heads are the shortest, maps are sorted by the length of their keys and then by their bytes, and links are
tag 42 over a zero byte and the CID.
"""

from __future__ import annotations

from operator import itemgetter

from atdata_schema.data.faults import Fault
from atdata_schema.data.links import Link
from atdata_schema.data.values import Value
from atdata_schema.data.walk import Walk

__all__ = ["encode", "to_cbor"]

_FIRST = itemgetter(0)
_BYTES = tuple(bytes((number,)) for number in range(256))


def to_cbor(value: Value) -> bytes:
    """The DAG-CBOR of a value; equal values have equal bytes.

    Raises:
        DataError: something in it is no value of the data model.

    >>> to_cbor({"bb": 1, "a": True}).hex()
    'a26161f562626201'
    """
    try:
        return encode(Walk(spelled=False, native=True).value(value))
    except Fault as fault:
        raise fault.error() from None


def encode(value: Value) -> bytes:
    """The DAG-CBOR of a value that has been checked."""
    chunks: list[bytes] = []
    _append(value, chunks)
    return b"".join(chunks)


def _append(value: Value, chunks: list[bytes]) -> None:
    if isinstance(value, str):
        chunks.append(_text(value))
    elif isinstance(value, dict):
        chunks.append(_head(0xA0, len(value)))
        # The head of a key starts with its length, so sorted with their heads keys are in the right order.
        for key, item in sorted(((_text(k), v) for k, v in value.items()), key=_FIRST):
            chunks.append(key)
            _append(item, chunks)
    elif isinstance(value, list):
        chunks.append(_head(0x80, len(value)))
        for item in value:
            _append(item, chunks)
    else:
        chunks.append(_scalar(value))


def _text(text: str) -> bytes:
    raw = text.encode()
    return _head(0x60, len(raw)) + raw


def _scalar(value: bool | int | bytes | Link | None) -> bytes:
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0x00, value) if value >= 0 else _head(0x20, -1 - value)
    if isinstance(value, bytes):
        return _head(0x40, len(value)) + value
    binary = value.binary
    return b"\xd8\x2a" + _head(0x40, len(binary) + 1) + b"\x00" + binary


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return _BYTES[major | number]
    if number < 0x100:
        return bytes((major | 24, number))
    if number < 0x10000:
        return bytes((major | 25,)) + number.to_bytes(2, "big")
    if number < 0x100000000:
        return bytes((major | 26,)) + number.to_bytes(4, "big")
    return bytes((major | 27,)) + number.to_bytes(8, "big")

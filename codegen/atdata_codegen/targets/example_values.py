"""A value of each kind of type that holds no other: as Python, and in the record form."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from atdata_codegen.plan.literals import text_literal
from atdata_schema.fields.text import Choice, Text
from atdata_schema.model import (
    ArrayType,
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    FloatType,
    IntegerType,
    LinkType,
    MediaType,
    TextType,
    Type,
    UnknownType,
)

__all__ = ["Shown", "scalar_example"]

_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
_FILES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF89a",
    "audio/flac": b"fLaC",
    "audio/mpeg": b"ID3",
}
_FORMATS = {
    "did": "did:web:example.org",
    "handle": "ada.example.org",
    "at-identifier": "ada.example.org",
    "nsid": "org.example.thing",
    "at-uri": "at://ada.example.org/org.example.thing/1",
    "tid": "3jzfcijpj2z2a",
    "record-key": "self",
    "cid": _CID,
    "uri": "https://example.org/",
    "language": "en",
    "datetime": "2026-01-31T12:00:00Z",
}
_WORDS = ("text", "a", "")


@dataclass(frozen=True, slots=True)
class Shown:
    """A value.

    Attributes:
        python: the expression that makes it.
        record: the same in the record form, as JSON has it; `None` where that is too large to be shown.
        imports: the lines that the expression needs.
    """

    python: str
    record: Any
    imports: frozenset[str] = frozenset()


def scalar_example(kind: Type, sizes: dict[str, int]) -> Shown | None:
    """A value of a type that holds no other; `None` where none was found.

    Args:
        kind: the type.
        sizes: the sizes of dimensions with names, within one object; it grows.
    """
    match kind:
        case BooleanType(const=const):
            value = True if const is None else const
            return Shown(repr(value), value)
        case IntegerType():
            number = _integer(kind)
            return None if number is None else Shown(repr(number), number)
        case FloatType():
            return Shown("0.5", "0.5")
        case TextType():
            text = _text(kind)
            return None if text is None else Shown(text_literal(text), text)
        case DatetimeType():
            made = "datetime(2026, 1, 31, 12, tzinfo=UTC)"
            return Shown(
                made, _FORMATS["datetime"], frozenset({"from datetime import UTC, datetime"})
            )
        case BytesType(min_length=low, max_length=high):
            data = b"\x00\x01\x02"[: high if high is not None else 3].ljust(low or 0, b"\x00")
            return Shown(_bytes(data), _base64(data))
        case _:
            return _other(kind, sizes)


def _other(kind: Type, sizes: dict[str, int]) -> Shown | None:
    v1 = frozenset({"from atdata_schema import v1"})
    match kind:
        case ArrayType():
            return _array(kind, sizes)
        case MediaType(kind=word, accept=accept):
            mime = _accepted(word, accept)
            if mime is None:
                return None
            file = {"mimeType": mime, "data": _base64(_FILES[mime])}
            return Shown(f"v1.{word.capitalize()}({_bytes(_FILES[mime])})", file, v1)
        case LinkType():
            return Shown(f"v1.Link({text_literal(_CID)})", {"$link": _CID}, v1)
        case BlobType(accept=accept):
            mime = next((item for item in accept or () if "*" not in item), None)
            mime = mime or (accept[0].replace("*", "x") if accept else "text/plain")
            record: dict[str, object] = {
                "$type": "blob",
                "ref": {"$link": _CID},
                "mimeType": mime,
                "size": 1,
            }
            link = f"v1.Link({text_literal(_CID)})"
            return Shown(f"v1.Blob({link}, {text_literal(mime)}, 1)", record, v1)
        case UnknownType():
            return Shown('{"key": "value"}', {"key": "value"})
        case _:
            return None


def _base64(data: bytes) -> dict[str, str]:
    """Bytes as JSON has them."""
    return {"$bytes": base64.b64encode(data).decode().rstrip("=")}


def _bytes(data: bytes) -> str:
    if len(data) > _LONGEST:
        return f"bytes({len(data)})"
    return 'b"' + repr(data)[2:-1].replace('"', '\\"') + '"'


def _integer(kind: IntegerType) -> int | None:
    low = kind.minimum if kind.minimum is not None else min(0, kind.maximum or 0)
    high = kind.maximum if kind.maximum is not None else max(low, 1)
    if kind.const is not None:
        return kind.const
    if kind.enum:
        return next((value for value in kind.enum if low <= value <= max(high, value)), None)
    return min(max(1, low), high) if low <= high else None


def _text(kind: TextType) -> str | None:
    """The first of some texts that the type takes."""
    tried: list[str] = [kind.const] if kind.const is not None else list(kind.enum or ())
    if not tried:
        tried = [*(kind.known_values or ()), *_WORDS]
        if kind.format is not None:
            tried.insert(0, _FORMATS.get(kind.format, ""))
        for length in (kind.min_length, kind.min_graphemes, kind.max_length):
            tried.append("a" * min(length or 0, 4096))
    lengths = (kind.min_length, kind.max_length, kind.min_graphemes, kind.max_graphemes)
    text = Text(kind.format, *lengths, kind.const)
    codec = Choice[str](kind.enum, text) if kind.enum else text
    return next((item for item in tried if _takes(codec, item)), None)


def _takes(codec: Any, text: str) -> bool:
    try:
        codec.pack(text, [])
    except ValueError:
        return False
    return True


def _accepted(word: str, accept: tuple[str, ...] | None) -> str | None:
    patterns = accept if accept is not None else ("*/*",)
    for mime in _FILES:
        kinds = ("*/*", mime, f"{mime.partition('/')[0]}/*")
        if mime.startswith(f"{word}/") and any(kind in patterns for kind in kinds):
            return mime
    return None


def _array(kind: ArrayType, sizes: dict[str, int]) -> Shown:
    dtype = "float32" if kind.dtype == "*" else kind.dtype
    shape = [
        _size(dim, sizes)
        for dim in (kind.shape if kind.shape is not None else (2,))
        if dim != "..."
    ]
    count = 1
    for size in shape:
        count *= size
    width = {"bool": 1, "complex64": 8, "complex128": 16}.get(dtype)
    if width is None:
        width = int("".join(filter(str.isdigit, dtype))) // 8
    name = "bool_" if dtype == "bool" else dtype
    dims = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    # What is too large to be shown is too large to be made here.
    data = _base64(bytes(count * width)) if count * width <= _LARGEST else None
    record = None if data is None else {"dtype": dtype, "shape": shape, "data": data}
    imports = frozenset({"import numpy as np"})
    return Shown(f"np.zeros({dims}, np.{name})", record, imports)


_LONGEST = 16
"""Bytes that a program still spells."""

_LARGEST = 4096
"""Bytes of an array that a page still shows."""


def _size(dim: int | str, sizes: dict[str, int]) -> int:
    if isinstance(dim, int):
        return dim
    return 2 if dim == "*" else sizes.setdefault(dim, 2 + len(sizes) % 3)

"""Bytes, and encoded image and audio files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.media import Audio, Image, mime_type
from atdata_schema.model import BytesType, MediaType
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = [
    "AudioFile",
    "Bytes",
    "EncodedFile",
    "ImageFile",
    "accepts",
    "bytes_from_record",
    "bytes_to_record",
]

F = TypeVar("F", Image, Audio)


@dataclass(frozen=True, slots=True)
class Bytes(Field[bytes]):
    """Bytes; lengths count them."""

    min_length: int | None = None
    max_length: int | None = None

    def __str__(self) -> str:
        return str(BytesType(min_length=self.min_length, max_length=self.max_length))

    def pack(self, value: bytes, out: list[Buffer]) -> None:
        data = self._checked(value)
        out.append(rows.bin32_head(len(data)))
        out.append(data)

    def unpack(self, value: object) -> bytes:
        if not isinstance(value, bytes):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return value

    def to_record(self, value: bytes) -> Json:
        return bytes_to_record(self._checked(value))

    def from_record(self, value: Any) -> bytes:
        return bytes_from_record(value)

    def _checked(self, value: object) -> bytes:
        if not isinstance(value, bytes | bytearray | memoryview):
            raise ValidationError(f"expected {self}, got {given(value)}")
        data = value if isinstance(value, bytes) else bytes(value)
        low, high = self.min_length, self.max_length
        if (low is not None and len(data) < low) or (high is not None and len(data) > high):
            raise ValidationError(f"expected {self}, got {len(data)} bytes")
        return data


class EncodedFile(Field[F], Generic[F]):
    """What both kinds of file share; the record form names the MIME type that the bytes tell."""

    __slots__ = ()
    accept: tuple[str, ...] | None
    KIND: ClassVar[Literal["image", "audio"]]
    TYPE: ClassVar[type[Any]]

    def __str__(self) -> str:
        return str(MediaType(self.KIND, self.accept))

    def pack(self, value: F, out: list[Buffer]) -> None:
        data = self._checked(value)
        out.append(rows.bin32_head(len(data)))
        out.append(data)

    def unpack(self, value: object) -> F:
        if not isinstance(value, bytes):
            raise DecodeError(f"expected {self}, got {given(value)}")
        file: F = self.TYPE(value)
        return file

    def to_record(self, value: F) -> Json:
        data = self._checked(value)
        return {"mimeType": mime_type(data), "data": bytes_to_record(data)}

    def from_record(self, value: Any) -> F:
        if not isinstance(value, Mapping) or "data" not in value:
            raise DecodeError(f"expected {self} as {{mimeType, data}}, got {given(value)}")
        file: F = self.TYPE(bytes_from_record(value["data"]))
        return file

    def _checked(self, value: object) -> bytes:
        if not isinstance(value, bytes):
            raise ValidationError(f"expected {self} as the bytes of a file, got {given(value)}")
        if self.accept is not None and not accepts(self.accept, mime_type(value)):
            raise ValidationError(f"expected {self}, got a file that starts as {mime_type(value)}")
        return value


@dataclass(frozen=True, slots=True)
class ImageFile(EncodedFile[Image]):
    """An encoded image file."""

    accept: tuple[str, ...] | None = None
    KIND: ClassVar[Literal["image", "audio"]] = "image"
    TYPE: ClassVar[type[Any]] = Image


@dataclass(frozen=True, slots=True)
class AudioFile(EncodedFile[Audio]):
    """An encoded audio file."""

    accept: tuple[str, ...] | None = None
    KIND: ClassVar[Literal["image", "audio"]] = "audio"
    TYPE: ClassVar[type[Any]] = Audio


def accepts(patterns: tuple[str, ...], mime: str) -> bool:
    """Whether a MIME type matches one of the lexicon's patterns: `image/png`, `image/*`, `*/*`.

    >>> accepts(("image/*",), "image/png")
    True
    """
    return any(
        pattern in ("*/*", mime) or (pattern.endswith("/*") and mime.startswith(pattern[:-1]))
        for pattern in patterns
    )


def bytes_to_record(data: bytes) -> Json:
    """Bytes as the data model's JSON has them: base64 without padding."""
    return {"$bytes": base64.b64encode(data).decode("ascii").rstrip("=")}


def bytes_from_record(value: object) -> bytes:
    """Bytes of the data model, or of its JSON form.

    Raises:
        DecodeError: neither bytes nor `{"$bytes": base64}`.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, Mapping) and set(value) == {"$bytes"} and isinstance(value["$bytes"], str):
        text = value["$bytes"].rstrip("=")
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise DecodeError(f"expected bytes, got {given(value)}")

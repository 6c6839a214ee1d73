"""Fields of repository data: CID links, blobs, and maps of no declared type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from atdata_schema import data
from atdata_schema.data import Link
from atdata_schema.errors import DataError, DecodeError, ValidationError
from atdata_schema.fields.binary import accepts
from atdata_schema.fields.containers import key_order
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.model import BlobType, LinkType, UnknownType
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Blob", "BlobRef", "CidLink", "Open", "pack_unknown", "unknown_from_wire"]


@dataclass(frozen=True, slots=True)
class Blob:
    """A reference to a blob of a repository.

    Attributes:
        ref: the CID of its bytes.
        mime_type: as its uploader stated it.
        size: in bytes.
    """

    ref: Link
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True)
class CidLink(Field[Link]):
    """A link to other data: the text of its CID in a sample, `{"$link": ...}` in a record."""

    def __str__(self) -> str:
        return str(LinkType())

    def pack(self, value: Link, out: list[Buffer]) -> None:
        out.append(rows.text(self._checked(value).text))

    def unpack(self, value: object) -> Link:
        if not isinstance(value, str):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return _link(value)

    def to_record(self, value: Link) -> Json:
        return {"$link": self._checked(value).text}

    def from_record(self, value: Any) -> Link:
        if isinstance(value, Link):
            return value
        if isinstance(value, Mapping) and set(value) == {"$link"}:
            return _link(value["$link"])
        raise DecodeError(f"expected {self}, got {given(value)}")

    def _checked(self, value: object) -> Link:
        if not isinstance(value, Link):
            raise ValidationError(f"expected {self}, got {given(value)}")
        return value


@dataclass(frozen=True, slots=True)
class BlobRef(Field[Blob]):
    """A blob; its sample form is the map that its record form is."""

    accept: tuple[str, ...] | None = None
    max_size: int | None = None

    def __str__(self) -> str:
        return str(BlobType(accept=self.accept, max_size=self.max_size))

    def pack(self, value: Blob, out: list[Buffer]) -> None:
        rows.pack_any(self.to_record(value), out)

    def unpack(self, value: object) -> Blob:
        return self.from_record(value)

    def to_record(self, value: Blob) -> Json:
        self._check(value)
        ref: Json = {"$link": value.ref.text}
        return {"$type": "blob", "ref": ref, "mimeType": value.mime_type, "size": value.size}

    def from_record(self, value: Any) -> Blob:
        if not isinstance(value, Mapping) or value.get("$type") != "blob":
            raise DecodeError(f"expected {self}, got {given(value)}")
        mime, size = value.get("mimeType"), value.get("size")
        if not isinstance(mime, str) or type(size) is not int or not 0 <= size < 1 << 63:
            raise DecodeError(f"expected {self} with mimeType and size, got {given(value)}")
        return Blob(CidLink().from_record(value.get("ref")), mime, size)

    def _check(self, value: object) -> None:
        if not isinstance(value, Blob):
            raise ValidationError(f"expected {self}, got {given(value)}")
        CidLink()._checked(value.ref)
        if not isinstance(value.mime_type, str):
            raise ValidationError(f"expected {self}, got mime_type {given(value.mime_type)}")
        if type(value.size) is not int or not 0 <= value.size < 1 << 63:
            raise ValidationError(f"expected {self}, got size {given(value.size)}")
        if self.max_size is not None and value.size > self.max_size:
            raise ValidationError(f"expected {self}, got {value.size} bytes")
        if self.accept is not None and not accepts(self.accept, value.mime_type):
            raise ValidationError(f"expected {self}, got {given(value.mime_type)}")


@dataclass(frozen=True, slots=True)
class Open(Field[dict[str, Any]]):
    """Any map of the data model: null, bools, integers, texts, bytes, links, lists and maps in it."""

    def __str__(self) -> str:
        return str(UnknownType())

    def pack(self, value: dict[str, Any], out: list[Buffer]) -> None:
        self._record(value)
        rows.pack_any(_plain(value), out)

    def unpack(self, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return _model_map(value, self, data.as_value)

    def to_record(self, value: dict[str, Any]) -> Json:
        return self._record(value)

    def from_record(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return _model_map(dict(value), self, data.as_value)

    def _record(self, value: object) -> Json:
        if not isinstance(value, dict):
            raise ValidationError(f"expected {self}, got {given(value)}")
        try:
            return cast("Json", data.to_json(value))
        except DataError as error:
            raise ValidationError(f"expected {self}: {error}") from None


def pack_unknown(tag: str, value: dict[str, Any], what: object, out: list[Buffer]) -> None:
    """Pack the member of a union whose type is not known: its `$type`, then its keys in DAG-CBOR order.

    Args:
        tag: its `$type`.
        value: the rest of its map: values of the data model, and floats, which its type may have.
        what: the union, for messages.
        out: takes the bytes.

    Raises:
        ValidationError: something in the map is neither.
    """
    try:
        data.from_sample(value)
    except DataError as error:
        raise ValidationError(f"expected {what}: {error}") from None
    rows.pack_any({"$type": tag, **_plain(value)}, out)


def unknown_from_wire(value: dict[str, Any], what: object) -> dict[str, Any]:
    """The map of such a member in a decoded sample, its `$type` included.

    Raises:
        DecodeError: the data model does not hold it, floats apart.
    """
    return _model_map(value, what, data.from_sample)


def _model_map(
    value: dict[str, Any], what: object, read: Callable[[object], object]
) -> dict[str, Any]:
    try:
        plain = read(value)
    except DataError as error:
        raise DecodeError(f"expected {what}: {error}") from None
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Link):
        return {"$link": value.text}
    if isinstance(value, float):
        return value if value == value else math.nan  # every NaN as the same one
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value, key=key_order)}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _link(text: object) -> Link:
    if not isinstance(text, str):
        raise DecodeError(f"expected a CID, got {given(text)}")
    try:
        return Link(text)
    except ValueError as error:
        raise DecodeError(f"expected a CID, got {given(text)}: {error}") from None

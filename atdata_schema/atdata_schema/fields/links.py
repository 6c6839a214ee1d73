"""Fields of repository data: CID links, blobs, and maps of no declared type."""

from __future__ import annotations

from collections.abc import Mapping
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

__all__ = ["Blob", "BlobRef", "CidLink", "Open", "map_from_wire", "pack_map"]


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
        pack_map(value, out)

    def unpack(self, value: object) -> dict[str, Any]:
        return map_from_wire(value, self)

    def to_record(self, value: dict[str, Any]) -> Json:
        return self._record(value)

    def from_record(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return _model_map(dict(value), self)

    def _record(self, value: object) -> Json:
        if not isinstance(value, dict):
            raise ValidationError(f"expected {self}, got {given(value)}")
        try:
            return cast("Json", data.to_json(value))
        except DataError as error:
            raise ValidationError(f"expected {self}: {error}") from None


def pack_map(value: dict[str, Any], out: list[Buffer], tag: str | None = None) -> None:
    """Pack a map of the data model: keys in DAG-CBOR order, links as `{"$link": ...}`.

    Args:
        value: the map.
        out: takes the bytes.
        tag: the `$type` that stands before its keys where the map is the member of a union.
    """
    first = {} if tag is None else {"$type": tag}
    rows.pack_any({**first, **_plain(value)}, out)


def map_from_wire(value: object, what: object) -> dict[str, Any]:
    """The map of the data model in a decoded sample.

    Raises:
        DecodeError: no map, or one that the data model does not hold.
    """
    if not isinstance(value, dict):
        raise DecodeError(f"expected {what}, got {given(value)}")
    return _model_map(value, what)


def _model_map(value: dict[str, Any], what: object) -> dict[str, Any]:
    try:
        plain = data.as_value(value)
    except DataError as error:
        raise DecodeError(f"expected {what}: {error}") from None
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Link):
        return {"$link": value.text}
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

"""Entries, stored schemas and stored lenses as JSON: the form in which every provider keeps them.

The keys are the names of the attributes, in the order in which they are declared; splits and metadata keep
the order that their author gave them. Equal forms are equal entries. What is written reads back as the same
values: metadata that JSON would change (a tuple, a key that is no text, an infinite number) is refused.

What is read is held against the types of the attributes; keys that are not known are ignored, so that a
later form can say more.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from atdata.errors import CatalogError
from atdata.index.entry import Entry, JsonObject
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "decode_entry",
    "decode_lens",
    "decode_schema",
    "encode_entry",
    "encode_lens",
    "encode_schema",
]

T = TypeVar("T")


def encode_entry(entry: Entry) -> str:
    """An entry as JSON.

    Raises:
        CatalogError: it holds what JSON does not.

    >>> from atdata.index.entry import SchemaKey
    >>> schema = SchemaKey("org.example.note", "1.0.0", "bafyrei")
    >>> encode_entry(Entry("notes", "1.0.0", schema, {}, "2026-01-31T12:00:00.000000Z"))[:34]
    '{"name":"notes","version":"1.0.0",'
    """
    if entry.metadata:
        _check(f"{quoted(entry.name)}: metadata", entry.metadata)
    try:
        return msgspec.json.encode(entry).decode()
    except (
        TypeError,
        ValueError,
        RecursionError,
    ):  # what it is called takes longer than to encode it
        return _encode(f"the entry {quoted(entry.name)}", entry)


def decode_entry(text: str | bytes) -> Entry:
    """The entry that a JSON text is.

    Raises:
        CatalogError: it is none.
    """
    return _decode(_ENTRIES, "entry", text)


def encode_schema(schema: StoredSchema) -> str:
    """A stored schema as JSON.

    Raises:
        CatalogError: it holds what JSON does not.
    """
    what = f"the schema {quoted(schema.key.id)}"
    _check(what, schema.schema)
    return _encode(what, schema)


def decode_schema(text: str | bytes) -> StoredSchema:
    """The stored schema that a JSON text is.

    Raises:
        CatalogError: it is none.
    """
    return _decode(_SCHEMAS, "schema", text)


def encode_lens(lens: StoredLens) -> str:
    """A stored lens as JSON.

    Raises:
        CatalogError: it holds what JSON does not.
    """
    what = f"the lens {quoted(lens.name)}"
    for part in (lens.record, lens.source, lens.view):
        _check(what, part)
    return _encode(what, lens)


def decode_lens(text: str | bytes) -> StoredLens:
    """The stored lens that a JSON text is.

    Raises:
        CatalogError: it is none.
    """
    return _decode(_LENSES, "lens", text)


def _encode(what: str, value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError as error:
        raise CatalogError(
            f"{what} holds half of a surrogate pair ({error.object[error.start:error.end]!r}), "
            "which is no character; remove it"
        ) from None
    except RecursionError:
        raise CatalogError(f"{what} is nested too deeply; flatten its metadata") from None
    except TypeError as error:
        raise CatalogError(f"{what} cannot be written as JSON: {error}") from None


def _check(what: str, value: JsonObject) -> None:
    """Refuse what would read back as something else."""
    text = _encode(what, value)
    try:
        read = msgspec.json.decode(text)
    except RecursionError:
        raise CatalogError(f"{what} is nested too deeply; flatten it") from None
    if read != value:
        changed = next(key for key in value if key not in read or read[key] != value[key])
        raise CatalogError(
            f"{what}: the value of {changed!r} is not what JSON holds; allowed are texts, numbers that are "
            "finite, true, false, null, lists, and dicts whose keys are texts"
        )


_ENTRIES: Final = msgspec.json.Decoder(Entry)
_SCHEMAS: Final = msgspec.json.Decoder(StoredSchema)
_LENSES: Final = msgspec.json.Decoder(StoredLens)


def _decode(decoder: msgspec.json.Decoder[T], what: str, text: str | bytes) -> T:
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise CatalogError(f"this is no {what} in JSON: {error}") from None

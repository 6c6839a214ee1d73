"""A record as the catalogue keeps it: what it says of itself, checked; where it came from stands beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from atdata.atmosphere.discovery.field_paths import field_paths
from atdata.atmosphere.discovery.field_tokens import tokens_of
from atdata.atmosphere.records.collections import ENTRY, LABEL, LENS, SCHEMA
from atdata.atmosphere.records.dataset import PublishedDataset, dataset_from_record
from atdata.atmosphere.records.label import label_from_record
from atdata.atmosphere.records.lens import lens_from_record
from atdata.atmosphere.records.schema import schema_from_record
from atdata.errors import AtdataError, RecordError
from atdata.words import encoded, parts_of, words_of
from atdata_schema.data import Link
from atdata_schema.schema import Schema

__all__ = [
    "COLLECTIONS",
    "EntryRow",
    "LabelRow",
    "LensRow",
    "Row",
    "SchemaRow",
    "TypeRow",
    "facet",
    "row_of",
    "type_row",
]

COLLECTIONS: Final = (SCHEMA, ENTRY, LABEL, LENS)
"""The collections that are kept; schemas first, so that entries find their types."""

_LARGEST_TYPE: Final = 1 << 20
_MOST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A dataset.

    Attributes:
        name: its name.
        sort: its version, so that it sorts as versions do.
        created: when it says that it was published, in microseconds since 1970.
        schema_uri: the record of its type.
        schema_cid: the CID that the record has to have, where it says one.
        sources: the AT-URIs of the datasets that it was made from.
        words: what it is found by: in its name, its tags, its other texts.
        facets: its tags, its licence and its type as words that mean one thing each.
        body: what is shown of it, as JSON.
    """

    name: str
    sort: str
    created: int
    schema_uri: str
    schema_cid: str | None
    sources: tuple[str, ...]
    words: tuple[str, str, str]
    facets: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A sample type.

    Attributes:
        id: its NSID, or that and a definition.
        cid: its type CID, computed from its documents.
        words: its name and the names of its fields.
        fields: the words that each field is found by.
        body: its stored form, as JSON.
    """

    id: str
    cid: str
    words: str
    fields: tuple[str, ...] = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """A record of a sample type."""

    type: TypeRow
    version: str


@dataclass(frozen=True, slots=True)
class LensRow:
    """A record of a lens, unchecked: the types that it names, and all of it as JSON."""

    source_cid: str
    view_cid: str
    body: str


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A record of a label."""

    name: str
    version: str | None
    entry: str


Row: TypeAlias = EntryRow | SchemaRow | LensRow | LabelRow


def row_of(collection: str, value: Mapping[str, Any], where: str, *, local: bool = False) -> Row:
    """What the catalogue keeps of a record.

    Args:
        collection: one of `COLLECTIONS`.
        value: the record, as JSON or as values of the data model.
        where: its AT-URI.
        local: take addresses of this machine in it, for experiments.

    Raises:
        RecordError: something in it is wrong, or it is too large.
    """
    try:
        return _READERS[collection](value, where, local)
    except RecordError:
        raise
    except AtdataError as error:
        raise RecordError(where, str(error)) from None
    except RecursionError:
        raise RecordError(where, "it is nested too deeply") from None


def facet(kind: str, value: str) -> str:
    """A tag, a licence, an account or a type as one word, whatever is in it.

    >>> facet("tag", "MRI, 3 T")
    'tag_mri_2c_203_20t'
    """
    return f"{kind}_{encoded(value.casefold())}"


def type_row(schema: Schema) -> TypeRow:
    """A sample type as the catalogue keeps it.

    Raises:
        LexiconError: its documents are wrong.
        RecordError: it is too large.
    """
    fields = field_paths(schema.model)
    body = _json(schema.to_json())
    if len(body) > _LARGEST_TYPE:
        raise RecordError(
            f"the type {schema.id}", f"it has {len(body):,} characters; at most {_LARGEST_TYPE:,}"
        )
    words = dict.fromkeys(
        word for name in (schema.id, *(f.path for f in fields)) for word in parts_of(name)
    )
    tokens = tuple(" ".join(tokens_of(field)) for field in fields)
    return TypeRow(schema.id, schema.cid, _text(words), tokens, body)


def _entry(value: Mapping[str, Any], where: str, local: bool) -> EntryRow:
    dataset = dataset_from_record(value, where, local=local)
    pinned = dataset.schema
    return EntryRow(
        name=dataset.name,
        sort=_sort(dataset.version),
        created=_microseconds(dataset.created),
        schema_uri=dataset.schema_uri if pinned is None else pinned.uri,
        schema_cid=None if pinned is None else pinned.cid,
        sources=tuple(dict.fromkeys(ref.uri for ref in dataset.derived_from)),
        words=(
            _text(parts_of(dataset.name)),
            _text(word for tag in dataset.tags for word in words_of(tag)),
            _text(words_of(f"{dataset.description} {dataset.license}")),
        ),
        facets=(
            *(facet("tag", tag) for tag in dataset.tags),
            *([facet("license", dataset.license)] if dataset.license else []),
        ),
        body=_json(_shown(dataset)),
    )


def _shown(dataset: PublishedDataset) -> dict[str, Any]:
    shards = [shard for shards in dataset.splits.values() for shard in shards]
    size = dataset.size
    return {
        "name": dataset.name,
        "version": dataset.version,
        "description": dataset.description,
        "license": dataset.license,
        "tags": list(dataset.tags),
        "samples": size.samples if shards == [] else _sum(shard.samples for shard in shards),
        "bytes": size.bytes if shards == [] else _sum(shard.bytes for shard in shards),
        "shards": size.shards if shards == [] else len(shards),
        "splits": list(dataset.splits),
        "created": dataset.created,
    }


def _sum(values: Any) -> int | None:
    listed = list(values)
    return None if None in listed else sum(listed)


def _schema(value: Mapping[str, Any], where: str, local: bool) -> SchemaRow:
    del local
    published = schema_from_record(value, where)
    return SchemaRow(type_row(published.schema), published.version)


def _lens(value: Mapping[str, Any], where: str, local: bool) -> LensRow:
    del local
    record = lens_from_record(value, where)
    return LensRow(record["source"]["cid"], record["view"]["cid"], _json(record))


def _label(value: Mapping[str, Any], where: str, local: bool) -> LabelRow:
    del local
    label = label_from_record(value, where)
    return LabelRow(label.name, label.version, label.dataset_uri)


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], str, bool], Row]]] = {
    SCHEMA: _schema,
    ENTRY: _entry,
    LABEL: _label,
    LENS: _lens,
}


def _text(words: Any) -> str:
    """Words as the full-text index takes them: nothing in them means anything to it."""
    found = list(words)[:_MOST_WORDS]
    return " ".join(map(encoded, found))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Link):
        return {"$link": value.text}
    raise RecordError("a record", f"it holds a {type(value).__name__}, which JSON does not have")


def _sort(version: str | None) -> str:
    """A version so that releases sort as semver has it; pre-releases stand below them all."""
    release, dash, rest = (version or "").partition("-")
    numbers = [part if part.isdigit() else "0" for part in release.split(".")[:3]]
    padded = "".join(number[:12].zfill(12) for number in numbers).ljust(36, "0")
    return f"{'0' if dash else '1'}{padded}{rest}"


def _microseconds(text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        return max(0, int(instant.timestamp() * 1_000_000))
    except (ValueError, OverflowError):
        return 0

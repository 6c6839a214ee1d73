"""Records of datasets, types, labels and lenses for tests of discovery, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.filing import Filed, file_record, note_repository
from atdata.atmosphere.discovery.record_rows import row_of
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA, record_cid
from atdata.atmosphere.records.schema import PublishedSchema, schema_to_record
from atdata_schema.schema import TYPES, Schema

__all__ = [
    "ALICE",
    "BOB",
    "CREATED",
    "REV",
    "a_schema",
    "array",
    "entry_record",
    "label_record",
    "put",
    "schema_record",
    "tid",
    "uri_of",
]

ALICE = "did:plc:z72i7hdynmk6r22z27h6tvur"
BOB = "did:plc:44ybard66vv44zksje25o7dz"
CREATED = "2026-03-01T12:00:00.000Z"
REV = "3mfyzzzzzzz2a"


def tid(number: int) -> str:
    """A record key of the form that entries have; later ones greater."""
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    text = "".join(letters[number >> shift & 31] for shift in range(25, -1, -5))
    return f"3mfyaaa{text}"


def array(dtype: str, *shape: object) -> dict[str, Any]:
    """A property that is an array."""
    return {
        "type": "ref",
        "ref": "dev.atdata.types#ndarray",
        "x-atdata": {"dtype": dtype, "shape": list(shape)},
    }


def a_schema(
    nsid: str, required: Sequence[str] | None = None, **properties: dict[str, Any]
) -> Schema:
    """A type; all of its fields are required where nothing else is said."""
    main = {
        "type": "object",
        "required": list(properties) if required is None else list(required),
        "properties": properties,
    }
    document = {"lexicon": 1, "id": nsid, "defs": {"main": main}}
    return Schema(nsid, {nsid: document, "dev.atdata.types": TYPES.document})


def schema_record(schema: Schema, version: str = "1.0.0") -> dict[str, Any]:
    """The record of a type."""
    return schema_to_record(PublishedSchema(schema.id, version, schema, CREATED))


def entry_record(
    name: str,
    schema_uri: str = f"at://{ALICE}/{SCHEMA}/org.example.photo:1.0.0",
    *,
    schema_cid: str | None = None,
    version: str = "1.0.0",
    created: str = CREATED,
    sources: Sequence[str] = (),
    samples: int = 100,
    **more: Any,
) -> dict[str, Any]:
    """The record of a dataset with one shard."""
    details: dict[str, Any] = {
        "$type": "dev.atdata.defs#datasetDetails",
        "version": version,
        "schema": {"uri": schema_uri, "cid": schema_cid or record_cid({})},
        "splits": [{"name": "train", "shards": [{"samples": samples, "bytes": 20480}]}],
    }
    if sources:
        details["derivedFrom"] = [{"uri": uri, "cid": record_cid({})} for uri in sources]
    shard = {
        "url": "https://data.example.org/a.tar",
        "checksum": {"algorithm": "sha256", "digest": "ab" * 32},
    }
    return {
        "$type": ENTRY,
        "name": name,
        "schemaRef": schema_uri,
        "storage": {"$type": "science.alt.dataset.storageHttp", "shards": [shard]},
        "createdAt": created,
        "atdata": details,
        **more,
    }


def label_record(name: str, entry: str, version: str | None = None) -> dict[str, Any]:
    """The record of a label."""
    record = {"$type": LABEL, "name": name, "datasetUri": entry, "createdAt": CREATED}
    return record if version is None else {**record, "version": version}


def uri_of(did: str, collection: str, rkey: str) -> str:
    """An AT-URI."""
    return f"at://{did}/{collection}/{rkey}"


def put(
    catalogue: Catalogue,
    did: str,
    collection: str,
    rkey: str,
    record: Mapping[str, Any],
    *,
    rev: str = REV,
    handle: str | None = None,
) -> str:
    """File a record as if it had been listed; its AT-URI."""
    place = Filed(did, collection, rkey, record_cid(record), rev, "list test", Level.UNVERIFIED)
    row = row_of(collection, record, place.uri)

    def change(db: Any) -> None:
        note_repository(db, did, handle, rev)
        file_record(db, place, row)

    catalogue.change(change)
    return place.uri

"""Records that come near what servers take in one call: 150 KB of JSON by older ones, a million bytes by newer ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere.publishing.clock import now
from atdata.atmosphere.publishing.committing import described_schema, schema_write
from atdata.errors import PublishError
from atdata_schema.schema import Schema
from publishing_data import (
    ENTRY,
    SCHEMA,
    blob_of,
    commits,
    digits,
    index_of,
    listed,
    record_at,
)
from servers.http import HttpServer
from servers.pds import AtmosphereOf, PdsServer


def test_a_long_type_beside_many_shards_still_fits_into_one_call(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf, https_server: HttpServer, tmp_path: Path
) -> None:
    """Neither is too long alone: the list of shards goes into a blob before it has to."""
    alice = any_pds.account("alice")
    index = index_of(tmp_path, atmosphere_of(alice))
    long = _long_type(30_000)
    ds = atdata.write_samples(
        (long(label=number) for number in range(400)), tmp_path / "d" / "data.tar", maxcount=1
    )
    address = https_server.put_folder(tmp_path / "d", "d/") + "data.dataset.json"
    index.add(address, name="digits")
    uri = index.promote_entry("digits")
    record = record_at(any_pds, uri)
    assert record["storage"]["$type"] == "dev.atdata.storageIndex"
    listing = blob_of(any_pds, alice, record["storage"]["list"])
    assert len(listing) < 128 * 1024
    assert len(json.loads(listing)["storage"]["shards"]) == len(ds.locations) == 400
    (schema,) = listed(any_pds, alice, SCHEMA).values()
    assert len(json.dumps(schema)) > 30_000
    # Another type is shorter, and the list would be in the record: it is the same dataset all the same.
    before = commits(any_pds, alice)
    assert index.promote_entry("digits") == uri
    assert commits(any_pds, alice) == before


def test_a_type_that_fills_a_call_is_published_before_the_rest(
    older_pds: PdsServer, atmosphere_of: AtmosphereOf, tmp_path: Path
) -> None:
    alice = older_pds.account("alice")
    index = index_of(tmp_path, atmosphere_of(alice))
    # The type says it more than once, in Lexicon and in JSON Schema.
    one, two = (_published_size(_long_type(size)) for size in (10_000, 20_000))
    long = _long_type(10_000 + int((152_000 - one) / (two - one) * 10_000))
    assert 150_500 < _published_size(long) < 152_500
    index.write((long(label=number) for number in range(3)), name="digits")
    uri = index.promote_entry("digits")
    assert list(listed(older_pds, alice, ENTRY)) == [uri]
    assert len(listed(older_pds, alice, SCHEMA)) == 1


@pytest.mark.long
def test_more_blobs_than_a_record_holds(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf, tmp_path: Path
) -> None:
    """A server keeps the blobs that a record names, so they cannot stand in a list elsewhere."""
    alice = any_pds.account("alice")
    index = index_of(tmp_path, atmosphere_of(alice))
    index.write(digits(300), name="digits", maxcount=1)
    if "0.4" in any_pds.version:
        before = commits(any_pds, alice)
        with pytest.raises(PublishError, match="larger than the server takes.*data_store="):
            index.promote_entry("digits")
        assert commits(any_pds, alice) == before
    else:
        assert len(record_at(any_pds, index.promote_entry("digits"))["storage"]["blobs"]) == 300


def _published_size(cls: type[Any]) -> int:
    schema: Schema = getattr(cls, "SCHEMA")  # noqa: B009
    write = schema_write(schema.id, "1.0.0", described_schema(schema, "1.0.0", now()))
    return len(json.dumps(write.to_json(), separators=(",", ":")))


def _long_type(size: int) -> type[Any]:
    """A type like `Digit`, with much to say about it."""

    class Long:
        label: int

    Long.__doc__ = "A digit. " + "It was written by somebody whose name nobody knows any more. " * (
        size // 61
    )
    made: type[Any] = atdata.packable(nsid="org.example.publishing.long")(Long)
    schema: Schema = getattr(made, "SCHEMA")  # noqa: B009  # the decorator makes it
    assert len(json.dumps(schema.documents)) > size
    return made

"""Compiled records as type checkers see them."""

from __future__ import annotations

from typing import assert_type

from atdata_lexicons.dev.atdata.defs import DatasetDetails, Shard, Split, StrongRef
from atdata_lexicons.science.alt.dataset.entry import Entry, ShardChecksum
from atdata_lexicons.science.alt.dataset.label import Label
from atdata_lexicons.science.alt.dataset.storage_http import ShardEntry, StorageHttp

schema = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/science.alt.dataset.schema/3kabc2defgh2a"
cid = "bafyreih7f2i7u6hhzo5xbbdlzo2vlx7b3tk5cgxpkgxyvjrffjr4qsvsya"
checksum = ShardChecksum(algorithm="sha256", digest="0" * 64)
entry = Entry(
    name="mnist",
    schemaRef=schema,
    storage=StorageHttp(shards=[ShardEntry(url="https://example.org/a.tar", checksum=checksum)]),
    createdAt="2026-02-26T00:00:00Z",
    tags=["digits"],
    atdata=DatasetDetails(
        schema=StrongRef(uri=schema, cid=cid),
        splits=[Split(name="train", shards=[Shard(samples_=1, bytes=10240)])],
    ),
)
assert_type(entry.name, str)
assert_type(entry.tags, list[str] | None)
assert_type(Entry.from_record(entry.to_record()), Entry)
if isinstance(entry.storage, StorageHttp):
    assert_type(entry.storage.shards, list[ShardEntry])
assert Entry.from_record(entry.to_record()).to_record() == entry.to_record()

label = Label(name="mnist", datasetUri=schema, createdAt="2026-02-26T00:00:00Z")
assert_type(label.version, str | None)

"""`datasets/<name>/<version>/dataset.json` in a store: what a version consists of, for readers without the Index.

It is derived from the entry. A write puts it behind the entry, and `gc` puts those that are missing and takes
away those whose entry is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from atdata.index.entry import Entry, JsonObject, ShardRecord
from atdata.index.providers.provider import Provider, StoredSchema
from atdata.index.store_names import is_same
from atdata.shards.description import FORMAT
from atdata.stores.layout import DATASETS, dataset_key
from atdata.stores.store import Store, StoredFile

__all__ = ["SHARDS_FROM_DATASET", "describe", "encoded", "mend", "undescribe"]

SHARDS_FROM_DATASET = "../../../shards"
"""The folder of the shards, from that of a description in a store."""


def describe(store: Store, entry: Entry, schema: StoredSchema, index: str) -> None:
    """Put the description of an entry into the store.

    Args:
        store: the store.
        entry: the version.
        schema: its schema.
        index: which Index the entry is in.

    Raises:
        StoreError: the store does not take it.
    """
    data = encoded(entry, schema, index)
    store.put_bytes(dataset_key(entry.name, entry.version), data, overwrite=True)


def encoded(entry: Entry, schema: StoredSchema, index: str) -> bytes:
    """The description as it stands in the file."""
    content: JsonObject = {
        "format": FORMAT,
        "complete": True,
        "name": entry.name,
        "version": entry.version,
        "created": entry.created,
        "description": entry.description,
        "license": entry.license,
        "tags": list(entry.tags),
        "metadata": entry.metadata,
        "index": index,
        "shards": SHARDS_FROM_DATASET,
        "schema": {**schema.schema, "version": schema.key.version},
        "splits": {
            name: [_shard(shard) for shard in shards] for name, shards in entry.splits.items()
        },
        "replaces": [],
    }
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode("utf-8", "surrogatepass")


def _shard(shard: ShardRecord) -> JsonObject:
    where = {} if shard.key is not None else {"url": shard.url}
    name = shard.url if shard.key is None else shard.key
    return {
        "file": name.rpartition("/")[2],
        **where,
        "bytes": shard.bytes,
        "samples": shard.samples,
        "sha256": shard.sha256,
        "index": shard.index,
        "manifest": shard.manifest,
    }


def undescribe(store: Store, entries: Iterable[Entry]) -> None:
    """Take the descriptions of deleted entries out of their store.

    Raises:
        StoreError: the store cannot be written.
    """
    store.delete(
        dataset_key(entry.name, entry.version)
        for entry in entries
        if is_same(entry.store, store.url)
    )


def mend(provider: Provider, store: Store, index: str, *, dry_run: bool) -> int:
    """Put descriptions that are missing or of an entry before, and remove those whose entry is gone.

    Returns:
        How many were put or removed, or would be.

    Raises:
        StoreError, ProviderError: the store or the database cannot be read or written.
    """
    # Listed first: the entry of a description that is seen here is seen below, unless it is deleted.
    there = {file.key: file for file in store.list(f"{DATASETS}/")}
    wanted = {
        dataset_key(entry.name, entry.version): entry
        for entry in provider.entries(latest=False)
        if is_same(entry.store, store.url)
    }
    count = 0
    for key, entry in wanted.items():
        if key not in there or _is_older(store, there[key], entry, index):
            count += 1
            if not dry_run:
                _put_again(provider, store, entry, index)
    for key in there.keys() - wanted.keys():
        if key.endswith("/dataset.json") and _owner(store, key) == index:
            count += 1
            if not dry_run:
                store.delete([key])
    return count


def _is_older(store: Store, file: StoredFile, entry: Entry, index: str) -> bool:
    """Whether a description is that of an entry which had this version before; few have to be read to know."""
    if file.modified > _seconds(entry.created):
        return False
    said = _read(store, file.key)
    return said.get("created") != entry.created or said.get("index") != index


def _put_again(provider: Provider, store: Store, entry: Entry, index: str) -> None:
    schema = provider.schema(entry.schema.id, entry.schema.version)
    if schema is None:
        return
    describe(store, entry, schema, index)
    if provider.entry(entry.name, entry.version) != entry:  # deleted meanwhile
        store.delete([dataset_key(entry.name, entry.version)])


def _owner(store: Store, key: str) -> str | None:
    found = _read(store, key).get("index")
    return found if isinstance(found, str) else None


def _read(store: Store, key: str) -> JsonObject:
    try:
        content: object = json.loads(store.get_bytes(key) or b"")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _seconds(created: str) -> float:
    return datetime.fromisoformat(created).timestamp()

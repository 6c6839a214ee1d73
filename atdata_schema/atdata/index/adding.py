"""A dataset that is there becomes a version: registered where it lies, or brought into the store as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from atdata.dataset import Dataset
from atdata.errors import DatasetNotFound, WriteError
from atdata.index.asking import options_of
from atdata.index.bringing import Bringer
from atdata.index.collecting import take_back
from atdata.index.destination import Destination, check_addable, publish
from atdata.index.entry import Entry, ShardRecord
from atdata.index.finding_data import Found, found_at, found_in_dataset
from atdata.index.leases import held
from atdata.index.next_version import Draft
from atdata.index.owners import own
from atdata.index.registering import check_first, check_lasting, record_of
from atdata.index.shard_upload import claimed
from atdata.index.writing import Wanted, write_version
from atdata.progress import counted_bytes
from atdata.sample_stream import has_flat_rows
from atdata.stores.layout import shard_key
from atdata.stores.store import Store

__all__ = ["add_version"]

_WORKERS: Final = 4  # shards that are read at once

Splits = Mapping[str, tuple[ShardRecord, ...]]
Count = Callable[[int], None]


def add_version(
    destination: Destination,
    data: Dataset[Any] | str | Path,
    wanted: Wanted,
    *,
    copy: bool,
    progress: bool,
) -> Entry:
    """Add a dataset; see `Index.add`."""
    if isinstance(data, Dataset):
        found = found_in_dataset(data, wanted.split)
        if found is None:
            return _written(destination, data, wanted, copy=copy, progress=progress)
    else:
        found = found_at(data, wanted.split)
    draft = Draft(
        name=wanted.name,
        schema=found.schema,
        splits=dict.fromkeys(found.splits, ()),
        version=wanted.version,
        schema_version=wanted.schema_version,
        store=destination.store.url if copy else None,
        said=wanted.said,
    )
    check_addable(destination.provider, draft)
    add = _copied if copy else _registered
    with counted_bytes(found.bytes, wanted.name, progress) as count:
        return add(destination, found, draft, count)


def _written(
    destination: Destination, data: Dataset[Any], wanted: Wanted, *, copy: bool, progress: bool
) -> Entry:
    """A view has no shards of its own: its samples are written."""
    if not copy:
        raise WriteError(
            f"{data!r} is a view: its samples are not all those of its shards, or not as they lie there, and an "
            "Index registers whole shards; give copy=True to write its samples, or use index.write"
        )
    split = wanted.split or data.split
    options = options_of(None, None, columns=False, workers=2)
    return write_version(
        destination, data, replace(wanted, split=split), options, progress=progress
    )


def _registered(destination: Destination, found: Found, draft: Draft, count: Count) -> Entry:
    """Add shards where they lie."""
    with ThreadPoolExecutor(_WORKERS, "atdata-add") as pool:
        for shard in found.shards:
            check_first(shard, found.sample_type)
        splits: Splits = {
            split: tuple(pool.map(lambda shard: record_of(shard, count), shards))
            for split, shards in found.splits.items()
        }
    provider, store = destination.provider, destination.store
    splits = {
        split: tuple(_owned(shard, store) for shard in shards) for split, shards in splits.items()
    }
    records = (shard for shards in splits.values() for shard in shards)
    for shard, record in zip(found.shards, records, strict=True):
        if record.key is None:
            check_lasting(shard)
    keys = [shard.key for shards in splits.values() for shard in shards if shard.key is not None]
    if not keys:
        return publish(destination, replace(draft, splits=splits), None)
    # Shards of the store itself, under another name: nobody may collect them before the entry has them.
    own(store, destination.index, provider.url)
    with held(provider, store.url, "write") as lease:
        digests = [str(shard.sha256) for shards in splits.values() for shard in shards]
        claimed(provider, lease, digests, lease.check)
        for key in keys:
            if store.find(key) is None:
                raise DatasetNotFound(f"there is no file {store.url_of(key)}: it was collected")
        return publish(destination, replace(draft, splits=splits, store=store.url), lease)


def _owned(shard: ShardRecord, store: Store) -> ShardRecord:
    """A shard with its key, where it lies in the store."""
    if shard.sha256 is None or shard.url != store.url_of(shard_key(shard.sha256)):
        return shard
    return replace(shard, key=shard_key(shard.sha256))


def _copied(destination: Destination, found: Found, draft: Draft, count: Count) -> Entry:
    """Bring shards into the store."""
    provider, store = destination.provider, destination.store
    own(store, destination.index, provider.url)
    with held(provider, store.url, "write") as lease, store.staging(lease.token) as folder:
        flat = has_flat_rows(found.sample_type)
        bringer = Bringer(provider, store, lease, folder, count, flat=flat)
        try:
            for shard in found.shards:
                check_first(shard, found.sample_type)
            splits = {split: bringer.bring(shards) for split, shards in found.splits.items()}
            return publish(destination, replace(draft, splits=splits), lease)
        except BaseException:
            take_back(provider, store, destination.index, lease, bringer.digests)
            raise

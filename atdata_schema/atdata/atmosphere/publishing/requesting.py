"""From an entry of an Index, or a dataset, to what is to be published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.publishing.local_types import public_schema
from atdata.atmosphere.publishing.references import References, strong_refs
from atdata.atmosphere.publishing.request import Request, SourceShard
from atdata.dataset import Dataset
from atdata.errors import EntryNotFound, PublishError
from atdata.index.entry import Entry, ShardRecord
from atdata.index.finding import find_entry
from atdata.index.finding_data import Found, found_at, found_in_dataset
from atdata.index.names import check_name, check_version
from atdata.index.places import Reach
from atdata.index.providers.provider import Provider
from atdata.index.registering import check_first, digest_of, record_of
from atdata.index.said import Said
from atdata.progress import counted_bytes
from atdata.resolving import class_for
from atdata.sample_stream import has_flat_rows
from atdata.shards.reader import ShardFile
from atdata.shards.sources.opening import open_source
from atdata.stores.store import Store
from atdata_schema.schema import Schema

__all__ = ["request_of_data", "request_of_entry"]

_WORKERS: Final = 4


class Catalogued(Protocol):
    """What of an Index is needed."""

    @property
    def provider(self) -> Provider: ...

    @property
    def data_store(self) -> Store: ...


def request_of_entry(
    index: Catalogued,
    account: Account,
    reference: str,
    *,
    nsid: str | None = None,
    derived_from: References = (),
    progress: bool = False,
) -> Request:
    """What an entry of an Index is to be published as.

    Args:
        index: the Index.
        account: who publishes.
        reference: `name`, `name@1.2.0`, `name@label`.
        nsid: what its type is called, where it has no name of its own.
        derived_from: what it was made from.
        progress: show how far reading is, where shards have no digest yet.

    Raises:
        EntryNotFound: there is no such version.
        PublishError: it cannot be published.
    """
    entry = find_entry(index.provider, reference)
    stored = index.provider.schema(entry.schema.id, entry.schema.version)
    if stored is None:
        raise EntryNotFound(
            f"the schema {entry.schema.id}@{entry.schema.version} is not in {index.provider.url}"
        )
    own = Schema.from_json(stored.schema)
    schema = public_schema(own, account.handle, nsid)
    shards = _shards_of(entry, index.data_store, progress)
    return Request(
        name=entry.name,
        version=entry.version,
        schema=schema,
        schema_version=entry.schema.version,
        splits=shards,
        flat=has_flat_rows(class_for(own)),
        local_name=own.id if own.id != schema.id else None,
        description=entry.description,
        license=entry.license,
        tags=entry.tags,
        metadata=entry.metadata,
        derived_from=strong_refs(account, derived_from),
    )


def request_of_data(
    data: Dataset[Any] | Mapping[str, Dataset[Any]] | str | Path,
    account: Account,
    *,
    name: str,
    version: str,
    schema_version: str,
    split: str | None = None,
    nsid: str | None = None,
    description: str | None = None,
    license: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    derived_from: References = (),
    progress: bool = False,
) -> Request:
    """What a dataset that is in no Index is to be published as; see `Atmosphere.promote_dataset`.

    Raises:
        NameRefused: the name or a version cannot be one.
        PublishError: it cannot be published.
        LoadError, ShardError: a shard cannot be read, or there is none.
    """
    found = _found(data, split)
    said = Said.of(description, license, tags, metadata)
    splits: dict[str, tuple[SourceShard, ...]] = {}
    with (
        counted_bytes(found.bytes, name, progress) as count,
        ThreadPoolExecutor(_WORKERS, "atdata-digest") as pool,
    ):
        for shard in found.shards:
            check_first(shard, found.sample_type)
        for named, shards in found.splits.items():
            records = pool.map(lambda shard: record_of(shard, count), shards)
            splits[named] = tuple(
                SourceShard(shard.place, record, _service_of(shard))
                for shard, record in zip(shards, records, strict=True)
            )
    schema = public_schema(found.schema, account.handle, nsid)
    return Request(
        name=check_name(name),
        version=check_version(version),
        schema=schema,
        schema_version=check_version(schema_version),
        splits=splits,
        flat=has_flat_rows(found.sample_type),
        local_name=found.schema.id if found.schema.id != schema.id else None,
        description=said.description,
        license=said.license,
        tags=said.tags or (),
        metadata=said.metadata or {},
        derived_from=strong_refs(account, derived_from),
    )


def _found(data: object, split: str | None) -> Found:
    if isinstance(data, str | Path):
        return found_at(data, split)
    if isinstance(data, Dataset):
        return _whole(data, split)
    if not isinstance(data, Mapping) or not data:
        raise PublishError(
            f"a {type(data).__name__} is no dataset: give a dataset, its splits, or the path or URL of one"
        )
    parts = [_whole(dataset, str(name)) for name, dataset in data.items()]
    first = parts[0]
    if any(part.schema != first.schema for part in parts):
        raise PublishError("the splits have different types: publish them apart")
    splits = {name: shards for part in parts for name, shards in part.splits.items()}
    return replace(first, splits=splits)


def _whole(data: Dataset[Any], split: str | None) -> Found:
    found = found_in_dataset(data, split)
    if found is None:
        raise PublishError(
            f"{data!r} is a view, or of other WebDataset writers: its samples are not those of its shards as they lie "
            "there. Write it first: atdata.write_samples(view, path), or index.write(view, name=...)"
        )
    return found


def _shards_of(entry: Entry, store: Store, progress: bool) -> dict[str, tuple[SourceShard, ...]]:
    reach = Reach(entry, store)
    unread = [s for shards in entry.splits.values() for s in shards if s.sha256 is None]
    total = sum(shard.bytes for shard in unread)
    with counted_bytes(total, entry.name, progress and bool(unread)) as count:

        def known(record: ShardRecord) -> SourceShard:
            place = reach.place(record.url)
            if record.sha256 is None:
                record = replace(record, sha256=digest_of(open_source(place), count))
            return SourceShard(place, record, entry.store)

        return {
            split: tuple(known(record) for record in shards)
            for split, shards in entry.splits.items()
        }


def _service_of(shard: ShardFile) -> str | None:
    """The service of a shard in S3 that it is reached through otherwise than the environment says."""
    place = shard.place
    if isinstance(place, Path) or place.access is None or place.access.endpoint_url is None:
        return None
    from urllib.parse import urlencode

    said = {"endpoint": place.access.endpoint_url, "region": place.access.region}
    known = {name: value for name, value in said.items() if value is not None}
    bucket = place.bucket_and_key[0]
    return f"s3://{bucket}?{urlencode(known, safe=':/[]')}"

"""From what was found out about a dataset to the records that publish it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from atdata.atmosphere.publishing.addresses import NotPublic, PublicPlace, public_place
from atdata.atmosphere.publishing.blobs import INDEX, LIST, SHARD, blob_cid
from atdata.atmosphere.publishing.preparing import Found, Prepared
from atdata.atmosphere.publishing.request import Request
from atdata.atmosphere.records.dataset import (
    DatasetSize,
    PublishedDataset,
    dataset_to_record,
    needs_shard_list,
    shard_list_to_bytes,
)
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.shards import BlobPlace, HttpPlace, PublishedShard
from atdata.atmosphere.records.web_address import web_address
from atdata.errors import PublishError, RecordError
from atdata.stores.layout import shard_key
from atdata.stores.store import Store

__all__ = ["Composed", "as_blobs", "in_place", "in_store", "with_shard_list"]


@dataclass(frozen=True, slots=True)
class Composed:
    """A dataset but for the record of its type, which is not known before the last moment.

    Attributes:
        request: what is published.
        splits: its shards.
        list_blob: the list of its shards, where that is a blob of its own.
        local: whether private addresses are taken, for experiments and tests.
    """

    request: Request
    splits: Mapping[str, tuple[PublishedShard, ...]]
    list_blob: bytes | None = None
    local: bool = False

    @property
    def has_blobs(self) -> bool:
        """Whether the shards are blobs."""
        return any(
            isinstance(shard.place, BlobPlace)
            for shards in self.splits.values()
            for shard in shards
        )

    def record(self, schema: StrongRef, created: str) -> dict[str, Any]:
        """The record of the entry.

        Raises:
            PublishError: it cannot be published so; the message says what is in the way.
        """
        dataset = self._dataset(schema, created)
        if self.list_blob is not None:
            digest = hashlib.sha256(self.list_blob).hexdigest()
            place = BlobPlace(blob_cid(digest), len(self.list_blob), LIST)
            dataset = replace(dataset, shard_list=place)
        with self._refusals():
            return dataset_to_record(dataset, local=self.local)

    def listed(self) -> Composed:
        """The same, with the list of its shards as a blob of its own.

        Raises:
            PublishError: as `record`.
        """
        with self._refusals():
            data = shard_list_to_bytes(self._dataset(_NOT_YET, _NO_TIME), local=self.local)
        return replace(self, list_blob=data)

    def is_long(self) -> bool:
        """Whether the list of its shards is too long for a record.

        Raises:
            PublishError: as `record`.
        """
        with self._refusals():
            return not self.has_blobs and needs_shard_list(self._dataset(_NOT_YET, _NO_TIME))

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except RecordError as error:
            raise PublishError(
                f"{self.request.name}@{self.request.version} cannot be published: {error}"
            ) from error

    def _dataset(self, schema: StrongRef, created: str) -> PublishedDataset:
        shards = [shard for found in self.splits.values() for shard in found]
        size = DatasetSize(
            len(shards),
            sum(shard.samples or 0 for shard in shards),
            sum(shard.bytes or 0 for shard in shards),
        )
        request = self.request
        return PublishedDataset(
            name=request.name,
            schema_uri=schema.uri,
            splits=self.splits,
            created=created,
            schema=schema,
            version=request.version,
            description=request.description or "",
            license=request.license or "",
            tags=request.tags,
            metadata=request.metadata,
            derived_from=request.derived_from,
            size=size,
        )


_NOT_YET = StrongRef(
    "at://did:web:example.org/science.alt.dataset.schema/self", blob_cid("00" * 32)
)
_NO_TIME = "1970-01-01T00:00:00.000Z"


def in_place(request: Request, found: Sequence[Found], *, local: bool) -> Composed:
    """A dataset all of whose shards everybody can read where they are."""
    shards = [_public(item, item.place) for item in found if item.place is not None]
    assert len(shards) == len(found)  # the others have to go up first
    return Composed(request, _by_split(request, _of_one_kind(shards)), local=local)


def as_blobs(
    request: Request, prepared: Sequence[Prepared], types: Mapping[str, str], *, local: bool
) -> Composed:
    """A dataset whose shards are blobs of the account.

    Args:
        request: what is published.
        prepared: its shards, in order.
        types: what the server takes blobs for, by their sha-256, as far as they were sent.
        local: whether private addresses are taken.
    """
    parts = iter(prepared)
    splits: dict[str, tuple[PublishedShard, ...]] = {}
    for split, shards in request.splits.items():
        splits[split] = tuple(shard for _ in shards for shard in _blobs(next(parts), types))
    return Composed(request, splits, local=local)


def in_store(
    request: Request,
    found: Sequence[Found],
    prepared: Mapping[str, Prepared],
    store: Store,
    *,
    local: bool,
) -> Composed:
    """A dataset whose shards are where they were, or in a store.

    Args:
        request: what is published.
        found: its shards, in order.
        prepared: those that are put into the store, by their sha-256.
        store: the store.
        local: whether private addresses are taken.

    Raises:
        PublishError: the store is none that everybody can read.
    """
    shards: list[PublishedShard] = []
    for item in found:
        if item.place is not None:
            shards.append(_public(item, item.place))
            continue
        (part,) = prepared[item.shard.sha256].parts
        url = store.url_of(shard_key(part.sha256))
        try:
            place = public_place(url, store.url, local=local)
        except NotPublic as error:
            raise PublishError(
                f"{store.url} is no store that everybody can read ({error.reason}): give a bucket with an https "
                "address, or leave data_store= out, and the shards become blobs of the account"
            ) from None
        shards.append(PublishedShard(place, part.sha256, part.bytes, part.samples, part.index))
    return Composed(request, _by_split(request, _of_one_kind(shards)), local=local)


def with_shard_list(composed: Composed) -> Composed:
    """The same dataset, with its list of shards as a blob where it is long."""
    return composed.listed() if composed.is_long() else composed


def _public(found: Found, place: PublicPlace) -> PublishedShard:
    record = found.shard.record
    index = record.index if found.index else None
    return PublishedShard(place, found.shard.sha256, record.bytes, record.samples, index)


def _blobs(prepared: Prepared, types: Mapping[str, str]) -> Iterator[PublishedShard]:
    for part in prepared.parts:
        index = BlobPlace(blob_cid(part.index), part.index_bytes, types.get(part.index, INDEX))
        place = BlobPlace(blob_cid(part.sha256), part.bytes, types.get(part.sha256, SHARD))
        yield PublishedShard(place, part.sha256, part.bytes, part.samples, part.index, index)


def _of_one_kind(shards: list[PublishedShard]) -> list[PublishedShard]:
    """Records say one kind of place for all shards, and one bucket; every place has an address on the web."""
    kinds = {
        (
            type(place),
            *(() if isinstance(place, HttpPlace) else (place.bucket, place.endpoint, place.region)),
        )
        for shard in shards
        if not isinstance(place := shard.place, BlobPlace)
    }
    if len(kinds) < 2:
        return shards
    return [
        replace(shard, place=HttpPlace(web_address(shard.place)))
        for shard in shards
        if not isinstance(shard.place, BlobPlace)
    ]


def _by_split(
    request: Request, shards: Sequence[PublishedShard]
) -> dict[str, tuple[PublishedShard, ...]]:
    rest = iter(shards)
    return {split: tuple(next(rest) for _ in found) for split, found in request.splits.items()}

"""Whether an entry that is there holds what is to be published: by what its shards hold, wherever they lie."""

from __future__ import annotations

from typing import Any, TypeAlias

from atdata.atmosphere.publishing.composing import Composed
from atdata.atmosphere.publishing.repository import OwnRepository, Stored
from atdata.atmosphere.publishing.request import Request
from atdata.atmosphere.records.dataset import (
    PublishedDataset,
    dataset_from_record,
    shard_list_from_bytes,
)
from atdata.atmosphere.records.refs import StrongRef
from atdata.errors import RecordError

__all__ = ["is_composed_same", "is_request_same"]

_Content: TypeAlias = tuple[Any, ...]


def is_request_same(
    repository: OwnRepository, request: Request, stored: Stored, schema: StrongRef | None
) -> bool:
    """Whether an entry has the shards of a request as they are, uncut.

    Args:
        repository: the account's repository.
        request: what is to be published.
        stored: the entry.
        schema: the record of the type, where it is there.

    Raises:
        XrpcError: the list of its shards cannot be fetched.
    """
    splits = [
        (split, [(shard.sha256, shard.record.samples) for shard in shards])
        for split, shards in request.splits.items()
    ]
    return _is(repository, request, splits, stored, schema)


def is_composed_same(
    repository: OwnRepository, composed: Composed, stored: Stored, schema: StrongRef | None
) -> bool:
    """Whether an entry has the shards of a dataset as they would be published now, cut where they are large.

    Raises:
        XrpcError: the list of its shards cannot be fetched.
    """
    splits = [
        (split, [(shard.sha256, shard.samples) for shard in shards])
        for split, shards in composed.splits.items()
    ]
    return _is(repository, composed.request, splits, stored, schema)


def _is(
    repository: OwnRepository,
    request: Request,
    splits: list[Any],
    stored: Stored,
    schema: StrongRef | None,
) -> bool:
    there = _read(repository, stored)
    if there is None or schema is None or there.schema_uri != schema.uri:
        return False
    said = (request.description or "", request.license or "", request.tags, request.metadata)
    return _content(there) == (request.name, request.version, *said, request.derived_from, splits)


def _read(repository: OwnRepository, stored: Stored) -> PublishedDataset | None:
    """The dataset of an entry, with its shards; `None` where it is none that we could have written."""
    try:
        found = dataset_from_record(stored.value, stored.uri, local=repository.local)
        if found.shard_list is None:
            return found
        what = {"did": repository.did, "cid": found.shard_list.cid}
        data = repository.server.fetch(
            "com.atproto.sync.getBlob", what, max_bytes=found.shard_list.size
        )
        return shard_list_from_bytes(data, found, stored.uri, local=repository.local)
    except RecordError:
        return None


def _content(found: PublishedDataset) -> _Content:
    splits = [
        (split, [(shard.sha256, shard.samples) for shard in shards])
        for split, shards in found.splits.items()
    ]
    said = (found.description, found.license, found.tags, found.metadata)
    return (found.name, found.version, *said, found.derived_from, splits)

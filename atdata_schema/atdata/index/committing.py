"""A new version becomes visible: what it is made of is held fast, and the entry is added."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from atdata.errors import CatalogError, EntryExists, ProviderError, SchemaConflict
from atdata.index.entry import Entry
from atdata.index.leases import Held, held
from atdata.index.next_version import Draft, Next, next_version
from atdata.index.providers.provider import Provider
from atdata.index.shard_upload import claimed

__all__ = ["add_version"]

_ROUNDS = 1_000
_LONGEST_WAIT = 0.1


def add_version(provider: Provider, draft: Draft, lease: Held | None = None) -> Entry:
    """Add what a draft becomes; where somebody else was quicker, what it becomes after theirs.

    Args:
        provider: where it is added.
        draft: what it is made of.
        lease: the write that brought its shards into a store.

    Raises:
        EntryExists: the version that was asked for is there.
        SchemaConflict: it does not announce a breaking change, or its schema's version names another type.
        LeaseLost: the write was taken for dead.
        ProviderError: the database cannot be reached.
    """
    for number in range(_ROUNDS):
        if number:
            time.sleep(random.uniform(0, min(_LONGEST_WAIT, 0.002 * number)))
        version = next_version(provider, draft)
        with _holding(provider, version, lease) as holding:
            if _holds_carried(provider, version, holding) and _added(
                provider, draft, version, holding
            ):
                return version.entry
    raise CatalogError(
        f"the dataset {draft.name} has got a new version {_ROUNDS} times while this one was to be added; try again"
    )


@contextmanager
def _holding(provider: Provider, version: Next, lease: Held | None) -> Iterator[Held | None]:
    """The lease under which the carried shards are claimed; `None` where nothing has to be."""
    base = version.base
    if lease is not None or base is None or base.store is None or not _digests(version):
        yield lease
        return
    with held(provider, base.store, "write") as own:
        yield own


def _digests(version: Next) -> list[str]:
    """The carried shards that a collector might take, were their entry deleted now."""
    shards = (shard for shards in version.carried.values() for shard in shards)
    return [shard.sha256 for shard in shards if shard.sha256 is not None]


def _holds_carried(provider: Provider, version: Next, lease: Held | None) -> bool:
    """Claim what is carried over; whether it was still there to be carried."""
    digests = _digests(version)
    if lease is None or version.base is None or not digests:
        return True
    claimed(provider, lease, digests, lease.check)
    # From the claim on nobody collects them; up to it they were those of an entry, if it is still there.
    return provider.entry(version.base.name, version.base.version) == version.base


def _added(provider: Provider, draft: Draft, version: Next, lease: Held | None) -> bool:
    """Whether the entry was added; not so where somebody else took its version, or that of its schema."""
    try:
        provider.add_entry(version.entry, version.schema, None if lease is None else lease.token)
    except EntryExists:
        if _is_there(provider, version.entry):
            return True
        if draft.version is not None:
            raise
        return False
    except SchemaConflict:
        if (
            draft.schema_version is not None
            or next_version(provider, draft).schema.key == version.schema.key
        ):
            raise
        return False
    except ProviderError as error:
        return _found_after(error, provider, version.entry)
    return True


def _is_there(provider: Provider, entry: Entry) -> bool:
    return provider.entry(entry.name, entry.version) == entry


def _found_after(error: ProviderError, provider: Provider, entry: Entry) -> bool:
    """A connection may break after the entry was added and before that was said."""
    try:
        there = _is_there(provider, entry)
    except ProviderError:
        error.add_note(
            f"Whether {entry.name}@{entry.version} was added is not known; it is all there, or not at all."
        )
        raise error from None
    if not there:
        raise error
    return True

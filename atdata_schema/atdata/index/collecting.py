"""What nobody needs any more is taken out of a store, while others write to it and delete from it.

A collector condemns digests, which the Index grants only where no entry and no write names them; deletes
their files; and absolves them. A writer that wants a condemned digest waits. So no shard goes away that an
entry has or is about to have, whoever does what at the same moment.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from atdata.errors import CatalogError, StoreError
from atdata.index.descriptions import mend
from atdata.index.leases import Held, held, is_dead
from atdata.index.owners import check_sole, other_owners
from atdata.index.providers.provider import Lease, Provider
from atdata.index.published import Published
from atdata.stores.layout import SHARDS
from atdata.stores.store import Store, StoredFile

__all__ = ["Collected", "collect", "take_back"]

_BATCH: Final = 256
_YOUNG: Final = 60.0
_SHARD_FILE: Final = re.compile(rf"{SHARDS}/([0-9a-f]{{64}})\.[a-z.]+")


@dataclass(frozen=True, slots=True)
class Collected:
    """What `gc` took away, or would.

    Attributes:
        shards: shards that no dataset has.
        files: their files, and those beside them.
        bytes: what that frees, with what broken writes left half done.
        writes: writes that ended badly, whose claims were ended.
        descriptions: `dataset.json` that were missing and were put, or belonged to no version and were removed.
        unknown: files among the shards that are none of ours; they stay.
        published: shards that no dataset has, and that stay since published records name them.
        dry_run: whether nothing was done.
    """

    shards: int = 0
    files: int = 0
    bytes: int = 0
    writes: int = 0
    descriptions: int = 0
    unknown: tuple[str, ...] = ()
    published: int = 0
    dry_run: bool = False


def collect(
    provider: Provider,
    store: Store,
    index: str,
    *,
    dry_run: bool,
    older_than: float,
    published: bool = False,
) -> Collected:
    """Collect one store; see `Index.gc`."""
    check_sole(store, index)
    with held(provider, store.url, "collect") as lease:
        dead, alive = _others(provider, lease)
        swept = 0 if dry_run else _ended(provider, store, dead, alive, older_than)
        files, unknown = _shards(store)
        mended = mend(provider, store, index, dry_run=dry_run)
        wanted = _unnamed(provider, files, older_than)
        # An Index that began to write here meanwhile has said so before its first shard.
        check_sole(store, index)
        said = Published(store)
        spared = frozenset[str]() if published else said.digests() & wanted.keys()
        wanted = {digest: group for digest, group in wanted.items() if digest not in spared}
        if not dry_run:
            gone = _deleted(provider, store, lease, wanted, None if published else said)
            if published:
                said.digests()
                said.forget(wanted)
        else:
            # Nobody who lives can have a claim where nobody lives.
            gone = _given_up(provider, lease, wanted) if alive else list(wanted.values())
    return Collected(
        shards=len(gone),
        files=sum(len(group) for group in gone),
        bytes=swept + sum(file.bytes for group in gone for file in group),
        writes=sum(item.kind == "write" for item in dead),
        descriptions=mended,
        unknown=unknown,
        published=len(spared),
        dry_run=dry_run,
    )


def take_back(
    provider: Provider, store: Store, index: str, lease: Held, digests: Iterable[str]
) -> None:
    """Remove what a write that failed has brought into a store, unless somebody else has come to need it.

    What cannot be removed now is collected later.

    Args:
        provider: where the claims stand.
        store: the store.
        index: which Index this is.
        lease: the write, which ends.
        digests: of the shards that it brought.
    """
    with suppress(CatalogError, StoreError):
        lease.end()
        provider.release(lease.token)
        wanted = sorted(digests)
        if not wanted or other_owners(store, index):
            return
        with held(provider, store.url, "collect") as collector:
            files = _shards(store, wanted)[0]
            _deleted(provider, store, collector, files, Published(store))


def _others(provider: Provider, own: Held) -> tuple[list[Lease], list[Lease]]:
    """The leases on the store that are dead, and those that are alive."""
    leases = [item for item in provider.leases(own.store) if item[0].token != own.token]
    dead = [lease for lease, age in leases if is_dead(lease, age)]
    return dead, [lease for lease, _ in leases if lease not in dead]


def _ended(
    provider: Provider, store: Store, dead: list[Lease], alive: list[Lease], older_than: float
) -> int:
    """End what the dead held, and remove what they left half done; bytes freed."""
    freed = 0
    for lease in dead:
        provider.release(lease.token)
        # The folder of a write is removed when it is left, whoever leaves it.
        with store.staging(lease.token) as folder:
            freed += sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    # Whose it was is not known of the rest. What is young may belong to a write that began a moment ago.
    return freed + store.sweep((lease.token for lease in alive), max(older_than, _YOUNG))


def _shards(
    store: Store, digests: Sequence[str] | None = None
) -> tuple[dict[str, list[StoredFile]], tuple[str, ...]]:
    """The files of each shard by its digest, and what else lies among them."""
    files: dict[str, list[StoredFile]] = {}
    unknown: list[str] = []
    prefixes = [f"{SHARDS}/"] if digests is None else [f"{SHARDS}/{item}" for item in digests]
    for prefix in prefixes:
        for file in store.list(prefix):
            match = _SHARD_FILE.fullmatch(file.key)
            if match is None:
                unknown.append(file.key)
            else:
                files.setdefault(match[1], []).append(file)
    return files, tuple(unknown)


def _unnamed(
    provider: Provider, files: dict[str, list[StoredFile]], older_than: float
) -> dict[str, list[StoredFile]]:
    """The shards that no entry names, as far as that can be seen; the Index has the last word."""
    named = {
        shard.sha256
        for entry in provider.entries(latest=False)
        for shards in entry.splits.values()
        for shard in shards
    }
    latest = time.time() - older_than
    return {
        digest: group
        for digest, group in files.items()
        if digest not in named
        and (older_than <= 0 or all(file.modified <= latest for file in group))
    }


def _deleted(
    provider: Provider,
    store: Store,
    lease: Held,
    wanted: dict[str, list[StoredFile]],
    published: Published | None,
) -> list[list[StoredFile]]:
    """Delete shards that the Index gives up, and that no published record names; their files."""
    gone: list[list[StoredFile]] = []
    for batch in _batches(wanted):
        lease.renew()
        condemned = provider.condemn(lease.token, batch)
        # Asked now: what is published while its entry is there is said before the entry can go.
        spared = frozenset[str]() if published is None else published.digests()
        granted = [digest for digest in condemned if digest not in spared]
        # Whoever stood still here for minutes may have lost the lease, and somebody may claim these by now.
        lease.renew()
        store.delete(file.key for digest in granted for file in wanted[digest])
        provider.absolve(lease.token, condemned)
        gone += [wanted[digest] for digest in granted]
    return gone


def _given_up(
    provider: Provider, lease: Held, wanted: dict[str, list[StoredFile]]
) -> list[list[StoredFile]]:
    """The files of the shards that the Index would give up; a writer who wants one waits for a moment."""
    gone: list[list[StoredFile]] = []
    for batch in _batches(wanted):
        granted = provider.condemn(lease.token, batch)
        provider.absolve(lease.token, granted)
        gone += [wanted[digest] for digest in granted]
    return gone


def _batches(digests: Iterable[str]) -> Iterator[list[str]]:
    pending = iter(digests)
    while batch := list(islice(pending, _BATCH)):
        yield batch

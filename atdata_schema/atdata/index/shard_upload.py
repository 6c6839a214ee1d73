"""Finished shards go into a store, in side threads, while the next ones are written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Final

from atdata.errors import CatalogError
from atdata.index.entry import ShardRecord
from atdata.index.leases import Held, is_dead
from atdata.index.providers.provider import Provider
from atdata.index.stopping import Stop
from atdata.shards.description import ShardEntry
from atdata.shards.files import part_of
from atdata.shards.sidecars import MANIFEST, MANIFEST_ROWS, Sidecars
from atdata.stores.layout import shard_key, sidecar_key
from atdata.stores.store import Store

__all__ = ["ShardUpload", "claimed"]

# Seconds that a digest may be condemned: longer than a collector may be dead.
_PATIENCE: Final = 900.0


class ShardUpload:
    """Brings shards into a store: claims each, puts what lies beside it, then itself.

    Args:
        provider: where the claims stand.
        store: the store.
        lease: under which they are claimed.
        sidecars: knows what was written beside a shard.
        workers: shards that may be on their way while this goes on.

    Attributes:
        digests: of the shards that are in the store, or on their way.
    """

    def __init__(
        self,
        provider: Provider,
        store: Store,
        lease: Held,
        sidecars: Sidecars,
        workers: int,
    ) -> None:
        self.digests: set[str] = set()
        self._provider = provider
        self._store = store
        self._lease = lease
        self._sidecars = sidecars
        self._workers = workers
        self._waiting: deque[Future[ShardRecord]] = deque()
        self._done: list[ShardRecord] = []
        self._stop = Stop(lease.check)
        self._pool = ThreadPoolExecutor(workers, "atdata-upload")

    def add(self, path: Path, entry: ShardEntry) -> None:
        """Take a finished shard; waits while enough are on their way.

        Raises:
            StoreError, ProviderError, LeaseLost: one that was taken before could not be brought in.
        """
        self._settle(self._workers - 1)
        self._lease.check()
        self._waiting.append(self._pool.submit(self._bring, path, entry))

    def close(self) -> tuple[ShardRecord, ...]:
        """Every shard, in order, when the last one has arrived."""
        self._settle(0)
        self._pool.shutdown()
        return tuple(self._done)

    def stop(self) -> None:
        """Break off; what has arrived stays where it is."""
        self._stop.now()
        self._pool.shutdown(cancel_futures=True)

    def _settle(self, waiting: int) -> None:
        while len(self._waiting) > waiting:
            self._done.append(self._waiting[0].result())
            self._waiting.popleft()

    def _bring(self, path: Path, entry: ShardEntry) -> ShardRecord:
        assert entry.sha256 is not None  # shards of a store are written with digests
        claimed(self._provider, self._lease, [entry.sha256], self._stop.check)
        self.digests.add(entry.sha256)
        beside = self._sidecars.written(path)
        manifest = self._put_manifest(
            entry, beside.pop(MANIFEST, None), beside.pop(MANIFEST_ROWS, None)
        )
        for suffix, part in beside.items():
            key = sidecar_key(entry.sha256, f".tar{suffix}")
            self._store.put(key, part, move=True, replace=True, progress=self._stop.sent)
        key = shard_key(entry.sha256)
        # The shard comes last: where it is, what lies beside it is too. Its writer has brought it to the disk.
        self._store.put(
            key,
            part_of(path),
            sha256=entry.sha256,
            move=True,
            synced=True,
            progress=self._stop.sent,
        )
        url = self._store.url_of(key)
        digests = (entry.sha256, entry.index, manifest)
        return ShardRecord(url, entry.bytes, entry.samples, *digests, key)

    def _put_manifest(self, entry: ShardEntry, said: Path | None, rows: Path | None) -> str | None:
        """Bring a manifest in, unless one is there; the digest of the one that is."""
        if said is None or rows is None or entry.sha256 is None:
            return None
        keys = [sidecar_key(entry.sha256, suffix) for suffix in (MANIFEST_ROWS, MANIFEST)]
        # Made with another version of the library, it may have other bytes; entries that name it are not to lose it.
        there = self._store.get_bytes(keys[1])
        if there is None:
            for key, part in zip(keys, (rows, said), strict=True):
                self._store.put(key, part, move=True, replace=True, progress=self._stop.sent)
            return entry.manifest
        for part in (rows, said):
            part.unlink()
        return sha256(there).hexdigest()


def claimed(provider: Provider, lease: Held, digests: list[str], check: Callable[[], None]) -> None:
    """Claim digests; where a collector is deleting some, wait until it is done.

    Args:
        provider: where the claims stand.
        lease: under which they are claimed.
        digests: of shards.
        check: called while it waits; raises where there is nothing to wait for any more.

    Raises:
        LeaseLost: the lease is not there any more.
        ProviderError: the database cannot be reached, or a collector does not come to its end.
    """
    condemned, waited, wait = provider.claim(lease.token, digests), 0.0, 0.02
    while condemned:
        if waited > _PATIENCE:
            raise CatalogError(
                f"{lease.store}: {len(condemned)} files have been in the hands of a collector for "
                f"{waited / 60:.0f} minutes; end it, and write again"
            )
        check()
        time.sleep(wait)
        waited, wait = waited + wait, min(2 * wait, 2.0)
        _release_dead(provider, lease.store)
        condemned = provider.claim(lease.token, condemned)


def _release_dead(provider: Provider, store: str) -> None:
    """A collector that died has condemned for ever, unless somebody says so."""
    for lease, age in provider.leases(store):
        if lease.kind == "collect" and is_dead(lease, age):
            provider.release(lease.token)

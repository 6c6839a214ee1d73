"""Shards that lie elsewhere come into a store as they are; no sample is decoded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from atdata.errors import DatasetNotFound, ShardError
from atdata.index.entry import ShardRecord
from atdata.index.leases import Held
from atdata.index.providers.provider import Provider
from atdata.index.shard_upload import claimed
from atdata.index.stopping import Stop
from atdata.shards.fetched.shelf import Shelf
from atdata.shards.forward import is_packed, open_forward
from atdata.shards.index.blocks import digest_blocks
from atdata.shards.index.file import encode_index
from atdata.shards.index.mapped import map_file
from atdata.shards.index.scan import scan_members
from atdata.shards.reader import ShardFile
from atdata.shards.sidecars import MANIFEST, MANIFEST_ROWS, is_sidecar, sidecar_path
from atdata.stores.layout import shard_key, sidecar_key
from atdata.stores.store import Store

__all__ = ["Bringer"]

_WORKERS: Final = 4  # shards that are on their way at once
_CHUNK: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class _Whole:
    """A shard as a plain file, with what lies in it."""

    path: Path
    size: int
    samples: int
    sha256: str
    index: bytes


class Bringer:
    """Brings shards into a store.

    Args:
        provider: where they are claimed.
        store: the store.
        lease: under which they are claimed.
        folder: where those wait that lie on no disk of this machine, or are packed.
        count: called with numbers of bytes as they are read.
        flat: whether no field of the samples holds others, which an index says.

    Attributes:
        digests: of the shards that are in the store, or on their way.
    """

    def __init__(
        self,
        provider: Provider,
        store: Store,
        lease: Held,
        folder: Path,
        count: Callable[[int], None],
        *,
        flat: bool,
    ) -> None:
        self.digests: set[str] = set()
        self._provider = provider
        self._store = store
        self._lease = lease
        self._folder = folder
        self._count = count
        self._stop = Stop(lease.check)
        self._varied = "B" if flat else "C"

    def bring(self, shards: Sequence[ShardFile]) -> tuple[ShardRecord, ...]:
        """Bring some shards in, several at once; what the Index keeps of them.

        Raises:
            DatasetNotFound: there is no such file.
            ShardError: one is damaged, or not the one that its `dataset.json` describes.
            SourceError: one lies elsewhere and cannot be read.
            StoreError, ProviderError, LeaseLost: it cannot be brought in.
        """
        with ThreadPoolExecutor(_WORKERS, "atdata-bring") as pool:
            jobs = [pool.submit(self._bring, *item) for item in enumerate(shards)]
            try:
                return tuple(job.result() for job in jobs)
            except BaseException:
                self._stop.now()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _bring(self, number: int, shard: ShardFile) -> ShardRecord:
        self._stop.check()
        place = shard.place
        if isinstance(place, Path) and not is_packed(place):
            return self._put(self._looked_at(place, shard), shard, move=False)
        path = self._folder / f"data-{number:06d}.tar"
        try:
            self._fetch(shard, path)
            return self._put(self._looked_at(path, shard), shard, move=True)
        finally:
            path.unlink(missing_ok=True)

    def _fetch(self, shard: ShardFile, path: Path) -> None:
        """Write a shard to the local disk, unpacked."""
        # What a record of the network vouches for is verified as it comes.
        source = None if shard.is_local else Shelf((shard,), "first").source(0)
        with open_forward(shard.place, source) as forward, path.open("wb") as file:
            while data := forward.read(_CHUNK):
                file.write(data)
                self._stop.check()

    def _looked_at(self, path: Path, shard: ShardFile) -> _Whole:
        if not path.is_file():
            raise DatasetNotFound(f"there is no file {path}")
        flat = map_file(path)
        members = scan_members(flat, str(shard.place))
        blocks, sha256 = digest_blocks(flat)
        self._count(len(flat))
        said = shard.entry
        if said is not None and not is_packed(shard.place):
            found = (len(flat), len(members.sizes), sha256)
            if found != (said.bytes, said.samples, said.sha256 or sha256):
                raise ShardError(
                    f"has {found[0]} bytes, {found[1]} samples and the sha-256 {sha256}; its dataset.json says "
                    f"{said.bytes}, {said.samples} and {said.sha256}: one of the two was replaced",
                    str(shard.place),
                )
        equal = len(members.sizes) > 0 and bool((members.sizes == members.sizes[0]).all())
        index = encode_index(
            offsets=members.offsets,
            sizes=members.sizes,
            keys=members.keys,
            shard_bytes=len(flat),
            shard_sha256=sha256,
            layout="A" if equal else self._varied,
            blocks=blocks,
        )
        return _Whole(path, len(flat), len(members.sizes), sha256, index)

    def _put(self, whole: _Whole, shard: ShardFile, *, move: bool) -> ShardRecord:
        claimed(self._provider, self._lease, [whole.sha256], self._stop.check)
        self.digests.add(whole.sha256)
        index = self._folder / f"{whole.sha256}.idx"
        index.write_bytes(whole.index)
        digest = _sha256(whole.index)
        self._store.put(
            sidecar_key(whole.sha256, ".tar.idx"), index, sha256=digest, move=True, replace=True
        )
        manifest = None
        if isinstance(shard.place, Path):
            self._put_columns(shard.place, whole.sha256)
            manifest = self._put_manifest(shard.place, shard, whole.sha256)
        key = shard_key(whole.sha256)
        self._store.put(key, whole.path, sha256=whole.sha256, move=move, progress=self._stop.sent)
        url = self._store.url_of(key)
        return ShardRecord(url, whole.size, whole.samples, whole.sha256, digest, manifest, key)

    def _put_columns(self, shard: Path, sha256: str) -> None:
        """Take the columns with it; a reader who finds that they are another shard's leaves them."""
        columns = sidecar_path(shard, ".cols")
        if is_sidecar(columns) and os.access(columns, os.R_OK):
            self._store.put(sidecar_key(sha256, ".tar.cols"), columns, replace=True)

    def _put_manifest(self, path: Path, shard: ShardFile, sha256: str) -> str | None:
        """Take the manifest with it that its `dataset.json` names, unless one is there; the digest of the one that is."""
        places = [sidecar_path(path, suffix) for suffix in (MANIFEST_ROWS, MANIFEST)]
        keys = [sidecar_key(sha256, suffix) for suffix in (MANIFEST_ROWS, MANIFEST)]
        there = self._store.get_bytes(keys[1])
        if there is not None:
            return _sha256(there)
        said = None if shard.entry is None else shard.entry.manifest
        if (
            said is None
            or not all(map(is_sidecar, places))
            or _sha256(places[1].read_bytes()) != said
        ):
            return None
        for key, place in zip(keys, places, strict=True):
            self._store.put(key, place, replace=True)
        return said


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

"""What the shards of a dataset have in common that are kept on disk block by block."""

from __future__ import annotations

import hashlib
import os
import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import CacheWarning
from atdata.shards.cache_folder import cache_folder, named
from atdata.shards.cache_room import BLOCKS
from atdata.shards.columnar.arena import can_map
from atdata.shards.kept.allowance import Allowance
from atdata.shards.kept.files import BlockFiles, WholeFile
from atdata.shards.kept.growing import Growing
from atdata.shards.kept.region import Region
from atdata.shards.kept.shard import KeptShard

__all__ = ["Keeping", "blocks_path"]

_TOUCHED: Final = 60.0  # seconds between two notes that a shard is in use

_warned = False


class Keeping:
    """Keeps blocks of the shards of one dataset. Threads may share one, and it works on after fork.

    Args:
        cache: the cache folder.
        sizes: the size of each shard, as far as it is known.

    Attributes:
        region: where the shards are mapped.

    Raises:
        OSError: there are no addresses for them.
    """

    def __init__(self, cache: Path, sizes: Sequence[int | None]) -> None:
        self._cache = cache
        self.region = Region(sizes)
        self._allowance = Allowance(cache, self.touch)
        self._shards: dict[int, KeptShard] = {}
        self._refused = False
        self._touch_at = 0.0
        self._owner, self._lock = os.getpid(), Lock()

    @classmethod
    def of(cls, sizes: Sequence[int | None]) -> Keeping | None:
        """For shards of some sizes; `None` where there is no cache folder, or nothing can be mapped."""
        cache = cache_folder()
        if cache is None or not can_map():
            return None
        try:
            return cls(cache, sizes)
        except OSError:
            return None

    def shard(self, number: int, size: int, digests: NDArray[np.uint8]) -> KeptShard:
        """The blocks of a shard.

        Args:
            number: its place in the dataset.
            size: its bytes.
            digests: uint8[blocks, 32], the sha-256 of each block.
        """
        files = BlockFiles(blocks_path(self._cache, size, digests), size, len(digests))
        return self._made(number, files, size, digests)

    def whole(self, number: int, plain: Path, size: int, digests: NDArray[np.uint8]) -> KeptShard:
        """The blocks of a shard that others put there as a whole.

        Args:
            number: its place in the dataset.
            plain: the file.
            size: its bytes.
            digests: uint8[blocks, 32], the sha-256 of each block.
        """
        return self._made(number, WholeFile(plain, size, len(digests)), size, digests)

    def _made(
        self, number: int, files: BlockFiles, size: int, digests: NDArray[np.uint8]
    ) -> KeptShard:
        made = KeptShard(number, files, size, digests, self)
        return self._shards.setdefault(number, made)

    def growing(self) -> Growing:
        """What keeps a shard that is read from its beginning, and becomes one of these once all of it came."""
        return Growing(self._cache, self, partial(blocks_path, self._cache))

    def take(self, count: int) -> bool:
        """Whether so many bytes may be written now. `done` is called for them then.

        Raises:
            LoadError: `ATDATA_CACHE_LIMIT` is no size.
            OSError: the folder takes no files.
        """
        return not self._refused and self._allowance.take(count)

    def done(self, count: int) -> None:
        """Say that so many of the bytes are on the disk, or never will be."""
        self._allowance.done(count)

    def refuse(self, error: OSError) -> None:
        """Write no more: the folder takes nothing. It is said once in each process."""
        global _warned
        self._refused = True
        if not _warned:
            _warned = True
            warnings.warn(
                f"{self._cache / BLOCKS} takes no more of what is fetched: {error.strerror or error}; reading goes on, and "
                "fetches again what is read again. ATDATA_CACHE names another folder, ATDATA_CACHE_LIMIT what it may hold",
                CacheWarning,
                stacklevel=2,
            )

    def mapping(self) -> Lock:
        """Held while a shard gets its place."""
        if self._owner != os.getpid():
            # A lock that a thread of the parent held is never released in a child.
            self._owner, self._lock = os.getpid(), Lock()
        return self._lock

    def mapped(self, shard: int, file: int, size: int) -> NDArray[np.uint8] | None:
        """The bytes of a file that is mapped from now on; `None` where there is no place for it."""
        if not self.region.place(shard, file, size):
            return None
        start = int(self.region.starts[shard])
        return self.region.flat[start : start + size]

    def touch(self) -> None:
        """Note that the shards are in use, so that others make room before them."""
        self._touch_at = time.monotonic() + _TOUCHED
        for shard in list(self._shards.values()):
            shard.touch()

    def touch_now_and_then(self) -> None:
        """The same, once a minute."""
        if time.monotonic() >= self._touch_at:
            self.touch()


def blocks_path(cache: Path, size: int, digests: NDArray[np.uint8]) -> Path:
    """The file of a shard in the cache folder: its size and the digests of its blocks are what it is."""
    name = named("blocks", size, hashlib.sha256(digests.tobytes()).hexdigest())
    return cache / BLOCKS / f"{name}.tar"

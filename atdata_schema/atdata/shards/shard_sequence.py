"""Samples into one shard after the other: a new one begins when one is full, while finished ones go to the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.shards.description import ShardEntry
from atdata.shards.sidecars import MakeManifest, Sidecars
from atdata.shards.writer import Rows, ShardWriter, costs

__all__ = ["Finished", "Limits", "Options", "ShardSequence"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a shard is full: samples, and bytes of its file."""

    maxcount: int | None = None
    maxsize: int | None = None

    def __bool__(self) -> bool:
        return self.maxcount is not None or self.maxsize is not None


@dataclass(frozen=True, slots=True)
class Options:
    """How a dataset is written.

    Attributes:
        limits: when a shard is full.
        overwrite: whether a complete dataset is replaced.
        digests: whether digests of shards and their blocks are computed.
        columns: whether column files are written.
        workers: shards that may be finished while the next ones are written.
        manifest: makes the manifests of shards, where they are written; it needs digests.
        flat: whether no field of the samples holds others.
    """

    limits: Limits = Limits()
    overwrite: bool = False
    digests: bool = True
    columns: bool = False
    workers: int = 2
    manifest: MakeManifest | None = None
    flat: bool = False


Finished: TypeAlias = Callable[[Path, ShardEntry], None]
"""Takes a shard that is whole and on the disk: its place, and what it is.

The file and those beside it still have their unfinished names (`part_of`). Shards come in their order, in the
thread that adds samples. Where it raises, the files are still the sequence's to remove.
"""


class ShardSequence:
    """Takes keys and payloads, and hands finished shards on.

    Args:
        place: the place of a shard by its number; raises where it may not be written.
        sidecars: writes the files beside the shards.
        options: how they are written.
        finished: takes each finished shard.
    """

    def __init__(
        self,
        place: Callable[[int], Path],
        sidecars: Sidecars,
        options: Options,
        finished: Finished,
    ) -> None:
        self._place = place
        self._sidecars = sidecars
        self._options = options
        self._finished = finished
        self._begun = 0
        self._open: ShardWriter | None = None
        # Those that were begun and not handed on; the open one is the last of them.
        self._waiting: deque[ShardWriter] = deque()
        # Three threads a shard: two digests and the disk.
        self._pool = ThreadPoolExecutor(3 * (options.workers + 1), "atdata-writer")

    def add(self, rows: Rows, payloads: Sequence[bytes]) -> None:
        """Append samples.

        Raises:
            DatasetExists: the shard that would begin with one has a place taken by somebody else's file.
            OSError: the disk is full, or another of its reasons.
        """
        added = 0
        while added < len(payloads):
            shard, room = self._room(costs(rows.sizes[added:]))
            end = min(len(payloads), added + room)
            if (added, end) == (0, len(payloads)):
                shard.add(rows, payloads)
            else:
                shard.add(rows.cut(added, end), payloads[added:end])
            added = end

    def add_pieces(self, rows: Rows, pieces: Sequence[bytes | memoryview]) -> None:
        """Append one sample from its pieces, which are written before this returns, and not copied."""
        shard, _ = self._room(costs(rows.sizes))
        shard.add_pieces(rows, pieces)

    def close(self) -> None:
        """Finish the last shard, and hand on all that were not yet."""
        self._end()
        self._settle(0)
        self._pool.shutdown()

    def discard(self) -> None:
        """Remove the shards that were not handed on."""
        for shard in self._waiting:
            with suppress(OSError):  # a full disk; the file is removed all the same
                shard.discard()
            self._sidecars.discard(shard.path)
        self._pool.shutdown()

    def _room(self, sizes: NDArray[np.int64]) -> tuple[ShardWriter, int]:
        """A shard that takes the first of these samples, and how many of them it takes."""
        shard = self._open
        room = 0 if shard is None else self._fitting(shard, sizes)
        if shard is not None and room:
            return shard, room
        shard = self._begin()
        # A sample that is larger than a shard may be has one of its own.
        return shard, max(1, self._fitting(shard, sizes))

    def _fitting(self, shard: ShardWriter, sizes: NDArray[np.int64]) -> int:
        limits, room = self._options.limits, len(sizes)
        if limits.maxcount is not None:
            room = min(room, limits.maxcount - shard.samples)
        if limits.maxsize is not None:
            left = limits.maxsize - shard.bytes
            room = min(room, int(np.searchsorted(np.cumsum(sizes[:room]), left, "right")))
        return max(room, 0)

    def _begin(self) -> ShardWriter:
        self._end()
        self._settle(self._options.workers)
        path = self._place(self._begun)
        shard = ShardWriter(path, self._pool, digests=self._options.digests)
        self._begun += 1
        self._waiting.append(shard)
        self._open = shard
        return shard

    def _end(self) -> None:
        if self._open is not None:
            self._open.finish()
            self._open = None

    def _settle(self, waiting: int) -> None:
        """Wait for finished shards, the oldest first, until so many may still be on their way."""
        while len(self._waiting) > waiting:
            shard = self._waiting[0]
            written = shard.settle()
            beside = self._sidecars.write(shard.path, written)
            sha256 = None if written.digests is None else written.digests.sha256
            name, count = shard.path.name, shard.samples
            digests = (sha256, beside.index, beside.manifest)
            self._finished(shard.path, ShardEntry(name, written.bytes, count, *digests))
            self._waiting.popleft()

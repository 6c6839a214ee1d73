"""Blocks that were fetched last, in memory, up to a bound."""

from __future__ import annotations

import os
from collections import OrderedDict
from threading import Lock
from typing import Final, TypeAlias
from weakref import WeakValueDictionary

__all__ = ["LIMIT", "BlockCache", "Spot"]

LIMIT: Final = 64 << 20
"""Bytes that one dataset keeps."""

Spot: TypeAlias = tuple[int, int]
"""A shard, by its place in the dataset, and a block of it."""


class BlockCache:
    """The blocks used last, and those that others still read. Threads may share one; a forked child begins with an empty one."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._begin()

    def _begin(self) -> None:
        # A lock that a thread of the parent held is never released in a child.
        self._owner, self._lock = os.getpid(), Lock()
        self._blocks: OrderedDict[Spot, memoryview] = OrderedDict()
        # A block that made room, and is in memory all the same, need not be fetched again.
        self._read = WeakValueDictionary[Spot, memoryview]()
        self._bytes = 0

    def get(self, spot: Spot) -> memoryview | None:
        """A block, if it is still here."""
        if self._owner != os.getpid():
            self._begin()
        with self._lock:
            block = self._blocks.get(spot)
            if block is not None:
                self._blocks.move_to_end(spot)
                return block
            block = self._read.get(spot)
            if block is not None:
                self._keep(spot, block)
            return block

    def put(self, spot: Spot, block: memoryview) -> None:
        """Keep a block; those used longest ago make room."""
        if self._owner != os.getpid():
            self._begin()
        with self._lock:
            self._read[spot] = block
            self._keep(spot, block)

    def _keep(self, spot: Spot, block: memoryview) -> None:
        self._bytes += len(block) - len(self._blocks.pop(spot, b""))
        self._blocks[spot] = block
        while self._bytes > self._limit:
            self._bytes -= len(self._blocks.popitem(last=False)[1])

"""Batch arrays that are used again once nobody holds them.

Memory that was written before is several times faster to fill than fresh memory, whose pages the system has
to find and clear first. A buffer is lent out as a view; it comes back when neither the view nor anything
made of it is left, which its reference count tells. So a batch that the caller keeps is never overwritten.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Buffers"]

_FREE: Final = 3  # the pool's own reference, the loop's, and the argument of getrefcount
_KEPT: Final = 4
_SMALL: Final = 1 << 16  # below this the allocator hands out warm memory by itself


class Buffers:
    """A pool of byte buffers, by size."""

    __slots__ = ("_pools",)

    def __init__(self) -> None:
        self._pools: dict[int, list[NDArray[np.uint8]]] = {}

    def take(self, size: int) -> NDArray[Any]:
        """An uninitialised uint8[size] that nobody else sees until the caller drops it.

        Args:
            size: in bytes.
        """
        if size < _SMALL:
            return np.empty(size, np.uint8)
        pool = self._pools.setdefault(size, [])
        for buffer in pool:
            if sys.getrefcount(buffer) == _FREE:
                return buffer[:]
        fresh = np.empty(size, np.uint8)
        if len(pool) >= _KEPT:
            pool.pop(0)  # all are held: the caller keeps batches, and may keep this one
        pool.append(fresh)
        return fresh[:]

"""Batch arrays that are used again once nobody holds them.

Memory that was written before is several times faster to fill than fresh memory, whose pages the system has
to find and clear first. A buffer is lent out as a view; it comes back when neither the view nor anything
made of it is left, which its reference count tells. So a batch that the caller keeps is never overwritten.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Buffers"]

_FREE: Final = 3  # the pool's own reference, the loop's, and the argument of getrefcount
_KEPT: Final = 4
_SIZES: Final = 4  # kept at once; those that were not asked for longest go
_SMALL: Final = 1 << 16  # below this the allocator hands out warm memory by itself


class Buffers:
    """A pool of byte buffers, by size; it lives as long as a dataset or a lens, so that epochs begin with warm memory."""

    __slots__ = ("__weakref__", "_kept", "_lock", "_pools")

    def __init__(self) -> None:
        self._lock = Lock()  # two threads may go through one dataset
        self._pools: dict[int, list[NDArray[np.uint8]]] = {}
        self._kept = _KEPT
        _everyone.add(self)

    def keep(self, count: int) -> None:
        """Keep at least so many buffers of a size, for who makes batches ahead."""
        self._kept = max(self._kept, count)

    def renew(self) -> None:
        """Begin anew, in a forked process: a thread that it has not may have held the lock."""
        self._lock = Lock()
        self._pools = {}

    def __reduce__(self) -> tuple[type[Buffers], tuple[()]]:
        return Buffers, ()

    def take(self, size: int) -> NDArray[Any]:
        """An uninitialised uint8[size] that nobody else sees until the caller drops it.

        Args:
            size: in bytes.
        """
        if size < _SMALL:
            return np.empty(size, np.uint8)
        with self._lock:
            pool = self._pools.pop(size, [])
            self._pools[size] = pool
            if len(self._pools) > _SIZES:
                del self._pools[next(iter(self._pools))]
            for buffer in pool:
                if sys.getrefcount(buffer) == _FREE:
                    return buffer[:]
            fresh = np.empty(size, np.uint8)
            if len(pool) >= self._kept:
                pool.pop(0)  # all are held: the caller keeps batches, and may keep this one
            pool.append(fresh)
            return fresh[:]

    def stacked(self, arrays: Sequence[Any]) -> NDArray[Any] | None:
        """Arrays of one shape and dtype as one; `None` for others, and for none."""
        first = arrays[0] if arrays else None
        if not isinstance(first, np.ndarray) or first.dtype.hasobject:
            return None
        kind = first.shape, first.dtype
        if not all(
            isinstance(each, np.ndarray) and (each.shape, each.dtype) == kind for each in arrays
        ):
            return None
        flat: NDArray[Any] = self.take(len(arrays) * first.nbytes)
        out = flat.view(first.dtype).reshape(len(arrays), *first.shape)
        return np.stack(arrays, out=out)


_everyone: weakref.WeakSet[Buffers] = weakref.WeakSet()


def _renew_all() -> None:
    for buffers in list(_everyone):
        buffers.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)

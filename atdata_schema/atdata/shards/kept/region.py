"""Addresses for the shards of a dataset, one behind the other; each is mapped there once its file is there."""

from __future__ import annotations

import ctypes
import mmap
import weakref
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.arena import FIXED, map_at, unmap

__all__ = ["Region"]

_UNKNOWN: Final = 1 << 30
"""Addresses that are reserved for a shard whose size is not known yet: they cost nothing."""

_MOST: Final = 1 << 44
"""Addresses of a region: a process has eight times as many."""

_SPARE: Final = mmap.PAGESIZE  # a window may begin at the last byte of the last file


class Region:
    """Reserved addresses as one read-only array. They stay reserved as long as anything refers to them.

    Args:
        sizes: the size of each shard, as far as it is known.

    Attributes:
        flat: uint8[bytes]; zeros where no file is mapped.
        starts: int64[shards], where each shard that has a place begins in `flat`.

    Raises:
        OSError: there are no such addresses.
    """

    def __init__(self, sizes: Sequence[int | None]) -> None:
        wanted = sum(_pages(_UNKNOWN if size is None else size) for size in sizes)
        total = min(wanted, _MOST) + _SPARE
        self._base = map_at(None, total, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1)
        holder = (ctypes.c_uint8 * total).from_address(self._base)
        weakref.finalize(holder, unmap, self._base, total)
        self._free = 0
        self.starts: NDArray[np.int64] = np.zeros(len(sizes), np.int64)
        self.flat: NDArray[np.uint8] = np.frombuffer(memoryview(holder), np.uint8)
        self.flat.flags.writeable = False

    def place(self, shard: int, file: int, size: int) -> bool:
        """Map the file of a shard behind those that have a place; whether there was one.

        Once it is mapped, the file is what it is, whatever becomes of its name.

        Args:
            shard: its number in the dataset.
            file: a descriptor.
            size: its bytes, of which it has exactly so many.

        Raises:
            OSError: it cannot be mapped.
        """
        start, span = self._free, _pages(size)
        if start + span + _SPARE > len(self.flat):
            return False
        map_at(self._base + start, size, mmap.MAP_SHARED | FIXED, file)
        self.starts[shard] = start
        self._free = start + span
        return True


def _pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE

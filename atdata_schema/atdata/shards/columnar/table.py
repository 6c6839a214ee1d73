"""Where every sample of a dataset lies, in 8 bytes each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.rows import Located
from atdata.shards.tar import BLOCK

__all__ = ["Table"]

_MOST: Final = 1 << 32


class Table:
    """The place and the size of each sample, side by side: a lookup in any order waits for memory once.

    Args:
        shards: the samples of each shard, in order.

    Attributes:
        firsts: int64[shards + 1], the number of each shard's first sample, and behind it of all.

    >>> shard = Located(np.zeros(2, np.int32), np.arange(2), np.array([512, 1536]), np.array([7, 9]))
    >>> found = Table([shard, shard]).samples(np.array([3, 0]))
    >>> found.places.tolist(), found.inner.tolist(), found.at.tolist(), found.sizes.tolist()
    ([1, 0], [1, 0], [1536, 512], [9, 7])
    """

    def __init__(self, shards: Iterable[Located]) -> None:
        parts = [_packed(rows) for rows in shards]
        counts = [len(part) for part in parts]
        self.firsts: NDArray[np.int64] = np.cumsum([0, *counts], dtype=np.int64)
        narrow = all(part.dtype == np.uint32 for part in parts)
        self._unit = BLOCK if narrow else 1
        kind = np.uint32 if narrow else np.int64
        wide = [part if part.dtype == kind else _unpacked(part) for part in parts]
        self._pairs: NDArray[Any] = np.concatenate([*wide, np.empty((0, 2), kind)])
        # So many samples that each shard but the last has; 0 where they differ.
        even = len(set(counts[:-1])) < 2 and counts[-1:] <= counts[:1]
        self._each = counts[0] if counts and even else 0

    def samples(self, numbers: NDArray[np.int64]) -> Located:
        """Some samples by their numbers from 0."""
        pairs = self._pairs
        kind = "u8" if self._unit > 1 else "V16"
        found = (
            pairs.view(kind)
            .take(numbers)
            .view(pairs.dtype)
            .reshape(-1, 2)
            .astype(np.int64, copy=False)
        )
        places, inner = self._shards(numbers)
        return Located(places.astype(np.int32), inner, found[:, 0] * self._unit, found[:, 1].copy())

    @property
    def sizes(self) -> NDArray[Any]:
        """uint32[samples] or int64[samples], the size of each."""
        return self._pairs[:, 1]

    def _shards(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The shard of each, and its number in that."""
        if self._each:
            places = numbers // self._each
            return places, numbers - places * self._each
        places = np.searchsorted(self.firsts, numbers, side="right") - 1
        return places, numbers - self.firsts[places]


def _packed(rows: Located) -> NDArray[Any]:
    """Places in blocks, and sizes, as uint32[rows, 2]; as int64 in bytes where that is too small."""
    at, sizes = rows.at, rows.sizes
    pairs: NDArray[Any]
    if (at % BLOCK).any() or max(at.max(initial=0) // BLOCK, sizes.max(initial=0)) >= _MOST:
        pairs = np.empty((len(at), 2), np.int64)
        pairs[:, 0], pairs[:, 1] = at, sizes
    else:
        pairs = np.empty((len(at), 2), np.uint32)
        pairs[:, 0], pairs[:, 1] = at // BLOCK, sizes
    return pairs


def _unpacked(pairs: NDArray[np.uint32]) -> NDArray[np.int64]:
    found = pairs.astype(np.int64)
    found[:, 0] *= BLOCK
    return found

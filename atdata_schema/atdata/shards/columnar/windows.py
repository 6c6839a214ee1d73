"""Equal stretches of many rows as one matrix: a copy of memory a row, no loop in Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

__all__ = ["Places", "window"]


@dataclass(frozen=True, slots=True)
class Places:
    """A position for each of many rows, in the bytes that all of them lie in.

    Attributes:
        at: int64[rows].
        stride: the distance from one to the next where all are evenly spaced, else `None`.
    """

    at: NDArray[np.int64]
    stride: int | None

    @classmethod
    def of(cls, at: NDArray[np.int64]) -> Places:
        """Positions, looked over for an even spacing.

        >>> Places.of(np.array([5, 8, 11])).stride, Places.of(np.array([5, 8, 10])).stride
        (3, None)
        """
        if len(at) == 1:
            return cls(at, 1)
        step = int(at[1]) - int(at[0])
        even = step > 0 and int(at[-1]) - int(at[0]) == step * (len(at) - 1)
        return cls(at, step if even and bool((np.diff(at) == step).all()) else None)

    def __len__(self) -> int:
        return len(self.at)

    def moved(self, offset: int) -> Places:
        """Each position further by as much."""
        return Places(self.at + offset, self.stride)

    def cut(self, begin: int, end: int) -> Places:
        """Those of some rows, which may be evenly spaced where all of them are not."""
        part = self.at[begin:end]
        return Places.of(part) if self.stride is None else Places(part, self.stride)


def window(flat: NDArray[np.uint8], places: Places, width: int) -> NDArray[np.uint8]:
    """The bytes from each position on: uint8[rows, width].

    Where the positions are evenly spaced it is a view, else a copy.

    >>> window(np.arange(8, dtype=np.uint8), Places.of(np.array([1, 4])), 2).tolist()
    [[1, 2], [4, 5]]
    """
    if places.stride is not None:
        begin, count = int(places.at[0]), len(places)
        return np.ndarray((count, width), np.uint8, flat.data, begin, (places.stride, 1))
    sliding = as_strided(flat, (len(flat) - width + 1, width), (1, 1), writeable=False)
    return sliding[places.at]

"""Equal stretches of many rows as one matrix: a copy of memory a row, no loop in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Places", "alike", "anywhere", "bring_near", "elements", "window"]

_WORD: Final = 8


@dataclass(frozen=True, slots=True)
class Places:
    """A position for each of many rows, in the bytes that all of them lie in.

    Attributes:
        base: int64[rows], the positions less `offset`.
        stride: the distance from one to the next where all are evenly spaced, else `None`.
        offset: what is to be added to each.
    """

    base: NDArray[np.int64]
    stride: int | None
    offset: int = 0

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
        return len(self.base)

    @property
    def at(self) -> NDArray[np.int64]:
        """int64[rows]."""
        return self.base + self.offset if self.offset else self.base

    @property
    def first(self) -> int:
        """The position of the first row."""
        return int(self.base[0]) + self.offset

    @property
    def last(self) -> int:
        """The greatest position."""
        base = self.base
        return int(base.max() if self.stride is None else base[-1]) + self.offset

    def moved(self, offset: int) -> Places:
        """Each position further by as much."""
        return Places(self.base, self.stride, self.offset + offset)

    def cut(self, begin: int, end: int) -> Places:
        """Those of some rows, which may be evenly spaced where all of them are not."""
        part = self.base[begin:end]
        if self.stride is None:
            return Places.of(part).moved(self.offset)
        return Places(part, self.stride, self.offset)


def bring_near(flat: NDArray[np.uint8], at: NDArray[np.int64]) -> None:
    """Look at one byte at each of many positions anywhere in much memory, before what lies there is copied.

    A processor waits for the memory of several such looks at once, for that of copies of several bytes one by one: a
    look and a copy take half to two thirds of the time of the copy alone.
    """
    flat.take(at)


def window(flat: NDArray[np.uint8], places: Places, width: int) -> NDArray[np.uint8]:
    """The bytes from each position on: uint8[rows, width].

    Where the positions are evenly spaced it is a view, else a copy.

    >>> window(np.arange(8, dtype=np.uint8), Places.of(np.array([1, 4])), 2).tolist()
    [[1, 2], [4, 5]]
    """
    count = len(places)
    if places.stride is not None:
        return np.ndarray((count, width), np.uint8, flat.data, places.first, (places.stride, 1))
    if not width:
        return np.empty((count, 0), np.uint8)
    return elements(flat, places, width).view(np.uint8).reshape(count, width)


def elements(flat: NDArray[np.uint8], places: Places, width: int) -> NDArray[np.void]:
    r"""The same with each stretch as one element: numpy copies these in half the time of rows of a matrix.

    >>> elements(np.arange(8, dtype=np.uint8), Places.of(np.array([1, 4])), 2).tolist()
    [b'\x01\x02', b'\x04\x05']
    """
    kind, offset = f"V{width}", places.offset
    if places.stride is not None:
        return np.ndarray((len(places),), kind, flat.data, places.first, (places.stride,))
    if offset < 0:
        return elements(flat, Places(places.at, None), width)
    return anywhere(flat, width, offset)[places.base]


def anywhere(flat: NDArray[np.uint8], width: int, offset: int = 0) -> NDArray[np.void]:
    """The stretch of so many bytes from every position on, `offset` bytes behind it, each as one element; nothing is copied."""
    return np.ndarray((len(flat) - width - offset + 1,), f"V{width}", flat.data, offset, (1,))


def alike(flat: NDArray[np.uint8], places: Places, own: NDArray[np.uint8]) -> bool:
    """Whether the same bytes stand at each position.

    >>> alike(np.array([7, 1, 7, 1, 7, 2], np.uint8), Places.of(np.array([0, 2])), np.array([7, 1], np.uint8))
    True
    """
    width = len(own)
    if width == 1:
        return bool((elements(flat, places, 1).view(np.uint8) == own[0]).all())
    if width <= _WORD and places.last + _WORD <= len(flat):
        words = window(flat, places, _WORD).view("<u8").reshape(-1)
        mask = np.uint64((1 << 8 * width) - 1)
        return bool((words & mask == int.from_bytes(own.tobytes(), "little")).all())
    return bool((window(flat, places, width) == own).all())

"""Equal stretches of the rows of a chunk, copied out batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.copying import LARGE, copy_rows
from atdata.shards.columnar.windows import Places, anywhere, bring_near, elements

__all__ = ["Stretches"]

_WIDE: Final = 1 << 16  # bytes of a row from which on rows are copied one by one
_LATE: Final = 1024
"""Bytes of a scattered row from which on it is brought near: a copy of fewer gets by."""
_fresh: Callable[[int], NDArray[Any]] = partial(np.empty, dtype=np.uint8)


class Stretches:
    """The bytes from each row's position on. What a batch needs beyond its copy is made once for all rows.

    Args:
        flat: the bytes that the rows lie in.
        at: where each stretch begins.
        width: bytes of each.

    >>> found = Stretches(np.arange(9, dtype=np.uint8), Places.of(np.array([1, 6, 2])), 2)
    >>> found.copied(1, 3)
    array([[6, 7],
           [2, 3]], dtype=uint8)
    """

    __slots__ = ("_at", "_begins", "_even", "_flat", "_whole", "_width")

    def __init__(self, flat: NDArray[np.uint8], at: Places, width: int) -> None:
        self._flat = flat
        self._at = at
        self._width = width
        # Each stretch as one element: see `windows.elements`.
        self._even: NDArray[np.void] | None = None
        self._whole: NDArray[np.void] | None = None
        if at.stride is not None:
            self._even = elements(flat, at, width)
        elif 0 < width < _WIDE:
            self._begins = at.at
            self._whole = anywhere(flat, width)

    def copied(
        self, begin: int, end: int, take: Callable[[int], NDArray[Any]] = _fresh
    ) -> NDArray[np.uint8]:
        """Those of some rows, copied once: uint8[end - begin, width].

        Args:
            begin: the first row.
            end: the one after the last.
            take: gives a buffer of so many bytes, where numpy does not make one as it copies.
        """
        count, width = end - begin, self._width
        if self._whole is not None:
            begins = self._begins[begin:end]
            if width >= _LATE:
                bring_near(self._flat, begins)
            return self._whole[begins].view(np.uint8).reshape(count, width)
        out = take(count * width)
        if self._even is not None and 0 < len(out) < LARGE:
            np.copyto(out.view(self._even.dtype), self._even[begin:end])
        else:
            copy_rows(self._flat, self._at.cut(begin, end), out.reshape(count, width))
        return out.reshape(count, width)

"""Texts of which there are few, though many rows have one: each is made once."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Repeats", "repeated"]

_LOOKED_AT: Final = 512  # texts at the beginning that say whether there are likely to be few
_SEVERAL: Final = 256  # different texts that there may be
_BITS: Final = 14
_FACTORS: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64
)  # odd, of mixed bits


class Repeats(NamedTuple):
    """Texts of many rows.

    Attributes:
        texts: object[texts], each text once.
        numbers: int64[rows], which one each row has.
    """

    texts: NDArray[np.object_]
    numbers: NDArray[np.int64]

    def values(self) -> list[Any]:
        """The text of each row."""
        found: list[Any] = self.texts[self.numbers].tolist()
        return found


def repeated(cells: NDArray[np.uint8], sizes: NDArray[np.int64]) -> Repeats | None:
    """The texts of cells, if there are few of them.

    Args:
        cells: uint8[rows, width], each text and zeros behind it, whole words and the last byte spare: it is
            written.
        sizes: int64[rows], bytes of each text, less than 256.

    Raises:
        UnicodeDecodeError: a text is not UTF-8.
    """
    likely = len(set(_hashed(cells[:_LOOKED_AT]).tolist()))
    if likely > min(_SEVERAL, max(1, len(cells) // 4)):
        return None
    cells[:, -1] = sizes  # zeros at the end of a text are not those behind it
    slots, rows = _hashed(cells), np.arange(len(cells))
    table = np.empty(1 << _BITS, np.int64)
    table[slots] = rows
    same = table[slots]
    different = np.flatnonzero(same == rows)
    if len(different) > _SEVERAL or not _are_equal(cells, same):
        return None
    table[slots[different]] = np.arange(len(different))
    texts = [cells[row, : int(sizes[row])].tobytes().decode() for row in different.tolist()]
    return Repeats(np.array([*texts, None], object)[:-1], table[slots])


def _are_equal(cells: NDArray[np.uint8], others: NDArray[np.int64]) -> bool:
    """Whether each row of cells is that of its number in `others`: two texts may share a slot."""
    whole = cells.view(f"V{cells.shape[1]}").reshape(-1)
    return bool((whole[others].view(np.uint64) == whole.view(np.uint64)).all())


def _hashed(cells: NDArray[np.uint8]) -> NDArray[np.int64]:
    words = cells.view(np.uint64)
    mixed = words[:, 0] * _FACTORS[0]
    for column in range(1, words.shape[1]):
        mixed ^= mixed >> np.uint64(31)
        mixed += words[:, column]
        mixed *= _FACTORS[column & 1]
    slots: NDArray[np.int64] = (mixed >> np.uint64(64 - _BITS)).view(np.int64)
    return slots

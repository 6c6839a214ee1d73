"""Texts of many rows: their bytes at once, the texts when they are asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar import codes
from atdata.shards.columnar.repeats import Repeats, repeated
from atdata.shards.columnar.walk import Irregular, Span
from atdata.shards.columnar.windows import Places, bring_near, elements

__all__ = [
    "MAX_TEXT",
    "TABLED",
    "Texts",
    "cell_width",
    "cells_of",
    "cut_texts",
    "even_texts",
    "present",
]

MAX_TEXT: Final = 512
"""Bytes of a text from which on texts are sliced one by one."""

TABLED: Final = 64
"""Bytes of a cell up to which what is kept of it is looked up by the text's size."""

_SPARE: Final = 2  # bytes of a cell that no text reaches: a NUL behind it, and its size


class Texts:
    """The texts of a field.

    Raises:
        Irregular: a value is no text, or not UTF-8.
    """

    __slots__ = ("_found", "_missing", "_repeats", "_text")

    def __init__(self, flat: NDArray[np.uint8], span: Span) -> None:
        count = len(span.at)
        sizes = np.broadcast_to(np.asarray(span.size, np.int64), (count,))
        valid = _checked(span, count)
        self._missing: list[int] = [] if valid is None else np.flatnonzero(~valid).tolist()
        self._found: list[Any] | None = None
        self._repeats: Repeats | None = None
        self._text = ""
        widest = int(sizes.max())
        width = cell_width(widest)
        if widest >= MAX_TEXT or span.at.last + width > len(flat):
            self._found = _sliced(flat, span.at, sizes)
            return
        cells = cells_of(flat, span.at, sizes, width)
        try:
            self._repeats = repeated(cells, sizes) if width <= TABLED else None
            if self._repeats is not None:
                return
            joined = _joined(cells, sizes)
            if np.count_nonzero(joined == 0) == count:
                self._text = joined.tobytes().decode()
            else:
                self._found = _sliced(flat, span.at, sizes)
        except UnicodeDecodeError:
            raise Irregular from None

    def values(self) -> list[Any]:
        """The texts, `None` where a value is null."""
        if self._found is None:
            self._found = _split(self._text) if self._repeats is None else self._repeats.values()
        if self._missing:
            for index in self._missing:
                self._found[index] = None
            self._missing = []
        return self._found


def present(span: Span, count: int) -> NDArray[np.bool_] | None:
    """Which rows have a value that is not null: bool[rows], `None` where all have."""
    if isinstance(span.code, int):
        return np.zeros(count, np.bool_) if span.code == 0xC0 else None
    valid = span.code != 0xC0
    return None if bool(valid.all()) else valid


def _checked(span: Span, count: int) -> NDArray[np.bool_] | None:
    """Which rows have a text, as `present` has it, where all others are null."""
    if not isinstance(span.code, int) and codes.are_short(span.code):
        return None
    kinds = codes.KIND[span.code]
    if not ((kinds == codes.STR) | (kinds == codes.NIL)).all():
        raise Irregular
    return present(span, count)


def cut_texts(flat: NDArray[np.uint8], at: Places, sizes: NDArray[np.int64]) -> list[str]:
    """Texts known to be UTF-8, by where each begins and its bytes.

    Args:
        flat: the bytes that they lie in.
        at: where each begins.
        sizes: int64[texts], bytes of each.
    """
    widest = int(sizes.max(initial=0))
    width = cell_width(widest)
    if len(at) and widest < MAX_TEXT and at.last + width <= len(flat):
        bring_near(flat, at.at)
        joined = _joined(cells_of(flat, at, sizes, width), sizes)
        if np.count_nonzero(joined == 0) == len(at):
            return _split(joined.tobytes().decode())
    return _sliced(flat, at, sizes)


def even_texts(cells: NDArray[np.uint8]) -> list[str]:
    r"""Texts of equally many bytes.

    Args:
        cells: uint8[texts * (bytes + 1)], contiguous: each text and one byte behind it, which is overwritten.

    Raises:
        UnicodeDecodeError: a text is not UTF-8.

    >>> even_texts(np.frombuffer(b"ab.c\0.", np.uint8).reshape(2, 3).copy())
    ['ab', 'c\x00']
    """
    cells[:, -1] = 0
    found = str(cells.data, "utf-8").split("\0")
    if len(found) == len(cells) + 1:
        found.pop()
        return found
    return [str(cell[:-1].data, "utf-8") for cell in cells]  # with a NUL within


def cell_width(widest: int) -> int:
    """Bytes of a cell: whole words, with room for what is spare."""
    return -(-(widest + _SPARE) // 8) * 8


def cells_of(
    flat: NDArray[np.uint8], at: Places, sizes: NDArray[np.int64], width: int
) -> NDArray[np.uint8]:
    """The texts side by side, zeros behind each: uint8[texts, width]."""
    found = elements(flat, at, width)
    cells = (found if at.stride is None else found.copy()).view(np.uint8).reshape(len(at), width)
    if _are_even(sizes):
        cells[:, int(sizes[0]) :] = 0
    elif width <= TABLED:
        cells &= _within(width)[sizes].view(np.uint8).reshape(cells.shape)
    else:
        cells[np.arange(width) >= sizes[:, None]] = 0
    return cells


def _joined(cells: NDArray[np.uint8], sizes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """All texts one behind the other, each followed by a NUL."""
    width = cells.shape[1]
    if _are_even(sizes):
        return np.ascontiguousarray(cells[:, : int(sizes[0]) + 1]).reshape(-1)
    if width <= TABLED:
        kept = _up_to(width)[sizes].view(np.bool_).reshape(cells.shape)
    else:
        kept = np.arange(width) <= sizes[:, None]
    return cells[kept]


def _are_even(sizes: NDArray[np.int64]) -> bool:
    """Whether sizes are one size for all texts."""
    return not sizes.strides[0]


@lru_cache(TABLED)
def _within(width: int) -> NDArray[np.void]:
    """For each size below `width`, all bits of as many bytes of a cell."""
    columns = np.arange(width)
    return _as_elements(np.where(columns < columns[:, None], 255, 0))


@lru_cache(TABLED)
def _up_to(width: int) -> NDArray[np.void]:
    """For each size below `width`, 1 for each byte of a text and the one behind it."""
    columns = np.arange(width)
    return _as_elements(columns <= columns[:, None])


def _as_elements(rows: NDArray[Any]) -> NDArray[np.void]:
    """The bytes of each row as one element, which numpy gathers faster than a row."""
    return rows.astype(np.uint8).view(f"V{rows.shape[1]}").reshape(-1)


def _split(text: str) -> list[Any]:
    found: list[Any] = text.split("\0")
    found.pop()
    return found


def _sliced(flat: NDArray[np.uint8], at: Places, sizes: NDArray[np.int64]) -> list[Any]:
    view = flat.data
    pairs = zip(at.at.tolist(), sizes.tolist(), strict=True)
    try:
        return [str(view[begin : begin + size], "utf-8") for begin, size in pairs]
    except UnicodeDecodeError:
        raise Irregular from None

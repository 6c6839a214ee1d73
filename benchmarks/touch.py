"""Touching what a contender delivers, so that nothing lazy counts as read; and the digest that proves it right.

A column is an array with a row for each sample, or a list with an element for each. Two ways through it:

* `touched` is what the timed rounds do: of an array one 8-byte word in each 64-byte line, of a list of texts
  every length, of numbers their sum.
* `digest` is what the gate does once: it mixes all fields of a sample with each other, so a value that went
  astray into another sample is seen, and adds the samples up, so their order is not.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "Columns", "Touch", "digest", "touched"]

Column = Any  # numpy.ndarray, list or tuple; a torch.Tensor of a contender that delivers tensors
Columns = Mapping[str, Column]
Touch = Literal["all", "lines"]

_LINE = 8  # words of 8 bytes in a line of 64
_MASK = (1 << 64) - 1


def touched(columns: Columns, touch: Touch = "all") -> int:
    """The number of samples in a batch, after touching every column.

    Args:
        columns: a batch.
        touch: `"all"` goes through every element of a list or a one-dimensional array; `"lines"` looks at its
            first and last only, since the elements of a list exist once the list does.
    """
    count = 0
    for column in columns.values():
        count = len(column)
        if getattr(column, "ndim", 1) > 1:
            _words(column).sum()
        elif touch == "lines":
            _ = column[0], column[-1]
        else:
            _sum(column)
    return count


def digest(
    batches: Iterable[Columns], names: Sequence[str], dtype: str = "float64"
) -> tuple[int, int]:
    """How many samples there are, and a 64-bit number that depends on all their fields.

    Args:
        batches: an epoch.
        names: the columns that count.
        dtype: that of the array column; a contender may deliver the same values in a wider one.

    >>> one = {"a": np.array([1.0, 2.0]), "b": ["x", "y"]}
    >>> other = [{"a": [2.0], "b": ["y"]}, {"a": [1], "b": ["x"]}]
    >>> digest([one], ["a", "b"])[0], digest([one], ["a", "b"]) == digest(other, ["a", "b"])
    (2, True)
    """
    count, total = 0, 0
    for columns in batches:
        rows = [_marks(columns[name], dtype) for name in names]
        for marks in zip(*rows, strict=True):
            total += _mixed(marks)
            count += 1
    return count, total & _MASK


def _words(column: Column) -> NDArray[np.uint64]:
    """One word of each line of an array of two or more dimensions, row by row."""
    array = np.asarray(column)
    words: NDArray[np.uint64] = array.reshape(len(array), -1).view(np.uint64)[:, ::_LINE]
    return words


def _sum(column: Column) -> None:
    if isinstance(column, list | tuple):
        if isinstance(column[0], str):
            sum(map(len, column))
        elif isinstance(column[0], np.ndarray):
            for array in column:
                _words(array[None]).sum()
        else:
            sum(column)
    elif isinstance(column, np.ndarray) and column.dtype.kind in "OUS":
        sum(map(len, column.tolist()))
    else:
        column.sum()


def _marks(column: Column, dtype: str) -> list[Any]:
    """What stands for each sample of a column: the sum of its array's words, or the value."""
    if isinstance(column, list | tuple) and isinstance(column[0], np.ndarray):
        column = np.stack(column)
    if getattr(column, "ndim", 1) > 1:
        sums: list[Any] = _words(np.asarray(column).astype(dtype, copy=False)).sum(axis=1).tolist()
        return sums
    values: list[Any] = list(column) if isinstance(column, list | tuple) else column.tolist()
    return values


def _mixed(marks: Iterable[Any]) -> int:
    # As floats all numbers are alike (1 and 1.0), and those here are exact in 64 bits or are sums of words.
    text = "\x1f".join(mark if isinstance(mark, str) else f"{float(mark)!r}" for mark in marks)
    data = text.encode()
    return zlib.crc32(data) << 32 | zlib.adler32(data)

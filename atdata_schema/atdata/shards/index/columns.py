"""The bytes in which many headers of one writer differ, as columns.

Tar headers are nearly equal: a counter in the name, some digits of the size, the checksum. What is equal in
all of them needs one look; the rest lies as one row of bytes a column, whose least and greatest value
often say enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns", "Numbers", "columns_of"]

Numbers: TypeAlias = "NDArray[np.int64] | int"
"""A number of each row; an `int` where all are equal."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Equal and differing bytes of many rows.

    Attributes:
        count: the number of rows.
        first: the first row.
        places: the columns that differ, as row of `values`.
        values: uint8[columns, rows].
        least: uint8[bytes], the least value of each column, the equal ones too.
        greatest: the greatest.
    """

    count: int
    first: bytes
    places: dict[int, int]
    values: NDArray[np.uint8]
    least: NDArray[np.uint8]
    greatest: NDArray[np.uint8]

    def are_within(self, part: slice, low: int, high: int) -> bool:
        """Whether every byte of these columns lies between two values, both included."""
        least, greatest = self.least[part], self.greatest[part]
        return not len(least) or bool(least.min() >= low and greatest.max() <= high)

    def differ(self, begin: int, end: int) -> bool:
        """Whether one of these columns differs."""
        return any(begin <= place < end for place in self.places)

    def number(self, begin: int, end: int, base: int) -> Numbers | None:
        """The numbers in these columns, which are digits throughout; `None` where they are not."""
        if not self.are_within(slice(begin, end), ord("0"), ord("0") + base - 1):
            return None
        constant, total = 0, None
        for column in range(begin, end):
            constant *= base
            if total is not None:
                total *= base
            if column not in self.places:
                constant += self.first[column] - ord("0")
                continue
            digits = self.values[self.places[column]].astype(np.int64)
            total = digits if total is None else np.add(total, digits, out=total)
            constant -= ord("0")
        return constant if total is None else total + constant

    def sums(self, part: slice) -> Numbers:
        """The sum of these columns in each row."""
        begin, end, _ = part.indices(len(self.first))
        inside = [row for place, row in self.places.items() if begin <= place < end]
        constant = sum(self.first[part])
        if not inside:
            return constant
        constant -= sum(self.first[place] for place in self.places if begin <= place < end)
        total: NDArray[np.int64] = self.values[inside].sum(0, dtype=np.uint32).astype(np.int64)
        return total + constant


def columns_of(rows: NDArray[np.uint8]) -> Columns:
    """Split rows, uint8[n, bytes], into what is equal and what differs; bytes are a multiple of 8."""
    words = rows.view(np.uint64)
    differing = np.flatnonzero((words != words[0]).any(0))
    some = np.ascontiguousarray(words[:, differing].T)
    bits = np.bitwise_or.reduce(some ^ some[:, :1], 1)
    inside = np.flatnonzero(bits.view(np.uint8))
    varied = (differing[:, None] * 8 + np.arange(8)).reshape(-1)[inside]
    digits = some.view(np.uint8).reshape(len(differing), len(rows), 8)
    values = np.empty((len(inside), len(rows)), np.uint8)
    for row, place in zip(values, inside.tolist(), strict=True):
        row[:] = digits[place // 8, :, place % 8]
    least, greatest = rows[0].copy(), rows[0].copy()
    least[varied], greatest[varied] = values.min(1), values.max(1)
    places = {place: row for row, place in enumerate(varied.tolist())}
    return Columns(len(rows), rows[0].tobytes(), places, values, least, greatest)

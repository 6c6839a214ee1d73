"""The least and the most of every few numbers of a long column: where a condition cannot be true, nothing is read.

What is rare is in few places, also where it is strewn at random: of rows that one in a thousand fits, one block in
thirty holds one. Looking through the blocks first reads a fifteenth of the column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.query.conditions import Operator

__all__ = ["Rows", "Zones", "few_compared", "zones_of"]

Rows: TypeAlias = NDArray[np.int64]
"""Samples by their numbers, in order."""

_BLOCK: Final = 32
_LONG: Final = 1 << 16  # numbers of which all are compared sooner
_RARE: Final = 8  # one block in so many, at most


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """What lies in each block.

    Attributes:
        least: the least number of each whole block; NaN where all are.
        most: the largest one.
    """

    least: NDArray[Any]
    most: NDArray[Any]


def zones_of(values: NDArray[Any]) -> Zones | None:
    """The zones of a column, where it is long enough; values that are missing are as good as any."""
    if len(values) < _LONG or values.dtype.kind not in "iuf":
        return None
    blocks = _blocks(values)
    return Zones(np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1))


def few_compared(
    values: NDArray[Any],
    zones: Zones,
    how: Operator,
    number: Any,
    compare: Callable[[Any, Any], Any],
) -> Rows | None:
    """Which numbers of a column a comparison is true of, where few blocks have one; else `None`.

    Args:
        values: the column.
        zones: of it.
        how: the comparison.
        number: what the numbers are compared with.
        compare: compares.

    >>> values = np.arange(100_000)
    >>> found = few_compared(values, zones_of(values), ">", 99_997, np.greater)
    >>> found.tolist(), few_compared(values, zones_of(values), ">", 9, np.greater)
    ([99998, 99999], None)
    """
    match how:
        case ">" | ">=":
            may_be = compare(zones.most, number)
        case "<" | "<=":
            may_be = compare(zones.least, number)
        case "==":
            may_be = (zones.least <= number) & (zones.most >= number)
        case _:
            return None
    places = np.flatnonzero(may_be)
    if len(places) * _RARE > len(may_be):
        return None
    hits = np.flatnonzero(compare(_blocks(values)[places], number))
    rest = len(may_be) * _BLOCK
    last = np.flatnonzero(compare(values[rest:], number))
    return np.concatenate([places[hits // _BLOCK] * _BLOCK + hits % _BLOCK, rest + last])


def _blocks(values: NDArray[Any]) -> NDArray[Any]:
    """The whole blocks, without a copy."""
    return values[: len(values) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)

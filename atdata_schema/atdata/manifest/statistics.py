"""What a manifest says about a field of a shard as a whole: enough to tell whether a condition can be true there.

Bounds are bounds: no value lies outside. Those of numbers are the smallest and the largest one; those of texts
may be shorter than any text, the lower one a beginning of the smallest, the upper one behind the largest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata.manifest.query.checking import instant_of
from atdata.manifest.query.evaluation import above
from atdata.manifest.query.kinds import FieldKind, Kind
from atdata_schema.errors import DecodeError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LONGEST_VALUE", "MOST_VALUES", "FieldStatistics", "statistics_of"]

MOST_VALUES: Final = 64
"""Different values that are listed; of a field that has more, none are."""

LONGEST_VALUE: Final = 128
"""Bytes of a text that is listed, or that is a bound."""

MOST_BYTES: Final = 2048
"""Bytes of all texts of a field that are listed."""

_SPREAD: Final = 1 << 16  # integers that lie so near each other are counted without sorting


@dataclass(frozen=True, slots=True)
class FieldStatistics:
    """One field of all samples of a shard.

    Attributes:
        kind: what its values are.
        items: of lists, the kind of what is in them.
        count: the samples.
        nulls: how many of them have no value.
        nans: how many have NaN.
        low: a bound below all values but NaN; of datetimes in microseconds since 1970; `None` where none is known.
        high: the same above.
        values: every value with the number of times that it stands there, of lists those in them; `None` where
            they are too many or too long.
    """

    kind: Kind
    count: int
    nulls: int = 0
    nans: int = 0
    low: Any = None
    high: Any = None
    values: Mapping[Any, int] | None = None
    items: Kind | None = None

    @property
    def present(self) -> int:
        """How many samples have a value that is not NaN."""
        return self.count - self.nulls - self.nans


def statistics_of(array: pa.Array[Any], kind: FieldKind) -> FieldStatistics:
    """The statistics of the values of a field.

    Args:
        array: the values, as `rows` has them.
        kind: what they are.
    """
    import pyarrow.compute as pc

    nulls = array.null_count
    if kind.is_opaque:
        there = int(np.count_nonzero(array.to_numpy(zero_copy_only=False)))
        return FieldStatistics(kind.kind, len(array), len(array) - there)
    if kind.kind == "list":
        assert kind.items is not None
        inner = _of_scalars(pc.list_flatten(array), kind.items)
        return FieldStatistics(
            "list", len(array), nulls, 0, None, None, inner.values, items=kind.items
        )
    found = _of_scalars(array.drop_null(), kind.kind)
    return FieldStatistics(
        found.kind, len(array), nulls, found.nans, found.low, found.high, found.values
    )


def _of_scalars(array: pa.Array[Any], kind: Kind) -> FieldStatistics:
    """The statistics of values none of which is null."""
    match kind:
        case "text":
            return _of_texts(array)
        case "datetime":
            return _of_datetimes(array)
        case "boolean":
            truths = int(np.count_nonzero(array.to_numpy(zero_copy_only=False)))
            counts = {False: len(array) - truths, True: truths}
            present = {value: count for value, count in counts.items() if count}
            low, high = min(present, default=None), max(present, default=None)
            return FieldStatistics(kind, len(array), 0, 0, low, high, present)
        case _:
            return _of_numbers(array.to_numpy(zero_copy_only=False), kind)


def _of_numbers(values: np.ndarray[Any, np.dtype[Any]], kind: Kind) -> FieldStatistics:
    count, nans = len(values), 0
    if values.dtype.kind == "f":
        numbers = values[values == values]
        nans, values = count - len(numbers), numbers
    if not len(values):
        return FieldStatistics(kind, count, 0, nans, None, None, {} if kind == "integer" else None)
    low, high = values.min().item(), values.max().item()
    known = _counted(values, low, high) if kind == "integer" else None
    return FieldStatistics(kind, count, 0, nans, low, high, known)


def _counted(values: np.ndarray[Any, np.dtype[Any]], low: int, high: int) -> dict[int, int] | None:
    """How often each integer stands there, where they are few."""
    if high - low < _SPREAD:
        counts = np.bincount(values - low)
        found = np.flatnonzero(counts)
        if len(found) > MOST_VALUES:
            return None
        return {int(number) + low: int(counts[number]) for number in found.tolist()}
    # Far apart: whether they are few shows in the first ones, but for rare luck.
    if len(np.unique(values[: 4 * MOST_VALUES])) > MOST_VALUES:
        return None
    numbers, times = np.unique(values, return_counts=True)
    if len(numbers) > MOST_VALUES:
        return None
    return dict(zip(numbers.tolist(), times.tolist(), strict=True))


def _of_texts(array: pa.Array[Any]) -> FieldStatistics:
    import pyarrow.compute as pc

    if not len(array):
        return FieldStatistics("text", 0, 0, 0, None, None, {})
    ends: Any = pc.min_max(array)
    low, high = _lower(ends["min"].as_py()), _upper(ends["max"].as_py())
    first = array[: 4 * MOST_VALUES].dictionary_encode()
    if len(first.dictionary) > MOST_VALUES:
        return FieldStatistics("text", len(array), 0, 0, low, high)
    coded = array.dictionary_encode()
    words: list[Any] = coded.dictionary.to_pylist() if len(coded.dictionary) <= MOST_VALUES else []
    sizes = [len(word.encode()) for word in words]
    if not words or max(sizes) > LONGEST_VALUE or sum(sizes) > MOST_BYTES:
        return FieldStatistics("text", len(array), 0, 0, low, high)
    times = np.bincount(coded.indices.to_numpy(), minlength=len(words)).tolist()
    counts = dict(sorted(zip(words, times, strict=True)))
    return FieldStatistics("text", len(array), 0, 0, low, high, counts)


def _of_datetimes(array: pa.Array[Any]) -> FieldStatistics:
    texts: list[Any] = array.unique().to_pylist()
    try:
        instants = [instant_of(text) for text in texts]
    except DecodeError:  # of a foreign writer: nothing is known of them
        return FieldStatistics("datetime", len(array))
    low, high = min(instants, default=None), max(instants, default=None)
    return FieldStatistics("datetime", len(array), 0, 0, low, high)


def _lower(text: str) -> str:
    """The text, or a beginning of it: it stands before all that begin so."""
    return text if len(text.encode()) <= LONGEST_VALUE else _beginning(text)


def _upper(text: str) -> str | None:
    """The text, or a short one behind all that begin as it does."""
    return text if len(text.encode()) <= LONGEST_VALUE else above(_beginning(text))


def _beginning(text: str) -> str:
    return text.encode()[:LONGEST_VALUE].decode(errors="ignore")

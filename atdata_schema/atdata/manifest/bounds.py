"""The statistics of one field of all shards as columns, so that shards are told apart by a few operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.query.columns import Bools, Numbers, Texts, coded
from atdata.manifest.query.kinds import Kind
from atdata.manifest.statistics import FieldStatistics

__all__ = ["Bounds"]

_DTYPES: Final[dict[str, Any]] = {
    "integer": np.int64,
    "datetime": np.int64,
    "boolean": np.bool_,
    "float64": np.float64,
    "float32": np.float64,
}


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What is known of one field in each shard.

    Attributes:
        known: bool[shards], where anything is.
        counts: int64[shards], the samples.
        nulls: int64[shards], those without a value.
        nans: int64[shards], those with NaN.
        low: a bound below the values of each shard, no value where there is none; `None` for lists.
        high: the same above.
        listed: bool[shards], where every value is listed.
        values: the values that are listed, those of one shard after the other.
        starts: int64[shards + 1], where those of each shard begin, and where the last one ends.
        is_whole: whether all is known of every shard, and each has samples that all have values, none of them NaN.
    """

    known: Bools
    counts: NDArray[np.int64]
    nulls: NDArray[np.int64]
    nans: NDArray[np.int64]
    low: Numbers | Texts | None
    high: Numbers | Texts | None
    listed: Bools
    values: Numbers | Texts | None
    starts: NDArray[np.int64]
    is_whole: bool

    @classmethod
    def of(cls, given: Sequence[FieldStatistics | None]) -> Bounds:
        """The statistics of each shard; those that are of another kind than the first are as good as none."""
        first = next((item for item in given if item is not None), None)
        same = [
            item if item is not None and _kind(item) == _kind(first) else None for item in given
        ]
        scalar = None if first is None else first.items or first.kind
        lists = [() if item is None or item.values is None else item.values for item in same]
        flat = [value for values in lists for value in values]
        is_list = first is None or first.kind == "list"
        whole = (item is not None and item.present == item.count > 0 for item in same)
        return cls(
            known=np.asarray([item is not None for item in same], np.bool_),
            counts=_numbers(same, "count"),
            nulls=_numbers(same, "nulls"),
            nans=_numbers(same, "nans"),
            low=None if is_list else _column([item and item.low for item in same], scalar),
            high=None if is_list else _column([item and item.high for item in same], scalar),
            listed=np.asarray([item is not None and item.values is not None for item in same]),
            values=_column(flat, scalar),
            starts=np.concatenate([[0], np.cumsum([len(v) for v in lists], dtype=np.int64)]),
            is_whole=all(whole),
        )

    def any_listed(self, found: Bools) -> Bools:
        """In which shards something is true of one of the values that are listed: bool[shards].

        Args:
            found: bool[values], of which values it is.
        """
        sums = np.concatenate([[0], np.cumsum(found)])[self.starts]
        true: Bools = sums[1:] > sums[:-1]
        return true


def _kind(item: FieldStatistics | None) -> tuple[Kind, Kind | None] | None:
    return None if item is None else (item.kind, item.items)


def _numbers(items: Sequence[FieldStatistics | None], name: str) -> NDArray[np.int64]:
    found = [0 if item is None else int(getattr(item, name)) for item in items]
    return np.asarray(found, np.int64)


def _column(values: Sequence[Any], kind: Kind | None) -> Numbers | Texts | None:
    """Values of one kind; of a kind that has no order, none."""
    if kind == "text":
        return coded(cast("Sequence[str | None]", values))
    if kind not in _DTYPES:
        return None
    there = [value is not None for value in values]
    valid = None if all(there) else np.asarray(there, np.bool_)
    filled = np.asarray([0 if value is None else value for value in values], _DTYPES[kind])
    return Numbers("float64" if kind == "float32" else kind, filled, valid)

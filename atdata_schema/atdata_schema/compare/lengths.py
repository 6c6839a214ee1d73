"""Lengths: of bytes, lists and datetimes, and the bounds of any."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from atdata_schema.compare.change import Category, Change, bounds_text, one_way
from atdata_schema.compare.constants import strict
from atdata_schema.model import BytesType, DatetimeType, ListType

__all__ = ["datetime_changes", "length_changes", "limit", "within"]

_LONGEST_DATETIME: Final = 64


def length_changes(old: BytesType | ListType, new: BytesType | ListType) -> Iterator[Change]:
    """What differs in the lengths of two types of bytes or of lists."""
    text = bounds_text(old, new, min_length="minLength", max_length="maxLength")
    if text:
        yield one_way("length-changed", text, old, new, _outside_length)


def _outside_length(writer: BytesType | ListType, reader: BytesType | ListType) -> Category | None:
    own = (writer.min_length or 0, writer.max_length)
    return strict(not within(*own, reader.min_length, reader.max_length))


def datetime_changes(old: DatetimeType, new: DatetimeType) -> Iterator[Change]:
    """What differs in the lengths of two datetimes, which by their syntax have 64 bytes at most."""
    text = bounds_text(old, new, max_length="maxLength")
    if text:
        yield one_way("length-changed", text, old, new, _outside_datetime)


def _outside_datetime(writer: DatetimeType, reader: DatetimeType) -> Category | None:
    longest = min(limit(writer.max_length), _LONGEST_DATETIME)
    return strict(longest > limit(reader.max_length))


def limit(bound: float | None) -> float:
    """An upper bound; without one it is infinite."""
    return math.inf if bound is None else bound


def within(least: float, most: float | None, low: float | None, high: float | None) -> bool:
    """Whether all from `least` to `most` lies in `low` to `high`; `None` is no bound."""
    return (low or 0) <= least and limit(most) <= limit(high)

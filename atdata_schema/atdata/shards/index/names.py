"""The keys in the names of many headers at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.index.columns import Columns
from atdata.shards.index.keys import WIDTH, CounterKeys, KeyTexts
from atdata.shards.keys import SUFFIX, check_name, key_of
from atdata.shards.tar import TarFault

__all__ = ["read_keys"]

_NAME: Final = 100  # bytes of a name in a header
_SUFFIX: Final = np.frombuffer(SUFFIX.encode(), np.uint8)


def read_keys(rows: NDArray[np.uint8], table: Columns) -> CounterKeys | KeyTexts | None:
    """The keys in headers, uint8[n, 512], of samples; `None` where a name is not plain.

    Plain is `<key>.msgpack` of printable ASCII that leads nowhere else.
    """
    name = table.first[:_NAME].partition(b"\0")[0]
    if not _is_like_first(table, len(name)):
        return _keys_of_names(rows[:, :_NAME])
    try:
        text = name.decode("ascii")
        check_name(text)
        key = key_of(text)
    except (UnicodeDecodeError, TarFault):
        return None
    begin = len(name) - len(SUFFIX) - len(key)
    return _counter(table, begin, len(key)) or KeyTexts(
        rows[:, begin : begin + len(key)].reshape(-1), np.full(table.count, len(key), np.int64)
    )


def _is_like_first(table: Columns, length: int) -> bool:
    """Whether names differ from the first in letters and digits only, and not in their last parts."""
    inside = [place for place in table.places if place < _NAME]
    return not inside or (
        max(inside) < length - len(_SUFFIX)
        # From "0" on there are no dots and slashes, which could change what a name means.
        and bool(table.least[inside].min() >= ord("0") and table.greatest[inside].max() <= ord("~"))
    )


def _counter(table: Columns, begin: int, length: int) -> CounterKeys | None:
    """The keys, if they count on by one."""
    numbers = table.number(begin, begin + WIDTH, 10) if length == WIDTH else None
    if isinstance(numbers, int):
        return CounterKeys(numbers, 1) if table.count == 1 else None
    if numbers is None or (numbers != np.arange(table.count) + numbers[0]).any():
        return None
    return CounterKeys(int(numbers[0]), table.count)


def _keys_of_names(names: NDArray[np.uint8]) -> KeyTexts | None:
    """The keys in names of any lengths."""
    names = _used(names)
    there = names != 0
    lengths = there.sum(1)
    columns = np.arange(names.shape[1])
    if (there != (columns < lengths[:, None])).any() or not _are_harmless(names, there):
        return None
    starts = np.zeros(len(names), np.int64)
    if names.shape[1] > 1:
        starts[(names[:, 0] == ord(".")) & (names[:, 1] == ord("/"))] = 2
    keys = lengths - len(_SUFFIX) - starts
    if (keys < 1).any() or not _are_samples(names, lengths):
        return None
    inside = (columns >= starts[:, None]) & (columns < (starts + keys)[:, None])
    return KeyTexts(names[inside], keys)


def _used(names: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The columns up to the longest name."""
    some: NDArray[np.bool_] = np.any(names, axis=0)
    return np.ascontiguousarray(names[:, : len(some) - int(np.argmax(some[::-1]))])


def _are_harmless(names: NDArray[np.uint8], there: NDArray[np.bool_]) -> bool:
    printable = (names - np.uint8(32)) < 95
    dots = names == ord(".")
    return bool(
        (printable == there).all()
        and not (dots[:, 1:] & dots[:, :-1]).any()
        and not (names[:, 0] == ord("/")).any()
    )


def _are_samples(names: NDArray[np.uint8], lengths: NDArray[np.int64]) -> bool:
    columns = lengths[:, None] - np.arange(len(_SUFFIX), 0, -1)
    return bool((names[np.arange(len(names))[:, None], columns] == _SUFFIX).all())

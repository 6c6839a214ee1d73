"""What rows of a shard have in common is known once each of them was looked at, in whatever order that was."""

from __future__ import annotations

import numpy as np
import pytest

from atdata.shards.columnar.layouts import Layouts
from atdata.shards.columnar.rows import Located
from atdata.shards.columnar.walk import Prefix

_LEAST: Prefix = ((0, 3, b"\x82\xa1a"), (11, 13, b"\xa1b"))
_MORE: Prefix = ((0, 3, b"\x82\xa1a"), (11, 16, b"\xa1b\xa2xy"))
_OTHER: Prefix = ((0, 3, b"\x82\xa1c"), (11, 13, b"\xa1b"))
_COUNTS = {0: 3, 1: 2}


def _rows(place: int, *inner: int) -> Located:
    count = len(inner)
    sizes = np.full(count, 20, np.int64)
    return Located(np.full(count, place, np.int32), np.array(inner, np.int64), sizes, sizes)


def _both() -> Located:
    places = np.array([0, 1], np.int32)
    return Located(places, np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64))


@pytest.mark.parametrize("first", [_LEAST, _MORE])
def test_a_few_rows_that_happen_to_share_more(first: Prefix) -> None:
    """The end of a shard, say, with texts of one length: what all rows share stays known, of all shards together."""
    second = _MORE if first is _LEAST else _LEAST
    layouts = Layouts()
    layouts.prefix.note(_rows(0, 0, 1), first, _COUNTS)
    assert layouts.prefix.of(_rows(0, 0)) is None
    layouts.prefix.note(_rows(0, 2), second, _COUNTS)
    layouts.prefix.note(_rows(1, 0, 1), _MORE, _COUNTS)
    assert layouts.prefix.of(_rows(0, 0)) == _LEAST
    assert layouts.prefix.of(_rows(1, 0)) == _MORE
    assert layouts.prefix.of(_both()) == _LEAST


def test_rows_that_share_something_else_are_compared_each_time() -> None:
    layouts = Layouts()
    layouts.prefix.note(_rows(0, 0, 1), _LEAST, _COUNTS)
    layouts.prefix.note(_rows(0, 2), _OTHER, _COUNTS)
    layouts.prefix.note(_rows(1, 0, 1), _OTHER, _COUNTS)
    assert layouts.prefix.of(_rows(0, 0)) is None
    assert layouts.prefix.of(_rows(1, 0)) == _OTHER
    layouts.prefix.note(_rows(0, 0, 1, 2), _LEAST, _COUNTS)
    assert layouts.prefix.of(_both()) is None

"""Rows that lie anywhere are copied as they are, whatever their width and wherever they begin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata.shards.columnar.copying import copy_rows
from atdata.shards.columnar.windows import Places

FLAT = np.random.default_rng(3).integers(0, 256, 70_000, np.uint8)


@settings(max_examples=200, deadline=None)
@given(
    width=st.sampled_from([1, 100, 512, 1000, 1024, 5 * 512]),
    first=st.integers(0, 1500),
    at=st.lists(st.integers(0, 60), max_size=9),
    step=st.sampled_from([512, 600, 1024]),
    odd=st.booleans(),
)
def test_scattered_rows(width: int, first: int, at: list[int], step: int, odd: bool) -> None:
    begins = [first + each * step + (odd and each % 3) for each in at]
    out = np.zeros((len(at), width), np.uint8)
    copy_rows(FLAT, Places(np.array(begins, np.int64), None), out)
    assert out.tolist() == [FLAT[begin : begin + width].tolist() for begin in begins]


@pytest.mark.parametrize("width", [(1 << 16) - 512, 1 << 16, (1 << 16) + 1])
def test_long_rows(width: int) -> None:
    begins = [512, 0, 1024, 512, len(FLAT) - width]
    out = np.zeros((len(begins), width), np.uint8)
    copy_rows(FLAT, Places(np.array(begins, np.int64), None), out)
    assert out.tolist() == [FLAT[begin : begin + width].tolist() for begin in begins]


@pytest.mark.parametrize("view", ["rows", "columns"])
def test_into_part_of_an_array(view: str) -> None:
    whole = np.zeros((6, 1024), np.uint8)
    out = whole[::2] if view == "rows" else whole[:, :512]
    begins = np.arange(len(out), dtype=np.int64) * 2048 + 7
    copy_rows(FLAT, Places(begins, None), out)
    for row, begin in zip(out, begins.tolist(), strict=True):
        assert row.tobytes() == FLAT[begin : begin + out.shape[1]].tobytes()


def test_large_ones_by_two_threads_and_from_the_last_byte() -> None:
    flat = np.random.default_rng(4).integers(0, 256, 9 << 20, np.uint8)
    width = 5 << 20
    begins = [len(flat) - width, len(flat) - width - 512, len(flat) - width - 5 * 512]
    out = np.zeros((3, width), np.uint8)
    copy_rows(flat, Places(np.array(begins, np.int64), None), out)
    for row, begin in zip(out, begins, strict=True):
        assert (row == flat[begin : begin + width]).all()

"""A table of places gives each sample as its shard has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.shards.columnar.rows import Located, joined
from atdata.shards.columnar.table import Table


def _shard(place: int, count: int, unit: int, size: int) -> Located:
    inner = np.arange(count, dtype=np.int64)
    return Located(
        np.full(count, place, np.int32), inner, (inner * 3 + place) * unit, inner + place + size
    )


@given(
    st.lists(st.integers(0, 4), max_size=5)
    | st.integers(0, 6).map(lambda count: [4] * count + [2]),
    st.sampled_from([512, 1 << 20, 513, 1 << 42]),
    st.sampled_from([0, 1 << 33]),
)
def test_samples_are_those_of_their_shards(counts: list[int], unit: int, size: int) -> None:
    shards = [_shard(place, count, unit, size) for place, count in enumerate(counts)]
    table = Table(shards)
    total = sum(counts)
    assert table.firsts.tolist() == np.cumsum([0, *counts]).tolist()
    numbers = np.array([*range(total), *range(0, total, 2), *reversed(range(total))], np.int64)
    found = table.samples(numbers)
    if not total:
        assert not len(found)
        return
    whole = joined(shards)
    assert found.places.dtype == np.int32
    assert found.places.tolist() == whole.places[numbers].tolist()
    assert found.inner.tolist() == whole.inner[numbers].tolist()
    assert found.at.tolist() == whole.at[numbers].tolist()
    assert found.sizes.tolist() == whole.sizes[numbers].tolist()


def test_a_number_that_no_sample_has_is_refused() -> None:
    with pytest.raises(IndexError):
        Table([_shard(0, 3, 512, 1)]).samples(np.array([3]))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_rows_are_told_apart_by_their_shards(places: list[int]) -> None:
    inner = np.arange(len(places), dtype=np.int64)
    rows = Located(np.array(places, np.int32), inner, inner, inner)
    expected = {
        place: [row for row, own in enumerate(places) if own == place]
        for place in sorted(set(places))
    }
    assert rows.shards() == list(expected)
    assert {place: numbers.tolist() for place, numbers in rows.by_shard()} == expected

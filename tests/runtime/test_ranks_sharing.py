"""Ranks: each sample once an epoch, equal steps everywhere, whatever the sizes are."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import atdata
from atdata.ranks import Share
from view_data import numbers, numbers_of, stored

ORDERS = st.sampled_from(["ordered", "global", "window:6kB", "window:20kB"])


def going(ds: atdata.Dataset[Any], size: int | None, order: str, **options: Any) -> Any:
    if order == "ordered":
        return ds.ordered(size, **options)
    return ds.shuffled(size, seed=5, order=order, **options)


@settings(max_examples=150, deadline=None)
@given(
    count=st.integers(1, 40),
    maxcount=st.sampled_from([3, 7, 50]),
    size=st.integers(1, 9),
    world=st.integers(1, 6),
    order=ORDERS,
    ending=st.sampled_from([None, "drop_last", "pad"]),
)
def test_ranks_together_give_each_sample_once(
    count: int, maxcount: int, size: int, world: int, order: str, ending: str | None
) -> None:
    ds = stored(count, maxcount)
    options: dict[str, Any] = {"world_size": world, **({ending: True} if ending else {})}
    whole = numbers(going(ds, None, order))
    ranks = [numbers_of(going(ds, size, order, rank=rank, **options)) for rank in range(world)]
    assert len({len(steps) for steps in ranks}) == 1
    assert all(
        len(going(ds, size, order, rank=rank, **options)) == len(ranks[0]) for rank in range(world)
    )
    together = size * world
    dealt = [[n for rank in ranks for n in rank[step]] for step in range(len(ranks[0]))]
    flat = [n for step in dealt for n in step]
    if ending == "drop_last":
        assert flat == whole[: count // together * together]
    elif ending == "pad":
        assert flat == (whole * (together + 1))[: -(-count // together) * together]
    else:
        assert flat == whole
        last = [len(rank[-1]) for rank in ranks]
        assert max(last) - min(last) <= 1
    full = dealt if ending else dealt[:-1]
    assert all(len(step) == together for step in full)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 25), world=st.integers(1, 6), order=ORDERS)
def test_single_samples_are_dealt_out_in_turn(count: int, world: int, order: str) -> None:
    ds = stored(count, 7)
    whole = numbers(going(ds, None, order))
    ranks = [going(ds, None, order, rank=rank, world_size=world) for rank in range(world)]
    assert [len(rank) for rank in ranks] == [len(list(rank)) for rank in ranks]
    full = count // world * world
    for rank in range(world):
        got = numbers(going(ds, None, order, rank=rank, world_size=world))
        assert got[: count // world] == whole[rank:full:world]
    every = [
        n for r in range(world) for n in numbers(going(ds, None, order, rank=r, world_size=world))
    ]
    assert Counter(every) == Counter(whole)


def test_a_batch_may_be_empty_where_samples_run_out() -> None:
    ds = stored(9)
    last = [list(ds.ordered(4, rank=rank, world_size=2))[-1] for rank in range(2)]
    assert sorted(len(batch) for batch in last) == [0, 1]
    empty: Any = next(batch for batch in last if not len(batch))
    assert (empty.keys, list(empty.number), list(empty.image)) == ([], [], [])
    views = [ds.map(lambda sample: sample), ds.select_columns("number"), ds[:9]]
    for view in views:
        assert [len(list(view.ordered(4, rank=r, world_size=2))[-1]) for r in (0, 1)] == [0, 1]


def test_seeds_are_integers_that_a_state_holds() -> None:
    ds = stored(9)
    assert numbers(ds.shuffled(seed=-1)) != numbers(ds.shuffled(seed=1))
    wrong: list[Any] = ["1", 1.0, None, 2**256, 10**5000]
    for seed in wrong:
        with pytest.raises(atdata.LoadError, match="seed"):
            ds.shuffled(seed=seed)


def test_wrong_shares_are_refused() -> None:
    ds = stored(9)
    wrong: list[dict[str, Any]] = [
        {"rank": -1},
        {"rank": 1},
        {"rank": 2, "world_size": 2},
        {"world_size": 0},
        {"rank": True, "world_size": 2},
        {"world_size": 1.5},
        {"drop_last": True, "pad": True},
    ]
    for options in wrong:
        with pytest.raises(atdata.LoadError):
            ds.ordered(2, **options)
        with pytest.raises(atdata.LoadError):
            ds.shuffled(2, **options)


@given(st.integers(0, 200), st.integers(1, 9), st.integers(1, 7), st.integers(1, 64))
def test_positions_do_not_depend_on_how_many_are_made_at_once(
    count: int, size: int, world: int, rows: int
) -> None:
    for rank in range(world):
        share = Share(size, rank, world)
        small = [n for block in share.positions(0, count, rows) for n in block.tolist()]
        large = [n for block in share.positions(0, count, 10**6) for n in block.tolist()]
        assert small == large

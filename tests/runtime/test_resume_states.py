"""States: an iteration stopped anywhere and taken up again, by whatever ranks, gives what was left."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import atdata
from view_data import Item, numbers, numbers_of, stored

ORDERS = st.sampled_from(["ordered", "global", "window:6kB"])
ENDINGS = st.sampled_from([None, "drop_last", "pad"])


def odd(sample: Item) -> bool:
    return sample.number % 2 == 1


def going(ds: atdata.Dataset[Any], size: int | None, order: str, **options: Any) -> Any:
    if order == "ordered":
        return ds.ordered(size, **options)
    return ds.shuffled(size, seed=5, order=order, **options)


def resumed(iteration: Any, state: dict[str, Any]) -> Any:
    iteration.load_state_dict(json.loads(json.dumps(state)))
    return iteration


@pytest.mark.parametrize("order", ["ordered", "global", "window:6kB"])
@pytest.mark.parametrize("view", ["stored", "rows", "filtered", "mapped"])
def test_resumed_at_every_k_and_again_it_equals_the_uninterrupted_run(
    order: str, view: str
) -> None:
    base = stored(23)
    views: dict[str, atdata.Dataset[Any]] = {
        "stored": base,
        "rows": base[20:2:-1],
        "filtered": base.filter(odd),
        "mapped": base.map(lambda sample: sample),
    }
    ds = views[view]
    for size in (None, 4):
        whole = going(ds, size, order)
        first, second = list(whole), list(whole)
        shown = numbers if size is None else numbers_of
        for k in range(len(first) + 1):
            begun = iter(going(ds, size, order))
            head = [next(begun) for _ in range(k)]
            again = iter(resumed(going(ds, size, order), begun.state_dict()))
            if k == len(first):  # the end: the next epoch
                assert shown(again) == shown(second)
                continue
            more = [next(again) for _ in range(min(2, len(first) - k - 1))]
            rest = list(iter(resumed(going(ds, size, order), again.state_dict())))
            assert shown([*head, *more, *rest]) == shown(first)


@settings(max_examples=150, deadline=None)
@given(
    count=st.integers(1, 40),
    order=ORDERS,
    ending=ENDINGS,
    runs=st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(0, 6)), min_size=1, max_size=4
    ),
)
def test_whatever_ranks_and_sizes_go_on_each_sample_comes_once(
    count: int, order: str, ending: str | None, runs: list[tuple[int, int, int]]
) -> None:
    """Runs of other batch and world sizes, each stopped after some steps; the last one goes to the end."""
    ds = stored(count, 7)
    whole = numbers(going(ds, None, order))
    options: dict[str, Any] = {ending: True} if ending else {}
    state: dict[str, Any] = going(ds, 1, order).state_dict()
    seen: list[int] = []
    for run, (size, world, steps) in enumerate(runs):
        together = size * world
        left = count - int(state["position"])
        possible = left // together if ending == "drop_last" else -(-left // together)
        last = run == len(runs) - 1
        if not possible or (not last and steps >= possible):
            continue  # this would go on into the next epoch
        ranks = [going(ds, size, order, rank=r, world_size=world, **options) for r in range(world)]
        iterators = [iter(resumed(rank, state)) for rank in ranks]
        for _ in range(possible if last else steps):
            for iterator in iterators:
                seen += next(iterator).number or []
        states = [iterator.state_dict() for iterator in iterators]
        assert all(other == states[0] for other in states)
        state = states[0]
        if last:
            assert all(next(iterator, None) is None for iterator in iterators)
            assert state["position"] == count
            if ending == "drop_last":
                assert seen == whole[: len(seen)]
                assert count - len(seen) < together
            elif ending == "pad":
                assert seen[:count] == whole
                assert len(seen) - count < together
            else:
                assert seen == whole


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 40), size=st.integers(1, 4), k=st.integers(0, 5), order=ORDERS)
def test_with_the_same_global_batch_batches_are_the_same(
    count: int, size: int, k: int, order: str
) -> None:
    """One rank of 12 * size, then 2, 3, 4 ... ranks: the same global batches."""
    ds = stored(count, 7)
    whole = numbers_of(going(ds, 12 * size, order))
    k = min(k, len(whole) - 1)
    begun = iter(going(ds, 12 * size, order))
    for _ in range(k):
        next(begun)
    for world in (2, 3, 4, 6, 12):
        ranks = [
            numbers_of(
                resumed(
                    going(ds, 12 * size // world, order, rank=r, world_size=world),
                    begun.state_dict(),
                )
            )
            for r in range(world)
        ]
        assert [[n for part in step for n in part] for step in zip(*ranks, strict=True)] == whole[
            k:
        ]


def test_a_state_says_where_the_latest_iterator_stands() -> None:
    shuffled = stored(10).shuffled(3, seed=4)
    begin = shuffled.state_dict()
    assert (begin["epoch"], begin["position"], begin["seed"]) == (0, 0, 4)
    one = iter(shuffled)
    next(one)
    assert shuffled.state_dict() == one.state_dict()
    assert shuffled.state_dict()["position"] == 3
    assert len(list(one)) == 3
    assert one.state_dict()["position"] == 10
    two = iter(shuffled)
    assert two.state_dict() | {"epoch": 0} == begin
    assert len(json.dumps(stored(10).shuffled(3, seed=2**200).state_dict())) < 1000


def test_an_iterator_takes_a_state_too() -> None:
    ds = stored(10)
    whole = numbers_of(ds.shuffled(3, epoch=2))
    begun = iter(ds.shuffled(3, epoch=2))
    next(begun)
    state = begun.state_dict()
    assert numbers_of(begun) == whole[1:]
    for _ in range(2):
        begun.load_state_dict(state)
        assert numbers_of(begun) == whole[1:]


def test_after_a_resumed_epoch_comes_the_next_one() -> None:
    ds = stored(10)
    epochs = ds.shuffled(3)
    plain = [numbers_of(epochs) for _ in range(3)]
    begun = iter(ds.shuffled(3))
    next(begun)
    again = resumed(ds.shuffled(3), begun.state_dict())
    assert [numbers_of(again) for _ in range(3)] == [plain[0][1:], *plain[1:]]
    # The loaded state is the state, until something is handed out.
    assert resumed(ds.shuffled(3), begun.state_dict()).state_dict() != ds.shuffled(3).state_dict()


def test_set_epoch() -> None:
    ds = stored(10)
    third = numbers_of(ds.shuffled(3, epoch=2))
    shuffled = ds.shuffled(3)
    shuffled.set_epoch(2)
    assert numbers_of(shuffled) == third
    assert numbers_of(shuffled) == numbers_of(ds.shuffled(3, epoch=3))
    fixed = ds.shuffled(3, epoch=7)
    fixed.set_epoch(2)
    assert numbers_of(fixed) == numbers_of(fixed) == third
    begun = iter(ds.shuffled(3, epoch=2))
    next(begun)
    state = begun.state_dict()
    kept = resumed(ds.shuffled(3), state)
    kept.set_epoch(2)  # as a training loop does, which counts its epochs
    assert numbers_of(kept) == third[1:]
    other = resumed(ds.shuffled(3), state)
    other.set_epoch(3)
    assert numbers_of(other) == numbers_of(ds.shuffled(3, epoch=3))
    with pytest.raises(atdata.LoadError, match="epoch is -1"):
        other.set_epoch(-1)


def test_a_state_of_something_else_is_refused_and_both_are_named() -> None:
    ds, other = stored(10), stored(11)
    state = ds.shuffled(3, seed=1).state_dict()
    wrong: list[tuple[Any, list[str]]] = [
        (other.shuffled(3, seed=1), [ds.fingerprint, other.fingerprint]),
        (ds[1:].shuffled(3, seed=1), [ds.fingerprint, ds[1:].fingerprint]),
        (ds.shuffled(3, seed=2), ["seed 1", "has 2"]),
        (ds.shuffled(3, seed=1, order="window:1MB"), ["'global'", "'window:1000000'"]),
        (ds.ordered(3), ["'global'", "'ordered'"]),
        (ds.shuffled(3, seed=1, epoch=4), ["epoch 0", "epoch 4"]),
    ]
    for iteration, named in wrong:
        for taker in (iteration, iter(iteration)):
            with pytest.raises(atdata.StateError) as caught:
                taker.load_state_dict(state)
            assert all(name in str(caught.value) for name in named), str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"epoch": -1},
        {"epoch": True},
        {"position": 11},
        {"position": -1},
        {"position": "3"},
        {"epoch": 10**5000},
        {"seed": 10**5000},
        {"seed": "1"},
        {"seed": None},
        {"fingerprint": None},
        {"order": 3},
    ],
)
def test_what_is_no_state_is_refused(change: dict[str, Any]) -> None:
    shuffled = stored(10).shuffled(3, seed=1)
    with pytest.raises(atdata.StateError):
        shuffled.load_state_dict({**shuffled.state_dict(), **change})
    wrong: list[Any] = [None, 3, "x", {}, []]
    for state in wrong:
        with pytest.raises(atdata.StateError, match="give what state_dict"):
            shuffled.load_state_dict(state)
    assert len(list(shuffled)) == 4


def test_a_batch_cut_short_by_a_fault_counts_what_it_held() -> None:
    def made(sample: Item) -> Item:
        if sample.number == 5 and broken:
            raise ValueError("no")
        return sample

    broken = True
    ds = stored(10).map(made)
    begun = iter(ds.ordered(4))
    got: list[Any] = []
    with pytest.raises(ValueError, match="no"):
        got.extend(begun)
    assert numbers_of(got) == [[0, 1, 2, 3], [4]]
    assert begun.state_dict()["position"] == 5
    broken = False
    assert numbers_of(resumed(ds.ordered(4), begun.state_dict())) == [[5, 6, 7, 8], [9]]


def test_the_end_of_an_epoch_is_its_end_for_every_world() -> None:
    """What drop_last left out is not given later: smaller batches go on with the next epoch."""
    ds = stored(10)
    begun = iter(ds.shuffled(4, drop_last=True))
    assert len(list(begun)) == 2
    state = begun.state_dict()
    assert state["position"] == 10
    assert numbers_of(resumed(ds.shuffled(1), state)) == numbers_of(ds.shuffled(1, epoch=1))


def test_an_iteration_goes_to_another_process_with_what_was_loaded() -> None:
    ds = stored(10)
    begun = iter(ds.shuffled(3))
    next(begun)
    again = resumed(ds.shuffled(3), begun.state_dict())
    assert numbers_of(pickle.loads(pickle.dumps(again))) == numbers_of(again)


def test_resuming_evaluates_a_filter_once() -> None:
    calls: list[int] = []

    def keep(sample: Item) -> bool:
        calls.append(sample.number)
        return sample.number % 2 == 0

    view = stored(20).filter(keep)
    begun = iter(view.ordered(2))
    assert next(begun).number == [0, 2]
    assert len(calls) < 20  # it streams
    calls.clear()
    state = begun.state_dict()
    assert calls == list(range(20))
    shuffled = view.shuffled(2)
    assert sorted(n for batch in numbers_of(shuffled) for n in batch) == list(range(0, 20, 2))
    assert numbers_of(resumed(view.ordered(2), state)) == [[4, 6], [8, 10], [12, 14], [16, 18]]
    assert calls == list(range(20))

"""The loader gives what `shuffled` and `ordered` give, whoever makes it, and goes on where it was stopped."""

from __future__ import annotations

import gc
import json
import threading
from typing import Annotated, Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata
from loader_data import given_until, negative, same_batches
from view_data import Large, large, numbers_of, stored

ORDERS = ["ordered", "global", "window:6kB"]
ENDINGS = [None, "drop_last", "pad"]
KINDS: dict[str, dict[str, Any]] = {"threads": {}, "processes": {"processes": True}}


def plain(ds: atdata.Dataset[Any], size: int, order: str, **options: Any) -> Any:
    if order == "ordered":
        return ds.ordered(size, **options)
    return ds.shuffled(size, seed=5, order=order, **options)


def views() -> dict[str, atdata.Dataset[Any]]:
    base = stored(23)
    return {
        "stored": base,
        "rows": base[20:2:-1],
        "filtered": base.filter(lambda sample: sample.number % 2),
        "mapped": base.map(negative),
        "columns": base.select_columns(["image", "number", "note"]),
        "joined": base.concat(stored(6, first=50)),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view", views())
@pytest.mark.parametrize("order", ORDERS)
def test_it_gives_what_shuffled_and_ordered_give_epoch_by_epoch(
    view: str, order: str, kind: str
) -> None:
    ds = views()[view]
    loader = ds.loader(4, seed=5, order=order, workers=2, **KINDS[kind])
    whole = plain(ds, 4, order)
    assert len(loader) == len(whole)
    for _ in range(2):
        assert same_batches(list(loader), list(whole))


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 40),
    size=st.integers(1, 9),
    world=st.integers(1, 4),
    workers=st.integers(1, 4),
    prefetch=st.integers(1, 5),
    order=st.sampled_from(ORDERS),
    ending=st.sampled_from(ENDINGS),
)
def test_every_rank_gets_its_batches_whatever_workers_there_are(
    count: int, size: int, world: int, workers: int, prefetch: int, order: str, ending: str | None
) -> None:
    ds = stored(count, 7)
    options: dict[str, Any] = {ending: True} if ending else {}
    for rank in range(world):
        shared: dict[str, Any] = options | {"rank": rank, "world_size": world}
        loader = ds.loader(size, seed=5, order=order, workers=workers, prefetch=prefetch, **shared)
        assert numbers_of(loader) == numbers_of(plain(ds, size, order, **shared))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_state_counts_what_was_given_and_fits_shuffled_too(order: str, kind: str) -> None:
    ds = stored(23).map(negative)
    options: dict[str, Any] = {
        "seed": 5,
        "order": order,
        "workers": 2,
        "prefetch": 4,
        **KINDS[kind],
    }
    fewer: dict[str, Any] = {**options, "workers": 1}
    whole = list(plain(ds, 4, order))
    for k in range(len(whole)):
        loader = ds.loader(4, **options)
        begun = iter(loader)
        for _ in range(k):
            next(begun)
        begun.close()
        state = json.loads(json.dumps(loader.state_dict()))
        assert state["position"] == 4 * k
        for again in (ds.loader(4, **fewer), plain(ds, 4, order)):
            again.load_state_dict(state)
            assert same_batches(list(again), whole[k:])
        other = plain(ds, 4, order)
        before = iter(other)
        for _ in range(k):
            next(before)
        loader.load_state_dict(other.state_dict())
        assert same_batches(list(loader), whole[k:])


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_in_the_middle_of_an_epoch_is_taken_by_the_running_iterator(kind: str) -> None:
    ds = stored(23)
    loader = ds.loader(4, workers=2, **KINDS[kind])
    begun = iter(loader)
    first = next(begun)
    state = begun.state_dict()
    rest = list(begun)
    begun.load_state_dict(state)
    assert same_batches(list(begun), rest)
    assert begun.epoch == 0
    assert len(first) == 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("view", ["stored", "mapped"])
def test_batches_that_are_kept_are_never_overwritten(view: str, kind: str, fresh: bool) -> None:
    ds = large(40) if view == "stored" else large(40).map(same)
    loader = ds.loader(2, workers=2, prefetch=2, fresh=fresh, **KINDS[kind])
    kept = [(batch, batch.image) for _ in range(2) for batch in loader]
    gc.collect()
    for batch, image in kept:
        assert image[:, 0, 0].tolist() == batch.number
        assert (image == image[:, :1, :1]).all()
    assert len(kept) == 40


@pytest.mark.parametrize("view", ["stored", "mapped"])
def test_threads_use_the_memory_of_batches_that_are_gone(view: str) -> None:
    ds = large(40) if view == "stored" else large(40).map(same)
    places = set[int]()
    for batch in ds.loader(2, workers=2, prefetch=3):
        places.add(batch.image.ctypes.data)
        del batch
    assert len(places) <= 5, "as many as are made ahead, and two"


def test_processes_use_the_memory_of_batches_that_are_gone() -> None:
    ds = large(40)
    places = set[int]()
    for batch in ds.loader(2, workers=2, prefetch=3, processes=True):
        places.add(batch.image.ctypes.data)
        del batch
    assert len(places) <= 5, "as many as are made ahead, and two"


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_of_other_shapes_and_missing_ones_come_as_they_are(kind: str, tmp_path: Any) -> None:
    samples = [
        Odd(number, np.arange(number, dtype=np.int16), None, [number] * 2, 0.1)
        for number in range(9)
    ]
    samples[4].mask = np.ones(3, np.bool_)
    ds = atdata.write_samples(samples, tmp_path / "odd.tar").map(lambda sample: sample)
    for one, other in zip(ds.loader(4, order="ordered", **KINDS[kind]), ds.ordered(4), strict=True):
        assert [each.tolist() for each in one.values] == [each.tolist() for each in other.values]
        assert [each is None for each in one.mask] == [each is None for each in other.mask]
        assert (one.lists, one.weight) == (other.lists, other.weight)
        assert one.array("number").tolist() == other.array("number").tolist()
        assert one.valid("mask").tolist() == other.valid("mask").tolist()
        assert one.samples() == other.samples()


@pytest.mark.parametrize("kind", KINDS)
def test_samples_without_a_type_come_too(kind: str) -> None:
    ds = atdata.load_dataset(stored(9).shards[0], atdata.DictSample)
    found = list(ds.loader(2, order="ordered", **KINDS[kind]))
    assert [list(batch.number) for batch in found] == [[0, 1], [2, 3]]
    assert found[1].image[1].tolist() == np.full((2, 3), 3).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_validated_where_that_is_asked_for(kind: str, tmp_path: Any) -> None:
    ds = atdata.write_samples(map(Bounded, range(9)), tmp_path / "d.tar").map(beyond)
    assert [len(batch) for batch in ds.loader(4, **KINDS[kind])] == [4, 4, 1]
    with pytest.raises(atdata.ValidationError, match="level"):
        list(ds.loader(4, validate=True, **KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_loader_without_samples_gives_nothing(kind: str) -> None:
    empty = stored(9).filter(lambda sample: False)
    assert list(empty.loader(4, **KINDS[kind])) == []
    assert not empty.loader(4)


def test_a_damaged_sample_comes_after_what_is_before_it(tmp_path: Any) -> None:
    ds = atdata.write_samples([*map(Short, range(9)), Short(10**6)], tmp_path / "d.tar")
    wrong = ds.map(lambda sample: cast("Short", sample if sample.number < 9 else None), Short)
    given, error = given_until(atdata.MapError, wrong.loader(4, order="ordered"))
    assert given == list(range(9))
    assert "returned None" in str(error)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "workers is 0"),
        ({"prefetch": 0}, "prefetch is 0"),
        ({"processes": "threads"}, 'give True, False, "fork", "spawn" or "forkserver"'),
        ({"order": "random"}, "order is 'random'"),
        ({"drop_last": True, "pad": True}, "drop_last and pad"),
        ({"rank": 2, "world_size": 2}, "rank is 2"),
        ({"epoch": -1}, "epoch is -1"),
        ({"seed": "x"}, "seed is 'x'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(options: dict[str, Any], message: str) -> None:
    with pytest.raises(atdata.LoadError, match=message):
        stored(9).loader(4, **options)


def test_two_iterators_of_one_loader_do_not_disturb_each_other() -> None:
    loader = stored(23).loader(4, order="ordered", workers=2)
    pairs = list(zip(loader, loader, strict=True))
    assert [(a.number, b.number) for a, b in pairs] == [(a.number, a.number) for a, _ in pairs]


def test_epochs_are_fixed_or_set_as_those_of_shuffled() -> None:
    ds = stored(23)
    fixed = ds.loader(4, epoch=3)
    assert numbers_of(fixed) == numbers_of(fixed) == numbers_of(ds.shuffled(4, epoch=3))
    counted = ds.loader(4)
    counted.set_epoch(3)
    assert numbers_of(counted) == numbers_of(fixed)


def test_no_thread_is_left_when_the_loop_is_left() -> None:
    ds = stored(23)
    loader = ds.loader(1, workers=3, prefetch=5)
    for _ in loader:
        break
    assert not [each for each in threading.enumerate() if each.name.startswith("atdata-loader")]
    assert loader.state_dict()["position"] == 1


@atdata.packable
class Odd:
    number: int
    values: NDArray[np.int16]
    mask: NDArray[np.bool_] | None
    lists: list[int]
    weight: float


@atdata.packable
class Short:
    number: int


@atdata.packable
class Bounded:
    level: Annotated[int, atdata.field(maximum=9)]


def same(sample: Large) -> Large:
    return sample


def beyond(sample: Bounded) -> Bounded:
    return Bounded(sample.level + 5)

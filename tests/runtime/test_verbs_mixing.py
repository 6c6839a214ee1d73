"""`concat` and `interleave`: whose sample comes when, where it ends, and what may be mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import atdata
from view_data import Item, Small, numbers, numbers_of, stored


def test_concat_is_one_behind_the_other() -> None:
    one, two, three = stored(5), stored(3, first=100), stored(2, 50, first=200)
    want = [0, 1, 2, 3, 4, 100, 101, 102, 200, 201]
    for both in (
        one.concat(two, three),
        atdata.concat([one, two, three]),
        one.concat(two).concat(three),
    ):
        assert numbers(both) == want
        assert numbers_of(both.ordered(4)) == [want[:4], want[4:8], want[8:]]
        assert sorted(numbers(both.shuffled())) == want
        assert both.split == "train"
        assert len(both.shards) == 4
    assert one.concat() is one


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    stop=st.sampled_from(["first_exhausted", "all_exhausted"]),
    weights=st.one_of(st.none(), st.lists(st.floats(0.1, 9), min_size=4, max_size=4)),
    seed=st.integers(0, 5),
)
def test_interleaving(counts: list[int], stop: Any, weights: list[float] | None, seed: int) -> None:
    """Each dataset gives its samples in order, again and again; it ends where it should."""
    parts = [stored(10, first=100 * n).take(count) for n, count in enumerate(counts)]
    given = None if weights is None else weights[: len(parts)]
    both = atdata.interleave(parts, given, seed, stop)
    got = numbers(both)
    assert numbers(both) == got
    assert [n for batch in numbers_of(both.ordered(3)) for n in batch] == got
    assert Counter(numbers(both.shuffled())) == Counter(got)
    for part, count in enumerate(counts):
        mine = [n % 100 for n in got if n // 100 == part]
        assert mine == [turn % max(count, 1) for turn in range(len(mine))]
    turns = Counter(n // 100 for n in got)
    if stop == "first_exhausted":
        assert all(turns[part] <= count for part, count in enumerate(counts))
        assert any(turns[part] == count for part, count in enumerate(counts))
    else:
        assert all(turns[part] >= count for part, count in enumerate(counts))
    if weights is None:
        assert len(set(turns.values())) <= 1
    elif got:
        # It ends with the sample that fulfils the condition.
        last = got[-1] // 100
        before = turns[last] - 1
        assert before < counts[last]


def test_weights_are_shares_and_the_drawing_is_pinned() -> None:
    one, two, three = (stored(400, 400, first=1000 * n) for n in range(3))
    both = one.interleave([two, three], weights=[6, 3, 1], seed=3, stop="all_exhausted")
    turns = Counter(number // 1000 for number in numbers(both))
    total = sum(turns.values())
    assert [round(10 * turns[part] / total) for part in range(3)] == [6, 3, 1]
    few = stored(6).interleave(stored(6, first=100), weights=[0.5, 0.5], seed=1)
    assert [number // 100 for number in numbers(few)] == [1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1]
    assert numbers(few) != numbers(
        stored(6).interleave(stored(6, first=100), weights=[1, 1], seed=2)
    )


def test_wrong_mixtures_are_refused() -> None:
    ds, other = stored(5), stored(3)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"weights": [1]}, "1 weights are given for 2 datasets"),
        ({"weights": [1, 0]}, "finite number above 0"),
        ({"weights": [1, float("nan")]}, "finite number above 0"),
        ({"weights": [1, float("inf")]}, "finite number above 0"),
        ({"stop": "never"}, "give one of 'first_exhausted', 'all_exhausted'"),
        ({"seed": "x"}, "seed is 'x'"),
    ]
    for options, message in wrong:
        with pytest.raises(atdata.LoadError, match=message):
            ds.interleave(other, **options)
    tiny = ds.interleave(other, weights=[1, 1e-300], stop="all_exhausted")
    with pytest.raises(atdata.LoadError, match="give weights that differ less"):
        list(tiny)
    given: Any = ds
    with pytest.raises(atdata.LoadError, match="give a list of datasets"):
        atdata.concat(given)
    with pytest.raises(atdata.LoadError, match="is empty"):
        atdata.interleave([])


def test_models_must_be_equal() -> None:
    ds: atdata.Dataset[Any] = stored(5)
    other = ds.map(lambda s: Small(number=s.number), sample_type=Small)
    mixes: list[Callable[[], object]] = [
        lambda: ds.concat(other),
        lambda: ds.interleave(other),
        lambda: atdata.concat([ds, other]),
    ]
    for mix in mixes:
        with pytest.raises(atdata.SchemaMismatch) as caught:
            mix()
        assert [line.partition(":")[0] for line in caught.value.differences] == ["image", "note"]
    with pytest.raises(atdata.SchemaMismatch):
        ds.concat(ds.rename_column("note", "text"))


def test_other_classes_of_the_same_model_become_the_first_one() -> None:
    ds: atdata.Dataset[Any] = stored(5)
    live = atdata.load_dataset(ds.shards[0])
    renamed = ds.rename_column("note", "x").rename_column("x", "note")
    mapped = ds.map(lambda s: s)
    for other in (live, renamed, mapped, ds.as_type(atdata.DictSample)):
        both = ds.concat(other)
        assert {type(sample) for sample in both} == {Item}
        assert [n for batch in numbers_of(both.shuffled(3)) for n in batch] == numbers(
            both.shuffled(epoch=0)
        )
        assert numbers(both)[:5] == [0, 1, 2, 3, 4]


def test_filters_are_mixed_as_what_they_keep() -> None:
    ds = stored(8)
    odd, even = ds.filter(lambda s: s.number % 2 == 1), ds.filter(lambda s: s.number % 2 == 0)
    assert numbers(even.interleave(odd)) == list(range(8))
    assert numbers(odd.concat(even)) == [1, 3, 5, 7, 0, 2, 4, 6]
    assert numbers_of(odd.concat(even).shuffled(3, rank=1, world_size=2, drop_last=True))

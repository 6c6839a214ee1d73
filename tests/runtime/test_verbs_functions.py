"""`map` and `filter`: classes of results, faults with the sample's key, how often they are called."""

from __future__ import annotations

import functools
from typing import Any

import pytest

import atdata
from atdata.iteration import Shuffled
from atdata_schema.batch import DynamicBatch
from view_data import Item, Small, numbers, numbers_of, stored


def to_small(sample: Item) -> Small:
    return Small(number=sample.number)


def to_nothing(sample: Item) -> None:
    sample.number


def nothing(sample: Item) -> Any:
    return None


def a_dict(sample: Item) -> Any:
    return {"number": sample.number}


def another_at_two(sample: Item) -> Any:
    return Small(number=2) if sample.number == 2 else sample


def nothing_at_two(sample: Item) -> Any:
    return None if sample.number == 2 else sample


class Shrink:
    def __call__(self, sample: Item) -> Small:
        return Small(number=sample.number)


def test_the_class_of_the_results() -> None:
    ds = stored(6)
    views: list[atdata.Dataset[Any]] = [
        ds.map(to_small),
        ds.map(Shrink()),
        ds.map(lambda sample: Small(number=sample.number)),
        ds.map(lambda sample: Small(number=sample.number), sample_type=Small),
        ds.map(functools.partial(to_small)),
    ]
    for view in views:
        assert view.sample_type is Small
        assert view.schema.id == "local.packable.small"
        assert list(view) == [Small(number=n) for n in range(6)]
        batch = next(iter(view.shuffled(4)))
        assert isinstance(batch, DynamicBatch)
        assert sorted(n for b in numbers_of(view.shuffled(4)) for n in b) == list(range(6))
    # Known by its annotation, without a call.
    assert ds.take(0).map(to_small).sample_type is Small
    assert list(ds.take(0).map(to_small).shuffled(3)) == []


def test_untyped_results_have_their_batches() -> None:
    view = stored(6).map(lambda s: atdata.DictSample(twice=s.number * 2))
    assert [batch.twice for batch in view.ordered(4)] == [[0, 2, 4, 6], [8, 10]]


def test_what_is_no_sample_is_an_error() -> None:
    ds = stored(6)
    with pytest.raises(atdata.MapError, match=r"map\(to_nothing\) returns None"):
        ds.map(to_nothing)
    given: list[tuple[Any, str]] = [
        (nothing, "returned None for the key '000000000'"),
        (a_dict, "returned a dict"),
        (another_at_two, "returned a Small for the key '000000002'"),
        (nothing_at_two, "returned None for the key '000000002'"),
    ]
    for fn, message in given:
        for going in (
            ds.map(fn),
            ds.map(fn).ordered(2),
            ds.map(fn).shuffled(),
            ds.map(fn).shuffled(3),
        ):
            if "the key" in message and isinstance(going, Shuffled):
                continue  # another sample may come first
            with pytest.raises(atdata.MapError, match=message):
                list(going)
    with pytest.raises(atdata.MapError, match="return a Small, as all samples are"):
        list(ds.map(lambda s: s, sample_type=Small))  # type: ignore[arg-type, return-value]  # that is wrong
    with pytest.raises(atdata.LoadError, match="no sample type"):
        ds.map(lambda s: s, sample_type=dict)  # type: ignore[arg-type, return-value]  # that is wrong
    with pytest.raises(atdata.LoadError, match="give sample_type"):
        ds.take(0).map(lambda s: s).sample_type
    wrong: list[Any] = [None, 3]
    for fn in wrong:
        with pytest.raises(atdata.LoadError, match="takes a function of a sample"):
            ds.map(fn)
        with pytest.raises(atdata.LoadError, match="takes a function of a sample"):
            ds.filter(fn)


@pytest.mark.parametrize("verb", ["map", "filter"])
def test_exceptions_come_with_the_key_in_a_note(verb: str) -> None:
    def fails(sample: Item) -> Any:
        if sample.number == 3:
            raise RuntimeError("out of luck")
        return sample

    view: atdata.Dataset[Any] = getattr(stored(6), verb)(fails)
    for going in (
        view,
        view.ordered(2),
        view.shuffled(),
        view.shuffled(2),
        view.ordered(2, rank=1, world_size=2),
    ):
        with pytest.raises(RuntimeError, match="out of luck") as caught:
            list(going)
        assert caught.value.__notes__ == [
            f"in {verb}(fails), at the sample with the key '000000003'"
        ]
        assert any(entry.name == "fails" for entry in caught.traceback)
    got: list[list[int]] = []
    with pytest.raises(RuntimeError):
        got.extend(batch.number for batch in view.ordered(2))
    assert got == [[0, 1], [2]]


def test_truth_that_a_filter_does_not_give_is_an_error_with_the_key() -> None:
    with pytest.raises(ValueError, match="ambiguous") as caught:
        list(stored(6).filter(lambda sample: sample.image > 0))
    assert "000000000" in caught.value.__notes__[0]


def test_ordered_reading_calls_a_filter_as_samples_come_by_and_other_uses_once_for_all() -> None:
    seen: list[int] = []

    def even(sample: Item) -> bool:
        seen.append(sample.number)
        return sample.number % 2 == 0

    view = stored(12).filter(even)
    assert next(iter(view)).number == 0
    assert seen == [0]
    assert view.head(2)[1].number == 2
    assert numbers(view.take(1)) == [0]
    seen.clear()
    assert len(view) == 6
    assert seen == list(range(12))
    assert (view[-1].number, len(view.keys()), len(view.shuffled(4)), len(view[1:])) == (
        10,
        6,
        2,
        5,
    )
    assert sorted(numbers(view.shuffled())) == numbers(view) == [0, 2, 4, 6, 8, 10]
    assert seen == list(range(12))


def test_map_is_called_when_a_sample_is_read_and_for_nothing_else() -> None:
    seen: list[int] = []

    def noting(sample: Item) -> Item:
        seen.append(sample.number)
        return sample

    view = stored(12).map(noting)
    assert (len(view), view.keys()[3], len(view.fingerprint), bool(view)) == (
        12,
        "000000003",
        64,
        True,
    )
    repr(view)
    assert seen == []
    assert view[7].number == 7
    assert numbers(view[[3, 5]]) == [3, 5]
    assert seen == [7, 3, 5]

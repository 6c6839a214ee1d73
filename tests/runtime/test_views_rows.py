"""Views that choose samples: positions in every form, fingerprints, pickles, and what they say."""

from __future__ import annotations

import copy
import gzip
import itertools
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.shards.columnar.reading import RowChunk
from view_data import Item, item, numbers, numbers_of, stored


def test_positions_in_every_form() -> None:
    ds = stored(10)
    assert numbers(ds[[3, 1, 2]]) == [3, 1, 2]
    assert numbers(ds[(-1, 0)]) == [9, 0]
    assert numbers(ds[range(0, 10, 4)]) == [0, 4, 8]
    assert numbers(ds[np.asarray([5, -2], np.int8)]) == [5, 8]
    assert numbers(ds[np.asarray([5, 2], np.uint64)]) == [5, 2]
    assert numbers(ds[np.arange(10) > 7]) == [8, 9]
    assert numbers(ds[[]]) == numbers(ds[np.asarray([])]) == []
    assert numbers(ds.select(n for n in (1, 1))) == [1, 1]
    assert numbers(ds.select([True] + [False] * 9)) == [0]
    assert ds[np.asarray(4)] == ds[4] == item(4)
    assert numbers(ds[::-3]) == [9, 6, 3, 0]


def test_positions_that_are_not_there_are_named_at_once() -> None:
    ds = stored(10)
    wrong: list[tuple[Any, str]] = [
        ([10], "index 10 is out of range: the dataset has 10 samples"),
        ([0, -11], "index -11 is out of range"),
        ([2**70], f"index {2**70} is out of range"),
        (np.asarray([2**63], np.uint64), f"index {2**63} is out of range"),
        (np.ones(9, np.bool_), "9 truth values are given for 10 samples"),
    ]
    for indices, message in wrong:
        with pytest.raises(IndexError, match=message):
            ds[indices]
    view = ds.filter(lambda sample: sample.number < 5).select([5])  # its length is not yet known
    with pytest.raises(IndexError, match="index 5 is out of range: the dataset has 5 samples"):
        list(view)


def test_what_names_no_positions_is_refused() -> None:
    ds = stored(10)
    wrong: list[Any] = [b"3", [1.5], [True, 1], np.zeros((2, 2), int), [[1]], ["a"], 1.0, None]
    for indices in wrong:
        with pytest.raises(TypeError):
            ds[indices]
    with pytest.raises(atdata.SplitNotFound, match="the split 'train', not '3'"):
        ds["3"]
    others: list[Any] = ["12", 3, None, np.zeros(3)]
    for indices in others:
        with pytest.raises(TypeError):
            ds.select(indices)
    with pytest.raises(ValueError, match="step"):
        ds[::0]


def test_counts_are_checked() -> None:
    ds = stored(10)
    wrong: list[Any] = [-1, 1.5, "3", True, None]
    for count in wrong:
        with pytest.raises(atdata.LoadError, match="n is"):
            ds.take(count)
        with pytest.raises(atdata.LoadError, match="n is"):
            ds.skip(count)
    with pytest.raises(atdata.LoadError, match="index is 3, of 3 shards"):
        ds.shard(3, 3)
    with pytest.raises(atdata.LoadError, match="num_shards is 0"):
        ds.shard(0, 0)


def test_counts_beyond_any_dataset_are_no_trouble() -> None:
    ds, many = stored(5), 10**30
    assert numbers(ds.take(many)) == numbers(ds[:many]) == numbers(ds[::1][:many]) == list(range(5))
    assert numbers(ds.skip(many)) == numbers(ds.filter(small).skip(many)) == []
    assert numbers(ds[::many]) == numbers(ds.shard(many, 0, contiguous=False)) == [0]
    assert numbers(ds.shard(many, 7)) == numbers(ds.shard(many, many - 1, contiguous=False)) == []
    assert numbers_of(ds.ordered(many)) == [[0, 1, 2, 3, 4]]
    assert numbers_of(ds.ordered(2, rank=many - 1, world_size=many, pad=True)) == [[3, 4]]


def test_parts_are_all_of_it_and_differ_by_one_at_most() -> None:
    ds = stored(11)
    for contiguous in (True, False):
        parts = [numbers(ds.shard(4, index, contiguous)) for index in range(4)]
        assert sorted(number for part in parts for number in part) == list(range(11))
        assert [len(part) for part in parts] == [3, 3, 3, 2]
    assert numbers(ds.shard(4, 1)) == [3, 4, 5]
    assert numbers(ds.shard(4, 1, contiguous=False)) == [1, 5, 9]


def test_views_that_choose_rows_stay_columnar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of chosen rows are read together, never sample by sample."""
    ds, other = stored(20), stored(9, 3)
    views: list[atdata.Dataset[Any]] = [
        ds.take(12).skip(2)[::-2],
        ds.shard(3, 1),
        ds[[4, 4, 1]].concat(other[1:], ds),
        ds.interleave(other, stop="all_exhausted"),
        ds.select_columns("number")[3:],
        ds[3:].rename_column("number", "count").take(4),
        atdata.concat([ds.rename_column("number", "count")] * 2),
    ]
    monkeypatch.setattr(Item, "decode", None)
    monkeypatch.setattr(RowChunk, "_samples", None)
    for view in views:
        for batches in (view.ordered(4), view.shuffled(4), view.ordered(2, rank=1, world_size=2)):
            for batch in batches:
                assert len(
                    next(batch.column(name) for name in ("number", "count") if _has(batch, name))
                )


def _has(batch: Any, name: str) -> bool:
    return name in repr(batch)


def test_the_fingerprint_of_a_view_is_that_of_its_samples() -> None:
    ds = stored(10)
    same: list[atdata.Dataset[Any]] = [
        ds[:],
        ds.take(99),
        ds.map(lambda sample: sample),
        ds.select_columns("number"),
        ds.rename_column("note", "text"),
        ds.filter(lambda sample: True),
        ds.as_type(atdata.DictSample),
    ]
    assert {view.fingerprint for view in same} == {ds.fingerprint}
    some: list[atdata.Dataset[Any]] = [
        ds[2:6],
        ds.skip(2).take(4),
        ds[[2, 3, 4, 5]],
        ds.filter(lambda sample: 2 <= sample.number < 6),
        ds.rename_column("number", "n")[1:].map(lambda sample: sample)[1:5],
    ]
    assert len({view.fingerprint for view in some}) == 1
    others = [ds, ds[2:6], ds[2:7], ds[5:1:-1], ds.concat(ds), ds.concat(ds[:3])]
    assert len({view.fingerprint for view in others}) == len(others)


def test_a_view_is_shuffled_by_its_own_fingerprint() -> None:
    ds = stored(40)
    assert numbers(ds[:30].shuffled()) != [n for n in numbers(ds.shuffled()) if n < 30]
    assert numbers(ds[5:25].shuffled()) == numbers(ds.skip(5).take(20).shuffled())


def test_windows_of_a_view_hold_the_shards_of_its_samples() -> None:
    ds = stored(40, 10)
    view = ds[5:35].concat(stored(10, 10, first=40))
    owners = [number // 10 for number in numbers(view.shuffled(order="window:1"))]
    assert len([1 for one, two in itertools.pairwise(owners) if one != two]) == 4
    assert sorted(owners) == sorted([number // 10 for number in numbers(view)])


def small(sample: Item) -> bool:
    return sample.number < 4


def test_views_pickle_and_keep_what_a_filter_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ds = stored(10)
    views: list[atdata.Dataset[Any]] = [
        ds[2:8][::-1],
        ds.filter(small).select_columns("number"),
        ds.concat(ds[:2]).interleave(ds),
    ]
    for view in views:
        before = numbers(view), len(view), view.fingerprint
        for twin in (pickle.loads(pickle.dumps(view)), copy.copy(view), copy.deepcopy(view)):
            assert (numbers(twin), len(twin), twin.fingerprint) == before
            assert (repr(twin), twin.split) == (repr(view), view.split)
    kept = ds.filter(small)
    assert len(kept) == 4
    monkeypatch.setattr(Item, "decode", None)
    assert len(pickle.loads(pickle.dumps(kept))) == 4  # nothing is read again
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(ds.filter(lambda sample: True))


def test_views_say_what_they_are() -> None:
    ds = stored(10)
    texts: dict[str, atdata.Dataset[Any]] = {
        "<Dataset[Item]: view of 3 shards, split 'train': [2:]>": ds.skip(2),
        "<Dataset[Item]: 2 samples, view of 3 shards, split 'train': select(2)>": ds[[1, 2]],
        "<Dataset[Item]: view of 3 shards, split 'train': [2::3], filter(small), [:3]>": ds[2::3]
        .filter(small)
        .take(3),
        "<Dataset[?]: 10 samples, view of 3 shards, split 'train': map(<lambda>)>": ds.map(
            lambda s: s
        ),
        "<Dataset[Item]: view of 3 shards, split 'train': shard(4, 1)>": ds.shard(4, 1),
        "<Dataset[Item]: 20 samples, view of 3 shards, split 'train': concat of 2>": ds.concat(ds),
    }
    for text, view in texts.items():
        assert repr(view) == text


def test_a_view_is_written_like_any_samples(tmp_path: Path) -> None:
    view = stored(10).filter(small).rename_column("number", "count")
    again = atdata.write_samples(view, tmp_path / "x.tar")
    assert [sample.count for sample in again] == [0, 1, 2, 3]
    assert again.schema.id == "local.view.item"
    assert again[1].note == "n1"


def test_keys_of_views() -> None:
    ds = stored(10)
    view = ds[[7, 2]].map(lambda sample: sample)
    assert view.keys() == ["000000007", "000000002"]
    assert view.get("000000002") == item(2)
    with pytest.raises(KeyError, match="no sample of the view has the key '000000003'"):
        view.get("000000003")
    with pytest.raises(atdata.LoadError, match="several samples"):
        ds.concat(ds).get("000000001")


def test_views_of_packed_shards_go_forward(tmp_path: Path) -> None:
    path = tmp_path / "train.tar.gz"
    path.write_bytes(gzip.compress(stored(10, 99).shards[0].read_bytes()))
    ds = atdata.load_dataset(path, Item, split="train")
    views: list[atdata.Dataset[Any]] = [
        ds.skip(2).take(5),
        ds[2:7],
        ds.filter(lambda s: 2 <= s.number < 7),
    ]
    for view in views:
        assert numbers(view) == [2, 3, 4, 5, 6]
        assert numbers_of(view.ordered(2)) == [[2, 3], [4, 5], [6]]
        assert numbers_of(view.ordered(2, drop_last=True)) == [[2, 3], [4, 5]]
        assert numbers_of(view.ordered(1, rank=1, world_size=2, pad=True)) == [[3], [5], [2]]
        with pytest.raises(atdata.LoadError, match="need plain shards"):
            view.shuffled()
    with pytest.raises(atdata.LoadError, match="need plain shards"):
        ds[[1]]
    begun = iter(ds.ordered(4))
    next(begun)
    again = ds.ordered(3)
    again.load_state_dict(begun.state_dict())
    assert numbers_of(again) == [[4, 5, 6], [7, 8, 9]]


def test_rows_that_come_several_times_say_nothing_of_the_others() -> None:
    """What was compared once is remembered by shard: a row that was met three times is one of three rows."""
    ds: Any = stored(4, 3, first=90)
    for chosen in ([0, 0, 0], [3]):
        (batch,) = ds.select(chosen).ordered(batch_size=3)
        assert batch.note == [None] * len(chosen)
    assert [batch.note for batch in ds.ordered(batch_size=1)] == [[None], ["n91"], ["n92"], [None]]

"""`DatasetDict`: a mapping of splits, its verbs, and what it says where one split is meant."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.errors import ScanWarning
from view_data import Item, Small, item, numbers


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> atdata.DatasetDict[Item]:
    folder = tmp_path_factory.mktemp("splits")
    atdata.write_samples(map(item, range(6, 9)), folder / "test.tar")
    atdata.write_samples(map(item, range(6)), folder / "train.tar", maxcount=2)
    return atdata.load_splits(folder, Item)


@atdata.packable
class Worded:
    number: str


NONE: atdata.DatasetDict[Item] = atdata.DatasetDict({})


def all_numbers(splits: atdata.DatasetDict[Any]) -> dict[str, list[int]]:
    return {name: numbers(ds) for name, ds in splits.items()}


def test_it_is_a_mapping_in_the_order_of_splits(splits: atdata.DatasetDict[Item]) -> None:
    assert isinstance(splits, Mapping)
    assert list(splits) == ["train", "test"]
    assert len(splits) == 2
    assert "test" in splits
    assert "dev" not in splits
    assert {**splits} == dict(splits)
    assert numbers(splits["test"]) == [6, 7, 8]
    assert splits["test"].split == "test"
    assert splits.get("dev") is None
    assert splits.sample_type is Item


def test_a_split_that_is_not_there_is_an_error_that_lists_those_that_are(
    splits: atdata.DatasetDict[Item],
) -> None:
    with pytest.raises(KeyError, match="no split 'dev'; there are 'train', 'test'") as caught:
        splits["dev"]
    assert isinstance(caught.value, atdata.SplitError)
    wrong: list[Any] = [0, None, [], slice(2)]
    for key in wrong:
        with pytest.raises(KeyError, match="there are 'train', 'test'"):
            splits[key]


def test_it_does_not_change(splits: atdata.DatasetDict[Item]) -> None:
    changed: Any = splits
    with pytest.raises(TypeError):
        changed["train"] = splits["test"]
    with pytest.raises(TypeError):
        del changed["train"]
    with pytest.raises(AttributeError):
        changed.train = splits["test"]


def test_verbs_are_those_of_each_split(splits: atdata.DatasetDict[Item]) -> None:
    def small(sample: Item) -> Small:
        return Small(number=sample.number * 10)

    assert all_numbers(splits.map(small)) == {
        "train": [0, 10, 20, 30, 40, 50],
        "test": [60, 70, 80],
    }
    assert splits.map(small).sample_type is Small
    assert splits.map(lambda sample: small(sample), Small).sample_type is Small
    odd = splits.filter(lambda sample: sample.number % 2)
    assert all_numbers(odd) == {"train": [1, 3, 5], "test": [7]}
    with pytest.warns(ScanWarning):
        assert all_numbers(splits.where("number > 4")) == {"train": [5], "test": [6, 7, 8]}
    assert all_numbers(splits.take(2)) == {"train": [0, 1], "test": [6, 7]}
    assert all_numbers(splits.skip(2)) == {"train": [2, 3, 4, 5], "test": [8]}
    assert all_numbers(splits.shard(2, 0)) == {"train": [0, 1, 2], "test": [6, 7]}
    assert all_numbers(splits.shard(2, 1, contiguous=False)) == {"train": [1, 3, 5], "test": [7]}
    named = splits.select_columns(name for name in ["number"]).rename_column("number", "n")
    assert [sample.n for sample in named["test"]] == [6, 7, 8]
    assert [list(sample) for sample in splits.as_type(atdata.DictSample)["test"].take(1)] == [
        ["image", "number", "note"]
    ]
    assert all_numbers(splits.as_type(Small)) == all_numbers(splits)
    with pytest.raises(atdata.SchemaMismatch):
        splits.as_type(Worded)
    with pytest.raises(atdata.LoadError, match="no column 'numbr'"):
        splits.select_columns("numbr")


def test_it_shows_its_splits(splits: atdata.DatasetDict[Item]) -> None:
    assert repr(splits) == (
        "DatasetDict({\n"
        "    'train': <Dataset[Item]: 6 samples, 3 shards, split 'train'>,\n"
        "    'test': <Dataset[Item]: 3 samples, 1 shard, split 'test'>,\n"
        "})"
    )
    assert repr(NONE) == "DatasetDict({})"


def test_what_is_a_matter_of_one_split_says_so(splits: atdata.DatasetDict[Item]) -> None:
    anything: Any = splits
    with pytest.raises(
        AttributeError,
        match=r"'shuffled' is a matter of one split, as in splits\['train'\]\.shuffled;",
    ):
        anything.shuffled(batch_size=4)
    for name in ("train", "shufled", "_plan", "__len_hint__"):
        with pytest.raises(AttributeError, match="has no attribute"):
            getattr(anything, name)


def test_it_is_copied_and_pickled(splits: atdata.DatasetDict[Item]) -> None:
    for again in (pickle.loads(pickle.dumps(splits)), copy.copy(splits), copy.deepcopy(splits)):
        assert all_numbers(again) == all_numbers(splits)
        assert again["train"].split == "train"


def test_it_is_made_of_datasets(splits: atdata.DatasetDict[Item]) -> None:
    more = atdata.DatasetDict({**splits, "dev": splits["train"].take(1)})
    assert all_numbers(more)["dev"] == [0]
    wrong: list[Any] = [{"train": 3}, {3: splits["train"]}, {"train": splits}]
    for given in wrong:
        with pytest.raises(atdata.LoadError, match="holds datasets by the names of splits"):
            atdata.DatasetDict(given)
    with pytest.raises(atdata.LoadError, match="the splits have no one class: no split"):
        _ = NONE.sample_type


def test_what_load_dataset_gives(tmp_path: Path) -> None:
    atdata.write_samples([Small(number=1)], tmp_path / "train.tar")
    one = atdata.load_dataset(tmp_path, Small)
    assert isinstance(one, atdata.Dataset)
    assert one["train"] is one
    assert all_numbers(atdata.load_splits(tmp_path, Small)) == {"train": [1]}
    atdata.write_samples([Small(number=2)], tmp_path / "test.tar")
    both: Any = atdata.load_dataset(tmp_path, Small)
    assert both.__class__ is atdata.DatasetDict
    assert all_numbers(both) == {"train": [1], "test": [2]}
    assert all_numbers(atdata.load_splits(tmp_path)) == {"train": [1], "test": [2]}
    listed = atdata.load_dataset([tmp_path / "test.tar", tmp_path / "train.tar"], Small)
    assert isinstance(listed, atdata.Dataset)
    assert (numbers(listed), listed.split) == ([2, 1], None)
    with pytest.raises(atdata.SplitNotFound, match="is no one split, not 'train'"):
        listed["train"]

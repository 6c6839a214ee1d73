"""Splits by the names of files and folders: what says one, what does not, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.shards.description import Description
from atdata.shards.description_file import read_description
from atdata.shards.splits import split_in_name, splits_of
from view_data import Item, Small, numbers, stored

KEYWORDS = {
    "train": ["train", "training"],
    "validation": ["validation", "valid", "val", "dev"],
    "test": ["test", "testing", "eval", "evaluation"],
}
WORDS = {word: split for split, words in KEYWORDS.items() for word in words}


def tree(folder: Path, *names: str) -> Path:
    """Plain shards of two samples each, numbered on; no description says anything about them."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written = atdata.write_samples(
            [Small(number=2 * number), Small(number=2 * number + 1)], folder / "w" / "w.tar"
        )
        shutil.move(written.shards[0], path)
        shutil.rmtree(folder / "w")
    return folder


def found(path: Any, **options: Any) -> dict[str, list[int]]:
    splits = atdata.load_splits(path, Small, **options)
    return {name: numbers(ds) for name, ds in splits.items()}


# What says a split.


@given(
    word=st.sampled_from([*WORDS]),
    before=st.sampled_from(["", "my-", "a.", "x_", "cc3m ", "7", "Ünï-"]),
    after=st.sampled_from(["", "-00001", "_b", ".x", " y", "1", "-ß"]),
    upper=st.booleans(),
)
def test_a_keyword_counts_as_a_word_of_its_own(
    word: str, before: str, after: str, upper: bool
) -> None:
    name = f"{before}{word.upper() if upper else word}{after}.tar"
    assert split_in_name(name) == WORDS[word]
    assert splits_of([f"{before}{word}{after}/000.tar"]) == [WORDS[word]]


@given(
    word=st.sampled_from([*WORDS]),
    letters=st.text("abcxyzéß", min_size=1, max_size=3),
    left=st.booleans(),
)
def test_a_keyword_inside_another_word_is_none(word: str, letters: str, left: bool) -> None:
    inside = f"{letters}{word}" if left else f"{word}{letters}"
    if inside not in WORDS:
        assert split_in_name(f"{inside}-000.tar") is None
        assert splits_of([f"{inside}/000.tar"]) == ["train"]


@pytest.mark.parametrize(
    "names",
    [
        ["train.tar", "test.tar", "val.tar"],
        ["images_train.tar", "images_test.tar", "images-val.tar"],
        ["train-000.tar", "test-000.tar", "dev-000.tar.gz"],
        ["train/000.tar", "test/000.tar", "validation/000.tar"],
        ["data/train/000.tar", "data/test/000.tar", "data/valid/000.tar"],
        ["a/train_set/000.tar", "b/test_set/000.tar", "c/val_set/000.tar"],
        ["train/train-0.tar", "test/test-0.tar", "val/val-0.tar"],
    ],
)
def test_test_data_never_leaks_into_train(tmp_path: Path, names: list[str]) -> None:
    folder = tree(tmp_path / "my_test_run-x", *[name.removesuffix(".gz") for name in names])
    expected = {"train": [0, 1], "validation": [4, 5], "test": [2, 3]}
    assert found(folder) == expected
    assert found(f"{folder}/**/*.tar") == expected
    assert list(atdata.load_dataset(folder, Small)) == ["train", "validation", "test"]
    files = sorted(folder.rglob("*.tar"))
    assert found(files) == expected
    for split, expect in expected.items():
        assert numbers(atdata.load_dataset(files, Small, split=split)) == expect


@pytest.mark.parametrize("path", ["", "*.tar", "a.tar", "{a,b}.tar"])
def test_folders_above_what_was_given_say_nothing(tmp_path: Path, path: str) -> None:
    folder = tree(tmp_path / "my_test_run-x" / "test", "a.tar", "b.tar")
    assert [*found(f"{folder}/{path}")] == ["train"]
    assert [*found([f"{folder}/a.tar", f"{folder}/b.tar"])] == ["train"]


def test_braces_make_splits(tmp_path: Path) -> None:
    folder = tree(tmp_path, *[f"{s}-00000{n}.tar" for s in ("train", "test") for n in range(2)])
    pattern = f"{folder}/{{train,test}}-{{000000..000001}}.tar"
    assert found(pattern) == {"train": [0, 1, 2, 3], "test": [4, 5, 6, 7]}
    assert numbers(atdata.load_dataset(pattern, Small, split="test")) == [4, 5, 6, 7]
    tree(tmp_path / "d", "train/0.tar", "test/0.tar")
    assert found(f"{tmp_path}/d/{{train,test}}/0.tar") == {"train": [0, 1], "test": [2, 3]}


def test_numbered_shards_in_a_folder_called_data_say_any_split(tmp_path: Path) -> None:
    names = [f"data/{s}-{n:05d}-of-00002.tar" for s in ("random", "train.easy") for n in (0, 1)]
    assert found(tree(tmp_path, *names)) == {"random": [0, 1, 2, 3], "train.easy": [4, 5, 6, 7]}


def test_a_folder_is_searched_through_and_through(tmp_path: Path) -> None:
    folder = tree(tmp_path, "b/c/x.tar", "a.tar", "b/y.tar", ".hidden/z.tar", "__notes__/z.tar")
    tree(tmp_path / "b", ".z.tar")
    assert found(folder) == {"train": [2, 3, 0, 1, 4, 5]}
    # A link may lead in a circle.
    (tmp_path / "b" / "round").symlink_to(tmp_path)
    assert found(folder) == {"train": [2, 3, 0, 1, 4, 5]}


def test_names_that_no_pattern_could_hold_are_read(tmp_path: Path) -> None:
    """`data.tar` beside `data-1.tar`; spaces, commas and braces."""
    names = ["data.tar", "data-1.tar", "a b.tar", "c,d.tar", "{e}.tar", "[f].tar", "g*.tar"]
    folder = tree(tmp_path, *names)
    assert sorted(n for split in found(folder).values() for n in split) == list(range(14))
    for number, name in enumerate(names):
        assert numbers(atdata.load_dataset(folder / name, Small, split="train")) == [
            2 * number,
            2 * number + 1,
        ]
    listed = atdata.load_dataset([folder / name for name in names], Small, split="train")
    assert numbers(listed) == list(range(14))


# What is not clear.


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["train-test.tar"], "'train-test.tar' says test and train"),
        (["a/val/test.tar"], "'a/val/test.tar' says test and validation"),
        (["train/test/a.tar"], "'train/test/a.tar' says test and train"),
        (["train_val/a.tar"], "'train_val/a.tar' says train and validation"),
        (["train.tar", "extra.tar"], "'extra.tar' says no split, while others here say train"),
        (["a.tar", "val/a.tar", "test/a.tar"], "'a.tar' says no split, .* say validation, test"),
    ],
)
def test_what_is_not_clear_is_refused_with_the_candidates(
    tmp_path: Path, names: list[str], message: str
) -> None:
    folder = tree(tmp_path, *names)
    for path in (folder, f"{folder}/**/*.tar"):
        for split in (None, "train"):
            with pytest.raises(atdata.SplitError, match=f"{message}: rename it, load it by"):
                atdata.load_dataset(path, Small, split=split)


def test_the_remedies_work(tmp_path: Path) -> None:
    folder = tree(tmp_path, "train-test.tar", "extra.tar")
    files = [folder / "train-test.tar", folder / "extra.tar"]
    assert numbers(atdata.load_dataset(files, Small)) == [0, 1, 2, 3]
    alone = atdata.load_dataset(files[0], Small)
    assert (numbers(alone), alone.split) == ([0, 1], None)
    with pytest.raises(atdata.SplitError, match="says test and train"):
        atdata.load_dataset(files[0], Small, split="train")
    with pytest.raises(atdata.SplitError, match="says test and train"):
        atdata.load_dataset(files, Small, split="train")
    with pytest.raises(atdata.SplitError, match="says test and train"):
        atdata.load_splits(files[0], Small)


def test_a_wildcard_finds_shards_and_no_other_files(tmp_path: Path) -> None:
    folder = tree(tmp_path, "a.tar", "b.tar")
    (folder / "README.md").write_text("what it is")
    (folder / "sub").mkdir()
    assert found(f"{folder}/*") == {"train": [0, 1, 2, 3]}
    (folder / "a.tar.idx").touch()
    assert found(f"{folder}/*") == {"train": [0, 1, 2, 3]}
    with pytest.raises(atdata.DatasetNotFound, match=r"no shard matches .*what does is .*README"):
        atdata.load_dataset(f"{folder}/R*", Small)
    with pytest.raises(atdata.LoadError, match=r"README\.md: shards are named"):
        atdata.load_dataset(f"{folder}/{{a.tar,README.md}}", Small)


# Described datasets in folders.


def described(folder: Path, *names: str, **options: Any) -> Path:
    for number, name in enumerate(names):
        samples = [Small(number=2 * number), Small(number=2 * number + 1)]
        atdata.write_samples(samples, folder / name, **options)
    return folder


def test_folders_know_better_than_what_writers_record_by_default(tmp_path: Path) -> None:
    folder = described(tmp_path, "train/a.tar", "train/b.tar", "test/a.tar", "val/x.tar")
    expected = {"train": [0, 1, 2, 3], "validation": [6, 7], "test": [4, 5]}
    assert found(folder) == expected
    assert found(f"{folder}/**/*.tar") == expected
    assert found(f"{folder}/*/*.dataset.json") == expected
    # By its own path a dataset is what it says of itself.
    assert found(folder / "test") == {"train": [4, 5]}


def test_recorded_splits_stay(tmp_path: Path) -> None:
    folder = described(tmp_path, "a/test/x.tar", split="holdout")
    described(tmp_path, "b/x.tar", split="test")
    assert found(folder) == {"holdout": [0, 1], "test": [0, 1]}


def test_a_description_that_says_another_split_than_its_folder_is_refused(tmp_path: Path) -> None:
    described(tmp_path / "one", "train/x.tar", split="test")
    described(tmp_path / "two", "test/train.tar")
    for folder, split, other in (("one", "test", "train"), ("two", "train", "test")):
        message = f"says the split {split}, and its folder says {other}"
        with pytest.raises(atdata.SplitError, match=message):
            atdata.load_dataset(tmp_path / folder, Small)


def test_datasets_of_one_split_are_parted_by_their_names(tmp_path: Path) -> None:
    assert found(described(tmp_path / "one", "x/a.tar", "y/b.tar")) == {"a": [0, 1], "b": [2, 3]}
    assert found(described(tmp_path / "two", "x/a.tar", "y/a.tar")) == {
        "x/a": [0, 1],
        "y/a": [2, 3],
    }
    described(tmp_path / "three", "x/a.tar", "y/b.tar")
    described(tmp_path / "three", "c.tar", split="a")
    shutil.copytree(tmp_path / "three", tmp_path / "four" / "deep")
    with pytest.raises(atdata.SplitError, match="two datasets with the split a"):
        atdata.load_dataset(tmp_path / "four", Small)


def test_a_description_in_the_folder_itself_ends_the_search(tmp_path: Path) -> None:
    folder = described(tmp_path, "a.tar", "deep/b.tar")
    assert found(folder) == {"train": [0, 1]}


def test_described_and_plain_shards_are_not_mixed(tmp_path: Path) -> None:
    folder = described(tmp_path, "x/a.tar")
    tree(tmp_path, "y/b.tar")
    with pytest.raises(atdata.LoadError, match=r"b\.tar has no dataset\.json"):
        atdata.load_dataset(folder, Small)


def test_a_description_is_read_once_for_all_its_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = stored(24, maxcount=1).shards[0].parent
    read: list[Path] = []

    def reading(path: Path) -> Description:
        read.append(path)
        return read_description(path)

    monkeypatch.setattr("atdata.local_files.read_description", reading)
    found = atdata.load_dataset(f"{folder}/d-{{000000..000023}}.tar", Item, split="train")
    assert (len(found), read) == (24, [folder / "d.dataset.json"])

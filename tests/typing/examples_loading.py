"""`load_dataset` as type checkers see it: exact with a split; without one, a dataset or several."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, assert_type

import atdata


@atdata.packable
class Word:
    text: str


@atdata.packable
class Count:
    number: int


def count(word: Word) -> Count:
    return Count(number=len(word.text))


def words(dataset: atdata.Dataset[Word]) -> list[str]:
    return [word.text for word in dataset]


with TemporaryDirectory() as folder:
    atdata.write_samples([Word(text="one"), Word(text="two")], Path(folder) / "train.tar")
    atdata.write_samples([Word(text="three")], Path(folder) / "test.tar")
    file = Path(folder) / "train.tar"

    # With a split, or a list of them, the type is exact.
    assert_type(atdata.load_dataset(folder, Word, split="train"), atdata.Dataset[Word])
    assert_type(atdata.load_dataset(folder, Word, "train[:50%]+test"), atdata.Dataset[Word])
    assert_type(atdata.load_dataset(folder, split="test"), atdata.Dataset[Any])
    train, rest = atdata.load_dataset(folder, Word, split=["train[:1]", "train[1:]"])
    assert_type(train, atdata.Dataset[Word])
    assert words(train) + words(rest) == ["one", "two"]
    assert_type(
        atdata.load_dataset(folder, split="train", streaming=True, extra=True, verify="never"),
        atdata.Dataset[Any],
    )

    # All splits by name.
    splits = atdata.load_splits(folder, Word)
    assert_type(splits, atdata.DatasetDict[Word])
    assert_type(splits["train"], atdata.Dataset[Word])
    assert_type(splits.sample_type, type[Word])
    assert_type(splits.map(count), atdata.DatasetDict[Count])
    assert_type(splits.filter(lambda word: bool(word.text)), atdata.DatasetDict[Word])
    assert_type(splits.take(1).skip(0), atdata.DatasetDict[Word])
    assert_type(splits.as_type(Word), atdata.DatasetDict[Word])
    for name, dataset in splits.items():
        assert_type(name, str)
        assert_type(dataset, atdata.Dataset[Word])

    # Without one, what is there decides: the checker knows the dataset, and lets all else pass.
    one = atdata.load_dataset(file, Word)
    assert words(one) == ["one", "two"]
    for batch in one.ordered(batch_size=2):
        assert batch.text == ["one", "two"]
    both = atdata.load_dataset(folder, Word)
    assert both["train"][0].text == "one"
    assert words(both["test"]) == ["three"]
    assert len(both) == 2

"""Split expressions: against slices of plain lists, their rounding, and what is no expression."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.split_expression import Bound, SplitPart, parse_split
from view_data import Small, numbers

COUNTS = {"train": 23, "test": 7, "extra": 1}
FIRST = {"train": 0, "test": 100, "extra": 200}
SPLITS = {name: list(range(FIRST[name], FIRST[name] + n)) for name, n in COUNTS.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("splits")
    for name, found in SPLITS.items():
        samples = [Small(number=number) for number in found]
        atdata.write_samples(samples, folder / f"{name}.tar", split=name, maxcount=5)
    return folder


def load(folder: Path, split: str, **options: Any) -> atdata.Dataset[Small]:
    return atdata.load_dataset(folder, Small, split=split, **options)


# Expressions, and what they mean for a list.


@st.composite
def bounds(draw: st.DrawFn, count: int, *, percent: bool) -> Bound | None:
    most = 100 if percent else count
    return draw(st.none() | st.integers(-most, most).map(lambda number: Bound(number, percent)))


@st.composite
def parts(draw: st.DrawFn) -> SplitPart:
    split = draw(st.sampled_from([*COUNTS, "all"]))
    count = COUNTS.get(split, sum(COUNTS.values()))
    percent = draw(st.booleans())
    start, stop = (draw(bounds(count, percent=percent)) for _ in range(2))
    return SplitPart(split, start, stop)


def place(bound: Bound | None, count: int, default: int) -> int:
    """Where a bound lies: percentages of the whole, rounded half to even, are taken from either end."""
    if bound is None:
        return default
    distance = abs(bound.number)
    if bound.percent:
        whole, rest = divmod(distance * count, 100)
        distance = whole + (rest > 50 or (rest == 50 and whole % 2 == 1))
    return count - distance if bound.number < 0 else distance


def expected(part: SplitPart) -> list[int]:
    whole = SPLITS["train"] + SPLITS["test"] + SPLITS["extra"]
    found = whole if part.split == "all" else SPLITS[part.split]
    return found[place(part.start, len(found), 0) : place(part.stop, len(found), len(found))]


@given(st.lists(parts(), min_size=1, max_size=4), st.data())
def test_an_expression_is_slices_of_lists_one_behind_the_other(
    folder: Path, found: list[SplitPart], data: st.DataObject
) -> None:
    space = data.draw(st.sampled_from(["", " "]))
    text = f"{space}+{space}".join(map(str, found))
    model = [number for part in found for number in expected(part)]
    ds = load(folder, text)
    assert ds.sample_type is Small
    assert len(ds) == len(model)
    assert numbers(ds) == model
    assert [n for batch in ds.ordered(batch_size=4) for n in batch.number] == model
    assert sorted(numbers(ds.shuffled(seed=3))) == sorted(model)
    assert [ds[position].number for position in range(len(model))] == model
    assert numbers(load(folder, text, streaming=True)) == model
    assert numbers(pickle.loads(pickle.dumps(ds))) == model
    names = {part.split for part in found}
    assert ds.split == (None if len(names) > 1 or "all" in names else names.pop())


@given(parts())
def test_an_expression_reads_as_it_is_written(part: SplitPart) -> None:
    assert parse_split(str(part), [*COUNTS]) == [part]


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_a_split_is_the_two_sides_of_any_percentage(count: int, percent: int) -> None:
    for bound in (Bound(percent, True), Bound(-percent, True)):
        left = SplitPart("train", None, bound).bounds(count)
        right = SplitPart("train", bound, None).bounds(count)
        assert (left[0], left[1], right[1]) == (0, right[0], count)


# Rounding, as Hugging Face documents it.


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("train[50%:52%]", (500, 519)),
        ("train[52%:54%]", (519, 539)),
        ("train[50%:52%](closest)", (500, 519)),
        ("train[50%:52%](pct1_dropremainder)", (450, 468)),
        ("train[52%:54%](pct1_dropremainder)", (468, 486)),
        ("train[:10%]", (0, 100)),
        ("train[-10%:]", (899, 999)),
        ("train[10:20]", (10, 20)),
        ("train[-5:]", (994, 999)),
        ("train[:-5]", (0, 994)),
        ("train[-0:]", (0, 999)),
        ("train[:0%]", (0, 0)),
        ("train[20:10]", (20, 20)),
        ("train[ 10 % : 20 % ]", (100, 200)),
        ("train[:]", (0, 999)),
        ("train[999:]", (999, 999)),
        ("train[-100%:100%]", (0, 999)),
    ],
)
def test_bounds_of_999_samples(text: str, bounds: tuple[int, int]) -> None:
    assert parse_split(text, ["train"])[0].bounds(999) == bounds


def test_hundredths_of_few_samples_are_refused(folder: Path) -> None:
    with pytest.raises(atdata.SplitError, match=r"whole hundredths, and train has 23 samples"):
        load(folder, "train[:10%](pct1_dropremainder)")


def test_ten_folds_are_each_sample_once(folder: Path) -> None:
    held = [f"train[{k}%:{k + 10}%]" for k in range(0, 100, 10)]
    rest = [f"train[:{k}%]+train[{k + 10}%:]" for k in range(0, 100, 10)]
    folds = atdata.load_dataset(folder, Small, split=held)
    others = atdata.load_dataset(folder, Small, split=tuple(rest))
    assert [n for fold in folds for n in numbers(fold)] == SPLITS["train"]
    for fold, other in zip(folds, others, strict=True):
        assert sorted(numbers(fold) + numbers(other)) == SPLITS["train"]


# What is no expression, and what is not there.


WRONG = [
    ("", 1, "the name of a split is missing"),
    ("[:3]", 1, "the name of a split is missing"),
    ("+train", 1, "the name of a split is missing"),
    ("train++test", 7, "the name of a split is missing"),
    ("train+", 7, "the name of a split is missing"),
    ("train[", 6, "the bracket is not closed"),
    ("train[:10", 6, "the bracket is not closed"),
    ("train[5]", 7, "a slice has a colon"),
    ("train[]", 7, "a slice has a colon"),
    ("train]", 6, "']' is not expected here"),
    ("train[:1]]", 10, "']' is not expected here"),
    ("train[:1]x", 10, "'x' is not expected here"),
    ("train[:1][2:]", 10, "'\\[' is not expected here"),
    ("train[:x]", 8, "'x' is no whole number"),
    ("train[1:2:3]", 9, "'2:3' is no whole number"),
    ("train[:1.5%]", 8, "'1.5%' is no whole number"),
    ("train[:1e3]", 8, "'1e3' is no whole number"),
    ("train[:٣]", 8, "no whole number"),
    ("train[:%]", 8, "'%' is no whole number"),
    ("train[10:20%]", 7, "both ends are per cent, or none is"),
    ("train[:101%]", 8, "101% is beyond 100 per cent"),
    ("train[-101%:]", 7, "-101% is beyond 100 per cent"),
    ("train[:1%](nearest)", 11, "behind a slice may stand"),
    ("train[:1%](closest", 11, "behind a slice may stand"),
    ("train(closest)", 6, "only a slice is rounded"),
]


@pytest.mark.parametrize(("text", "at", "message"), WRONG)
def test_what_is_no_expression_is_said_with_its_place(
    folder: Path, text: str, at: int, message: str
) -> None:
    allowed = r"write a split, a slice of one \(train\[:100\]"
    with pytest.raises(atdata.SplitError, match=f"at character {at}: .*{message}.*; {allowed}"):
        load(folder, text)


@pytest.mark.parametrize("text", ["dev", "train+dev", "dev[:3]", "Train"])
def test_a_split_that_is_not_there_is_refused_with_those_that_are(folder: Path, text: str) -> None:
    with pytest.raises(KeyError, match=r"has no split '(dev|Train)'.*it has train, test, extra$"):
        load(folder, text)


@pytest.mark.parametrize("text", ["train[:24]", "train[24:]", "train[-24:]", "test[:3]+train[:99]"])
def test_samples_beyond_the_split_are_refused_when_it_is_loaded(folder: Path, text: str) -> None:
    with pytest.raises(atdata.SplitError, match="and train has 23 samples"):
        load(folder, text)


def test_where_the_count_is_not_known_they_are_refused_when_it_is_read(folder: Path) -> None:
    shards = sorted(folder.glob("train-*.tar"))
    bare = folder / "bare"
    bare.mkdir()
    for shard in shards:
        (bare / shard.name).symlink_to(shard)
    for text in ("train[:24]", "train[24:]", "train[30:40]", "train[-24:]"):
        ds = load(bare, text)
        with pytest.raises(atdata.SplitError, match="and train has 23 samples"):
            list(ds.ordered())
        with pytest.raises(atdata.SplitError, match="and train has 23 samples"):
            len(ds)
    assert numbers(load(bare, "train[23:]")) == []
    assert numbers(load(bare, "train[:23]")) == SPLITS["train"]


@pytest.mark.parametrize("split", [3, b"train", ["train", 3], {"train": 1}])
def test_what_is_no_text_is_refused(folder: Path, split: Any) -> None:
    with pytest.raises(atdata.LoadError, match=r"split is an? .*: give a text"):
        atdata.load_dataset(folder, Small, split=split)


def test_a_split_called_as_an_expression_is_that_split(tmp_path: Path) -> None:
    for stem in ("a+b", "a", "b", "all"):
        atdata.write_samples([Small(number=len(stem))], tmp_path / f"{stem}.tar")
    assert numbers(load(tmp_path, "a+b")) == [3]
    assert numbers(load(tmp_path, "a + b")) == [1, 1]
    assert numbers(load(tmp_path, "all")) == [3]


def test_whole_splits_are_the_shards_of_one_dataset(folder: Path) -> None:
    ds = load(folder, "test+extra")
    assert repr(ds) == "<Dataset[Small]: 8 samples, 3 shards>"
    assert repr(load(folder, "train[:10%]")) == (
        "<Dataset[Small]: view of 5 shards, split 'train': [:10%]>"
    )

"""`write_samples`: what lands on the disk, how shards are cut, what is refused."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata
from atdata.shards.tar import BLOCK, END


@atdata.packable
class Scan:
    image: Annotated[NDArray[np.float32], atdata.Shape("H", "W")]
    label: Annotated[str, atdata.field(max_length=8)]
    number: int


# What `@packable` adds, type checkers do not see.
SCAN: Any = Scan


@atdata.packable
class Other:
    text: str


def scan(number: int = 0, label: str = "cat", size: int = 4) -> Scan:
    return Scan(image=np.full((size, size), number, np.float32), label=label, number=number)


def scans(count: int) -> list[Scan]:
    return [scan(number) for number in range(count)]


def beside(shard: Path, suffix: str) -> Path:
    return shard.with_name(shard.name + suffix)


def names(folder: Path) -> list[str]:
    """The files of a folder, without the index that stands beside each shard."""
    found = {path.name for path in folder.iterdir()}
    return sorted(name for name in found if name.removesuffix(".idx") not in found - {name})


def described(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def test_without_limits_there_is_one_shard_of_that_name(tmp_path: Path) -> None:
    ds = atdata.write_samples(scans(3), tmp_path / "data.tar")
    assert names(tmp_path) == ["data.dataset.json", "data.tar"]
    assert list(ds) == scans(3)
    assert ds.keys() == ["000000000", "000000001", "000000002"]


def test_maxcount_cuts_numbered_shards(tmp_path: Path) -> None:
    ds = atdata.write_samples(scans(5), tmp_path / "data.tar", maxcount=2)
    assert names(tmp_path) == [
        "data-000000.tar",
        "data-000001.tar",
        "data-000002.tar",
        "data.dataset.json",
    ]
    assert [path.name for path in ds.shards] == names(tmp_path)[:3]
    assert list(ds) == scans(5)


def test_a_limit_that_is_not_reached_still_numbers(tmp_path: Path) -> None:
    atdata.write_samples(scans(2), tmp_path / "data.tar", maxcount=10)
    assert names(tmp_path) == ["data-000000.tar", "data.dataset.json"]


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=12), maxsize=st.integers(1, 12_000))
def test_no_shard_is_larger_than_maxsize_unless_one_sample_is(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], maxsize: int
) -> None:
    """Every file is at most `maxsize`, or holds one sample; no shard could have taken the next one's first."""
    folder = tmp_path_factory.mktemp("sizes")
    given_samples = [scan(number, size=size) for number, size in enumerate(sizes)]
    ds = atdata.write_samples(given_samples, folder / "d.tar", maxsize=maxsize)
    assert list(ds) == given_samples
    entries = described(folder / "d.dataset.json")["splits"]["train"]
    costs = [BLOCK - (-len(SCAN.encode(sample)) // BLOCK * BLOCK) for sample in given_samples]
    start = 0
    for entry in entries:
        stop = start + entry["samples"]
        assert entry["bytes"] == sum(costs[start:stop]) + len(END)
        assert entry["bytes"] <= maxsize or entry["samples"] == 1
        assert stop == len(costs) or entry["bytes"] + costs[stop] > maxsize
        start = stop


def test_both_limits_hold(tmp_path: Path) -> None:
    ds = atdata.write_samples(scans(9), tmp_path / "d.tar", maxcount=4, maxsize="3KiB")
    counts = [
        entry["samples"] for entry in described(tmp_path / "d.dataset.json")["splits"]["train"]
    ]
    assert counts == [2, 2, 2, 2, 1]
    assert len(ds) == 9


def test_the_description_says_what_the_dataset_owns(tmp_path: Path) -> None:
    atdata.write_samples(scans(3), tmp_path / "data.tar", maxcount=2)
    content = described(tmp_path / "data.dataset.json")
    shards = [tmp_path / "data-000000.tar", tmp_path / "data-000001.tar"]
    assert content == {
        "format": 1,
        "complete": True,
        "schema": SCAN.SCHEMA.to_json(),
        "splits": {
            "train": [
                {
                    "file": path.name,
                    "bytes": path.stat().st_size,
                    "samples": count,
                    "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                    "index": hashlib.sha256(beside(path, ".idx").read_bytes()).hexdigest(),
                    "manifest": None,
                }
                for path, count in zip(shards, [2, 1], strict=True)
            ]
        },
        "replaces": [],
    }


def test_equal_samples_make_equal_bytes(tmp_path: Path) -> None:
    """A shard is a function of its samples: no time, user or machine is in it."""
    atdata.write_samples(scans(3), tmp_path / "a.tar")
    atdata.write_samples(scans(3), tmp_path / "b.tar")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert (tmp_path / "a.tar").read_bytes().endswith(END)


@pytest.mark.parametrize(
    ("stem", "split", "expected"),
    [
        ("data", None, "train"),
        ("train", None, "train"),
        ("validation", None, "validation"),
        ("test", None, "test"),
        ("test", "holdout", "holdout"),
        ("latest", None, "train"),
    ],
)
def test_the_split_is_recorded(tmp_path: Path, stem: str, split: str | None, expected: str) -> None:
    ds = atdata.write_samples(scans(1), tmp_path / f"{stem}.tar", split=split)
    assert list(described(tmp_path / f"{stem}.dataset.json")["splits"]) == [expected]
    assert ds.split == expected


def test_a_generator_is_taken_sample_by_sample(tmp_path: Path) -> None:
    """No sample is held after it was written: at most two are alive at once."""
    import weakref

    alive: list[weakref.ref[Any]] = []
    most = 0

    def produce() -> Iterator[Scan]:
        nonlocal most
        for number in range(50):
            sample = scan(number)
            alive.append(weakref.ref(sample.image))
            most = max(most, sum(ref() is not None for ref in alive))
            yield sample
            del sample

    ds = atdata.write_samples(produce(), tmp_path / "d.tar", maxcount=7)
    assert len(ds) == 50
    assert most <= 3


def test_a_dataset_can_be_written_again(tmp_path: Path) -> None:
    first = atdata.write_samples(scans(5), tmp_path / "a.tar", maxcount=2)
    second = atdata.write_samples(first, tmp_path / "b.tar")
    assert list(second) == scans(5)


def test_folders_are_made(tmp_path: Path) -> None:
    ds = atdata.write_samples(scans(1), tmp_path / "a" / "b" / "c.tar")
    assert ds.shards == (tmp_path / "a" / "b" / "c.tar",)


def test_a_relative_path_stays_good_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ds = atdata.write_samples(scans(2), "data.tar")
    monkeypatch.chdir("/")
    assert list(ds) == scans(2)


def test_progress_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ds = atdata.write_samples(scans(4), tmp_path / "data.tar", progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "data.tar" in err
    assert "4/4" in err
    assert list(ds) == scans(4)


def test_without_progress_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    atdata.write_samples(scans(4), tmp_path / "data.tar", maxcount=1)
    assert capfd.readouterr() == ("", "")


# Keys.


def test_keys_come_from_a_field(tmp_path: Path) -> None:
    ds = atdata.write_samples([scan(7, "cat"), scan(3, "dog")], tmp_path / "d.tar", key="label")
    assert ds.keys() == ["cat", "dog"]
    assert ds.get("dog") == scan(3, "dog")
    by_number = atdata.write_samples([scan(7), scan(3)], tmp_path / "n.tar", key="number")
    assert by_number.keys() == ["7", "3"]


def test_keys_come_from_a_function(tmp_path: Path) -> None:
    ds = atdata.write_samples(scans(3), tmp_path / "d.tar", key=lambda s: f"k{s.number}_{s.label}")
    assert ds.keys() == ["k0_cat", "k1_cat", "k2_cat"]


@pytest.mark.parametrize("key", ["", "a.b", "a/b", "..", "ä", "a b", "x" * 93, "a\n", "a\0"])
def test_keys_that_readers_would_take_otherwise_are_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(atdata.WriteError, match=r"sample 1: the key .* is not allowed"):
        atdata.write_samples(
            scans(2), tmp_path / "d.tar", key=lambda s: key if s.number else "good"
        )
    assert names(tmp_path) == []


def test_a_key_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(atdata.WriteError, match="sample 1: the key 'cat' stands already"):
        atdata.write_samples(scans(2), tmp_path / "d.tar", key="label", maxcount=1)
    assert names(tmp_path) == []


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(atdata.WriteError, match="sample 0: the key is a ndarray"):
        atdata.write_samples(scans(2), tmp_path / "d.tar", key="image")


def test_a_field_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(atdata.WriteError, match="no such field; it has image, label, number"):
        atdata.write_samples(scans(2), tmp_path / "d.tar", key="lable")
    assert names(tmp_path) == []


# What is refused.


@pytest.mark.parametrize("limit", [{}, {"maxcount": 1}])
def test_a_bad_sample_is_named_and_leaves_nothing(tmp_path: Path, limit: dict[str, Any]) -> None:
    """Sample number, key, field, what was given and what is allowed; no file, not even a folder."""
    samples = [*scans(3), scan(3, label="x" * 9)]
    with pytest.raises(atdata.ValidationError) as caught:
        atdata.write_samples(samples, tmp_path / "deep" / "d.tar", **limit)
    text = str(caught.value)
    assert text.startswith("label: ")
    for part in ("9", "8", "sample 3", "'000000003'"):
        assert part in text
    assert caught.value.path == ("label",)
    assert names(tmp_path) == []


def test_a_bad_array_is_refused_by_dtype_and_rank(tmp_path: Path) -> None:
    wrong: Any = np.zeros((2, 2), np.int16)
    with pytest.raises(atdata.DtypeError, match=r"image: .*int16.*sample 0, key '000000000'"):
        atdata.write_samples([Scan(image=wrong, label="a", number=0)], tmp_path / "d.tar")
    wrong = np.zeros(2, np.float32)
    with pytest.raises(atdata.ShapeError, match="sample 0"):
        atdata.write_samples([Scan(image=wrong, label="a", number=0)], tmp_path / "d.tar")
    assert names(tmp_path) == []


def test_a_generator_that_raises_leaves_nothing(tmp_path: Path) -> None:
    def produce() -> Iterator[Scan]:
        yield from scans(5)
        raise RuntimeError("the camera broke")

    with pytest.raises(RuntimeError, match="camera"):
        atdata.write_samples(produce(), tmp_path / "d.tar", maxcount=2)
    assert names(tmp_path) == []


def test_no_samples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(atdata.WriteError, match="no samples"):
        atdata.write_samples([], tmp_path / "new" / "d.tar")
    assert names(tmp_path) == []


def test_samples_of_two_classes_are_refused_by_number(tmp_path: Path) -> None:
    mixed: list[Any] = [scan(0), scan(1), Other(text="x")]
    with pytest.raises(atdata.WriteError, match="sample 2 is a Other, sample 0 is a Scan"):
        atdata.write_samples(mixed, tmp_path / "d.tar")
    assert names(tmp_path) == []


@pytest.mark.parametrize("thing", [{"label": "x"}, "text", 3, None, object()])
def test_what_is_no_sample_is_refused_with_the_remedy(tmp_path: Path, thing: object) -> None:
    with pytest.raises(atdata.WriteError, match=r"sample 0 is a .*@atdata\.packable"):
        atdata.write_samples([thing], tmp_path / "d.tar")


def test_one_sample_is_no_list_of_samples(tmp_path: Path) -> None:
    alone: Any = scan()
    with pytest.raises(atdata.WriteError, match="give a list"):
        atdata.write_samples(alone, tmp_path / "d.tar")


@pytest.mark.parametrize("path", ["data", "data.tar.gz", "data.zip", "data.", "out/"])
def test_a_path_that_is_no_tar_is_refused_with_one_that_is(tmp_path: Path, path: str) -> None:
    with pytest.raises(atdata.WriteError, match=r"ends in \.tar, such as .*\.tar "):
        atdata.write_samples(scans(1), tmp_path / path)


@pytest.mark.parametrize(
    "options",
    [
        {"maxcount": 0},
        {"maxcount": -1},
        {"maxcount": True},
        {"maxcount": "50"},
        {"maxcount": 2.5},
        {"maxsize": 2.5},
        {"maxsize": 0},
        {"maxsize": "0 MB"},
        {"maxsize": "large"},
        {"maxsize": "5 XB"},
        {"maxsize": "-5"},
        {"maxsize": "9" * 400},
        {"split": ""},
        {"split": "a/b"},
        {"split": "x" * 101},
    ],
)
def test_arguments_that_say_nothing_are_refused_before_a_sample_is_taken(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    def produce() -> Iterator[Scan]:
        raise AssertionError("a sample was taken")
        yield scan()

    with pytest.raises(atdata.WriteError):
        atdata.write_samples(produce(), tmp_path / "d.tar", **options)


def test_errors_survive_pickling() -> None:
    """Errors cross process borders in data loaders."""
    for error in (
        atdata.ShardError("torn", "x.tar", "k"),
        atdata.DatasetExists("there"),
        atdata.SampleNotFound("none"),
        atdata.DatasetNotFound("nothing"),
    ):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy)) == (type(error), str(error))

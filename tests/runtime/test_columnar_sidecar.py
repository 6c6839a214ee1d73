"""Batches from column files are the batches from the shards; a column file that is wrong is not used."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import atdata


@atdata.packable
class Small:
    number: int
    ratio: float
    flag: bool
    width: np.float32
    name: str
    kind: Literal["cat", "dog"]
    note: str | None = None
    count: int | None = None
    taken: datetime | None = None


FIELDS = ("number", "ratio", "flag", "width", "name", "kind", "note", "count", "taken")


def _small(number: int) -> Small:
    return Small(
        number=number,
        ratio=number / 7,
        flag=number % 3 == 0,
        width=np.float32(number / 3),
        name=("n\u00e4me \u732b {}" if number % 5 else "name\0{}").format(number),
        kind="cat" if number % 2 else "dog",
        note=None if number % 4 else "",
        count=None if number % 7 else number,
        taken=datetime(2026, 1, 1, 12, number % 60, tzinfo=UTC) if number % 2 else None,
    )


def _column(column: Any) -> list[Any]:
    return [item.hex() if isinstance(item, float) else item for item in column]


def _batches(way: Any) -> Iterator[tuple[list[str], dict[str, list[Any]]]]:
    for batch in way:
        yield batch.keys, {name: _column(getattr(batch, name)) for name in FIELDS}


def _written(folder: Path, *, columns: bool, maxcount: int | None = None) -> Path:
    path = folder / "data.tar"
    samples = [_small(number) for number in range(100)]
    atdata.write_samples(samples, path, columns=columns, maxcount=maxcount, overwrite=True)
    return path


def _ways(path: Path) -> list[Any]:
    dataset = atdata.load_dataset(path, Small)
    return [
        dataset.ordered(batch_size=7),
        dataset.ordered(batch_size=1000),
        dataset.shuffled(batch_size=9, seed=3, epoch=0),
    ]


@pytest.mark.parametrize("maxcount", [None, 13])
def test_column_files_give_what_the_shards_give(tmp_path: Path, maxcount: int | None) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "columns").mkdir()
    plain = _written(tmp_path / "plain", columns=False, maxcount=maxcount)
    path = _written(tmp_path / "columns", columns=True, maxcount=maxcount)
    assert list(path.parent.glob("*.cols"))
    for expected, way in zip(_ways(plain), _ways(path), strict=True):
        assert list(_batches(way)) == list(_batches(expected))


def test_column_files_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path, columns=True)

    def refuse(*_: Any) -> Any:
        raise AssertionError("the shard was read")

    monkeypatch.setattr("atdata.shards.columnar.reading._dense", refuse)
    batch: Any = next(iter(atdata.load_dataset(path, Small).ordered(batch_size=5)))
    assert batch.number == [0, 1, 2, 3, 4]
    assert batch.array("ratio").dtype == np.float64
    assert batch.valid("count").tolist() == [True, False, False, False, False]


def test_numbers_and_samples_of_a_batch_agree(tmp_path: Path) -> None:
    path = _written(tmp_path, columns=True)
    for batch in _ways(path)[2]:
        numbers = [int(key) for key in batch.keys]
        assert batch.array("number").tolist() == numbers == batch.number
        assert batch.samples() == [_small(number) for number in numbers]
        missing = ~batch.valid("count")
        assert not batch.array("count")[missing].any()


@pytest.mark.parametrize("seed", range(30))
def test_a_mutated_column_file_changes_nothing(tmp_path: Path, seed: int) -> None:
    path = _written(tmp_path, columns=True)
    expected = [list(_batches(way)) for way in _ways(path)]
    file = path.with_name("data.tar.cols")
    content = bytearray(file.read_bytes())
    rng = random.Random(seed)
    if seed % 5 == 0:
        content = content[: rng.randrange(len(content))]
    for _ in range(rng.randint(1, 3) if content else 0):
        content[rng.randrange(len(content))] = rng.randrange(256)
    file.write_bytes(content)
    assert [list(_batches(way)) for way in _ways(path)] == expected


@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_column_file_among_several_changes_nothing(tmp_path: Path, seed: int) -> None:
    path = _written(tmp_path, columns=True, maxcount=13)
    expected = [list(_batches(way)) for way in _ways(path)]
    rng = random.Random(seed)
    file = rng.choice(sorted(tmp_path.glob("*.cols")))
    content = bytearray(file.read_bytes())
    content[rng.randrange(len(content))] ^= 255
    file.unlink()
    if seed:  # else it is missing
        file.write_bytes(content)
    assert [list(_batches(way)) for way in _ways(path)] == expected


def test_one_class_after_another_reads_columns_of_the_same_files(tmp_path: Path) -> None:
    path = _written(tmp_path, columns=True, maxcount=13)
    dataset = atdata.load_dataset(path, Small)
    way = dataset.shuffled(batch_size=9, seed=3, epoch=0)
    expected = [number for batch in way for number in batch.number]
    some = dataset.select_columns(["ratio", "number"]).shuffled(batch_size=9, seed=3, epoch=0)
    found: list[Any] = [(batch.number, batch.ratio) for batch in some]
    assert [number for numbers, _ in found for number in numbers] == expected
    assert [ratio for _, ratios in found for ratio in ratios] == [n / 7 for n in expected]

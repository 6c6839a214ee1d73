"""What is read is what was written: contents are held against digests, indices against shards."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata


@atdata.packable
class Large:
    pixels: Annotated[NDArray[np.uint8], atdata.Shape(300, 400)]
    number: int


COUNT = 40  # some 4.8 MB in all: several blocks of 1 MiB


def _written(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (COUNT, 300, 400)).astype(np.uint8)
    samples = (Large(pixels=item, number=number) for number, item in enumerate(pixels))
    path = folder / "data.tar"
    atdata.write_samples(samples, path)
    return path


def _flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def _numbers(way: Any) -> list[int]:
    return [number for batch in way for number in batch.number]


@pytest.mark.parametrize("seed", range(6))
def test_a_flipped_bit_is_found_and_nothing_wrong_is_given(tmp_path: Path, seed: int) -> None:
    path = _written(tmp_path)
    payload = random.Random(seed).randrange(2000, path.stat().st_size - 2000)
    _flip(path, payload)
    for batch_size in (1, 7):
        given: list[int] = []

        def read(size: int = batch_size, given: list[int] = given) -> None:
            for batch in atdata.load_dataset(path, Large).ordered(batch_size=size):
                given.extend(batch.number)

        with pytest.raises(atdata.ShardError, match=r"data\.tar"):
            read()
        assert given == list(range(len(given)))
    with pytest.raises(atdata.ShardError, match=r"data\.tar"):
        _numbers(atdata.load_dataset(path, Large).shuffled(batch_size=8))


def test_a_sample_of_a_good_block_is_still_read(tmp_path: Path) -> None:
    path = _written(tmp_path)
    _flip(path, path.stat().st_size - 100_000)
    dataset = atdata.load_dataset(path, Large)
    assert dataset[0].number == 0
    with pytest.raises(atdata.ShardError):
        dataset[COUNT - 1]


@pytest.mark.parametrize("how", ["removed", "random", "cut", "empty", "other"])
def test_an_index_that_lies_or_is_gone_changes_nothing(tmp_path: Path, how: str) -> None:
    path = _written(tmp_path)
    index = path.with_name("data.tar.idx")
    assert index.exists()
    content = index.read_bytes()
    if how == "removed":
        index.unlink()
    elif how == "other":
        (tmp_path / "other").mkdir()
        other = atdata.write_samples(
            [Large(pixels=np.zeros((300, 400), np.uint8), number=7)], tmp_path / "other" / "o.tar"
        )
        index.write_bytes(other.shards[0].with_name("o.tar.idx").read_bytes())
    else:
        wrong = {
            "random": random.Random(0).randbytes(len(content)),
            "cut": content[:-9],
            "empty": b"",
        }
        index.write_bytes(wrong[how])
    dataset = atdata.load_dataset(path, Large)
    assert _numbers(dataset.ordered(batch_size=6)) == list(range(COUNT))
    assert dataset[17].number == 17
    assert sorted(_numbers(dataset.shuffled(batch_size=6))) == list(range(COUNT))


@pytest.mark.parametrize("seed", range(20))
def test_a_mutated_index_never_changes_what_is_given(tmp_path: Path, seed: int) -> None:
    path = _written(tmp_path)
    index = path.with_name("data.tar.idx")
    content = bytearray(index.read_bytes())
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    index.write_bytes(content)
    dataset = atdata.load_dataset(path, Large)
    assert _numbers(dataset.ordered(batch_size=6)) == list(range(COUNT))


def test_a_shard_replaced_under_an_open_dataset_is_the_old_one_or_refused(tmp_path: Path) -> None:
    path = _written(tmp_path)
    dataset = atdata.load_dataset(path, Large)
    first = iter(dataset.ordered(batch_size=4))
    before = next(first).pixels.copy()
    samples = [Large(pixels=np.zeros((300, 400), np.uint8), number=n) for n in range(COUNT)]
    atdata.write_samples(samples, path, overwrite=True)
    assert next(first).number == [4, 5, 6, 7]
    again = next(iter(dataset.ordered(batch_size=4)))
    assert (again.pixels == before).all(), "an open dataset goes on with what it mapped"
    fresh = next(iter(atdata.load_dataset(path, Large).ordered(batch_size=4)))
    assert not fresh.pixels.any()


def test_verifying_always_and_never(tmp_path: Path) -> None:
    path = _written(tmp_path)
    always = atdata.load_dataset(path, Large, verify="always")
    never = atdata.load_dataset(path, Large, verify="never")
    assert _numbers(always.ordered(batch_size=8)) == list(range(COUNT))
    _flip(path, path.stat().st_size - 100_000)
    with pytest.raises(atdata.ShardError, match=r"data\.tar"):
        _numbers(always.ordered(batch_size=8))
    assert _numbers(never.ordered(batch_size=8)) == list(range(COUNT))
    wrong: Any = "sometimes"
    with pytest.raises(atdata.LoadError, match="first, always, never"):
        atdata.load_dataset(path, Large, verify=wrong)

"""Entries that a class does not declare: passed over, or kept in `sample.extra` where that is asked for."""

from __future__ import annotations

import importlib
import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from foreign_archives import npy

msgpack: Any = importlib.import_module("msgpack")


@atdata.packable
class Known:
    label: str
    image: NDArray[np.uint8]
    score: float | None = None


def write(path: Path, count: int = 7) -> Path:
    """Rows with more than the class declares; some of it in some of them."""
    with tarfile.open(path, "w") as tar:
        for n in range(count):
            row: dict[str, Any] = {"label": f"n{n}", "image": npy(np.full((2, 2), n, np.uint8))}
            row |= {"source": {"camera": n}, "score": 0.5} if n % 2 else {"tags": [n]}
            payload = msgpack.packb(row)
            info = tarfile.TarInfo(f"{n:06d}.msgpack")
            info.size = len(payload)
            tar.addfile(info, io.BytesIO(payload))
    return path


def extras(samples: Any) -> list[dict[str, Any]]:
    return [sample.extra for sample in samples]


EXPECTED = [{"source": {"camera": n}} if n % 2 else {"tags": [n]} for n in range(7)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "d.tar")


def load(path: Path, **options: Any) -> Any:
    return atdata.load_dataset(path, Known, split="train", **options)


def test_they_are_passed_over_without_asking(path: Path) -> None:
    assert extras(load(path)) == [{}] * 7


@pytest.mark.parametrize("streaming", [False, True])
def test_they_are_kept_where_asked(path: Path, streaming: bool) -> None:
    ds: atdata.Dataset[Known] = load(path, extra=True, streaming=streaming)
    assert extras(ds) == EXPECTED
    assert [sample.label for sample in ds] == [f"n{n}" for n in range(7)]
    batches = list(ds.ordered(batch_size=3))
    assert [label for batch in batches for label in batch.label] == [f"n{n}" for n in range(7)]
    assert batches[0].image.shape == (3, 2, 2)
    assert [extra for batch in batches for extra in extras(batch.samples())] == EXPECTED
    assert extras(ds.filter(lambda sample: sample.score)) == EXPECTED[1::2]
    assert extras(pickle.loads(pickle.dumps(ds))) == EXPECTED


def test_they_are_kept_in_any_order(path: Path) -> None:
    ds = load(path, extra=True)
    assert ds[3].extra == EXPECTED[3]
    assert ds.get("000004").extra == EXPECTED[4]
    shuffled = list(ds.shuffled(seed=1))
    assert extras(shuffled) == [EXPECTED[int(sample.label[1:])] for sample in shuffled]
    assert extras(ds[2:5]) == EXPECTED[2:5]
    assert extras(ds.take(2).concat(ds.skip(5))) == EXPECTED[:2] + EXPECTED[5:]


def test_samples_are_the_same_with_and_without(path: Path) -> None:
    assert list(load(path)) == list(load(path, extra=True))


def test_a_class_of_the_same_fields_keeps_them_and_columns_do_not(path: Path) -> None:
    ds = load(path, extra=True)
    assert extras(ds.as_type(Twin)) == EXPECTED
    columns = ds.select_columns(["label"])
    assert extras(columns) == [{}] * 7
    assert extras(columns.rename_column("label", "name")) == [{}] * 7


def test_untyped_samples_have_them_anyway(path: Path) -> None:
    for extra in (False, True):
        samples: list[Any] = list(atdata.load_dataset(path, split="train", extra=extra))
        assert samples[1].source == {"camera": 1}


@atdata.packable(nsid="local.packable.known")
class Twin:
    label: str
    image: NDArray[np.uint8]
    score: float | None = None

"""`Dataset` at bad data: the fault is named, and what came before it was delivered."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata.shards.tar import END, padding, write_header


@atdata.packable
class Item:
    image: NDArray[np.float32]
    number: int
    note: str | None = None


# What `@packable` adds, and packages without types, type checkers do not see.
ITEM: Any = Item
msgpack: Any = importlib.import_module("msgpack")


def item(number: int) -> Item:
    return Item(image=np.full((2, 3), number, np.float32), number=number, note=f"n{number}")


def written(folder: Path, count: int, maxcount: int = 4) -> atdata.Dataset[Item]:
    return atdata.write_samples(map(item, range(count)), folder / "d.tar", maxcount=maxcount)


def shard_of(path: Path, payloads: list[bytes]) -> Path:
    parts = [
        write_header(f"{n:09d}.msgpack", len(data)) + data + bytes(padding(len(data)))
        for n, data in enumerate(payloads)
    ]
    path.write_bytes(b"".join(parts) + END)
    return path


GOOD: list[bytes] = [ITEM.encode(item(n)) for n in range(3)]

BAD: dict[str, tuple[bytes, str]] = {
    "no msgpack": (b"\xc1\xc1", ""),
    "cut short": (GOOD[0][:-5], ""),
    "nothing": (b"", ""),
    "a list": (msgpack.packb([1, 2]), ""),
    "no such field": (msgpack.packb({"image": b""}), ""),
    "wrong type": (msgpack.packb({"image": 3, "number": 1, "note": None}), "image"),
    "text for a number": (GOOD[0].replace(b"\xd3" + bytes(8), b"\xa8" + b"x" * 8), "number"),
    "array of another dtype": (GOOD[0].replace(b"<f4", b"<f8"), "image"),
    "array header that lies": (GOOD[0].replace(b"(2, 3)", b"(9, 9)"), "image"),
    "array of objects": (GOOD[0].replace(b"'<f4'", b"'|O' "), "image"),
    "array header cut": (msgpack.packb({"image": b"\x93NUMPY", "number": 1}), "image"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_sample_is_named_and_those_before_it_delivered(tmp_path: Path, case: str) -> None:
    payload, field = BAD[case]
    path = shard_of(tmp_path / "x.tar", [*GOOD, payload, GOOD[0]])
    ds = atdata.load_dataset(path, Item)
    assert len(ds) == 5
    got: list[int] = []
    with pytest.raises((atdata.DecodeError, atdata.ValidationError)) as caught:
        got.extend(sample.number for sample in ds)
    assert got == [0, 1, 2]
    text = str(caught.value)
    assert f"(key '000000003' of {path})" in text
    assert text.startswith(field)
    assert ds[4] == item(0)
    batches: list[list[int]] = []
    with pytest.raises(type(caught.value)):
        batches.extend(batch.number for batch in ds.ordered(batch_size=2))
    assert batches == [[0, 1], [2]]
    with pytest.raises(type(caught.value)):
        list(ds.shuffled(batch_size=2))


def test_a_torn_shard_in_the_middle_stops_after_what_is_good(tmp_path: Path) -> None:
    ds = written(tmp_path, 12, maxcount=4)
    whole = ds.shards[1].read_bytes()
    ds.shards[1].write_bytes(whole[: len(whole) // 2])
    again = atdata.load_dataset(tmp_path, Item)
    batches: list[list[int]] = []
    with pytest.raises(atdata.ShardError, match=r"d-000001\.tar"):
        batches.extend(batch.number for batch in again.ordered(batch_size=3))
    assert len(again) == 12, "what the description says; reading holds it against the shards"
    flat = [number for batch in batches for number in batch]
    assert flat == list(range(len(flat)))
    assert 4 <= len(flat) < 8
    uses: list[Callable[[], object]] = [
        lambda: again[5],
        lambda: again.get("000000005"),
        lambda: next(iter(again.shuffled())),
    ]
    for use in uses:
        with pytest.raises(atdata.ShardError, match=r"d-000001\.tar"):
            use()


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    ds = written(tmp_path, 8, maxcount=4)
    ds.shards[1].unlink()
    got: list[int] = []
    with pytest.raises(atdata.DatasetNotFound, match=r"d-000001\.tar"):
        got.extend(sample.number for sample in atdata.load_dataset(tmp_path, Item))
    assert got == [0, 1, 2, 3]


def test_a_shard_cut_after_it_was_counted_is_named(tmp_path: Path) -> None:
    ds = written(tmp_path, 4)
    assert len(ds) == 4
    whole = ds.shards[0].read_bytes()
    ds.shards[0].write_bytes(whole[:2000])
    with pytest.raises(atdata.ShardError, match=r"d-000000\.tar"):
        ds[3]


def test_an_empty_shard_holds_no_samples(tmp_path: Path) -> None:
    path = shard_of(tmp_path / "x.tar", [])
    ds = atdata.load_dataset(path, Item)
    assert (len(ds), bool(ds), list(ds), list(ds.shuffled(batch_size=3))) == (0, False, [], [])
    with pytest.raises(IndexError):
        ds[0]
    with pytest.raises(atdata.SampleNotFound, match="there are no samples"):
        ds.get("a")

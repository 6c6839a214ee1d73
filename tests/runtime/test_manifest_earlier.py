"""Manifests of the earlier release: what they say is used where it can be, by keys, and never believed beyond that.

The files are made here as docs/FORMATS.md describes them, faults included.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

import atdata
from arrow import pa, pq

COUNT, MAXCOUNT = 25, 10


@atdata.packable
class Item:
    label: str
    confidence: float
    number: int
    flag: bool
    tags: list[str]
    note: str | None = None
    count: int | None = None
    loss: float | None = None


def item(number: int) -> Item:
    return Item(
        label=["cat", "dog"][number % 2],
        confidence=number / 10,
        number=number,
        flag=number % 3 == 0,
        tags=["a", "b"][: number % 3],
        note=None if number % 2 else f"n{number}",
        count=None if number % 4 else number,
        loss=None if number % 5 else number / 3,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three shards under keys that count nothing, each with a manifest as the earlier release wrote it."""
    keys = {n: f"{n * 7919 % 1000:03d}-uuid" for n in range(COUNT)}
    samples = [item(n) for n in range(COUNT)]
    order = iter(samples)
    atdata.write_samples(
        order, tmp_path / "many.tar", maxcount=MAXCOUNT, key=lambda s: keys[s.number]
    )
    for path in [*tmp_path.glob("*.idx"), tmp_path / "many.dataset.json"]:
        path.unlink()
    for number in range(3):
        part = samples[number * MAXCOUNT : (number + 1) * MAXCOUNT]
        # The last manifest is written over with an empty one; the shard that is named is the one before.
        before = f"many-{number - 1:06d}" if number else "many"
        write_manifest(tmp_path, number, before, [] if number == 2 else part, keys)
    return tmp_path


def write_manifest(
    folder: Path, number: int, shard_id: str, part: list[Item], keys: dict[int, str]
) -> None:
    said = {
        "manifest_version": "1.0.0",
        "shard_id": shard_id,
        "schema_type": "Item",
        "schema_version": "1.0.0",
        "num_samples": len(part),
        "size_bytes": 1354,
        "created_at": "2026-02-26T00:00:00+00:00",
        "aggregates": {
            # Numbers are rounded, and an empty one is no JSON.
            "number": {"type": "numeric", "min": float("inf"), "max": float("-inf"), "count": 0},
        },
    }
    base = folder / f"many-{number:06d}"
    base.with_name(base.name + ".manifest.json").write_text(json.dumps(said, indent=2))
    columns: dict[str, Any] = {
        "__key__": [keys[s.number] for s in part],
        "__offset__": [141 * n for n in range(len(part))],
        "__size__": [141] * len(part),
        "label": [s.label for s in part],
        "confidence": [s.confidence for s in part],
        "number": [s.number for s in part],
        "flag": [s.flag for s in part],
        "tags": [json.dumps(s.tags) for s in part],
        "note": [s.note for s in part],
        "count": [float("nan") if s.count is None else float(s.count) for s in part],
        "loss": [float("nan") if s.loss is None else s.loss for s in part],
    }
    table = pa.table(columns) if part else pa.table({})
    pq.write_table(table, base.with_name(base.name + ".manifest.parquet"))


def answered(ds: Any, question: str) -> tuple[list[int], str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [int(sample.number) for sample in ds.where(question)]
    return found, "; ".join(str(item.message) for item in caught)


@pytest.mark.parametrize("cls", [Item, None])
def test_what_they_say_is_used_and_every_shard_counts(folder: Path, cls: Any) -> None:
    ds = atdata.load_dataset(str(folder / "many-*.tar"), cls)
    found, said = answered(ds, "number > 7 and label == 'cat'")
    assert found == [n for n in range(8, COUNT) if n % 2 == 0]
    assert "all samples of 1 of 3 shards: of many-000002.tar its manifest has 0 rows" in said
    assert answered(ds, "startswith(note, 'n1')")[0] == [10, 12, 14, 16, 18]
    assert answered(ds, "flag and confidence < 1.0")[0] == [0, 3, 6, 9]
    assert answered(ds, "note is null")[0] == [n for n in range(COUNT) if n % 2]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("count == 4", [4]),
        ("count is null and number < 4", [1, 2, 3]),
        ("loss > 1.5 and loss is not nan", [5, 10, 15, 20]),
        ("'b' in tags and number < 6", [2, 5]),
    ],
)
def test_what_they_cannot_say_is_read_from_the_shards(
    folder: Path, question: str, wanted: list[int]
) -> None:
    """Missing numbers were NaN, integers among them floats, and lists were texts."""
    found, said = answered(atdata.load_dataset(str(folder / "many-*.tar"), Item), question)
    assert found == wanted
    assert "all samples" in said


def test_rows_in_another_order_are_put_in_place_by_their_keys(folder: Path) -> None:
    path = folder / "many-000001.manifest.parquet"
    table = pq.read_table(path)
    pq.write_table(table.take(list(range(table.num_rows))[::-1]), path)
    ds = atdata.load_dataset(str(folder / "many-*.tar"), Item)
    assert answered(ds, "number > 10 and number < 14 and flag")[0] == [12]


def test_rows_of_other_samples_are_not_used(folder: Path) -> None:
    first, second = (folder / f"many-00000{n}.manifest.parquet" for n in (0, 1))
    first.write_bytes(second.read_bytes())
    ds = atdata.load_dataset(str(folder / "many-*.tar"), Item)
    found, said = answered(ds, "number < 3")
    assert found == [0, 1, 2]
    assert "many-000000.tar its manifest is about other samples" in said

"""The column file of a shard holds what the shard holds, and one that is wrong in any way is not used."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import atdata
from atdata.samples.build import sample_class
from atdata.shards.columnar.sidecar import Column, ColumnFile, encode_file
from atdata.shards.columnar.sidecar_building import build, encode_columns
from atdata.testing.strategies import samples
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema
from type_strategies import Universe, universes

msgspec: Any = importlib.import_module("msgspec")  # whose types are partly unknown
SHARD = hashlib.sha256(b"shard").hexdigest()


@atdata.packable
class Event:
    time: int
    amount: float
    ok: bool
    place: str | None = None
    count: int | None = None


def event(number: int) -> Event:
    place = None if number % 3 == 0 else "Hà Nội"[: number % 7]
    return Event(
        time=number - 5, amount=number / 4, ok=number % 2 == 0, place=place, count=number or None
    )


def shard(folder: Path, rows: list[Any], name: str = "d.tar") -> Path:
    """A shard of any rows, as others write them."""
    path = folder / name
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for number, row in enumerate(rows):
            data = msgspec.msgpack.encode(row)
            info = tarfile.TarInfo(f"{number:06d}.msgpack")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def opened(path: Path, count: int) -> ColumnFile:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    found = ColumnFile.open(path.with_name(f"{path.name}.cols"), sha256, count)
    assert found is not None
    return found


def values(column: Column, count: int) -> list[Any]:
    """A column as Python values, None where there is none."""
    if column.kind == "text":
        ends = column.values.tolist()
        found: list[Any] = [column.text[ends[i] : ends[i + 1]].decode() for i in range(count)]
    else:
        found = column.values.tolist()
    valid = [True] * count if column.valid is None else column.valid.tolist()
    return [value if there else None for value, there in zip(found, valid, strict=True)]


def columns_of(path: Path, count: int) -> dict[str, tuple[str, list[Any]]]:
    file = opened(path, count)
    found: dict[str, tuple[str, list[Any]]] = {}
    for name in file.names:
        column = file.column(name)
        assert column is not None
        found[name] = (column.kind, values(column, count))
    return found


def test_a_shard_written_with_columns(tmp_path: Path) -> None:
    atdata.write_samples(map(event, range(20_000)), tmp_path / "d.tar", columns=True)
    events = list(map(event, range(20_000)))
    assert columns_of(tmp_path / "d.tar", 20_000) == {
        "time": ("integer", [item.time for item in events]),
        "amount": ("float64", [item.amount for item in events]),
        "ok": ("boolean", [item.ok for item in events]),
        "place": ("text", [item.place for item in events]),
        "count": ("integer", [item.count for item in events]),
    }
    written = (tmp_path / "d.tar.cols").read_bytes()
    cid = json.loads((tmp_path / "d.dataset.json").read_text())["schema"]["cid"]
    assert opened(tmp_path / "d.tar", 20_000).type_cid == cid
    build(tmp_path / "d.tar", type_cid=cid)
    assert (tmp_path / "d.tar.cols").read_bytes() == written


NUMBERS = (0, 1, -1, 200, -200, 70_000, 1 << 40, -(1 << 63))


@pytest.mark.parametrize("nested", [True, False])
def test_shards_of_others(tmp_path: Path, nested: bool) -> None:
    """Numbers of any width, keys in any order, fields that come and go, values that are no columns."""
    no_columns = {"big": 1 << 63, "nil": None, **({"list": [1]} if nested else {})}
    rows: list[Any] = [
        {"n": n, "x": 0.5, "s": "é" * (n % 40), "mix": n if n % 2 else "n", **no_columns}
        for n in NUMBERS
    ]
    found = columns_of_built(tmp_path, rows)
    assert found == {
        "n": ("integer", [row["n"] for row in rows]),
        "x": ("float64", [0.5] * len(rows)),
        "s": ("text", [row["s"] for row in rows]),
    }
    turned = [dict(reversed(row.items())) if n % 2 else row for n, row in enumerate(rows)]
    assert columns_of_built(tmp_path, turned) == found
    assert columns_of_built(tmp_path, [*rows, {"n": 1}]).keys() == {"n"}


def columns_of_built(folder: Path, rows: list[Any]) -> dict[str, tuple[str, list[Any]]]:
    path = shard(folder, rows)
    build(path)
    return columns_of(path, len(rows))


@pytest.mark.parametrize("rows", [[[1, 2]], [{"s": "x" * 5000}] * 3, [{}], [{"a": None}]])
def test_shards_without_columns(tmp_path: Path, rows: list[Any]) -> None:
    assert columns_of_built(tmp_path, rows) == {}


def test_texts_that_are_not_utf8_are_no_column(tmp_path: Path) -> None:
    payload = bytes.fromhex("81a173a1ff")
    (tmp_path / "d").write_bytes(payload * 2 + bytes(64))
    offsets, sizes = np.array([0, 5]), np.array([5, 5])
    content = encode_columns(tmp_path / "d", offsets, sizes, shard_sha256=SHARD)
    (tmp_path / "c").write_bytes(content)
    file = ColumnFile.open(tmp_path / "c", SHARD, 2)
    assert file is not None
    assert file.names == ()


@settings(
    deadline=None,
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(universe=universes(), data=st.data())
def test_columns_of_any_type(
    tmp_path_factory: pytest.TempPathFactory, universe: Universe, data: st.DataObject
) -> None:
    """Each column has the values that the decoded rows have."""
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    cls = sample_class(Schema.of(catalog, universe.main))
    drawn = data.draw(st.lists(samples(cls), min_size=1, max_size=5))
    folder = tmp_path_factory.mktemp("columns")
    atdata.write_samples(drawn, folder / "d.tar", columns=True)
    rows = [msgspec.msgpack.decode(sample.encode()) for sample in drawn]
    for name, (kind, found) in columns_of(folder / "d.tar", len(rows)).items():
        expected = [row[name] for row in rows]
        classes = {"integer": int, "boolean": bool, "text": str}.get(kind, float)
        assert {type(value) for value in expected if value is not None} == {classes}
        assert repr(found) == repr(expected)


@given(st.data())
def test_a_file_changed_anywhere_is_not_used(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes flipped, cut off, put in or put behind: the column is refused, or is what it was."""
    folder = tmp_path_factory.mktemp("mutated")
    rows = [{"n": n, "s": "é" * (n % 3), "o": n or None} for n in range(9)]
    good = columns_of_built(folder, rows)
    path = folder / "d.tar.cols"
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "insert", "append", "replace"])):
        case "flip":
            content[at] ^= data.draw(st.integers(1, 255))
        case "cut":
            del content[at:]
        case "insert":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=80))
        case "append":
            content += data.draw(st.binary(min_size=1, max_size=80))
        case _:
            content[:] = data.draw(st.binary(max_size=200))
    path.write_bytes(content)
    sha256 = hashlib.sha256((folder / "d.tar").read_bytes()).hexdigest()
    file = ColumnFile.open(path, sha256, 9)
    for name in () if file is None else file.names:
        assert file is not None
        column = file.column(name)
        assert column is None or (column.kind, values(column, 9)) == good[name]


def texts(offsets: list[int], text: bytes) -> Column:
    return Column("s", "text", np.array(offsets), text)


def test_a_file_of_another_shard_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(encode_file([texts([0, 1, 1], b"x")], 2, SHARD, None))
    assert ColumnFile.open(path, SHARD, 2) is not None
    assert ColumnFile.open(path, SHARD, 3) is None
    assert ColumnFile.open(path, "0" * 64, 2) is None
    assert ColumnFile.open(tmp_path / "none", SHARD, 2) is None
    assert ColumnFile.open(tmp_path, SHARD, 2) is None


TWO: Any = np.array([1, 2], np.uint8)
LIES = {
    "texts that overlap": texts([0, 2, 1], b"x"),
    "texts that end early": texts([0, 1, 1], b"xy"),
    "texts that begin late": texts([1, 1, 2], b"xy"),
    "a text cut in a character": texts([0, 1, 2], "é".encode()),
    "no UTF-8": texts([0, 1, 2], b"\xff\xff"),
    "a boolean of 2": Column("s", "boolean", np.array([1, 2], np.uint8)),
    "a valid of 2": Column("s", "integer", np.zeros(2, np.int64), valid=TWO),
}


@pytest.mark.parametrize("what", LIES)
def test_a_column_that_lies_with_all_its_digests_right_is_refused(
    tmp_path: Path, what: str
) -> None:
    (tmp_path / "c").write_bytes(encode_file([LIES[what]], 2, SHARD, None))
    file = ColumnFile.open(tmp_path / "c", SHARD, 2)
    assert file is not None
    assert file.column("s") is None


def test_parts_that_are_not_as_long_as_the_samples_are_many(tmp_path: Path) -> None:
    for column in (
        Column("s", "integer", np.zeros(3, np.int64)),
        Column("s", "tensor", np.zeros(2, np.int64)),
    ):
        (tmp_path / "c").write_bytes(encode_file([column], 2, SHARD, None))
        assert ColumnFile.open(tmp_path / "c", SHARD, 2) is None
    twice = [Column("s", "integer", np.zeros(2, np.int64))] * 2
    (tmp_path / "c").write_bytes(encode_file(twice, 2, SHARD, None))
    assert ColumnFile.open(tmp_path / "c", SHARD, 2) is None


def test_a_file_that_is_removed_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(encode_file([texts([0, 1, 1], b"x")], 2, SHARD, None))
    file = ColumnFile.open(path, SHARD, 2)
    path.unlink()
    assert file is not None
    assert file.column("s") is None


def test_names_that_are_not_ascii(tmp_path: Path) -> None:
    rows = [{'naïve "name" 猫': 1, "": 2}]
    assert columns_of_built(tmp_path, rows) == {
        'naïve "name" 猫': ("integer", [1]),
        "": ("integer", [2]),
    }

"""Manifests as they are written: every shard has its own, whole, with the places that its samples have."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from arrow import pa, pq
from atdata.manifest.rows import column_name
from atdata.shards.sidecars import is_sidecar
from query_data import NUMBERS, RATIOS, Rich, rich

COUNT = 40
RICH: Any = Rich  # with what `@packable` adds


@atdata.packable
class Note:
    text: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shards, whose stem has a dot in it."""
    folder = tmp_path_factory.mktemp("manifests")
    samples = map(rich, range(COUNT))
    atdata.write_samples(samples, folder / "data.v1.tar", maxcount=15, manifest=True)
    return folder


def manifests(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.manifest.json"))]


def rows(folder: Path) -> list[Any]:
    return [pq.read_table(path) for path in sorted(folder.glob("*.manifest.parquet"))]


def test_each_shard_has_its_own_manifest(folder: Path) -> None:
    """Under the name of the very shard, the last one included; dots in names are kept."""
    bases = [f"data.v1-{number:06d}" for number in range(3)]
    files = [
        f"{base}{suffix}" for base in bases for suffix in (".manifest.json", ".manifest.parquet")
    ]
    assert sorted(path.name for path in folder.glob("*manifest*")) == files
    entries = json.loads((folder / "data.v1.dataset.json").read_bytes())["splits"]["train"]
    for base, said, table, entry in zip(
        bases, manifests(folder), rows(folder), entries, strict=True
    ):
        shard = folder / f"{base}.tar"
        assert said["shard"]["file"] == shard.name == entry["file"]
        assert said["shard"]["bytes"] == shard.stat().st_size
        assert said["shard"]["sha256"] == hashlib.sha256(shard.read_bytes()).hexdigest()
        assert said["shard"]["samples"] == entry["samples"] == table.num_rows
        beside = folder / f"{base}.manifest.parquet"
        assert said["rows"]["sha256"] == hashlib.sha256(beside.read_bytes()).hexdigest()
        own = (folder / f"{base}.manifest.json").read_bytes()
        assert entry["manifest"] == hashlib.sha256(own).hexdigest()
        assert said["schema"] == {"id": RICH.SCHEMA.id, "cid": RICH.SCHEMA.cid}
    assert sum(said["shard"]["samples"] for said in manifests(folder)) == COUNT


def test_places_are_those_of_payloads_in_the_shard(folder: Path) -> None:
    """Whoever has a row reads its sample with one seek, and no code of ours."""
    number = 0
    for base, table in zip(sorted(folder.glob("*.tar")), rows(folder), strict=True):
        data = base.read_bytes()
        for row in table.to_pylist():
            payload = data[row["__offset__"] : row["__offset__"] + row["__size__"]]
            assert RICH.decode(payload) == rich(number)
            assert row["__key__"] == f"{number:09d}"
            number += 1
    assert number == COUNT


def test_rows_hold_every_scalar_as_it_is(folder: Path) -> None:
    table = pa.concat_tables(rows(folder))
    names = [
        "number",
        "ratio",
        "width",
        "flag",
        "label",
        "kind",
        "tags",
        "sizes",
        "note",
        "count",
        "loss",
    ]
    assert set(table.column_names) == {
        *("__key__", "__offset__", "__size__", "taken", "never", "mask", "camera"),
        *("camera.model", "camera.iso", "camera.frames", *names),
    }
    types = {name: str(table.schema.field(name).type) for name in names[:7]}
    assert types == {
        "number": "int64",
        "ratio": "double",
        "width": "float",
        "flag": "bool",
        "label": "string",
        "kind": "string",
        "tags": "list<element: string>",
    }
    for number, row in enumerate(table.to_pylist()):
        sample = rich(number)
        for name in names:
            value, wanted = row[name], getattr(sample, name)
            assert value == wanted or (value != value and wanted != wanted), name
        assert (row["camera"], row["mask"]) == (sample.camera is not None, sample.mask is not None)
        assert row["camera.iso"] == (sample.camera.iso if sample.camera else None)
    assert table.column("never").null_count == COUNT


def test_statistics_are_exact_and_valid_json(folder: Path) -> None:
    """Integers beyond 2^53 stay themselves; there is neither NaN nor Infinity; what is never there is told of."""

    def strict(constant: str) -> float:
        raise AssertionError(constant)

    content = (folder / "data.v1-000001.manifest.json").read_text("utf-8")
    fields = {tuple(f["path"]): f for f in json.loads(content, parse_constant=strict)["fields"]}
    samples = list(map(rich, range(15, 30)))
    numbers = [sample.number for sample in samples]
    number = fields["number",]
    assert (number["min"], number["max"]) == (min(numbers), max(numbers)) == (-(2**63), 2**63 - 1)
    assert {2**53 + 1, -(2**53) - 1} <= {value for value, _ in number["values"]}
    assert {2**53 + 1, -(2**53) - 1} <= set(NUMBERS)
    ratio = fields["ratio",]
    assert (ratio["min"], ratio["max"], ratio["nans"]) == ("-inf", "inf", 1)
    assert {float("-inf"), float("inf")} <= set(RATIOS)
    never = fields["never",]
    assert (never["nulls"], never.get("min"), never["kind"]) == (15, None, "integer")
    assert fields["camera", "iso"]["nulls"] == sum(
        s.camera is None or s.camera.iso is None for s in samples
    )
    assert fields["kind",]["values"] == [["cat", 10], ["dog", 5]]
    assert fields["mask",] == {"path": ["mask"], "kind": "other", "column": "mask", "nulls": 8}


@atdata.packable
class Document:
    text: str
    words: list[str]
    title: str
    number: int


def documents(count: int) -> Iterator[Document]:
    for number in range(count):
        words = [f"word {number} {n}" for n in range(300)]
        yield Document(text="x" * 5000, words=words, title=f"{number:04d}" * 100, number=number)


def test_a_manifest_stays_small(tmp_path: Path) -> None:
    """Texts and lists that are long on average have no column, and no list of all different texts."""
    ds = atdata.write_samples(documents(200), tmp_path / "d.tar", manifest=True)
    size = (tmp_path / "d.manifest.json").stat().st_size
    assert size < 4000
    assert rows(tmp_path)[0].column_names == [
        "__key__",
        "__offset__",
        "__size__",
        "title",
        "number",
    ]
    with pytest.warns(atdata.ScanWarning, match="its manifest has no column of text"):
        assert len(ds.where("startswith(text, 'x')")) == 200
    assert len(ds.where("number < 5")) == 5


def test_odd_names_have_columns_of_their_own() -> None:
    paths = [("a.b",), ("a", "b"), ("__key__",), ("a`b",), ("a", "__x")]
    assert len({column_name(path) for path in paths} | {"__key__"}) == len(paths) + 1


def test_equal_samples_have_equal_manifests(tmp_path: Path) -> None:
    for name in ("a", "b"):
        atdata.write_samples(map(rich, range(9)), tmp_path / name / "d.tar", manifest=True)
    for suffix in (".manifest.json", ".manifest.parquet"):
        first, second = ((tmp_path / name / f"d{suffix}").read_bytes() for name in ("a", "b"))
        assert first == second


# In the way, replaced, failed.


@pytest.mark.parametrize("name", ["d-000001.manifest.json", "d-000000.manifest.parquet"])
@pytest.mark.parametrize("content", [b"mine", b"{}", "parquet"])
def test_a_foreign_file_in_the_way_is_an_error_and_stays(
    tmp_path: Path, name: str, content: bytes | str
) -> None:
    if isinstance(content, str):
        pq.write_table(pa.table({"mine": [1]}), tmp_path / name)
    else:
        (tmp_path / name).write_bytes(content)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(atdata.DatasetExists, match="stands in the way"):
        atdata.write_samples(map(rich, range(9)), tmp_path / "d.tar", maxcount=3, manifest=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == before


def test_manifests_go_with_the_dataset_that_had_them(tmp_path: Path) -> None:
    path = tmp_path / "d.tar"
    atdata.write_samples(map(rich, range(9)), path, maxcount=2, manifest=True)
    assert all(is_sidecar(file) for file in tmp_path.glob("*.manifest.*"))
    atdata.write_samples(map(rich, range(4)), path, maxcount=2, overwrite=True)
    assert not list(tmp_path.glob("*.manifest.*"))
    atdata.write_samples(map(rich, range(4)), path, maxcount=2, manifest=True, overwrite=True)
    assert len(list(tmp_path.glob("*.manifest.*"))) == 4
    atdata.write_samples(map(rich, range(2)), path, manifest=True, overwrite=True)
    files = ["d.manifest.json", "d.manifest.parquet"]
    assert sorted(file.name for file in tmp_path.glob("*.manifest.*")) == files


def test_what_fails_leaves_no_manifest(tmp_path: Path) -> None:
    def produce() -> Iterator[Rich]:
        yield from map(rich, range(5))
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        atdata.write_samples(produce(), tmp_path / "d.tar", maxcount=2, manifest=True)
    assert list(tmp_path.iterdir()) == []
    for name in (".d-000000.manifest.json.part", ".d.manifest.parquet.part"):
        (tmp_path / name).write_bytes(b"torn")
    atdata.write_samples(map(rich, range(2)), tmp_path / "d.tar")
    assert not list(tmp_path.glob(".d*"))


def test_manifests_need_digests(tmp_path: Path) -> None:
    with pytest.raises(atdata.WriteError, match="manifest=True needs digests"):
        atdata.write_samples([rich(1)], tmp_path / "d.tar", manifest=True, digests=False)


WITHOUT = """
import sys
sys.modules["pyarrow"] = None
import atdata
from pathlib import Path

@atdata.packable
class Note:
    text: str

folder = Path(sys.argv[1])
try:
    atdata.write_samples([Note(text="a")], folder / "new" / "d.tar", manifest=True)
except ImportError as error:
    print(type(error).__name__, error, (folder / "new").exists())
import warnings
warnings.simplefilter("ignore")
ds = atdata.load_dataset(folder / "d.tar", Note)
print(ds.where("text == 'new 1'").keys())
print(ds.where("text != 'zzz'").keys() == ds.keys())
"""


def test_without_the_extra_there_is_one_clear_error(
    tmp_path: Path, source_env: dict[str, str]
) -> None:
    """Conditions are answered all the same, by statistics as far as they go, and then from the samples."""
    samples = [Note(text=f"new {n}") for n in range(3)]
    atdata.write_samples(samples, tmp_path / "d.tar", manifest=True)
    command = [sys.executable, "-c", WITHOUT, str(tmp_path)]
    done = subprocess.run(command, env=source_env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    wanted = "manifest=True needs an optional part: pip install 'atdata[parquet]'"
    assert first == f"MissingExtra {wanted} False"
    assert second == "['000000001']"
    assert third == "True"


def test_importing_atdata_loads_no_language(source_env: dict[str, str]) -> None:
    code = "import sys, atdata; print([n for n in sys.modules if n.startswith('atdata.manifest')])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=source_env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_other_engines_read_the_rows(folder: Path) -> None:
    """Statistics of Parquet's own, by which they leave out row groups, are there too."""
    path = folder / "data.v1-000001.manifest.parquet"
    file = pq.ParquetFile(path)
    column: Callable[[str], Any] = lambda name: file.metadata.row_group(0).column(  # noqa: E731
        file.schema_arrow.names.index(name)
    )
    assert column("number").statistics.max == 2**63 - 1
    assert (file.metadata.metadata or {})[b"atdata.manifest"] == b"1"
    found = pq.read_table(path, filters=[("number", "<", 0)])
    assert found.num_rows == sum(rich(n).number < 0 for n in range(15, 30)) == 2
    assert np.isnan(pa.concat_tables(rows(folder)).column("ratio").to_numpy()).sum() > 0


def test_statistics_of_all_shards_are_those_of_all_samples(folder: Path) -> None:
    ds = atdata.load_dataset(folder / "data.v1.tar", Rich)
    found = ds.statistics()
    assert found is not None
    samples = list(map(rich, range(COUNT)))
    numbers = [sample.number for sample in samples]
    assert (found["number"].low, found["number"].high) == (min(numbers), max(numbers))
    assert found["number"].count == COUNT
    assert found["kind"].values == {
        kind: sum(sample.kind == kind for sample in samples) for kind in ("cat", "dog")
    }
    assert found["camera.iso"].nulls == sum(
        s.camera is None or s.camera.iso is None for s in samples
    )
    nans = [s.ratio for s in samples if s.ratio != s.ratio]
    assert (found["ratio"].nans, found["ratio"].low) == (len(nans), float("-inf"))
    assert found["tags"].values == {
        word: sum(s.tags.count(word) for s in samples) for word in ("", "a", "ab")
    }
    assert found["never"].nulls == COUNT
    assert found["never"].low is None
    assert ds.take(3).statistics() is None
    assert atdata.load_dataset(folder / "data.v1.tar", Rich, verify="always").statistics() is None

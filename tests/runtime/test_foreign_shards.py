"""Shards that others wrote are read here: webdataset's own, the older atdata's, and those of tar tools."""

from __future__ import annotations

import importlib
import io
import struct
import subprocess
import tarfile
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata

# Packages without types, which type checkers are not to follow.
msgpack: Any = importlib.import_module("msgpack")
webdataset: Any = importlib.import_module("webdataset")


@atdata.packable
class Cell:
    grid: NDArray[np.int32]
    name: str
    weight: float


def compact(array: NDArray[Any]) -> bytes:
    """An array as shards of the older atdata hold it."""
    dtype = array.dtype.str.encode()
    dims = struct.pack(f"<{array.ndim}q", *array.shape)
    return bytes([len(dtype)]) + dtype + bytes([array.ndim]) + dims + array.tobytes()


def npy(array: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def grid(n: int) -> NDArray[np.int32]:
    return np.array([[1, 2], [3, n]], np.int32)


def test_the_compact_vector() -> None:
    vector = "033c6934020200000000000000020000000000000001000000020000000300000004000000"
    assert compact(grid(4)).hex() == vector


@pytest.mark.parametrize("encode", [compact, npy])
def test_shards_of_the_older_atdata_are_read(tmp_path: Path, encode: Any) -> None:
    """Members behind extended headers with a time in fractions, version-1 UUIDs for keys, both array forms."""
    path = tmp_path / "data-000000.tar"
    keys = [str(uuid.uuid1(0, 0)) for _ in range(4)]
    with tarfile.open(path, "w|", format=tarfile.PAX_FORMAT) as tar:
        for n, key in enumerate(keys):
            payload = msgpack.packb({"grid": encode(grid(n)), "name": f"c{n}", "weight": 0.5})
            info = tarfile.TarInfo(f"{key}.msgpack")
            info.size, info.mode, info.mtime = len(payload), 0o444, 1795386360.2390666
            info.uname = info.gname = "bigdata"
            tar.addfile(info, io.BytesIO(payload))
    assert path.read_bytes()[156:157] == b"x"
    typed = atdata.load_dataset(path, Cell)
    assert typed.keys() == keys
    assert typed.get(keys[2]).grid.tolist() == [[1, 2], [3, 2]]
    assert [sample.name for sample in typed] == ["c0", "c1", "c2", "c3"]
    batch = next(iter(typed.ordered(batch_size=4)))
    assert batch.grid.shape == (4, 2, 2)
    assert sorted(typed.shuffled(batch_size=9).__iter__().__next__().name) == [
        "c0",
        "c1",
        "c2",
        "c3",
    ]
    untyped = atdata.load_dataset(path)
    assert untyped[1].grid.tolist() == [[1, 2], [3, 1]]
    assert untyped.as_type(Cell)[3].weight == 0.5


def test_reference_bytes_of_the_older_atdata_are_read(tmp_path: Path) -> None:
    """The first payload of a fixture that it ships."""
    payload = bytes.fromhex("83a2696400a46e616d65ad746573745f73616d706c655f30a576616c756500")
    path = tmp_path / "test_samples.tar"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("sample_000000.msgpack")
        info.size = len(payload)
        tar.addfile(info, io.BytesIO(payload))
    sample = atdata.load_dataset(path)[0]
    assert sample.to_dict() == {"id": 0, "name": "test_sample_0", "value": 0}


@pytest.mark.parametrize("format", ["USTAR_FORMAT", "PAX_FORMAT", "GNU_FORMAT"])
def test_shards_of_webdatasets_own_writer_are_read(tmp_path: Path, format: str) -> None:
    path = tmp_path / "d.tar"
    with webdataset.TarWriter(str(path), format=format) as sink:
        for n in range(5):
            row = {"grid": npy(grid(n)), "name": f"c{n}", "weight": 1.0}
            sink.write({"__key__": f"folder/{'long' * (n * 9)}{n}", "msgpack": msgpack.packb(row)})
    ds = atdata.load_dataset(path, Cell)
    assert [sample.grid[1, 1] for sample in ds] == [0, 1, 2, 3, 4]
    assert ds.keys() == [f"folder/{'long' * (n * 9)}{n}" for n in range(5)]
    assert ds.get("folder/0").name == "c0"


def test_shards_of_webdatasets_shard_writer_are_read(tmp_path: Path) -> None:
    with webdataset.ShardWriter(f"{tmp_path}/d-%06d.tar", maxcount=2, verbose=0) as sink:
        for n in range(5):
            row = {"grid": npy(grid(n)), "name": f"c{n}", "weight": 1.0}
            sink.write({"__key__": f"{n:06d}", "msgpack": msgpack.packb(row)})
    ds = atdata.load_dataset(f"{tmp_path}/d-{{000000..000002}}.tar", Cell)
    assert [sample.name for sample in ds] == ["c0", "c1", "c2", "c3", "c4"]
    assert [sample.name for sample in atdata.load_dataset(tmp_path, Cell, "train")] == [
        "c0",
        "c1",
        "c2",
        "c3",
        "c4",
    ]


@pytest.mark.parametrize("format", ["ustar", "pax", "gnu"])
def test_shards_of_the_tar_tool_are_read(tmp_path: Path, format: str) -> None:
    """A folder packed as it stands: an entry for the folder itself, `./` before every name."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for n in range(3):
        row = {"grid": npy(grid(n)), "name": f"c{n}", "weight": 1.0}
        (folder / f"{n}.msgpack").write_bytes(msgpack.packb(row))
    path = tmp_path / "d.tar"
    command = ["tar", "-C", str(folder), f"--format={format}", "--sort=name", "-cf", str(path), "."]
    subprocess.run(command, check=True)
    ds = atdata.load_dataset(path, Cell)
    assert ds.keys() == ["0", "1", "2"]
    assert [sample.name for sample in ds] == ["c0", "c1", "c2"]


def test_a_shard_of_other_things_is_named_by_its_member(tmp_path: Path) -> None:
    path = tmp_path / "d.tar"
    with webdataset.TarWriter(str(path)) as sink:
        for n in range(3):
            sink.write({"__key__": f"{n}", "msgpack": msgpack.packb({"n": n})})
        sink.write({"__key__": "a", "jpg": b"no picture", "cls": b"3"})
    ds = atdata.load_dataset(path)
    with pytest.raises(atdata.ShardError, match=r"d\.tar.*'a\.cls' is no sample"):
        list(ds)

"""Shards written here are read by others with none of our code: webdataset, tarfile, msgpack, numpy."""

from __future__ import annotations

import importlib
import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import atdata

# Packages without types, which type checkers are not to follow.
msgpack: Any = importlib.import_module("msgpack")
webdataset: Any = importlib.import_module("webdataset")


@atdata.packable
class Sample:
    image: NDArray[np.uint8]
    label: str
    score: float
    tags: list[str]
    depth: NDArray[np.float32] | None = None


def samples(count: int) -> list[Sample]:
    return [
        Sample(
            image=np.arange(n * 6, n * 6 + 6, dtype=np.uint8).reshape(2, 3),
            label=f"Größe {n} 🐈",
            score=n / 3,
            tags=["a"] * n,
            depth=None if n % 2 else np.full((n, 2), n, np.float32),
        )
        for n in range(count)
    ]


def check(row: dict[str, Any], expected: Sample) -> None:
    assert list(row) == ["image", "label", "score", "tags", "depth"]
    assert np.array_equal(np.load(io.BytesIO(row["image"]), allow_pickle=False), expected.image)
    assert (row["label"], row["score"]) == (expected.label, expected.score)
    assert row["tags"] == expected.tags
    if expected.depth is None:
        assert row["depth"] is None
    else:
        depth = np.load(io.BytesIO(row["depth"]), allow_pickle=False)
        assert np.array_equal(depth, expected.depth)
        assert depth.dtype == np.float32


def test_tarfile_msgpack_and_numpy_read_them(tmp_path: Path) -> None:
    atdata.write_samples(samples(5), tmp_path / "d.tar")
    with tarfile.open(tmp_path / "d.tar", "r:") as tar:
        members = tar.getmembers()
        assert [member.name for member in members] == [f"{n:09d}.msgpack" for n in range(5)]
        for member, expected in zip(members, samples(5), strict=True):
            assert (member.mode, member.mtime, member.uid, member.gid) == (0o444, 0, 0, 0)
            assert member.pax_headers == {}
            file = tar.extractfile(member)
            assert file is not None
            check(msgpack.unpackb(file.read()), expected)


def test_webdataset_reads_them(tmp_path: Path) -> None:
    atdata.write_samples(
        samples(7), tmp_path / "d.tar", maxcount=3, key=lambda s: f"k{len(s.tags)}"
    )
    urls = f"{tmp_path}/d-{{000000..000002}}.tar"
    read = list(webdataset.WebDataset(urls, shardshuffle=False))
    assert [row["__key__"] for row in read] == [f"k{n}" for n in range(7)]
    for row, expected in zip(read, samples(7), strict=True):
        check(msgpack.unpackb(row["msgpack"]), expected)


def test_webdataset_decodes_them_by_their_ending(tmp_path: Path) -> None:
    """`msgpack` is none of the endings that it knows by itself; one handler makes it one."""
    atdata.write_samples(samples(3), tmp_path / "d.tar")
    handler = webdataset.handle_extension("msgpack", msgpack.unpackb)
    read = list(webdataset.WebDataset(f"{tmp_path}/d.tar", shardshuffle=False).decode(handler))
    for row, expected in zip(read, samples(3), strict=True):
        check(row["msgpack"], expected)


def test_the_tar_tool_lists_them_without_complaint(tmp_path: Path) -> None:
    atdata.write_samples(samples(3), tmp_path / "d.tar")
    done = subprocess.run(
        ["tar", "--list", "--file", str(tmp_path / "d.tar")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [f"{n:09d}.msgpack" for n in range(3)]
    assert done.stderr == ""

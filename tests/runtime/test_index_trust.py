"""Which index a shard gets, and that one which lies is found out."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata.errors import DatasetNotFound, ShardError
from atdata.shards.description import ShardEntry
from atdata.shards.index import trust
from atdata.shards.index.file import (
    IndexFault,
    ShardIndexFile,
    decode_index,
    encode_index,
    index_path,
)
from atdata.shards.index.keys import CounterKeys, Keys
from atdata.shards.index.rows import check_key, check_rows
from atdata.shards.index.scan import Members, scan_members
from atdata.shards.index.trust import index_of
from runtime.index_archives import counted, flat_of, foreign, ustar

SIZES = [10, 700, 0, 512, 30]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "x.tar"
    path.parent.mkdir()
    path.write_bytes(ustar(counted(SIZES)))
    return path


def no_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Members:
        raise AssertionError("the shard was scanned")

    monkeypatch.setattr(trust, "scan_members", refuse)


def entry_of(shard: Path, index: str | None = None) -> ShardEntry:
    data = shard.read_bytes()
    return ShardEntry(shard.name, len(data), len(SIZES), hashlib.sha256(data).hexdigest(), index)


def cached(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache").rglob("*.idx"))


def test_an_index_is_made_once_and_kept_beside_the_shard(
    shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = index_of(shard)
    assert index_path(shard).is_file()
    assert cached(tmp_path) == []
    no_scan(monkeypatch)
    again = index_of(shard)
    assert again.sizes.tolist() == made.sizes.tolist() == SIZES
    assert list(again.keys()) == [f"{n:09d}" for n in range(len(SIZES))]


def test_a_file_of_another_kind_beside_the_shard_is_left_alone(shard: Path, tmp_path: Path) -> None:
    index_path(shard).write_text("v1.2 5\n")
    assert index_of(shard).sizes.tolist() == SIZES
    assert index_path(shard).read_text() == "v1.2 5\n"
    assert len(cached(tmp_path)) == 1


def test_where_the_folder_takes_no_files_the_cache_is_used(
    shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_path(shard).mkdir()  # nothing can be put in its place, whoever runs this
    assert index_of(shard).sizes.tolist() == SIZES
    assert len(cached(tmp_path)) == 1
    no_scan(monkeypatch)
    assert index_of(shard).sizes.tolist() == SIZES


def test_where_nothing_can_be_saved_the_index_is_made_each_time(
    shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_path(shard).mkdir()
    (tmp_path / "file").write_text("")
    for place in (str(tmp_path / "file"), ""):
        monkeypatch.setenv("ATDATA_CACHE", place)
        assert index_of(shard).sizes.tolist() == SIZES


@pytest.mark.parametrize("time", [None, 10**18])
def test_a_shard_that_was_replaced_gets_a_new_index(shard: Path, time: int | None) -> None:
    """By one of another size, or one of the same size and another time."""
    index_of(shard)
    sizes = [9, *SIZES[1:]] if time else [*SIZES, 7]
    shard.write_bytes(ustar(counted(sizes)))
    if time:
        os.utime(shard, ns=(time, time))
    assert index_of(shard).sizes.tolist() == sizes


def test_an_index_with_digests_outlives_a_copy(
    shard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = index_of(shard, digests=True)
    assert index.shard_sha256 == hashlib.sha256(shard.read_bytes()).hexdigest()
    os.utime(shard, ns=(10**18, 10**18))
    no_scan(monkeypatch)
    assert index_of(shard, digests=True).blocks is not None


def test_an_index_without_digests_is_made_anew_with_them(shard: Path) -> None:
    assert index_of(shard).blocks is None
    assert index_of(shard, digests=True).blocks is not None
    assert index_of(shard).blocks is not None


def test_the_index_that_the_description_names_is_the_only_one_beside_it(
    shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_of(shard)
    content = index_path(shard).read_bytes()
    pinned = entry_of(shard, hashlib.sha256(content).hexdigest())
    other = entry_of(shard, "00" * 32)
    assert index_of(shard, other).sizes.tolist() == SIZES
    assert index_path(shard).read_bytes() == content  # kept in the cache instead
    assert len(cached(tmp_path)) == 1
    no_scan(monkeypatch)
    assert index_of(shard, pinned).sizes.tolist() == SIZES
    assert index_of(shard, other).sizes.tolist() == SIZES


def test_a_shard_that_is_not_the_described_one_is_refused(shard: Path) -> None:
    right = entry_of(shard)
    with pytest.raises(ShardError, match=r"has \d+ bytes, where"):
        index_of(shard, ShardEntry("x.tar", 1, len(SIZES), right.sha256))
    with pytest.raises(ShardError, match="holds 5 samples, where"):
        index_of(shard, ShardEntry("x.tar", right.bytes, 4, right.sha256))
    with pytest.raises(ShardError, match="sha-256"):
        index_of(shard, ShardEntry("x.tar", right.bytes, len(SIZES), "00" * 32), digests=True)


def test_what_is_no_shard_is_refused(tmp_path: Path, shard: Path) -> None:
    with pytest.raises(DatasetNotFound):
        index_of(tmp_path / "none.tar")
    with pytest.raises(ShardError, match="no regular file"):
        index_of(tmp_path)
    shard.write_bytes(b"")
    with pytest.raises(ShardError, match="first header"):
        index_of(shard)
    assert not index_path(shard).exists()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255), st.booleans())
def test_a_damaged_index_never_changes_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, at: int, change: int, cut: bool
) -> None:
    path = tmp_path_factory.mktemp("x") / "x.tar"
    path.write_bytes(
        ustar([(f"{n:0{n + 1}d}.msgpack", b"x" * size) for n, size in enumerate(SIZES)])
    )
    index_of(path, digests=True)
    data = bytearray(index_path(path).read_bytes())
    data[at % len(data)] ^= change
    index_path(path).write_bytes(data[: at % len(data)] if cut else data)
    index = index_of(path)
    assert index.sizes.tolist() == SIZES
    assert list(index.keys()) == ["0", "01", "002", "0003", "00004"]
    assert index.offsets.tolist() == scan_members(flat_of(path.read_bytes()), path).offsets.tolist()


def forged(found: Members, total: int, rows: list[int], keys: Keys) -> ShardIndexFile:
    """An index with right digests that leaves samples out."""
    content = encode_index(
        offsets=found.offsets[rows], sizes=found.sizes[rows], keys=keys, shard_bytes=total
    )
    return decode_index(content, Path("x.tar"))


ARCHIVES = {
    "ours": ustar(counted(SIZES)),
    "PAX": foreign(counted(SIZES), tarfile.PAX_FORMAT, 7.25),
    "GNU": foreign(
        [(f"{'long' * n}.msgpack", b"x" * n * 40) for n in (1, 30, 2, 40, 50)], tarfile.GNU_FORMAT
    ),
    "folders": foreign(
        [("./a.msgpack", b"1"), ("__note__", b"x"), ("b.msgpack", b"22")], tarfile.GNU_FORMAT
    ),
    "empty": ustar([]),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_headers_agree_with_a_true_index(case: str) -> None:
    """Somewhere within a larger range of bytes, each row alone and all together."""
    data = ARCHIVES[case]
    found = scan_members(flat_of(data), "x.tar")
    count = len(found.sizes)
    index = forged(found, len(data), list(range(count)), found.keys)
    flat = flat_of(b"?" * 4096 + data + b"?" * 100)
    assert check_rows(flat, 4096, index, np.arange(count))
    assert all(check_rows(flat, 4096, index, np.array([row])) for row in range(count))
    assert all(check_key(flat, 4096, index, row) for row in range(count))


@pytest.mark.parametrize("case", [case for case in ARCHIVES if case != "empty"])
def test_an_index_that_leaves_a_sample_out_is_found_out(case: str) -> None:
    data = ARCHIVES[case]
    found = scan_members(flat_of(data), "x.tar")
    count = len(found.sizes)
    for missing in range(count):
        rows = [row for row in range(count) if row != missing]
        index = forged(found, len(data), rows, CounterKeys(0, count - 1))
        assert not check_rows(flat_of(data), 0, index, np.arange(count - 1))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 4), st.integers(-2, 2), st.integers(-3, 600))
def test_an_index_whose_places_lie_is_found_out(row: int, blocks: int, longer: int) -> None:
    data = ARCHIVES["ours"]
    found = scan_members(flat_of(data), "x.tar")
    offsets, sizes = found.offsets.copy(), found.sizes.copy()
    offsets[row] += 512 * blocks
    sizes[row] = max(sizes[row] + longer, 0)
    is_true = offsets[row] == found.offsets[row] and sizes[row] == found.sizes[row]
    try:
        content = encode_index(offsets=offsets, sizes=sizes, keys=found.keys, shard_bytes=len(data))
        index = decode_index(content, Path("x.tar"))
        taken = check_rows(flat_of(data), 0, index, np.arange(len(SIZES)))
    except (IndexFault, ValueError):
        taken = False
    assert taken == is_true


def test_a_wrong_key_is_found_out() -> None:
    data = ARCHIVES["ours"]
    found = scan_members(flat_of(data), "x.tar")
    index = forged(found, len(data), list(range(5)), CounterKeys(1, 5))
    assert not check_key(flat_of(data), 0, index, 0)


def test_a_shard_shorter_than_its_index_says_is_found_out() -> None:
    data = ARCHIVES["ours"]
    found = scan_members(flat_of(data), "x.tar")
    index = forged(found, len(data), list(range(5)), found.keys)
    assert not check_rows(flat_of(data[:-512]), 0, index, np.arange(2))

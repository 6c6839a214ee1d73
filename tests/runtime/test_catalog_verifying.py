"""`Index.verify`: every shard against its digest, and a shard that was changed under its entry."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from atdata.errors import EntryNotFound, StoreError
from atdata.index.index import Index
from catalog import Scan, index_in, scans, store_of


def path_of(index: Index, number: int) -> Path:
    shard = index.entry("scans").splits["train"][number]
    return store_of(index).root / str(shard.key)


def changed(path: Path, at: int) -> None:
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def big(count: int) -> list[Scan]:
    (sample,) = scans(1)
    return [Scan(pixels=sample.pixels.repeat(300_000), text=str(n)) for n in range(count)]


def test_what_is_as_it_was_written(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    entry = index.write(scans(7), name="scans", maxcount=2)
    verified = index.verify("scans@1.0.0")
    assert verified
    assert verified.ok
    assert verified.entry == entry
    assert [verdict.shard for verdict in verified.shards] == list(entry.splits["train"])
    assert str(verified) == f"scans@1.0.0: 4 shards, {entry.bytes} bytes: as they were written"
    with pytest.raises(EntryNotFound):
        index.verify("scans@2.0.0")


def test_each_shard_that_is_not_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(scans(12), name="scans", maxcount=2)
    changed(path_of(index, 0), 700)
    path_of(index, 1).unlink()
    with path_of(index, 2).open("ab") as file:
        path_of(index, 2).chmod(0o644)
        file.write(bytes(512))
    os.truncate(path_of(index, 3), 1024)
    path_of(index, 4).unlink()
    path_of(index, 4).mkdir()
    verified = index.verify("scans")
    assert not verified
    states = [verdict.state for verdict in verified.shards]
    assert states == ["changed", "missing", "changed", "changed", "unreadable", "ok"]
    assert len(verified.faults) == 5
    assert "5 of 6 shards" in str(verified)
    assert path_of(index, 0).as_uri() in str(verified)
    assert "not" in verified.shards[2].detail


def test_the_place_of_a_change_is_said_in_mib(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(big(2), name="scans")
    at = 3 * (1 << 20) + 5
    changed(path_of(index, 0), at)
    (verdict,) = index.verify("scans").shards
    assert verdict.state == "changed"
    assert "1 of its 6 MiB differ, the first from byte 3145728 on" in verdict.detail
    changed(path_of(index, 0).with_suffix(".tar.idx"), 500)
    (verdict,) = index.verify("scans").shards
    assert verdict.state == "changed"
    assert "MiB" not in verdict.detail, "an index that has changed too is no witness"


def test_writing_the_same_again_finds_the_damage(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(scans(3), name="scans")
    changed(path_of(index, 0), 700)
    with pytest.raises(StoreError, match="another file is there"):
        index.write(scans(3), name="again")
    assert index.datasets() == ["scans"]
    path_of(index, 0).unlink()
    index.write(scans(3), name="again")
    assert index.verify("scans").ok

"""`cache=True`: packed shards unpacked once into the cache folder, within bounds, for many processes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import zstandard

import atdata
from atdata.shards.cache_room import RECENT
from foreign_archives import write_archive
from view_data import Item, item, numbers


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ATDATA_CACHE_LIMIT", raising=False)
    return tmp_path / "cache" / "unpacked"


PACKERS: dict[str, Any] = {
    ".tar.gz": gzip.compress,
    ".tgz": gzip.compress,
    ".tar.zst": zstandard.ZstdCompressor().compress,
}


def write(folder: Path, ending: str = ".tar.gz", count: int = 20, maxcount: int = 6) -> Path:
    """Packed shards that no description knows."""
    plain = atdata.write_samples(
        map(item, range(count)), folder / "plain" / "d.tar", maxcount=maxcount
    )
    packed = folder / "packed"
    packed.mkdir(parents=True)
    for shard in plain.shards:
        path = packed / shard.name.replace(".tar", ending)
        path.write_bytes(PACKERS[ending](shard.read_bytes()))
    return packed


def load(path: Path, **options: Any) -> atdata.Dataset[Item]:
    return atdata.load_dataset(path, Item, split="train", cache=True, **options)


def aged(cache: Path) -> None:
    """As if what lies in the cache had been used last long ago, in the order of its names."""
    for number, record in enumerate(sorted(cache.glob("*.json"))):
        at = time.time() - 2 * RECENT + number
        os.utime(record, (at, at))


@pytest.mark.parametrize("ending", [*PACKERS])
def test_packed_shards_are_read_in_every_way(tmp_path: Path, cache: Path, ending: str) -> None:
    packed = write(tmp_path, ending)
    ds = load(packed)
    assert not cache.exists()  # nothing is done before it is needed
    assert numbers(ds) == list(range(20))
    assert ds[13] == item(13)
    assert ds.get("000000007") == item(7)
    assert len(ds) == 20
    assert sorted(numbers(ds.shuffled(seed=1))) == list(range(20))
    batches = list(ds.shuffled(batch_size=6, seed=3))
    assert sorted(n for batch in batches for n in batch.number) == list(range(20))
    assert batches[0].image.shape == (6, 2, 3)
    assert [path.name for path in ds.shards] == sorted(path.name for path in packed.iterdir())
    assert len(list(cache.glob("*.tar"))) == len(list(cache.glob("*.json"))) == 4
    assert ds[13] == pickle.loads(pickle.dumps(ds))[13]


def test_the_order_is_that_of_the_packed_shards(tmp_path: Path) -> None:
    packed = write(tmp_path)
    plain = atdata.load_dataset(packed, Item, split="train")
    ds = load(packed)
    assert ds.fingerprint == plain.fingerprint
    run = plain.ordered(batch_size=4)
    batches = iter(run)
    next(batches)
    later = ds.ordered(batch_size=4)
    later.load_state_dict(run.state_dict())
    assert [n for batch in later for n in batch.number] == list(range(4, 20))


def test_without_it_the_way_is_named(tmp_path: Path) -> None:
    ds = atdata.load_dataset(write(tmp_path), Item, split="train")
    for use in (lambda: ds[0], lambda: ds.shuffled(), lambda: ds.get("000000000")):
        with pytest.raises(
            atdata.LoadError, match=r"d-000000\.tar\.gz: .* load it with cache=True"
        ):
            use()


def test_they_are_unpacked_once(tmp_path: Path, cache: Path) -> None:
    packed = write(tmp_path)
    assert len(load(packed)) == 20
    before = {path: path.stat() for path in cache.glob("*.tar")}
    assert load(packed)[3] == item(3)
    assert {path: path.stat() for path in cache.glob("*.tar")} == before
    # A shard that is written anew is another one.
    (packed / "d-000000.tar.gz").write_bytes(
        gzip.compress((tmp_path / "plain" / "d-000000.tar").read_bytes(), 1)
    )
    assert load(packed)[3] == item(3)
    assert len(list(cache.glob("*.tar"))) == 5


def test_one_shard_alone_is_unpacked_where_one_is_needed(tmp_path: Path, cache: Path) -> None:
    packed = write(tmp_path)
    assert load(packed / "d-000001.tar.gz")[0] == item(6)
    assert len(list(cache.glob("*.tar"))) == 1


def test_members_by_extension_are_unpacked_too(tmp_path: Path, cache: Path) -> None:
    members = [m for n in range(9) for m in ((f"{n}.cls", b"%d" % n), (f"{n}.txt", b"x"))]
    path = write_archive(tmp_path / "d.tar", members)
    packed = tmp_path / "d.tar.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    ds: Any = atdata.load_dataset(packed, split="train", cache=True)
    assert [ds[n].cls for n in range(9)] == list(range(9))
    assert sorted(sample.cls for sample in ds.shuffled()) == list(range(9))
    damage(next(cache.glob("*.tar")), at=512)
    again: Any = atdata.load_dataset(packed, split="train", cache=True)
    with pytest.raises(atdata.ShardError, match=r"block|digest"):
        again[0]


def damage(path: Path, at: int) -> None:
    """Change one byte of a file, and nothing that shows from outside."""
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_damage_in_the_cache_is_found_out(tmp_path: Path, cache: Path) -> None:
    packed = write(tmp_path, maxcount=99)
    assert load(packed)[0] == item(0)
    plain = next(cache.glob("*.tar"))
    damage(plain, at=512 + 200)
    with pytest.raises(atdata.ShardError):
        list(load(packed).ordered(batch_size=4))
    with pytest.raises(atdata.ShardError):
        load(packed)[0]


@pytest.mark.parametrize("what", ["cut", "no record", "wrong record", "no tar", "no index"])
def test_what_is_not_whole_is_unpacked_anew(tmp_path: Path, cache: Path, what: str) -> None:
    packed = write(tmp_path, maxcount=99)
    assert load(packed)[0] == item(0)
    plain, record = next(cache.glob("*.tar")), next(cache.glob("*.json"))
    content = plain.read_bytes()
    match what:
        case "cut":
            plain.write_bytes(content[:2000])
        case "no record":
            record.unlink()
        case "wrong record":
            record.write_text("[]")
        case "no tar":
            plain.unlink()
        case _:
            plain.with_name(plain.name + ".idx").unlink()
    assert load(packed)[19] == item(19)
    assert plain.read_bytes() == content
    assert json.loads(record.read_bytes())["source"] == str(packed / "d-000000.tar.gz")


def test_what_was_removed_meanwhile_is_unpacked_anew(tmp_path: Path, cache: Path) -> None:
    packed = write(tmp_path)
    ds = load(packed)
    assert len(ds) == 20
    for path in cache.glob("*"):
        path.unlink()
    assert ds[7] == item(7)
    # What is mapped stays, whatever becomes of the files.
    for path in cache.glob("*"):
        path.unlink()
    assert sorted(numbers(ds.shuffled())) == list(range(20))


# Damaged shards.


@pytest.mark.parametrize("what", ["cut", "no tar", "no gzip"])
def test_a_damaged_shard_is_named_and_leaves_nothing(
    tmp_path: Path, cache: Path, what: str
) -> None:
    packed = write(tmp_path, maxcount=99)
    path = packed / "d-000000.tar.gz"
    match what:
        case "cut":
            path.write_bytes(path.read_bytes()[:-20])
        case "no tar":
            path.write_bytes(gzip.compress(b"no archive" * 500))
        case _:
            path.write_bytes(b"no gzip" * 500)
    for _ in range(2):
        with pytest.raises(atdata.ShardError, match=r"packed/d-000000\.tar\.gz"):
            _ = load(packed)[0]
    assert not list(cache.glob("*.tar"))
    assert not list(cache.glob(".*.part"))


def test_a_described_shard_is_held_against_its_description(tmp_path: Path) -> None:
    packed = write(tmp_path, maxcount=99)
    description = json.loads((tmp_path / "plain" / "d.dataset.json").read_bytes())
    content = (packed / "d-000000.tar.gz").read_bytes()
    entry = {"file": "d-000000.tar.gz", "bytes": len(content), "samples": 20, "index": None}
    right = entry | {"sha256": hashlib.sha256(content).hexdigest()}
    for wrong, message in (
        ({}, None),
        ({"sha256": "0" * 64}, "its sha-256 is .*, where its dataset.json says 0000"),
        ({"samples": 19}, "holds 20 samples, where its dataset.json says 19"),
        ({"bytes": 3}, r"has \d+ bytes, where its dataset.json says 3"),
    ):
        description["splits"] = {"train": [right | wrong]}
        (packed / "d.dataset.json").write_text(json.dumps(description))
        ds = load(packed)
        if message is None:
            assert ds[3] == item(3)
            continue
        for path in (tmp_path / "cache").rglob("*.json"):
            path.unlink()
        with pytest.raises(atdata.ShardError, match=message):
            _ = ds[3]


# Bounds.


def test_what_was_used_least_lately_makes_room(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = write(tmp_path / "one"), write(tmp_path / "two")
    assert len(load(first)) == 20
    size = sum(path.stat().st_size for path in cache.glob("*.tar*"))
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", str(size * 3 // 2))
    aged(cache)
    kept = load(first / "d-000000.tar.gz")
    assert kept[0] == item(0)  # used again just now
    assert len(load(second)) == 20
    used = {json.loads(path.read_bytes())["source"] for path in cache.glob("*.json")}
    assert str(first / "d-000000.tar.gz") in used
    assert {str(path) for path in second.iterdir()} <= used
    assert sum(path.stat().st_size for path in cache.glob("*.tar")) <= size * 3 // 2
    aged(cache)
    assert len(load(first)) == 20


def test_what_is_in_use_is_not_removed(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = write(tmp_path)
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "20 kB")
    with pytest.raises(
        atdata.LoadError, match=r"may hold 20,000 bytes .* take more: .*ATDATA_CACHE_LIMIT"
    ):
        len(load(packed))
    assert not list(cache.glob(".*.part"))
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "lots")
    with pytest.raises(atdata.LoadError, match="ATDATA_CACHE_LIMIT: 'lots' is no size"):
        len(load(packed))


def test_a_folder_that_takes_no_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = write(tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "file"))
    with pytest.raises(atdata.LoadError, match=r"d-000000\.tar\.gz cannot be unpacked into .*file"):
        len(load(packed))
    monkeypatch.setenv("ATDATA_CACHE", "")
    with pytest.raises(
        atdata.LoadError, match="cache=True needs a folder, and ATDATA_CACHE is empty"
    ):
        len(load(packed))


def test_plain_shards_need_no_cache(tmp_path: Path, cache: Path) -> None:
    write(tmp_path)
    assert load(tmp_path / "plain")[3] == item(3)
    assert not cache.exists()


# Many processes.

READER = """
import sys
import atdata
from view_data import Item
ds = atdata.load_dataset(sys.argv[1], Item, split="train", cache=True)
print(sum(batch.array("number").sum() for batch in ds.shuffled(batch_size=7, seed=3)), ds[5].number)
"""


def test_many_processes_unpack_one_dataset_together(
    tmp_path: Path, cache: Path, source_env: dict[str, str], root: Path
) -> None:
    packed = write(tmp_path, count=60, maxcount=7)
    env = source_env | {"ATDATA_CACHE": str(tmp_path / "cache")}
    env["PYTHONPATH"] += f":{root / 'tests'}"
    command = [sys.executable, "-c", READER, str(packed)]
    readers = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for reader in readers:
        out, _ = reader.communicate()
        assert (reader.returncode, out) == (0, f"{sum(range(60))} 5\n")
    assert len(list(cache.glob("*.tar"))) == 9
    assert not list(cache.glob(".*.part"))


def test_a_writer_that_was_killed_is_in_nobodys_way(tmp_path: Path, cache: Path) -> None:
    packed = write(tmp_path, maxcount=99)
    assert len(load(packed)) == 20
    plain, record = next(cache.glob("*.tar")), next(cache.glob("*.json"))
    # It had put the shard in place, but not its record; or was in the middle of it.
    record.unlink()
    (cache / f".{plain.name}.part").write_bytes(b"half")
    assert load(packed)[3] == item(3)
    assert not list(cache.glob(".*.part"))

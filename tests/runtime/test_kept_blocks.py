"""Blocks of shards elsewhere are kept on disk as they are fetched, and read from there: the same, without a request."""

from __future__ import annotations

import gzip
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.remote.s3_access import client
from atdata.shards.cache_room import disk_bytes
from atdata.shards.fetched.contents import Fetched
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile
from atdata.shards.shard_set import ShardSet
from atdata.shards.sources.place import RemotePlace
from kept_data import files_of, own_cache, shards_asked
from remote_data import COUNT, Large, large, numbers, same
from servers.http import HttpServer, header
from servers.s3_server import S3Server

MIB = 1 << 20


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where blocks are kept."""
    return own_cache(tmp_path, monkeypatch)


@pytest.fixture
def local(tmp_path: Path) -> atdata.Dataset[Large]:
    """Three shards of two MiB each, about."""
    return large(tmp_path / "out", maxcount=15)


@pytest.fixture
def address(local: atdata.Dataset[Large], http_server: HttpServer, tmp_path: Path) -> str:
    """The same on a server."""
    assert len(local) == COUNT
    return http_server.put_folder(tmp_path / "out") + "data.dataset.json"


def test_a_second_epoch_makes_no_request(
    http_server: HttpServer, address: str, local: atdata.Dataset[Large], cache: Path
) -> None:
    ds = atdata.load_dataset(address, Large)
    assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    assert len(list(cache.glob("*.tar"))) == len(list(cache.glob("*.have"))) == 3
    contents = sorted(path.read_bytes() for path in local.shards)
    assert sorted(path.read_bytes() for path in cache.glob("*.tar")) == contents
    assert all(set(path.read_bytes()) == {1} for path in cache.glob("*.have"))
    http_server.forget()
    same(ds, local)
    assert not http_server.asked
    # In another process there is the description to be fetched.
    again = atdata.load_dataset(address, Large)
    same(again, local)
    assert [one.path for one in http_server.asked] == ["/data.dataset.json"]


@pytest.mark.parametrize("verify", ["first", "always"])
def test_what_is_whole_is_given_where_it_is_mapped(address: str, verify: Verify) -> None:
    first = atdata.load_dataset(address, Large)
    assert len(numbers(first.shuffled(batch_size=4))) == COUNT
    ds = atdata.load_dataset(address, Large, verify=verify)
    contents = ShardSet(files_of(ds), verify).contents
    assert isinstance(contents, Fetched)
    held = [contents.hold(contents.shard(place)) for place in (0, 1, 2, 1)]
    assert all(one.flat is held[0].flat for one in held), "one range of addresses"
    assert not contents.are_fetched


def test_one_sample_keeps_its_blocks_alone(address: str, cache: Path) -> None:
    ds = atdata.load_dataset(address, Large)
    assert ds[20].number == 20
    (plain,) = cache.glob("*.tar")
    (have,) = cache.glob("*.have")
    assert sum(have.read_bytes()) == 1
    assert disk_bytes(plain.stat()) < 1.1 * MIB < plain.stat().st_size
    assert atdata.load_dataset(address, Large)[20].number == 20


def test_a_shard_is_kept_once_whatever_its_address(
    http_server: HttpServer, address: str, cache: Path, tmp_path: Path
) -> None:
    other = http_server.put_folder(tmp_path / "out", "mirror/") + "data.dataset.json"
    assert numbers(atdata.load_dataset(address, Large).ordered(batch_size=4))
    http_server.forget()
    assert numbers(atdata.load_dataset(other, Large).ordered(batch_size=4)) == list(range(COUNT))
    assert not shards_asked(http_server)
    assert len(list(cache.glob("*.tar"))) == 3


@pytest.mark.parametrize("how", ["cache=False", "streaming", "no folder", "never"])
def test_nothing_is_kept_where_nothing_is_to_be(
    address: str, cache: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without digests nobody could tell whether what is kept is right, so `never` keeps nothing."""
    known: dict[str, dict[str, Any]] = {
        "cache=False": {"cache": False},
        "streaming": {"streaming": True},
        "never": {"verify": "never"},
    }
    if how == "no folder":
        monkeypatch.setenv("ATDATA_CACHE", "")
    load: Any = atdata.load_dataset
    ds: atdata.Dataset[Large] = load(address, Large, **known.get(how, {}))
    assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    assert not cache.exists()


def test_packed_shards_are_not_unpacked_unasked(
    http_server: HttpServer, local: atdata.Dataset[Large], cache: Path
) -> None:
    url = http_server.put("a.tar.gz", gzip.compress(local.shards[0].read_bytes(), 1))
    assert [one.number for one in atdata.load_dataset(url, Large)] == list(range(15))
    assert not cache.parent.exists()
    assert atdata.load_dataset(url, Large, cache=True)[3].number == 3
    assert len(list((cache.parent / "unpacked").glob("*.tar"))) == 1


def test_shards_in_a_bucket(
    s3_rclone: S3Server, local: atdata.Dataset[Large], cache: Path, tmp_path: Path
) -> None:
    bucket, s3 = s3_rclone.new_bucket(), client(s3_rclone.access)
    for path in (tmp_path / "out").iterdir():
        s3.put_object(Bucket=bucket, Key=f"d/{path.name}", Body=path.read_bytes())
    for _ in range(2):
        ds = atdata.load_dataset(f"s3://{bucket}/d/", Large, access=s3_rclone.access)
        same(ds, local)
    contents = sorted(path.read_bytes() for path in local.shards)
    assert sorted(path.read_bytes() for path in cache.glob("*.tar")) == contents


def test_servers_that_tell_no_versions_are_kept_too(http_server: HttpServer, address: str) -> None:
    """A shard is named by what it is, not by where it was and when."""
    http_server.always(header("ETag", None))
    ds = atdata.load_dataset(address, Large)
    assert len(numbers(ds.shuffled(batch_size=4))) == COUNT
    http_server.forget()
    again = atdata.load_dataset(address, Large)
    for dataset in (ds, again):
        assert len(numbers(dataset.shuffled(batch_size=4))) == COUNT
    assert not shards_asked(http_server)


def test_a_shard_whose_index_nobody_vouches_for(
    http_server: HttpServer, local: atdata.Dataset[Large], cache: Path, tmp_path: Path
) -> None:
    """Its rows are held against the headers before them, on disk as well; without digests nothing is kept."""
    for name in ("data-000001.tar", "data-000001.tar.idx"):
        http_server.put(name, (tmp_path / "out" / name).read_bytes())
    url = f"{http_server.url}/data-000001.tar"
    own = atdata.load_dataset(local.shards[1], Large)
    for _ in range(2):
        ds = atdata.load_dataset(url, Large)
        assert sorted(numbers(ds.shuffled(batch_size=4))) == list(range(15, 30))
        same(ds, own)
    assert len(list(cache.glob("*.tar"))) == 1
    other = large(tmp_path / "other", count=5, digests=False)
    for name in ("data.tar", "data.tar.idx"):
        http_server.put(f"plain/{name}", (tmp_path / "other" / name).read_bytes())
    same(atdata.load_dataset(f"{http_server.url}/plain/data.tar", Large), other)
    assert len(list(cache.glob("*.tar"))) == 1


def test_local_and_remote_shards_go_together(
    http_server: HttpServer, address: str, local: atdata.Dataset[Large]
) -> None:
    both = local[:7].concat(atdata.load_dataset(address, Large))
    for _ in range(2):
        http_server.forget()
        assert numbers(both.ordered(batch_size=5)) == [*range(7), *range(COUNT)]
    assert not shards_asked(http_server)


@pytest.mark.parametrize("vouched", [False, True])
def test_what_is_kept_is_read_without_a_network(
    address: str, local: atdata.Dataset[Large], vouched: bool
) -> None:
    """Where the description is had otherwise, as for datasets of the network, whose records are kept."""
    files: list[ShardFile] = []
    for file in files_of(atdata.load_dataset(address, Large)):
        assert isinstance(file.place, RemotePlace)
        place = replace(file.place, offline=True)
        files.append(replace(file, place=place, digest=file.sha256 if vouched else None))
    offline = atdata.Dataset(tuple(files), Large)
    with pytest.raises(
        atdata.SourceError, match="is not kept here, and offline no server is asked"
    ):
        offline[0]
    assert len(numbers(atdata.load_dataset(address, Large).ordered(batch_size=4))) == COUNT
    same(atdata.Dataset(tuple(files), Large), local)


def test_threads_share_what_is_kept(http_server: HttpServer, address: str) -> None:
    ds = atdata.load_dataset(address, Large)

    def one(number: int) -> int:
        return ds[number].number

    def epoch(seed: int) -> list[int]:
        return sorted(numbers(ds.shuffled(batch_size=4, seed=seed)))

    with ThreadPoolExecutor(8) as pool:
        shuffled = pool.map(epoch, range(4))
        assert list(pool.map(one, [*range(COUNT)] * 3)) == [*range(COUNT)] * 3
        assert list(shuffled) == [list(range(COUNT))] * 4
    http_server.forget()
    assert epoch(9) == list(range(COUNT))
    assert not http_server.asked


@pytest.mark.parametrize("taken", [0, 2, 12])
def test_it_works_after_fork(http_server: HttpServer, address: str, taken: int) -> None:
    """Before anything was kept, in the middle, and once all is mapped."""
    ds = atdata.load_dataset(address, Large)
    walk = iter(ds.shuffled(batch_size=4, seed=1))
    given = [n for _ in range(taken and min(taken, 10)) for n in next(walk, None).number]  # type: ignore[union-attr]  # there are ten
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, bytes([*given, *numbers(walk)]))
            os.write(writing, bytes(sorted(numbers(ds.ordered(batch_size=4)))))
        finally:
            os._exit(0)
    os.close(writing)
    given += numbers(walk)
    with os.fdopen(reading, "rb") as pipe:
        found = [*pipe.read()]
    os.waitpid(child, 0)
    assert found == [*given, *range(COUNT)]
    assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    assert len(http_server.asked) < 40


def test_what_is_removed_in_the_middle_stays_readable(
    http_server: HttpServer, address: str, local: atdata.Dataset[Large], cache: Path
) -> None:
    ds = atdata.load_dataset(address, Large)
    walk = iter(ds.ordered(batch_size=4))
    given = [*next(walk).number]
    for path in cache.iterdir():
        path.unlink()
    assert [*given, *numbers(walk)] == list(range(COUNT))
    same(ds, local)
    for path in cache.iterdir():
        path.unlink()
    cache.rmdir()
    same(ds, local)
    same(atdata.load_dataset(address, Large), local)


def test_what_changes_under_us_is_found_where_it_is_looked_for(
    http_server: HttpServer, address: str, local: atdata.Dataset[Large], cache: Path
) -> None:
    ds = atdata.load_dataset(address, Large, verify="always")
    same(ds, local)
    for path in cache.glob("*.tar"):
        with path.open("r+b") as file:
            file.seek(700_000)
            file.write(b"damage")
    http_server.forget()
    same(ds, local)
    assert len(shards_asked(http_server)) == 3, "the damaged blocks were fetched again, once"
    assert sorted(path.read_bytes() for path in cache.glob("*.tar")) == sorted(
        path.read_bytes() for path in local.shards
    )

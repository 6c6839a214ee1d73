"""A shard without an index is read once from its beginning, and is on disk from then on, if something says what it should be."""

from __future__ import annotations

import gc
import itertools
import os
from pathlib import Path

import pytest

import atdata
from atdata.shards.kept.keeping import Keeping
from kept_data import own_cache
from remote_data import COUNT, Large, large, numbers, same
from servers.http import HttpServer

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
    """The same on a server that has no index of them."""
    assert len(local) == COUNT
    found = http_server.put_folder(tmp_path / "out") + "data.dataset.json"
    for name in [name for name in http_server.files if name.endswith(".idx")]:
        del http_server.files[name]
    return found


@pytest.mark.parametrize("way", ["for", "batches", "samples", "shuffled"])
def test_a_second_epoch_makes_no_request(
    http_server: HttpServer, address: str, local: atdata.Dataset[Large], cache: Path, way: str
) -> None:
    ds = atdata.load_dataset(address, Large)
    if way == "for":
        assert [sample.number for sample in ds] == list(range(COUNT))
    elif way == "batches":
        assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    elif way == "samples":
        assert [ds[number].number for number in range(COUNT)] == list(range(COUNT))
    else:
        assert sorted(numbers(ds.shuffled(batch_size=4))) == list(range(COUNT))
    for path in local.shards:
        assert sum(size for _, size in _asked(http_server, path.name)) <= path.stat().st_size + 1
    contents = sorted(path.read_bytes() for path in local.shards)
    assert sorted(path.read_bytes() for path in cache.glob("*.tar")) == contents
    assert all(set(path.read_bytes()) == {1} for path in cache.glob("*.have"))
    http_server.forget()
    same(ds, local)
    assert not http_server.asked
    # Another dataset asks which state the shards are in, and fetches nothing of them.
    same(atdata.load_dataset(address, Large), local)
    assert {span for path in local.shards for span in http_server.spans(path.name)} <= {(0, 1)}


def _asked(server: HttpServer, name: str) -> list[tuple[int, int]]:
    """The first byte of each range that was asked for, and how many bytes were."""
    size = len(server.files[name])
    return [
        (begin, end - begin) for begin, end in (span or (0, size) for span in server.spans(name))
    ]


def test_what_is_not_what_it_should_be_is_not_kept(
    http_server: HttpServer, address: str, cache: Path
) -> None:
    name = next(name for name in http_server.files if name.endswith("000001.tar"))
    content = bytearray(http_server.files[name])
    content[MIB + 77_777] ^= 1
    http_server.files[name] = bytes(content)
    ds = atdata.load_dataset(address, Large)
    with pytest.raises(atdata.ShardError, match="its sha-256 is"):
        numbers(ds.ordered(batch_size=4))
    assert len(list(cache.glob("*.tar"))) == len(list(cache.glob("*.have"))) == 1


def test_who_leaves_keeps_nothing(address: str, cache: Path) -> None:
    ds = atdata.load_dataset(address, Large)
    samples = iter(ds)
    assert [sample.number for sample in itertools.islice(samples, 20)] == list(range(20))
    assert len(list(cache.glob("*.tar"))) == 2, "one that is read, and one that was"
    del samples
    gc.collect()
    assert len(list(cache.glob("*.tar"))) == len(list(cache.glob("*.have"))) == 1


def test_what_there_is_no_room_for_is_read_all_the_same(
    address: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "1MB")
    monkeypatch.setattr("atdata.shards.kept.allowance._PAUSE", 0.0)
    ds = atdata.load_dataset(address, Large)
    assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    assert not list(cache.glob("*.tar"))


@pytest.mark.skipif(os.name == "nt", reason="no blocks are kept there")
def test_a_folder_that_takes_nothing_is_said_once(
    address: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.shards.kept.keeping._warned", False)
    cache.parent.mkdir()
    cache.write_bytes(b"no folder")
    ds = atdata.load_dataset(address, Large)
    with pytest.warns(atdata.CacheWarning) as said:
        assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    assert len(said) == 1


@pytest.mark.parametrize("how", ["cache=False", "never"])
def test_nothing_is_kept_where_nothing_is_to_be(address: str, cache: Path, how: str) -> None:
    if how == "never":
        ds = atdata.load_dataset(address, Large, verify="never")
    else:
        ds = atdata.load_dataset(address, Large, cache=False)
    assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    assert not cache.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_that_reads_on_leaves_the_file_to_its_parent(tmp_path: Path, cache: Path) -> None:
    keeping = Keeping.of([None])
    assert keeping is not None
    growing = keeping.growing()
    growing.add(memoryview(b"a" * 100))
    child = os.fork()
    if not child:
        growing.add(memoryview(b"b" * 100))
        growing.drop()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    (path,) = cache.glob("*.tar")
    growing.add(memoryview(b"c"))
    assert path.read_bytes() == b"a" * 100 + b"c"
    growing.drop()
    assert not list(cache.iterdir())

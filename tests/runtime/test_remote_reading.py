"""A dataset on a web server gives what the same dataset gives from the disk, for as little as it takes."""

from __future__ import annotations

import gzip
import importlib
import io
import os
import pickle
import shutil
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import atdata
from atdata.samples.build import sample_class
from atdata.shards.columnar import arena
from atdata.shards.sources.redirects import Streamed
from atdata.testing.strategies import samples
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema
from remote_data import COUNT, Large, Word, large, no_wait, numbers, same
from servers.http import HttpServer
from type_strategies import Universe, universes
from view_data import Item, item

msgpack: Any = importlib.import_module("msgpack")  # which has no types
_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
_PHASES = [Phase.explicit, Phase.generate]
MIB = 1 << 20
_READ = Streamed.read


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and no waits."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def served(server: HttpServer, folder: Path) -> str:
    """The address of the `dataset.json` of a folder."""
    return server.put_folder(folder) + "data.dataset.json"


def blocks(server: HttpServer, path: str = "data.tar") -> set[int]:
    """The blocks of a shard that were asked for, each of which has to be a whole one."""
    size = len(server.files[path])
    found = set[int]()
    for span in server.spans(path):
        assert span is not None
        assert span[0] % MIB == 0
        assert span[1] % MIB == 0 or span[1] == size
        found |= set(range(span[0] // MIB, -(-span[1] // MIB)))
    return found


def test_one_sample_costs_the_index_and_its_blocks(
    http_server: HttpServer, tmp_path: Path, cache: Path
) -> None:
    local = large(tmp_path / "out")
    address = served(http_server, tmp_path / "out")
    ds = atdata.load_dataset(address, Large)
    assert [one.path for one in http_server.asked] == ["/data.dataset.json"]
    assert len(ds) == COUNT
    http_server.forget()
    assert (ds[9].pixels == local[9].pixels).all()
    assert [one.path for one in http_server.asked] == ["/data.tar.idx", "/data.tar"]
    assert blocks(http_server) == {1}, "sample 9 lies within one MiB"
    http_server.forget()
    assert ds[9].number == 9
    assert ds[10].number == 10
    assert not http_server.asked, "the index and the block are kept"
    assert ds[8].number == 8
    assert blocks(http_server) == {0}
    assert [path.suffix for path in (cache / "index").iterdir()] == [".idx"]
    http_server.forget()
    again = atdata.load_dataset(address, Large)
    assert again[39].number == 39
    assert [one.path for one in http_server.asked] == ["/data.dataset.json", "/data.tar"]
    assert blocks(http_server) == {4}


def test_a_verified_block_is_not_fetched_whole_again(
    http_server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.shards.fetched.blocks.BlockCache.__init__.__defaults__", (MIB,))
    large(tmp_path / "out")
    ds = atdata.load_dataset(served(http_server, tmp_path / "out"), Large, cache=False)
    always = atdata.load_dataset(
        http_server.url + "/data.dataset.json", Large, verify="always", cache=False
    )
    for dataset in (ds, always):
        assert dataset[3].number == 3
        assert dataset[12].number == 12
    http_server.forget()
    assert ds[3].number == 3
    ((begin, end),) = [span for span in http_server.spans("data.tar") if span]
    assert end - begin < 121_000, "the payload alone"
    http_server.forget()
    assert always[3].number == 3
    assert blocks(http_server) == {0}


def test_one_sample_without_digests_costs_its_payload_and_its_header(
    http_server: HttpServer, tmp_path: Path
) -> None:
    """A shard alone, whose index nothing vouches for: what stands before a sample is looked at once."""
    large(tmp_path / "out", digests=False)
    for name in ("data.tar", "data.tar.idx"):
        http_server.put(name, (tmp_path / "out" / name).read_bytes())
    ds = atdata.load_dataset(http_server.url + "/data.tar", Large)
    http_server.forget()
    assert ds[9].number == 9
    spans = http_server.spans("data.tar")
    assert spans[0] == (0, 1), "how large it is, and which"
    assert spans[1] is not None
    payload = spans[1][1] - spans[1][0]
    assert 120_512 <= payload < 121_600
    http_server.forget()
    assert ds[9].number == 9
    assert ds[10].number == 10
    again, first = [span for span in http_server.spans("data.tar") if span]
    assert again[1] - again[0] < payload, "its header was looked at"
    assert first[1] - first[0] == payload


def test_every_way_of_reading_gives_what_the_disk_gives(
    http_server: HttpServer, tmp_path: Path
) -> None:
    local = large(tmp_path / "out", maxcount=15)
    ds = atdata.load_dataset(served(http_server, tmp_path / "out"), Large)
    same(ds, local)
    assert len(ds.locations) == 3
    assert ds.locations[0] == f"{http_server.url}/data-000000.tar"
    with pytest.raises(atdata.LoadError, match="is no local file: `locations`"):
        _ = ds.shards
    same(
        atdata.load_dataset(http_server.url + "/data.dataset.json"),
        atdata.load_dataset(tmp_path / "out"),
    )
    assert atdata.load_dataset(http_server.url + "/data-000001.tar", Large)[0].number == 15


def test_shuffled_batches_ask_for_many_ranges_at_once_and_for_none_twice(
    http_server: HttpServer, tmp_path: Path
) -> None:
    large(tmp_path / "out")
    ds = atdata.load_dataset(served(http_server, tmp_path / "out"), Large)
    assert sorted(numbers(ds.shuffled(batch_size=8))) == list(range(COUNT))
    assert blocks(http_server) == set(range(5))
    assert sum(len(range(*span)) for span in http_server.spans("data.tar") if span) == len(
        http_server.files["data.tar"]
    )


@pytest.mark.parametrize("form", ["described", "alone", "without an index"])
def test_small_samples_of_several_shards(
    http_server: HttpServer, tmp_path: Path, form: str
) -> None:
    local = atdata.write_samples(map(item, range(23)), tmp_path / "out" / "data.tar", maxcount=5)
    http_server.put_folder(tmp_path / "out")
    if form != "described":
        del http_server.files["data.dataset.json"]
    if form == "without an index":
        for name in [name for name in http_server.files if name.endswith(".idx")]:
            del http_server.files[name]
    named = "data.dataset.json" if form == "described" else "data-{000000..000004}.tar"
    for size in (1, 4, 64):
        same(atdata.load_dataset(f"{http_server.url}/{named}", Item), local, size=size)


def test_packed_shards_are_streamed(http_server: HttpServer, tmp_path: Path) -> None:
    local = large(tmp_path / "out")
    content = local.shards[0].read_bytes()
    http_server.put("a.tar.gz", gzip.compress(content, 1))
    http_server.put("a.tgz", gzip.compress(content[:MIB], 1) + gzip.compress(content[MIB:], 1))
    http_server.put("a.tar.zst", zstandard.compress(content))
    for name in ("a.tar.gz", "a.tgz", "a.tar.zst"):
        ds = atdata.load_dataset(f"{http_server.url}/{name}", Large)
        http_server.forget()
        assert [sample.number for sample in ds] == list(range(COUNT))
        assert len(http_server.spans(name)) == 1, "one request"
        assert numbers(ds.ordered(batch_size=7)) == list(range(COUNT))
        assert len(ds) == COUNT
        packed = atdata.load_dataset(_write(tmp_path / name, http_server.files[name]), Large)
        assert ds.ordered().state_dict() == packed.ordered().state_dict()
        with pytest.raises(
            atdata.LoadError, match=rf"{name}: single samples and shuffled order need"
        ):
            ds[0]


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_shard_without_an_index_is_read_once_in_order_and_its_index_kept(
    http_server: HttpServer, tmp_path: Path
) -> None:
    large(tmp_path / "out")
    http_server.put("data.tar", (tmp_path / "out" / "data.tar").read_bytes())
    for way in ("for", "ordered", "batches"):
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        ds = atdata.load_dataset(f"{http_server.url}/data.tar", Large)
        http_server.forget()
        if way == "batches":
            assert numbers(ds.ordered(batch_size=7)) == list(range(COUNT))
        else:
            found = ds if way == "for" else ds.ordered()
            assert [sample.number for sample in found] == list(range(COUNT))
        assert len(http_server.spans("data.tar")) <= 2, "to look, and to read"
        assert http_server.sent() < len(http_server.files["data.tar"]) + 100
        http_server.forget()
        again = atdata.load_dataset(f"{http_server.url}/data.tar", Large)
        for dataset in (ds, again):
            assert len(dataset) == COUNT
            assert dataset[7].number == 7
        assert http_server.sent() < 300_000, "the index is known"


def test_the_first_sample_comes_before_the_shard_was_read(
    http_server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(tmp_path / "out", count=200)
    for with_index in (True, False):
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        http_server.put_folder(tmp_path / "out")
        del http_server.files["data.dataset.json"]
        if not with_index:
            del http_server.files["data.tar.idx"]
        ds = atdata.load_dataset(f"{http_server.url}/data.tar", Large)
        taken: list[int] = []

        def counted(body: Streamed, amount: int, /, taken: list[int] = taken) -> bytes:
            data = _READ(body, amount)
            taken.append(len(data))
            return data

        with monkeypatch.context() as patch:
            patch.setattr(Streamed, "read", counted)
            assert next(iter(ds)).number == 0
        assert sum(taken) <= 3 * MIB


@settings(max_examples=25, deadline=None, suppress_health_check=_RELAXED, phases=_PHASES)
@given(universe=universes(), data=st.data(), size=st.integers(1, 5), packed=st.booleans())
def test_any_type(
    universe: Universe, data: st.DataObject, size: int, packed: bool, tmp_path: Path
) -> None:
    """Random types and samples, in our layout and in others, on a server and on the disk."""
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    cls = sample_class(Schema.of(catalog, universe.main))
    drawn = data.draw(st.lists(samples(cls), min_size=3, max_size=9))
    payloads = [sample.encode() for sample in drawn]
    if data.draw(st.booleans()):
        payloads = [msgpack.packb(msgpack.unpackb(one, strict_map_key=False)) for one in payloads]
    path = _shard(tmp_path / "own.tar", payloads, data.draw(st.booleans()))
    server = HttpServer()
    try:
        local = atdata.load_dataset(path, cls)
        if not packed:
            same(atdata.load_dataset(server.put("own.tar", path.read_bytes()), cls), local, size)
            return
        remote = atdata.load_dataset(
            server.put("own.tar.gz", gzip.compress(path.read_bytes())), cls
        )
        assert [one.encode() for one in remote] == [one.encode() for one in local]
    finally:
        server.close()


def _shard(path: Path, payloads: Sequence[bytes], pax: bool) -> Path:
    form = tarfile.PAX_FORMAT if pax else tarfile.USTAR_FORMAT
    with tarfile.open(path, "w", format=form) as tar:
        for number, payload in enumerate(payloads):
            member = tarfile.TarInfo(f"{number:09d}.msgpack")
            member.size = len(payload)
            member.mtime = 1.5 if pax else 0
            tar.addfile(member, io.BytesIO(payload))
    return path


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_samples(http_server: HttpServer, tmp_path: Path, count: int) -> None:
    words = [Word("one", 1)][:count]
    path = _shard(tmp_path / "x.tar", [_encoded(word) for word in words], pax=False)
    address = http_server.put("x.tar", path.read_bytes())
    for _ in range(2):
        ds = atdata.load_dataset(address, Word)
        assert list(ds) == words
        assert len(ds) == count
        assert bool(ds) == bool(count)
        assert sum(map(len, ds.shuffled(batch_size=2))) == count


def _encoded(sample: Any) -> bytes:
    payload: bytes = sample.encode()
    return payload


def test_local_and_remote_shards_go_together(http_server: HttpServer, tmp_path: Path) -> None:
    one = large(tmp_path / "out", count=6)
    two = atdata.load_dataset(served(http_server, tmp_path / "out"), Large)
    both = atdata.load_dataset(
        [tmp_path / "out" / "data.tar", http_server.url + "/data.tar"], Large
    )
    joined = one.concat(two)
    for ds in (both, joined):
        assert sorted(numbers(ds.shuffled(batch_size=4))) == sorted([*range(6)] * 2)
        assert ds[11].number == 5
        assert numbers(ds.ordered(batch_size=5)) == [*range(6), *range(6)]


def test_in_order_no_shard_is_asked_about_before_it_is_read(
    http_server: HttpServer, tmp_path: Path
) -> None:
    atdata.write_samples([Word("a", n) for n in range(40)], tmp_path / "out" / "d.tar", maxcount=10)
    http_server.put_folder(tmp_path / "out")
    ds = atdata.load_dataset(http_server.url + "/d.dataset.json", Word)
    http_server.forget()
    assert next(iter(ds)).number == 0
    assert {one.path for one in http_server.asked} == {"/d-000000.tar", "/d-000000.tar.idx"}


def test_threads_may_share_a_dataset(http_server: HttpServer, tmp_path: Path) -> None:
    large(tmp_path / "out", maxcount=7)
    ds = atdata.load_dataset(served(http_server, tmp_path / "out"), Large)

    def one(number: int) -> int:
        return ds[number].number

    def epoch(seed: int) -> list[int]:
        return sorted(numbers(ds.shuffled(batch_size=4, seed=seed)))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, [*range(COUNT)] * 3)) == [*range(COUNT)] * 3
        assert list(pool.map(epoch, range(4))) == [list(range(COUNT))] * 4


def test_a_dataset_pickles_and_works_after_fork(http_server: HttpServer, tmp_path: Path) -> None:
    large(tmp_path / "out")
    ds = atdata.load_dataset(served(http_server, tmp_path / "out"), Large)
    epochs = ds.shuffled(batch_size=4)
    walk = iter(epochs)
    first = next(walk)
    again = pickle.loads(pickle.dumps(ds))
    assert again[5].number == 5
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            found = [*first.number, *numbers(walk)]
            os.write(writing, bytes(found))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert sorted(os.read(reading, 1000)) == list(range(COUNT))
    assert sorted([*first.number, *numbers(walk)]) == list(range(COUNT))


def test_plain_files_are_fetched_where_they_cannot_be_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: the same contract, over files."""
    mapped = large(tmp_path / "out", maxcount=15)
    small = atdata.write_samples(map(item, range(9)), tmp_path / "small" / "d.tar", maxcount=4)
    monkeypatch.setattr("atdata.shards.shard_set.can_map", lambda: False)
    fetched = atdata.load_dataset(tmp_path / "out", Large)
    same(fetched, mapped)
    same(atdata.load_dataset(tmp_path / "small", Item), small)
    path = fetched.shards[1]
    content = bytearray(path.read_bytes())
    content[MIB + 5] ^= 1
    ds = atdata.load_dataset(tmp_path / "out", Large)
    assert len(ds.keys()) == COUNT
    path.write_bytes(content)
    with pytest.raises(atdata.ShardError, match=r"data-000001\.tar: was replaced"):
        ds[16]
    again = atdata.load_dataset(tmp_path / "out", Large)
    assert again[15].number == 15
    given: list[int] = []
    with pytest.raises(atdata.ShardError, match=r"data-000001\.tar: block 1"):
        given.extend(sample.number for sample in again)
    assert given == list(range(len(given)))
    assert 20 <= len(given) < 26
    path.write_bytes(content[:MIB])
    torn = atdata.load_dataset(path, Large)
    given.clear()
    with pytest.raises(atdata.ShardError):
        given.extend(sample.number for sample in torn)
    assert arena.can_map() or np.array(given).size

"""Datasets on a web server that is away, slow, wrong or hostile: right data, or an error that names the thing."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import atdata
from atdata.shards.index.file import decode_index, encode_index
from atdata.shards.index.keys import keys_of
from atdata.shards.tar import END, write_header
from remote_data import COUNT, Large, Word, large, no_wait, numbers
from servers.http import (
    Fault,
    HttpServer,
    Reply,
    both,
    cut,
    flipped,
    gone,
    header,
    status,
    whole,
)

MIB = 1 << 20


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and no waits."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def address(http_server: HttpServer, tmp_path: Path) -> str:
    """A described dataset of one shard."""
    large(tmp_path / "out")
    return http_server.put_folder(tmp_path / "out") + "data.dataset.json"


def given_before(error: type[Exception], match: str, way: Callable[[], Any]) -> list[int]:
    """The numbers that a way through a dataset gives before an error."""
    given: list[int] = []

    def read() -> None:
        for item in way():
            found: int | list[int] = item.number
            given.extend([found] if isinstance(found, int) else found)

    with pytest.raises(error, match=match):
        read()
    return given


def nothing(cache: object, spot: object) -> None:
    """No block is in memory, not even one that somebody still reads: each part makes requests of its own."""


def test_a_network_that_goes_away_in_an_epoch_is_waited_for_and_then_an_error_to_go_on_from(
    http_server: HttpServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.views.rows._MAX_BYTES", MIB)
    monkeypatch.setattr("atdata.shards.fetched.ahead.AHEAD", 1)
    monkeypatch.setattr("atdata.shards.fetched.blocks.BlockCache.get", nothing)
    waits: list[float] = []
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", waits.append)
    ds = atdata.load_dataset(address, Large)
    whole_epoch = numbers(ds.shuffled(batch_size=4, seed=3, epoch=0))
    fresh = atdata.load_dataset(address, Large, verify="always", cache=False)
    epochs = fresh.shuffled(batch_size=4, seed=3, epoch=0)
    walk = iter(epochs)
    given = [*next(walk).number]
    http_server.then(gone, status(503), cut(1000))
    given += next(walk).number
    given += next(walk).number
    assert waits
    http_server.always(gone, "data.tar")
    given += given_before(
        atdata.SourceError,
        rf"{http_server.url}/data\.tar: the connection broke off.*taken up again from its state",
        lambda: walk,
    )
    state = json.loads(json.dumps(epochs.state_dict()))
    http_server.always(lambda reply: None, "data.tar")
    again = atdata.load_dataset(address, Large).shuffled(batch_size=4, seed=3, epoch=0)
    again.load_state_dict(state)
    assert [*given, *numbers(again)] == whole_epoch


@pytest.mark.parametrize("way", ["for", "shuffled", "index"])
def test_a_shard_that_is_replaced_is_never_mixed_in(
    http_server: HttpServer, address: str, tmp_path: Path, way: str
) -> None:
    """The new shard is whole and of the same size; what its digests say would fit nothing else."""
    zeros = [Large(pixels=np.zeros((300, 400), np.uint8), number=n + 100) for n in range(COUNT)]
    other = atdata.write_samples(zeros, tmp_path / "other" / "data.tar")
    kinds: tuple[Literal["first", "never"], ...] = ("first", "never")
    for verify in kinds:
        http_server.put_folder(tmp_path / "out")
        ds = atdata.load_dataset(address, Large, verify=verify)
        given = [ds[0].number]
        http_server.files["data.tar"] = other.shards[0].read_bytes()
        ways: dict[str, Any] = {
            "for": ds,
            "shuffled": ds.shuffled(batch_size=3),
            "index": map(ds.__getitem__, range(COUNT)),
        }
        read = partial(iter, ways[way])
        given += given_before(atdata.SourceError, r"data\.tar: was replaced", read)
        assert max(given) < 100


def test_a_shard_of_another_size_than_described_is_refused(
    http_server: HttpServer, address: str
) -> None:
    http_server.files["data.tar"] += bytes(512)
    ds = atdata.load_dataset(address, Large)
    with pytest.raises(
        atdata.ShardError, match=r"data\.tar: was replaced after its index was made"
    ):
        ds[0]
    del http_server.files["data.tar.idx"]
    for way in (lambda: ds[0], lambda: list(atdata.load_dataset(address, Large))):
        with pytest.raises(
            atdata.ShardError, match="one of the two was replaced|was replaced after"
        ):
            way()


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_is_found_and_what_is_before_it_given(
    http_server: HttpServer, address: str, seed: int
) -> None:
    content = bytearray(http_server.files["data.tar"])
    at = random.Random(seed).randrange(2000, len(content) - 12_000)
    content[at] ^= 1
    http_server.files["data.tar"] = bytes(content)

    def ds() -> atdata.Dataset[Large]:
        return atdata.load_dataset(address, Large)

    first = at // MIB * MIB // 121_000
    for way in (ds, lambda: ds().ordered(batch_size=1), lambda: ds().ordered(batch_size=7)):
        given = given_before(atdata.ShardError, r"data\.tar: block \d \(bytes", way)
        assert given == list(range(len(given)))
        assert len(given) >= first - 1
    for number in range(COUNT):
        if number * 121_000 // MIB == at // MIB:
            with pytest.raises(atdata.ShardError, match=r"restore it from where it came from"):
                ds()[number]
    never = atdata.load_dataset(address, Large, verify="never")
    assert len(numbers(never.ordered(batch_size=8))) == COUNT


def test_bytes_that_were_damaged_on_the_way_are_fetched_again(
    http_server: HttpServer, address: str
) -> None:
    ds = atdata.load_dataset(address, Large)
    assert len(ds.keys()) == COUNT
    http_server.then(flipped)
    assert ds[20].number == 20
    assert len(http_server.spans("data.tar")) == 2


@pytest.mark.parametrize("how", ["gone", "denied", "other", "cut"])
def test_without_the_index_that_is_described_the_shard_is_verified_as_a_whole(
    http_server: HttpServer, address: str, cache: Path, how: str
) -> None:
    index = http_server.files["data.tar.idx"]
    if how == "gone":
        del http_server.files["data.tar.idx"]
    elif how == "denied":
        http_server.always(status(403), "data.tar.idx")
    else:
        http_server.files["data.tar.idx"] = index[:-8] if how == "cut" else index[::-1]
    ds = atdata.load_dataset(address, Large)
    assert sorted(numbers(ds.shuffled(batch_size=8))) == list(range(COUNT))
    http_server.forget()
    again = atdata.load_dataset(address, Large, cache=False)
    assert again[30].number == 30
    spans = [span for span in http_server.spans("data.tar") if span]
    assert spans == [(0, 1), (3 * MIB, 4 * MIB)], "the index that was made is kept, with digests"
    content = bytearray(http_server.files["data.tar"])
    content[-30_000] ^= 1
    http_server.files["data.tar"] = bytes(content)
    bad = atdata.load_dataset(address, Large)
    with pytest.raises(
        atdata.ShardError, match=r"its sha-256 is [0-9a-f]{64}, where its dataset\.json"
    ):
        bad[0]
    given = given_before(atdata.ShardError, "its sha-256 is", lambda: bad)
    assert given == list(range(COUNT)), "found out at the end, where samples come as they are read"


def test_an_index_that_cannot_be_had_for_now_is_no_reason_to_read_the_shard(
    http_server: HttpServer, address: str
) -> None:
    ds = atdata.load_dataset(address, Large)
    http_server.always(status(503), "data.tar.idx")
    with pytest.raises(atdata.SourceError, match=r"data\.tar\.idx: the server answered 503"):
        ds[0]
    assert not http_server.spans("data.tar")


def _lies(content: bytes) -> dict[str, bytes]:
    """Index files that are whole and wrong: what they say lies within the shard."""
    true = decode_index(content, "data.tar")
    offsets, sizes, keys = true.offsets, true.sizes, list(true.keys())
    blocks = true.blocks

    def made(offsets: Any, sizes: Any, keys: list[str]) -> bytes:
        return encode_index(
            offsets=np.asarray(offsets),
            sizes=np.asarray(sizes),
            keys=keys_of(keys),
            shard_bytes=true.shard_bytes,
            blocks=blocks,
        )

    inside = offsets.copy()
    inside[5] += 512
    shorter = sizes.copy()
    shorter[5] -= 1
    swapped = [*keys[:5], keys[6], keys[5], *keys[7:]]
    return {
        "a payload begins inside another": made(
            inside, np.where(inside > offsets, sizes - 512, sizes), keys
        ),
        "a payload is cut": made(offsets, shorter, keys),
        "a sample is left out": made(
            np.delete(offsets, 5), np.delete(sizes, 5), [*keys[:5], *keys[6:]]
        ),
        "the last is left out": made(offsets[:-1], sizes[:-1], keys[:-1]),
        "the first is left out": made(offsets[1:], sizes[1:], keys[1:]),
        "all are left out": made(offsets[:0], sizes[:0], []),
        "keys are swapped": made(offsets, sizes, swapped),
        "noise": random.Random(0).randbytes(len(content)),
        "cut": content[:-9],
        "empty": b"",
    }


LIES = (
    *("a payload begins inside another", "a payload is cut", "a sample is left out"),
    *("the last is left out", "the first is left out", "all are left out", "keys are swapped"),
    *("noise", "cut", "empty"),
)


@pytest.mark.parametrize("lie", LIES)
def test_an_index_that_lies_is_refused_and_another_one_made(
    http_server: HttpServer, address: str, lie: str
) -> None:
    del http_server.files["data.dataset.json"]
    http_server.files["data.tar.idx"] = _lies(http_server.files["data.tar.idx"])[lie]
    alone = f"{http_server.url}/data.tar"
    refused = False
    given: list[tuple[str, int]] = []
    try:
        ds = atdata.load_dataset(alone, Large)
        given = [(key, ds[n].number) for n, key in enumerate(ds.keys())]
    except atdata.ShardError as error:
        refused = True
        text = str(error)
        assert text.startswith(alone)
        assert "data.tar.idx" in text
        assert "load the dataset again" in text
    assert refused == (lie not in ("noise", "cut", "empty", "all are left out"))
    again = atdata.load_dataset(alone, Large)
    assert [(key, again[n].number) for n, key in enumerate(again.keys())] == [
        (f"{n:09d}", n) for n in range(COUNT)
    ]
    assert refused or given == [(f"{n:09d}", n) for n in range(COUNT)]


def test_without_a_cache_an_index_that_lies_has_to_be_removed(
    http_server: HttpServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_CACHE", "")
    del http_server.files["data.dataset.json"]
    http_server.files["data.tar.idx"] = _lies(http_server.files["data.tar.idx"])[LIES[0]]
    ds = atdata.load_dataset(f"{http_server.url}/data.tar", Large)
    with pytest.raises(atdata.ShardError, match="have it removed"):
        ds[5]


def test_a_server_without_tags_has_every_block_verified_each_time(
    http_server: HttpServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.shards.fetched.blocks.BlockCache.get", nothing)
    http_server.always(header("ETag", None), "data.tar")
    ds = atdata.load_dataset(address, Large, cache=False)
    assert ds[3].number == 3
    content = bytearray(http_server.files["data.tar"])
    content[400_000] ^= 1
    http_server.files["data.tar"] = bytes(content)
    with pytest.raises(atdata.ShardError, match="block 0"):
        ds[3]


@pytest.mark.parametrize("index", [True, False])
def test_servers_without_ranges(http_server: HttpServer, tmp_path: Path, index: bool) -> None:
    """In order, or where a shard is small."""
    local = large(tmp_path / "big", count=80)
    atdata.write_samples([Word("a", 1), Word("b", 2)], tmp_path / "small" / "small.tar")
    for folder in ("big", "small"):
        http_server.put_folder(tmp_path / folder)
    if not index:
        for name in ("data.tar.idx", "data.dataset.json", "small.tar.idx", "small.dataset.json"):
            del http_server.files[name]
    http_server.always(whole)
    small = atdata.load_dataset(f"{http_server.url}/small.tar", Word)
    assert [word.number for word in small] == [1, 2]
    assert small[1].text == "b"
    big = atdata.load_dataset(f"{http_server.url}/data.tar", Large)
    with pytest.raises(atdata.SourceError, match="the server gives no ranges of bytes"):
        big[70]
    if not index:
        fresh = atdata.load_dataset(f"{http_server.url}/data.tar", Large, verify="never")
        assert [one.number for one in fresh] == [one.number for one in local]


def test_a_shard_without_ranges_beside_one_with_them(
    http_server: HttpServer, tmp_path: Path
) -> None:
    """It is not asked before it is read; what it answers is an error that says so, and known from then on."""
    large(tmp_path / "out", count=180, maxcount=90)  # of 10.8 MB each
    address = http_server.put_folder(tmp_path / "out") + "data.dataset.json"
    http_server.always(whole, "data-000001.tar")
    ds, found = atdata.load_dataset(address, Large, cache=False), list[int]()
    said = (
        r"data-000001\.tar: the server gives no ranges .*again where that was done.* a file beside"
    )
    with pytest.raises(atdata.SourceError, match=said):
        found.extend(one.number for one in ds)
    assert found == list(range(len(found)))
    assert 90 <= len(found) < 180
    assert [one.number for one in ds] == list(range(180))


@pytest.mark.parametrize("index", [True, False])
def test_a_torn_shard_gives_what_is_before_the_tear(
    http_server: HttpServer, address: str, index: bool
) -> None:
    del http_server.files["data.dataset.json"]
    http_server.files["data.tar"] = http_server.files["data.tar"][: 2 * MIB]
    if not index:
        del http_server.files["data.tar.idx"]
    ds = atdata.load_dataset(f"{http_server.url}/data.tar", Large)
    for way in (lambda: ds, lambda: ds.ordered(batch_size=4)):
        given = given_before(atdata.ShardError, r"data\.tar, key '000000017': its payload of", way)
        assert given == list(range(17))
    with pytest.raises(atdata.ShardError, match="goes beyond the end of the file"):
        ds[0]


def test_a_missing_shard_is_named_after_what_is_before_it(
    http_server: HttpServer, tmp_path: Path
) -> None:
    large(tmp_path / "out", maxcount=10)
    address = http_server.put_folder(tmp_path / "out") + "data.dataset.json"
    del http_server.files["data-000001.tar"]
    for way in (
        lambda: atdata.load_dataset(address, Large),
        lambda: atdata.load_dataset(address, Large).ordered(batch_size=4),
    ):
        given = given_before(
            atdata.DatasetNotFound, r"data-000001\.tar: there is no such file", way
        )
        assert given == list(range(10))
    with pytest.raises(atdata.DatasetNotFound, match=r"data-000001\.tar"):
        list(atdata.load_dataset(address, Large).shuffled(batch_size=4))


def test_a_packed_shard_elsewhere_unpacks_up_to_a_bound(
    http_server: HttpServer, tmp_path: Path
) -> None:
    bomb = gzip.compress(write_header("a.msgpack", 300 << 20) + bytes(100 << 20), 9)
    address = http_server.put("bomb.tar.gz", bomb)
    with pytest.raises(
        atdata.ShardError, match=r"bomb\.tar\.gz: it unpacks to more than 200 times"
    ):
        list(atdata.load_dataset(address, Word))
    torn = gzip.compress(write_header("a.msgpack", 10) + bytes(512) + END)
    address = http_server.put("torn.tar.gz", torn[:-20])
    with pytest.raises(atdata.ShardError, match=r"torn\.tar\.gz.*cannot be unpacked"):
        list(atdata.load_dataset(address, Word))
    http_server.always(gone)
    with pytest.raises(atdata.SourceError, match="broke off"):
        list(atdata.load_dataset([f"{http_server.url}/x.tar.gz"], Word))


def _described(server: HttpServer, change: Callable[[Any], object]) -> None:
    found = json.loads(server.files["data.dataset.json"])
    change(found)
    server.files["data.dataset.json"] = json.dumps(found).encode()


def _rename(name: str, found: Any) -> None:
    found["splits"]["train"][0]["file"] = name


@pytest.mark.parametrize(
    "name", ["../data.tar", "/etc/passwd", "a/b.tar", "file:///etc/passwd", "..", "https://x/y.tar"]
)
def test_a_description_names_files_of_its_own_folder_only(
    http_server: HttpServer, address: str, name: str
) -> None:
    _described(http_server, partial(_rename, name))
    with pytest.raises(
        atdata.DescriptionError, match=r"data\.dataset\.json: .*file: expected the name"
    ):
        atdata.load_dataset(address, Large)


def test_names_that_mean_something_in_an_address_are_names(
    http_server: HttpServer, address: str
) -> None:
    for name in ("a b.tar", "a?b=c.tar", "a#b.tar", "a%2e.tar", "ä.tar", "a&b+c.tar"):
        http_server.put(name, http_server.files["data.tar"])
        _described(http_server, partial(_rename, name))
        ds = atdata.load_dataset(address, Large)
        assert ds[3].number == 3
        assert len(ds.locations) == 1


def test_descriptions_and_indexes_without_end_are_not_held(
    http_server: HttpServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ds = atdata.load_dataset(address, Large)
    http_server.files["data.tar.idx"] = bytes(1_000_000)
    with pytest.raises(atdata.SourceError, match=r"data\.tar\.idx: has more than the \d+ bytes"):
        ds[0]
    monkeypatch.setattr("atdata.remote_location.LARGEST", 1000)
    with pytest.raises(atdata.SourceError, match=r"dataset\.json: has more than the 1000 bytes"):
        atdata.load_dataset(address, Large)


def test_a_server_that_says_another_size_each_time_is_found_out(
    http_server: HttpServer, address: str
) -> None:
    sizes = iter(range(10**6, 10**7))

    def other(reply: Reply) -> None:
        said = reply.headers["Content-Range"].rpartition("/")[0]
        reply.headers["Content-Range"] = f"{said}/{next(sizes) + len(reply.content)}"

    http_server.always(other, "data.tar")
    ds = atdata.load_dataset(address, Large)
    with pytest.raises((atdata.SourceError, atdata.ShardError), match=r"data\.tar: was replaced"):
        ds[0]
    with pytest.raises(atdata.SourceError, match=r"data\.tar: was replaced"):
        _ = ds[0], ds[20]


def test_slow_and_stubborn_answers(http_server: HttpServer, address: str) -> None:
    """Bytes that come in drops still come."""
    faults: list[Fault] = [
        both(cut(size, reset=size % 2 == 0)) for size in (300_000, 1, 600_001, 0)
    ]
    ds = atdata.load_dataset(address, Large)
    assert len(ds.keys()) == COUNT
    http_server.then(*faults)
    assert ds[3].number == 3
    digest = hashlib.sha256(ds[3].pixels.tobytes()).hexdigest()
    assert digest == hashlib.sha256(ds[3].pixels.tobytes()).hexdigest()

"""Servers that fail, refuse, send what was not asked for or change a file, while batches are made ahead in every way: the batches
of the disk, or those before an error that names the shard."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from remote_data import Large, large, no_wait
from servers.http import (
    Fault,
    HttpServer,
    Reply,
    cut,
    flipped,
    gone,
    header,
    length,
    status,
    whole,
)

MIB = 1 << 20
COUNT = 60


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache folder, no waits, and chunks of about a block."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setattr("atdata.views.rows._MAX_BYTES", MIB)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def address(http_server: HttpServer, tmp_path: Path) -> str:
    """A dataset of some 7.3 MB in two shards."""
    large(tmp_path / "out", count=COUNT, maxcount=30)
    return http_server.put_folder(tmp_path / "out") + "data.dataset.json"


WAYS = ("batches", "samples", "threads", "fork", "torch", "torch workers")


def way_through(ds: atdata.Dataset[Large], way: str) -> Iterator[list[int]]:
    """The numbers of each batch, of a shuffled epoch."""
    if way == "samples":
        for sample in ds.shuffled(seed=1, epoch=0):
            yield [sample.number]
        return
    if way == "torch":
        found: Any = ds.torch(4, seed=1)
    elif way == "torch workers":
        found = ds.torch(4, seed=1).loader(num_workers=2)
    elif way == "batches":
        found = ds.shuffled(batch_size=4, seed=1)
    else:
        found = ds.loader(4, seed=1, workers=2, prefetch=5, processes=way == "fork" and "fork")
    for batch in found:
        numbers: Any = batch["number"] if way.startswith("torch") else batch.number
        yield [int(number) for number in numbers]


def expected(folder: Path) -> list[int]:
    """The same from the disk."""
    return [
        n for batch in way_through(atdata.load_dataset(folder, Large), "batches") for n in batch
    ]


def ranged(fault: Fault) -> Fault:
    """A fault of answers with a range of more than a byte."""

    def change(reply: Reply) -> None:
        if len(reply.body) > 1:
            fault(reply)

    return change


def shifted(reply: Reply) -> None:
    """The range beside the one that was asked for."""
    said = reply.headers["Content-Range"]
    first, rest = said.removeprefix("bytes ").split("-", 1)
    reply.headers["Content-Range"] = f"bytes {int(first) + 1}-{rest}"


PASSING: dict[str, Fault] = {
    "gone": gone,
    "cut": cut(100_000),
    "reset": cut(300_000, reset=True),
    "short": length(10),
    "500": status(500),
    "503": status(503, {"Retry-After": "1"}),
    "429": status(429, {"Retry-After": "1"}),
    "flipped": flipped,
}


@pytest.mark.parametrize("way", WAYS)
def test_faults_that_pass_change_nothing(
    http_server: HttpServer, address: str, tmp_path: Path, way: str
) -> None:
    """Some of each kind, spread over the requests for the shards."""
    choice, lock = random.Random(way), threading.Lock()
    faults = [fault for fault in PASSING.values() for _ in range(2)]
    choice.shuffle(faults)
    # A block that is damaged twice in a row is a fault of the shard.
    faults.remove(flipped)

    def now_and_then(reply: Reply) -> None:
        with lock:
            if len(reply.body) <= 1 or choice.random() < 0.3:
                return
            fault = faults.pop() if faults else None
        if fault is not None:
            fault(reply)

    ds = atdata.load_dataset(address, Large, cache=False)
    assert len(ds.keys()) == COUNT
    for name in ("data-000000.tar", "data-000001.tar"):
        http_server.always(now_and_then, name)
    count = len(faults)
    given = [n for batch in way_through(ds, way) for n in batch]
    assert given == expected(tmp_path / "out")
    # How many requests there are depends on what is asked for together; some of them failed.
    assert len(faults) <= count - 3


LASTING: dict[str, tuple[Fault, str]] = {
    "500": (status(500), "the server answered 500"),
    "429": (status(429, {"Retry-After": "900"}), "the server answered 429, and asks to wait 900 s"),
    "gone": (gone, "the connection broke off"),
    "ignored": (whole, ""),  # of a small file, all of it is taken
    "shifted": (shifted, "the server gave other bytes than those asked for"),
    "another": (header("ETag", '"another"'), "was replaced while it was read"),
    "flipped": (flipped, "does not have the digest in its index"),
    "denied": (status(403), "the server denies access"),
    "missing": (status(404), "there is no such file"),
}


# What a process says of an exception does not depend on which one it is.
PAIRS = [
    (kind, way)
    for kind in LASTING
    for way in WAYS
    if way not in ("fork", "torch workers") or kind in ("500", "another", "flipped")
]


@pytest.mark.parametrize(("kind", "way"), PAIRS)
def test_faults_that_last_are_an_error_behind_the_batches_before(
    http_server: HttpServer, address: str, tmp_path: Path, way: str, kind: str
) -> None:
    fault, said = LASTING[kind]
    ds = atdata.load_dataset(address, Large, cache=False)
    assert len(ds.keys()) == COUNT
    http_server.always(ranged(fault), "data-000001.tar")
    given = list[int]()

    def read() -> None:
        for batch in way_through(ds, way):
            given.extend(batch)

    if said:
        with pytest.raises(Exception, match=rf"data-000001\.tar.*{said}") as caught:
            read()
        known = (atdata.SourceError, atdata.ShardError, atdata.DatasetNotFound)
        assert isinstance(caught.value, known) or way == "torch workers"
    else:
        read()
    whole_epoch = expected(tmp_path / "out")
    assert given == whole_epoch[: len(given)], "no gap, no repeat"
    first = next(at for at, number in enumerate(whole_epoch) if number >= 30)
    assert len(given) >= first // 4 * 4 if said else given == whole_epoch


@pytest.mark.parametrize("way", ["batches", "threads", "torch"])
def test_a_shard_that_is_replaced_while_it_is_fetched_ahead_is_never_mixed_in(
    http_server: HttpServer, address: str, tmp_path: Path, way: str
) -> None:
    zeros = [Large(pixels=np.zeros((300, 400), np.uint8), number=100 + n) for n in range(COUNT)]
    atdata.write_samples(zeros, tmp_path / "other" / "data.tar", maxcount=30)
    ds = atdata.load_dataset(address, Large, cache=False)
    walk = way_through(ds, way)
    given = [*next(walk), *next(walk)]
    for name in ("data-000000.tar", "data-000001.tar"):
        http_server.files[name] = (tmp_path / "other" / name).read_bytes()
    said = list[str]()
    try:
        for batch in walk:
            given += batch
    except (atdata.SourceError, atdata.ShardError) as error:
        said.append(str(error))
    assert all("was replaced" in text for text in said)
    assert given == expected(tmp_path / "out")[: len(given)]

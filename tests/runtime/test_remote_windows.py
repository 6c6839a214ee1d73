"""Windows of shards elsewhere: each block comes once, is verified once, and with its neighbours where they are wanted soon."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata.shards.columnar.rows import Located
from atdata.shards.fetched.blocks import BlockCache
from atdata.shards.fetched.contents import Fetched
from atdata.shards.fetched.plan import Buffer
from atdata.shards.fetched.shard import FetchedShard
from atdata.shards.shard_set import ShardSet
from kept_data import files_of
from remote_data import Large, large, numbers
from servers.http import HttpServer

MIB = 1 << 20
COUNT = 240


@pytest.fixture
def local(tmp_path: Path) -> atdata.Dataset[Large]:
    """Three shards of some twelve MiB each."""
    return large(tmp_path / "out", count=COUNT, maxcount=80)


@pytest.fixture
def address(local: atdata.Dataset[Large], http_server: HttpServer, tmp_path: Path) -> str:
    """The same on a server."""
    assert len(local) == COUNT
    return http_server.put_folder(tmp_path / "out") + "data.dataset.json"


@pytest.mark.parametrize("way", ["shuffled", "loader"])
@pytest.mark.parametrize("seed", range(2))
def test_each_block_comes_once_and_is_verified_once(
    http_server: HttpServer,
    address: str,
    local: atdata.Dataset[Large],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    seed: int,
) -> None:
    verified = Counter[tuple[int, int]]()
    # Where a digest is computed.
    verify = FetchedShard._verified  # pyright: ignore[reportPrivateUsage]

    def counted(shard: FetchedShard, number: int, data: Buffer) -> Buffer:
        verified[shard.place, number] += 1
        return verify(shard, number, data)

    monkeypatch.setattr(FetchedShard, "_verified", counted)
    ds = atdata.load_dataset(address, Large, cache=False)
    if way == "shuffled":
        found = numbers(ds.shuffled(8, order="window:13MB", seed=seed))
        again = numbers(local.shuffled(8, order="window:13MB", seed=seed))
    else:
        found = numbers(ds.loader(8, order="window:13MB", seed=seed))
        again = numbers(local.loader(8, order="window:13MB", seed=seed))
    assert found == again
    assert sorted(found) == list(range(COUNT))
    assert set(verified.values()) == {1}
    sizes = {path.name: path.stat().st_size for path in local.shards}
    assert len(verified) == sum(-(-size // MIB) for size in sizes.values())
    spans = [span for name in sizes for span in http_server.spans(name) if span]
    assert sum(end - begin for begin, end in spans if end - begin > 1) == sum(sizes.values())


def _picked(rows: Located, which: NDArray[np.int64]) -> Located:
    return Located(rows.places[which], rows.inner[which], rows.at[which], rows.sizes[which])


def test_what_is_wanted_soon_comes_with_what_it_lies_between(
    http_server: HttpServer, address: str
) -> None:
    ds = atdata.load_dataset(address, Large, cache=False)
    contents = ShardSet(files_of(ds)).contents
    assert isinstance(contents, Fetched)
    rows = contents.shard(0)
    whole = np.flatnonzero(rows.at // MIB == (rows.at + rows.sizes - 1) // MIB)
    block = rows.at // MIB
    now, soon = (whole[np.isin(block[whole], which)] for which in ([1, 3, 6], [2, 4, 8]))
    http_server.forget()
    held = contents.hold(_picked(rows, now), [_picked(rows, soon)])
    assert len(held.rows) == len(now)
    spans = [span for span in http_server.spans("data-000000.tar") if span and span != (0, 1)]
    # The gap that is wanted as a whole comes; one that is not, and what lies behind the last block, do not.
    came = [number for begin, end in spans for number in range(begin // MIB, end // MIB)]
    assert sorted(came) == [1, 2, 3, 6]
    http_server.forget()
    contents.hold(_picked(rows, whole[block[whole] == 2]))
    assert not http_server.asked


def test_a_block_that_made_room_is_found_as_long_as_somebody_reads_it() -> None:
    cache = BlockCache(limit=2)
    parts = [memoryview(bytes([number])) for number in range(4)]
    for number, part in enumerate(parts):
        cache.put((0, number), part)
    assert cache.get((0, 0)) is parts[0], "it is in memory all the same"
    # By now the one that was put last, and that one, are kept.
    del parts[:]
    gc.collect()
    assert [cache.get((0, number)) is None for number in range(4)] == [False, True, True, False]

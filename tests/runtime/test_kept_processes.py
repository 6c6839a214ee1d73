"""Many processes on one cache folder, killed at any step, over its limit: always the right bytes, and nobody waits."""

from __future__ import annotations

import itertools
import os
import random
import resource
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

import atdata
from atdata.shards.cache_room import disk_bytes
from dying import status_of_child
from kept_data import all_ended, contents_of, forked, own_cache, shards_asked, statuses
from remote_data import Large, large
from servers.http import HttpServer, Reply

MIB = 1 << 20


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where blocks are kept, and no waits."""
    return own_cache(tmp_path, monkeypatch)


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> int:
    """A limit of half of the dataset, and nobody's shards are left alone: what is read is removed all the time."""
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "4 MiB")
    monkeypatch.setattr("atdata.shards.cache_room.RECENT", -3600.0)
    monkeypatch.setattr("atdata.shards.kept.allowance._PAUSE", 0.0)
    return 4 * MIB


@pytest.fixture
def address(http_server: HttpServer, tmp_path: Path) -> str:
    """Six shards of a MiB and some, on a server."""
    large(tmp_path / "out", count=54, maxcount=9)
    return http_server.put_folder(tmp_path / "out") + "data.dataset.json"


def right(address: str, tmp_path: Path) -> Callable[[int], None]:
    """Reads a dataset with a seed, and looks whether all is what was written."""
    expected = contents_of(atdata.load_dataset(tmp_path / "out", Large))

    def read(seed: int) -> None:
        ds = atdata.load_dataset(address, Large)
        if seed % 3:
            found = ds.shuffled(batch_size=5, seed=seed) if seed % 3 == 1 else ds.ordered(7)
            samples = [sample for batch in found for sample in batch.samples()]
        else:
            samples = [ds[number] for number in random.Random(seed).sample(range(54), 54)]
        assert contents_of(samples) == expected

    return read


def taken(cache: Path) -> int:
    return sum(disk_bytes(path.stat()) for path in cache.glob("*.tar"))


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.parametrize("room", ["all", "a half"])
def test_ten_processes_are_killed_at_random(
    http_server: HttpServer,
    address: str,
    cache: Path,
    tmp_path: Path,
    rounds: int,
    room: str,
    request: pytest.FixtureRequest,
) -> None:
    limit = request.getfixturevalue("crowded") if room == "a half" else None
    read = right(address, tmp_path)
    lock = threading.Lock()
    for turn in range(rounds):
        draw = random.Random(turn)
        # They are killed in the middle: when the server has been asked for so much.
        at = sorted(draw.randrange(2, 60) for _ in range(5))
        children: list[int] = []
        asked = itertools.count()

        def struck(
            reply: Reply,
            at: list[int] = at,
            children: list[int] = children,
            asked: Iterator[int] = asked,
            draw: random.Random = draw,
        ) -> None:
            with lock:
                if at and next(asked) >= at[0]:
                    at.pop(0)
                    os.kill(draw.choice(children), signal.SIGKILL)

        http_server.always(struck)
        with lock:
            children += [forked(partial(read, turn + number)) for number in range(10)]
        all_ended(children)
        with lock:
            at.clear()
        ended = statuses(children)
        http_server.always(lambda reply: None)
        assert set(ended) <= {0, -9}
        assert ended.count(0) >= 5
        assert not list(cache.glob(".*"))
        if limit is not None:
            assert taken(cache) <= limit + 10 * MIB, "each may be over it by a block"
        for seed in range(3):
            read(seed)


def test_what_several_fetch_is_kept_once(
    http_server: HttpServer, address: str, cache: Path, tmp_path: Path
) -> None:
    read = right(address, tmp_path)
    assert set(statuses([forked(partial(read, seed)) for seed in range(4)])) == {0}
    http_server.forget()
    read(1)
    assert not shards_asked(http_server)
    assert sorted(path.read_bytes() for path in cache.glob("*.tar")) == sorted(
        path.read_bytes() for path in (tmp_path / "out").glob("*.tar")
    )


def test_a_process_that_dies_at_any_step_is_in_nobodys_way(
    http_server: HttpServer, address: str, cache: Path, tmp_path: Path
) -> None:
    read = right(address, tmp_path)
    steps = ((os, "pwritev"), (os, "pwrite"), (os, "ftruncate"), (os, "open"))
    dead = 0
    # Each goes on where the one before was killed, so that the later ones come further.
    for step in [*range(12), *range(12, 120, 9)]:
        status = status_of_child(lambda: read(1), step, *steps)
        assert status in (0, -9)
        dead += status == -9
        if step % 4 == 3:
            for path in cache.glob("*"):
                path.unlink()
    assert dead > 12
    read(0)
    read(1)


def test_a_file_may_not_grow(address: str, cache: Path, tmp_path: Path) -> None:
    """A disk that takes no more, or a quota: reading goes on, and says so once."""
    read = right(address, tmp_path)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
        with pytest.warns(atdata.CacheWarning) as seen:
            deque(map(read, range(3)))
        assert len(seen) == 1
        assert "takes no more of what is fetched" in str(seen[0].message)

    assert statuses([forked(limited)]) == [0]
    assert taken(cache) == 0
    read(1)


def test_a_disk_that_fills_up(
    address: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = right(address, tmp_path)
    write, left = os.pwrite, [5 * MIB // 2]

    def filling(file: int, data: memoryview, offset: int) -> int:
        count = min(len(data), left[0], 300_000)
        if not count:
            raise OSError(28, "No space left on device")
        left[0] -= count
        return write(file, data[:count], offset)

    def filling_row(file: int, parts: Sequence[memoryview], offset: int) -> int:
        return filling(file, parts[0], offset)

    def full() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "pwrite", filling)
            patch.setattr(os, "pwritev", filling_row)
            with pytest.warns(atdata.CacheWarning, match="No space left on device"):
                deque(map(read, range(3)))

    assert statuses([forked(full)]) == [0]
    assert 0 < taken(cache) < 3 * MIB
    read(1)

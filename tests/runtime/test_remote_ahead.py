"""What the order needs next is fetched while the caller computes: how far, in which order, and until when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.shards.columnar.promised import Promised
from atdata.shards.columnar.rows import Held, Located
from atdata.shards.fetched.ahead import AHEAD, SOON, promised
from atdata.shards.fetched.contents import Fetched
from atdata.shards.shard_set import ShardSet
from kept_data import files_of
from remote_data import Large, Word, large, no_wait, numbers
from servers.http import Fault, HttpServer, Reply, cut, gone, status, waiting
from waiting import wait_until

MIB = 1 << 20
COUNT = 80


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache folder, no waits, and small chunks: about a block each."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setattr("atdata.views.rows._MAX_BYTES", MIB)
    monkeypatch.setattr("atdata.shards.fetched.contents.MOST", MIB)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    _before.clear()
    _before.update(threading.enumerate())


_before = set[threading.Thread]()
"""Those of tests before, which may still wait for a server that is gone."""


@pytest.fixture
def address(http_server: HttpServer, tmp_path: Path) -> str:
    """A dataset of some 9.6 MB in three shards."""
    large(tmp_path / "out", count=COUNT, maxcount=30)
    return http_server.put_folder(tmp_path / "out") + "data.dataset.json"


def threads() -> list[str]:
    """The threads of ours that run."""
    new = (one for one in threading.enumerate() if one not in _before)
    return [one.name for one in new if one.name.startswith("atdata")]


def ways(ds: atdata.Dataset[Large], size: int = 2) -> dict[str, Callable[[], Iterator[Any]]]:
    """Ways through a dataset in order, batch by batch."""
    return {
        "ordered": lambda: iter(ds.ordered(batch_size=size)),
        "loader": lambda: iter(ds.loader(size, order="ordered")),
        "torch": lambda: iter(ds.torch(size, order="ordered")),
    }


def stalled(event: threading.Event) -> Fault:
    """No block comes whole before an event; how large a file is, is said at once."""

    def change(reply: Reply) -> None:
        if len(reply.body) > 1000:
            waiting(event, 1000)(reply)

    return change


def shards_asked(server: HttpServer) -> set[str]:
    return {one.path for one in server.asked if one.path.endswith(".tar")}


def bytes_asked(server: HttpServer) -> Counter[tuple[str, int]]:
    """How often each block was asked for."""
    found = Counter[tuple[str, int]]()
    for one in server.asked:
        # The first byte alone is how a source finds out how large a file is.
        if one.span is not None and one.span != (0, 1) and one.path.endswith(".tar"):
            found.update((one.path, at) for at in range(one.span[0] // MIB, -(-one.span[1] // MIB)))
    return found


@pytest.mark.parametrize("way", ["ordered", "loader", "torch"])
def test_the_first_batch_costs_its_own_bytes_alone(
    http_server: HttpServer, address: str, way: str
) -> None:
    """Nothing else is asked for before it came."""
    ds = atdata.load_dataset(address, Large)
    walk = ways(ds)[way]()
    http_server.forget()
    assert list(next(walk)["number"] if way == "torch" else next(walk).number) == [0, 1]
    own = ("/data-000000.tar", 0)
    tars = [one for one in http_server.asked if one.path.endswith(".tar")]
    first = [one.span for one in tars].index((0, MIB))
    before = {(one.path, one.span) for one in tars[:first]}
    assert all(span is not None and span[1] <= 1 for _, span in before), "how large a shard is"
    if way == "ordered":
        assert set(bytes_asked(http_server)) == {own}, "and nothing is, before more is asked for"


@pytest.mark.parametrize("way", ["ordered", "loader", "torch"])
def test_one_shard_says_whether_ranges_are_given(
    http_server: HttpServer, address: str, way: str
) -> None:
    """Each answer before bytes come is waited for: of a folder of shards one is enough."""
    for _ in ways(atdata.load_dataset(address, Large))[way]():
        pass
    asked = [one.path for one in http_server.asked if one.span == (0, 1)]
    assert asked == (["/data-000000.tar"] if way == "ordered" else [])


def test_later_batches_come_while_the_caller_computes(
    http_server: HttpServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.shards.fetched.ahead._GRACE", 60)
    walk = iter(atdata.load_dataset(address, Large).ordered(batch_size=2))
    assert [*next(walk).number] == [0, 1]
    assert shards_asked(http_server) == {"/data-000000.tar"}
    assert [*next(walk).number] == [2, 3]
    wait_until(lambda: len(bytes_asked(http_server)) == 11)
    for name in list(http_server.files):
        http_server.always(gone, name)
    assert numbers(walk) == list(range(4, COUNT)), "all of it is here"
    assert set(bytes_asked(http_server).values()) == {1}, "and no byte came twice"


@pytest.mark.parametrize("order", ["global", "window:4MB"])
def test_no_block_is_fetched_twice_by_parts_that_are_fetched_at_once(
    http_server: HttpServer, address: str, order: str
) -> None:
    ds = atdata.load_dataset(address, Large)
    found = numbers(ds.shuffled(batch_size=2, seed=5, order=order))
    assert sorted(found) == list(range(COUNT))
    assert set(bytes_asked(http_server).values()) == {1}
    found = [n for batch in ds.loader(2, seed=5, order=order) for n in batch.number]
    assert sorted(found) == list(range(COUNT))
    assert set(bytes_asked(http_server).values()) == {1}


def test_no_more_is_fetched_ahead_than_the_bound(
    http_server: HttpServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.shards.fetched.ahead.AHEAD", 2 * MIB)
    ds = atdata.load_dataset(address, Large)
    given = 0
    for batch in ds.ordered(batch_size=2):
        given += 121_000 * len(batch)
        # What was given, a chunk of it, the bound, what was begun last, and the block it ends in.
        assert len(bytes_asked(http_server)) * MIB <= given + 7 * MIB


@pytest.mark.parametrize("way", ["ordered", "loader", "torch"])
def test_who_leaves_early_leaves_no_thread_behind(
    http_server: HttpServer, address: str, way: str
) -> None:
    never = threading.Event()
    walk = ways(atdata.load_dataset(address, Large))[way]()
    next(walk)
    http_server.always(stalled(never), "data-000001.tar")
    next(walk)
    wait_until(lambda: "/data-000001.tar" in shards_asked(http_server))
    assert any("atdata-source" in name for name in threads())
    del walk
    wait_until(lambda: not threads())
    never.set()


def test_who_leaves_while_the_network_is_waited_for_waits_no_longer(
    http_server: HttpServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that asks for a long wait."""
    monkeypatch.undo()
    walk = iter(atdata.load_dataset(address, Large).ordered(batch_size=2))
    next(walk)
    http_server.always(status(429, {"Retry-After": "100"}), "data-000002.tar.idx")
    next(walk)
    wait_until(lambda: any(one.status == 429 for one in http_server.asked))
    del walk
    wait_until(lambda: not threads())


@pytest.mark.parametrize("way", ["ordered", "loader", "samples", "torch"])
def test_an_exception_comes_behind_what_is_before_it(
    http_server: HttpServer, address: str, way: str
) -> None:
    """The last block of the second shard cannot be had: samples 56 to 59 lie in it."""
    begin = len(http_server.files["data-000001.tar"]) // MIB * MIB

    def refuse(reply: Any) -> None:
        if reply.headers["Content-Range"].startswith("bytes ") and reply.status == 206:
            last = int(reply.headers["Content-Range"].split("-")[1].split("/")[0])
            if last >= begin:
                status(500)(reply)

    http_server.always(refuse, "data-000001.tar")
    ds = atdata.load_dataset(address, Large)
    found: list[int] = []
    samples = ({"number": [one.number]} for one in ds)
    items: Any = samples if way == "samples" else ways(ds)[way]()

    def read() -> None:
        for batch in items:
            found.extend(batch["number"] if way in ("samples", "torch") else batch.number)

    with pytest.raises(atdata.SourceError, match=r"data-000001\.tar: the server answered 500"):
        read()
    whole = 30 + begin // 121_000 - 1
    assert found == list(range(len(found)))
    assert len(found) >= whole
    wait_until(lambda: not threads() or way == "torch")


@pytest.mark.parametrize("prefetch", [1, 3, 60])
def test_parts_that_were_handed_out_come_when_there_are_no_more(
    http_server: HttpServer, address: str, prefetch: int
) -> None:
    """However many threads have one each, at the end of an epoch too."""
    ds = atdata.load_dataset(address, Large)
    http_server.then(*[cut(1000, reset=True)] * 8)
    found = [
        n for one in ds.loader(2, workers=3, prefetch=prefetch, order="ordered") for n in one.number
    ]
    assert found == list(range(COUNT))


def test_an_index_that_cannot_be_had_is_an_error_behind_the_shards_before(
    http_server: HttpServer, address: str
) -> None:
    http_server.always(status(500), "data-000002.tar.idx")
    for way in ("ordered", "samples"):
        ds = atdata.load_dataset(address, Large)
        found: list[int] = []

        def read(ds: Any = ds, way: str = way, found: list[int] = found) -> None:
            for one in ds if way == "samples" else ds.ordered(batch_size=7):
                found.extend([one.number] if way == "samples" else one.number)

        with pytest.raises(
            atdata.SourceError, match=r"data-000002\.tar\.idx: the server answered 500"
        ):
            read()
        assert found == list(range(60))


def test_two_loops_over_one_dataset_do_not_disturb_each_other(
    http_server: HttpServer, address: str
) -> None:
    """One that is left takes nothing from the other, which may wait for the same bytes."""
    ds = atdata.load_dataset(address, Large)
    one, other = iter(ds.ordered(batch_size=2)), iter(ds.ordered(batch_size=2))
    first = [*next(one).number, *next(one).number]
    found = [*next(other).number, *next(other).number]
    del one
    assert first == found
    assert [*found, *numbers(other)] == list(range(COUNT))


def test_a_child_that_is_forked_in_an_epoch_goes_on(http_server: HttpServer, address: str) -> None:
    ds = atdata.load_dataset(address, Large)
    walk = iter(ds.ordered(batch_size=2))
    begun = [*next(walk).number, *next(walk).number]
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, bytes([*begun, *numbers(walk)]))
            del walk
            os.write(writing, bytes([not threads()]))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert list(os.read(reading, 1000)) == [*range(COUNT), 1]
    assert [*begun, *numbers(walk)] == list(range(COUNT))


def test_rows_of_a_shard_that_came_wait_for_no_other_shard(
    http_server: HttpServer, address: str
) -> None:
    """Rows that lie in one block with others, which were asked for before, and with a shard that is not to be had."""
    contents = ShardSet(files_of(atdata.load_dataset(address, Large)), "first").contents
    assert isinstance(contents, Fetched)
    never, came = threading.Event(), list[int]()
    http_server.always(stalled(never), "data-000001.tar")

    def hold(numbers: list[int]) -> None:
        contents.hold(contents.samples(np.array(numbers)))
        came.extend(numbers)

    both, one = (threading.Thread(target=hold, args=(part,)) for part in ([29, 30], [28]))
    both.start()
    wait_until(lambda: {"/data-000000.tar", "/data-000001.tar"} <= shards_asked(http_server))
    one.start()
    wait_until(lambda: came == [28])
    never.set()
    both.join()
    one.join()
    assert came == [28, 29, 30]


PROGRAM = """
import signal
import sys
import threading
sys.path[:0] = {paths!r}
import atdata
from remote_data import Large

def interrupt():
    sys.stdin.readline()
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
ds = atdata.load_dataset({address!r}, Large)
for number, batch in enumerate(ds.{way}):
    print(number, flush=True)
"""
"""The signal comes in another thread, so that no wait of the first one is broken off by it: as it is where Ctrl-C comes just before one."""


@pytest.mark.parametrize(
    ("way", "last"), [("ordered(batch_size=2)", 14), ("loader(2, order='ordered')", 12)]
)
def test_ctrl_c_ends_what_waits_for_a_server(
    http_server: HttpServer,
    address: str,
    root: Path,
    source_env: dict[str, str],
    tmp_path: Path,
    way: str,
    last: int,
) -> None:
    never = threading.Event()
    http_server.always(stalled(never), "data-000001.tar")
    text = PROGRAM.format(paths=[str(root / "tests")], address=address, way=way)
    program = subprocess.Popen(
        [sys.executable, "-c", text],
        env={**source_env, "ATDATA_CACHE": str(tmp_path / "cache")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    while program.stdout.readline() != f"{last}\n":  # that does without the second shard
        assert program.poll() is None
    _, said = program.communicate("\n", timeout=25)  # the server holds on for longer
    never.set()
    assert program.returncode == -signal.SIGINT, said


class Served:
    """What gives rows when it is told to: one weight a row, and its own number as its bytes."""

    def __init__(self, weights: list[int | None], faulty: set[int], unforeseen: int) -> None:
        self.weights, self.faulty, self.left = weights, faulty, unforeseen
        self.begun: list[int] = []
        self.later: dict[int, list[int]] = {}

    def hold(self, rows: Located, later: Sequence[Located] = ()) -> Held:
        number = int(rows.inner[0])
        self.begun.append(number)
        self.later[number] = [int(each.inner[0]) for each in later]
        if number in self.faulty:
            raise atdata.SourceError(f"no {number}")
        return Held(np.array([number], np.uint8), rows)

    def weight(self, rows: Located) -> int | None:
        return self.weights[int(rows.inner[0])]

    def unforeseen(self, place: int) -> list[int]:
        return [place] * min(self.left, 1)

    def foresee(self, places: Sequence[int]) -> None:
        assert self.left, "it is not asked for what is known"
        self.left -= 1
        raise atdata.SourceError("not to be had, which is met again by who reads it")


@given(
    weights=st.lists(st.sampled_from([None, 0, 1 << 20, 40 << 20, 90 << 20]), max_size=12),
    faulty=st.sets(st.integers(0, 11), max_size=2),
    ends=st.integers(0, 13),
    breaks=st.booleans(),
    located=st.booleans(),
    unforeseen=st.integers(0, 3),
)
def test_parts_come_once_in_order_whatever_becomes_of_them(
    weights: list[int | None],
    faulty: set[int],
    ends: int,
    breaks: bool,
    located: bool,
    unforeseen: int,
) -> None:
    served, drawn = Served(weights, faulty, unforeseen), list[int]()

    def parts() -> Iterator[Located]:
        for number in range(len(weights)):
            drawn.append(number)
            one = np.array([number], np.int64)
            yield Located(np.zeros(1, np.int32), one, one, one)
        if breaks:
            raise KeyError("the end")

    came = promised(served, parts(), located=located)
    for number in range(min(ends, len(weights))):
        item = next(came)
        assert isinstance(item, Promised)
        if number in faulty:
            with pytest.raises(atdata.SourceError, match=f"no {number}"):
                item.held()
        else:
            assert item.held().flat.tolist() == [number]
        between = drawn[number + 1 : -1]
        # Of those that may be looked at, some are drawn behind the last one that is begun, which has any weight.
        more = SOON + (90 << 20) if located else 0
        assert sum(weights[one] or 0 for one in between) < AHEAD + more
        assert located or not any(weights[one] is None for one in between)
        if number == 0:
            assert drawn == [0], "nothing is begun before who has the first part asks for more"
    if ends > len(weights):
        with pytest.raises(KeyError if breaks else StopIteration):
            next(came)
    came.close()
    wait_until(lambda: not threads())
    assert set(served.begun) <= set(drawn)
    for number, later in served.later.items():
        assert later == list(range(number + 1, number + 1 + len(later)))
        assert located or not later
        assert sum(weights[one] or 0 for one in later[:-1]) < SOON


def test_an_order_that_costs_a_block_a_sample_is_said_once(
    http_server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing keeps the blocks, and memory does not hold them."""
    monkeypatch.setattr("atdata.shards.fetched.contents.LIMIT", 1000)
    words = [Word("a word", number) for number in range(100)]
    local = atdata.write_samples(words, tmp_path / "words" / "data.tar")
    address = http_server.put_folder(tmp_path / "words") + "data.dataset.json"
    alone = atdata.load_dataset(address, Word, cache=False)
    with pytest.warns(atdata.OrderWarning, match=r'100 samples have .*order="window:64MB"') as said:
        found = [*numbers(alone.shuffled(batch_size=7)), *numbers(alone.loader(7))]
    assert len(said) == 1
    assert said[0].filename == numbers.__code__.co_filename, "where it was gone through"
    assert sorted(found) == sorted([*range(100)] * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", atdata.OrderWarning)
        for ds, order in (
            (local, "global"),
            (atdata.load_dataset(address, Word), "global"),
            (atdata.load_dataset(address, Word, cache=False), "window:64MB"),
        ):
            assert sorted(numbers(ds.shuffled(batch_size=7, order=order))) == list(range(100))

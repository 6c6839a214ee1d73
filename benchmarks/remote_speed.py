"""Datasets that lie elsewhere: what the first batch costs, how fast an epoch is, and a second one from the cache.

    python -m benchmarks.remote_speed <folder> <samples> <rounds> [line]

prints a line of JSON for each figure. Everything is measured in turns: an epoch of ours, a download of the same files by a
plain pool, an epoch from the disk.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from benchmarks.environments import ROOT
from benchmarks.goals import REMOTE
from benchmarks.plain_pool import PlainPool
from benchmarks.remote_servers import DELAY, LINE, Server, missing, servers
from benchmarks.results import Results, median
from benchmarks.settings import Settings
from benchmarks.tables import table

__all__ = ["main", "measure_remote", "remote_parts"]

T = TypeVar("T")

# Over loopback an epoch is over soon: as many as make its beginning, with new connections and new memory, a small part of it.
_SAMPLES, _OVER_A_LINE = (2_048, 192), (1_024, 192)
_SHARD = 96  # samples
_BATCH = 64

_HASHED = "downloading, with a SHA-256 of each byte"
_RECEIVED = "receiving, with a SHA-256 of each byte, nothing written"

_TEXT = f"""## Data that lies elsewhere

W1 behind an S3 service (`rclone serve s3`) and an https server (`rclone serve http`) on loopback, each behind a proxy with which every answer comes
{DELAY} ms later. *First batch*: bytes that came before it, index included, over those of the index and of its samples. *Epoch*: samples a second behind the first batch, with
all arrays made, beside that at which 16 plain connections of the same library download the same files by ranges of 8 MiB, which
are written and not looked at. Servers and proxies compute on the same processors, so that over loopback what computes
least is fastest: *processor* has what the reading process alone computes for each MiB, and beside it the plain one. What ours
does beyond downloading is the SHA-256 of each byte, and one copy into the arrays; in order and in windows it does not write. *Downloading, with a SHA-256
of each byte* is the plain pool that computes this too: what whoever keeps verified bytes on disk, and makes no arrays of them, reaches. *Receiving* is the same and lets go
of the bytes: what whoever keeps nothing, and makes no arrays either, reaches. *1 Gbit/s*: the proxy passes {LINE} MB a second to all connections together, so that
the line is what is waited for. *Second epoch*: from the cache folder, over the same shards read where they were written.
"""


def measure_remote(settings: Settings, data: Path, results: Results) -> None:
    """Measure in processes of their own, which trust the certificate of the server."""
    lacking = missing()
    if lacking is not None:
        results.missing.append(f"remote: needs {lacking}, which is not installed")
        return
    for samples, line in ((_SAMPLES, []), (_OVER_A_LINE, ["line"])):
        options = [str(data), str(samples[settings.quick]), str(settings.rounds), *line]
        command = [sys.executable, "-m", "benchmarks.remote_speed", *options]
        found = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        for text in found.stdout.splitlines():
            row = json.loads(text)
            results.aspects.setdefault("remote", []).append(row)
            print(f"  remote: {row['server']}, {row['what']}: {row['ratio']:.3f}", flush=True)


def main(folder: str, samples: str, rounds: str, line: str = "") -> None:
    """Measure over loopback, or over lines of a certain speed."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        data = Path(name)
        local = _written(data / "bench" / "data.tar", int(samples))
        with servers(data) as found:
            for server in (each for each in found if each.is_line == bool(line)):
                for figure in _figures(server, local, data, int(rounds)):
                    row = {"server": server.name, "samples": len(local), **figure._asdict()}
                    print(json.dumps(row), flush=True)


class _Figure(NamedTuple):
    """What was measured.

    Attributes:
        what: of what.
        ours: our figure.
        beside: that of what it is compared with.
        ratio: of the two, the median of all rounds.
        processor: milliseconds for each MiB, of both.
    """

    what: str
    ours: float
    beside: float
    ratio: float
    processor: tuple[float, float] | None = None


class _Run(NamedTuple):
    """Samples a second, and the milliseconds that this process computed for each of them."""

    rate: float
    processor: float


def _written(path: Path, samples: int) -> Any:
    import atdata
    from benchmarks.contenders.ours import Photo
    from benchmarks.workloads import WORKLOADS

    rows = (Photo(**row) for row in WORKLOADS["W1"].rows(samples))
    return atdata.write_samples(rows, path, maxcount=_SHARD)


def _figures(server: Server, local: Any, data: Path, rounds: int) -> Iterator[_Figure]:
    """What is measured at a server."""
    if not server.is_line:
        yield _Figure("first batch", *_first(server, local, data))
    yield from _epochs(server, local, data, rounds)
    if not server.is_line:
        yield from _cached(server, local, data, rounds)


def _loaded(server: Server, kept: Path, **options: Any) -> Any:
    import atdata
    from benchmarks.contenders.ours import Photo

    os.environ["ATDATA_CACHE"] = str(kept)
    address = f"{server.address}data.dataset.json"
    return atdata.load_dataset(address, Photo, access=server.access(), **options)


def _first(server: Server, local: Any, data: Path) -> tuple[float, float, float]:
    """Bytes before the first batch, and those that it has to have."""
    ds = _loaded(server, data / f"first-{server.name}")
    before = server.passed()
    batch = next(iter(ds.ordered(_BATCH)))
    _ = batch.image
    came = server.passed() - before
    shard = local.shards[0]
    own = sum(len(sample.encode()) for sample in local.head(_BATCH))
    index = shard.with_name(shard.name + ".idx").stat().st_size
    return came, own + index, came / (own + index)


def _epochs(server: Server, local: Any, data: Path, rounds: int) -> Iterator[_Figure]:
    pool = PlainPool(server, local.shards, data / "plain")
    loaded = {"cache=False": {"cache": False}, "keeping": {}}
    ways: dict[str, Callable[[Any], Iterable[Any]]] = {
        "epoch in order": lambda ds: ds.ordered(_BATCH),
        'epoch, order="window:64MB"': lambda ds: ds.shuffled(_BATCH, order="window:64MB"),
        'epoch of a loader, order="window:64MB"': lambda ds: ds.loader(_BATCH, order="window:64MB"),
    }
    tasks: dict[str, Callable[[], _Run]] = {"plain": partial(_downloaded, pool, len(local))}
    for name, way in ways.items():
        tasks[name] = partial(_fresh, server, data, way, loaded["cache=False"])
    tasks["epoch in order, kept on disk"] = partial(
        _fresh, server, data, ways["epoch in order"], loaded["keeping"]
    )
    hashing = PlainPool(server, local.shards, data / "hashed", hashes=True)
    tasks[_HASHED] = partial(_downloaded, hashing, len(local))
    receiving = PlainPool(server, local.shards, None, hashes=True)
    tasks[_RECEIVED] = partial(_downloaded, receiving, len(local))
    runs = _in_turns(tasks, rounds)
    mebibytes = sum(path.stat().st_size for path in local.shards) / len(local) / 2**20
    for name in list(tasks)[1:]:
        pairs = zip(runs["plain"], runs[name], strict=True)
        ratio = median(ours.rate / plain.rate for plain, ours in pairs)
        ours, plain = (
            _Run(*(median(column) for column in zip(*runs[each], strict=True)))
            for each in (name, "plain")
        )
        processor = ours.processor / mebibytes, plain.processor / mebibytes
        yield _Figure(name, ours.rate, plain.rate, ratio, processor)


def _downloaded(pool: PlainPool, samples: int) -> _Run:
    """A plain download."""
    pool.clear()
    computed = _computed()
    seconds = _timed(pool.download)
    return _Run(samples / seconds, (_computed() - computed) / samples)


def _computed() -> float:
    """Milliseconds that the threads of this process have computed so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return 1e3 * (used.ru_utime + used.ru_stime)


def _cached(server: Server, local: Any, data: Path, rounds: int) -> Iterator[_Figure]:
    ds = _loaded(server, data / f"kept-{server.name}")
    _gone_through(ds.ordered(_BATCH))
    ways: dict[str, Callable[[Any], Iterable[Any]]] = {
        "second epoch, in order": lambda ds: ds.ordered(_BATCH),
        "second epoch, shuffled": lambda ds: ds.shuffled(_BATCH),
    }
    for name, way in ways.items():
        tasks = {
            "ours": partial(_timed, partial(_walked, way, ds)),
            "local": partial(_timed, partial(_walked, way, local)),
        }
        times = _in_turns(tasks, rounds)
        ratio = median(one / ours for one, ours in zip(times["local"], times["ours"], strict=True))
        count = len(local)
        rates = count / median(times["ours"]), count / median(times["local"])
        yield _Figure(name, *rates, ratio)


def _in_turns(tasks: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """What each task gives in each round; the first round warms up."""
    found: dict[str, list[T]] = {name: [] for name in tasks}
    names = list(tasks)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            one = tasks[name]()
            if number:
                found[name].append(one)
    return found


def _fresh(
    server: Server, data: Path, way: Callable[[Any], Iterable[Any]], options: dict[str, Any]
) -> _Run:
    """Behind the first batch, of a dataset of which nothing is kept but the indexes."""
    cache = data / "fresh"
    ds = _loaded(server, cache, **options)
    _ = ds.fingerprint
    try:
        batches = iter(way(ds))
        _ = next(batches).image
        start, computed, count = time.perf_counter(), _computed(), 0
        for batch in batches:
            count += len(batch.image)
        seconds = time.perf_counter() - start
        return _Run(count / seconds, (_computed() - computed) / count)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _walked(way: Callable[[Any], Iterable[Any]], ds: Any) -> None:
    _gone_through(way(ds))


def _gone_through(batches: Iterable[Any]) -> None:
    for batch in batches:
        _ = batch.image


def remote_parts(results: Results) -> list[str]:
    """The section, in parts; nothing where it was not measured."""
    rows = results.aspects.get("remote", [])
    if not rows:
        return []
    head = ["", "ours", "beside", "ratio", "goal", "processor, ms a MiB"]
    return [_TEXT, f"{table(head, map(_row, rows))}\n"]


def _row(row: dict[str, Any]) -> list[str]:
    what, ratio = row["what"], row["ratio"]
    unit = "bytes" if what == "first batch" else "samples/s"
    goal = REMOTE.get(what.split()[0].rstrip(","))
    reached = goal is not None and (ratio <= goal if what == "first batch" else ratio >= goal)
    shown = f"**{ratio:.3f}**" if reached else f"{ratio:.3f}"
    limit = " at most" if what == "first batch" else ""
    bound = "" if goal is None else f"{goal:g}{limit}"
    figures = [f"{row[name]:,.0f} {unit}" for name in ("ours", "beside")]
    processor = row.get("processor")
    computed = "" if processor is None else "{:.1f}, plain {:.1f}".format(*processor)
    return [f"{row['server']}: {what}", *figures, shown, bound, computed]


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What a lens costs: over reading without one, beside the same expression by hand, and beside the peer's lenses.

    python -m benchmarks.lens_speed [samples] [rounds]

Each figure is the median over the rounds, in which those that are compared take turns; the machine's other work
shows in them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

import atdata
from atdata_schema.lenses.batches.given import GivenColumns
from benchmarks.environments import HOME, ROOT, make
from benchmarks.lens_views import NORMALISED, VIEWS, lens_of, normalised
from benchmarks.touch import touched
from benchmarks.workloads import WORKLOADS

__all__ = ["Row", "main", "rows"]

SIZE: Final = 256
PEER_GOALS: Final = {"W2": 8.0, "W3": 20.0, "W4": 20.0}
_COUNTS: Final = {"W1": 1, "W2": 2, "W3": 64, "W4": 16}
"""Batches of each workload for one of W1."""


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison.

    Attributes:
        what: what is compared.
        count: how many samples.
        seconds: the times of each round, ours and the other's.
        goal: how many times as fast as the other it is meant to be, at least.
    """

    what: str
    count: int
    seconds: tuple[tuple[float, float], ...]
    goal: float

    @property
    def ours(self) -> float:
        """Samples a second through the lens."""
        return self.count / statistics.median(ours for ours, _ in self.seconds)

    @property
    def other(self) -> float:
        """Samples a second of the other."""
        return self.count / statistics.median(other for _, other in self.seconds)

    @property
    def times(self) -> float:
        """How many times as fast as the other, by the median over the rounds."""
        return statistics.median(other / ours for ours, other in self.seconds)


def rows(batches: int = 2, rounds: int = 9, *, peer: bool = True) -> Iterator[Row]:
    """Measure.

    Args:
        batches: batches of 256 of W1, and more of the others.
        rounds: how often each is measured.
        peer: whether the peer is measured too.
    """
    for name in VIEWS:
        count = batches * _COUNTS[name] * SIZE
        yield _over_reading(name, prepared(name, count), rounds * (4 if count > 4096 else 1))
    count = batches * _COUNTS["W2"] * SIZE
    yield _normalising(prepared("W2", count), rounds)
    yield _normalising_files(prepared("W2", count), rounds)
    if peer:
        for name, goal in PEER_GOALS.items():
            yield _beside_peer(name, batches * _COUNTS[name] * SIZE, rounds, goal)


def prepared(name: str, count: int) -> atdata.Dataset[Any]:
    """The dataset of a workload, written once."""
    path, cls = HOME / "lenses" / f"{name}-{count}" / "data.tar", VIEWS[name][0]
    if not path.with_name("data.dataset.json").exists():
        samples = (cls(**row) for row in WORKLOADS[name].rows(count))
        atdata.write_samples(samples, path)
    return atdata.load_dataset(path, cls, split="train")


def _over_reading(name: str, ds: atdata.Dataset[Any], rounds: int) -> Row:
    source, view, clauses = VIEWS[name]
    seen = ds.view(lens_of(source, view, clauses))
    found = _in_turn(
        rounds, lambda: _read(seen, _columns(view)), lambda: _read(ds, _columns(source))
    )
    return Row(f"{name} through a lens, over reading", len(ds), found, 1 / 1.05)


def _normalising(ds: atdata.Dataset[Any], rounds: int) -> Row:
    """A batch that is in memory; its pixels alone."""
    source, view, clauses = NORMALISED
    lens = lens_of(source, view, clauses)
    images = next(iter(ds.ordered(SIZE))).image.copy()
    columns = {"image": images, "label": [0] * SIZE}
    batch = lens.source_class.collate([], [])
    batch = type(batch)(GivenColumns(columns, [""] * SIZE), source.FIELDS, source)
    out = np.empty(images.shape, np.float32)
    assert np.array_equal(lens.get_batch(batch).pixels, normalised(images, out))
    found = _in_turn(rounds, lambda: lens.get_batch(batch).pixels, lambda: normalised(images, out))
    return Row("W2 normalised, beside numpy by hand", SIZE, found, 0.9)


def _normalising_files(ds: atdata.Dataset[Any], rounds: int) -> Row:
    """The same, read from shards."""
    source, view, clauses = NORMALISED
    seen = ds.view(lens_of(source, view, clauses))
    out = np.empty((SIZE, 224, 224, 3), np.float32)

    def by_hand() -> None:
        for batch in ds.ordered(SIZE):
            touched({"pixels": normalised(batch.image, out).transpose(0, 2, 3, 1)})
            touched({"target": batch.label})

    def ours() -> None:
        for batch in seen.ordered(SIZE):
            touched({"pixels": batch.pixels.transpose(0, 2, 3, 1)})
            touched({"target": batch.target})

    found = _in_turn(rounds, ours, by_hand)
    return Row("W2 read and normalised, beside numpy by hand", len(ds), found, 0.9)


def _beside_peer(name: str, count: int, rounds: int, goal: float) -> Row:
    source, view, clauses = VIEWS[name]
    seen = prepared(name, count).view(lens_of(source, view, clauses))
    with Peer(name, count) as peer:
        peer.epoch()  # which warms up
        found = [
            (_timed(lambda: _read(seen, _columns(view))), peer.epoch())
            for _ in range(max(3, rounds // 3))
        ]
    return Row(f"{name} through a lens, beside the peer's", count, tuple(found), goal)


def _columns(cls: Any) -> tuple[str, ...]:
    return tuple(cls.FIELDS.attributes)


def _read(ds: atdata.Dataset[Any], names: Iterable[str]) -> None:
    """One epoch, every column of it touched; images in the order in which they lie in memory."""
    for batch in ds.ordered(SIZE):
        columns = {name: getattr(batch, name) for name in names}
        for name, column in columns.items():
            if getattr(column, "ndim", 1) == 4 and column.shape[1] == 3:
                columns[name] = column.transpose(0, 2, 3, 1)
        touched(columns)


def _in_turn(
    rounds: int, ours: Callable[[], object], other: Callable[[], object]
) -> tuple[tuple[float, float], ...]:
    """The seconds of both in each round; who begins changes, and a round before them warms up."""
    found: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        if number % 2:
            mine = _timed(ours)
            found.append((mine, _timed(other)))
        else:
            theirs = _timed(other)
            found.append((_timed(ours), theirs))
    return tuple(found[1:])


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class Peer:
    """The peer in a process of its own.

    Args:
        name: the workload.
        count: how many samples of it.
    """

    def __init__(self, name: str, count: int) -> None:
        python = make("peer")
        if python is None:
            raise SystemExit("the peer needs Python 3.12, and there is none")
        folder = HOME / "lenses" / f"{name}-{count}-peer"
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.lens_peer", folder, name, str(count), str(SIZE)],
            cwd=ROOT,
            env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def epoch(self) -> float:
        """The seconds of one epoch."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("epoch\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline())["seconds"])

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def main(batches: int = 2, rounds: int = 9) -> None:
    """Measure, and print a line a comparison."""
    print(f"{'':48} {'ours':>12} {'other':>12} {'times':>8} {'goal':>6}   (samples a second)")
    for row in rows(batches, rounds):
        print(
            f"{row.what:48} {row.ours:12,.0f} {row.other:12,.0f} {row.times:8.2f} {row.goal:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

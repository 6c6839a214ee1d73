"""What `index.write` costs beside `write_samples`: the same samples into the same shards, in turn.

    python -m benchmarks.index_write_speed [--folder DIR] [--rounds N] [W1 W3 ...]

Both compute digests and sync to the disk; `index.write` has a SQLite file and a store on the same disk. What is
compared is each round's pair, so that what else the machine does weighs on both; the ratio is the median of all
pairs, by the wall and by the processor (all threads).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import atdata
from atdata.index.index import Index
from benchmarks.workloads import WORKLOADS
from benchmarks.write_speed import pool, repeated

COUNTS = {"W1": 1_500, "W2": 4_000, "W3": 600_000, "W4": 300_000}
MAXSIZE = 256_000_000

Times = tuple[float, float]


def measured(action: Callable[[], object]) -> Times:
    """Seconds: wall and processor."""
    wall, core = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - core


def pair(name: str, folder: Path, number: int, count: int) -> tuple[Times, Times]:
    """One round: `write_samples` and `index.write`, whichever comes first in turn."""
    samples = pool(WORKLOADS[name])
    index = Index(folder / "index.db", folder / "store")
    index.entries()  # the tables are there, as they are for all writes but the first

    def plain() -> Times:
        path = folder / "plain" / "data.tar"
        found = measured(
            lambda: atdata.write_samples(repeated(samples, count), path, maxsize=MAXSIZE)
        )
        shutil.rmtree(folder / "plain")
        return found

    def indexed() -> Times:
        return measured(lambda: index.write(repeated(samples, count), name="data", maxsize=MAXSIZE))

    actions = [plain, indexed]
    times: dict[Callable[[], Times], Times] = {}
    for action in actions if number % 2 else reversed(actions):
        os.sync()
        times[action] = action()
    return times[plain], times[indexed]


@dataclass(frozen=True, slots=True)
class Added:
    """Medians of the rounds.

    Attributes:
        plain: seconds of `write_samples`.
        indexed: seconds of `index.write`.
        wall: the second divided by the first, by the wall.
        cores: the same, by the processor.
    """

    plain: float
    indexed: float
    wall: float
    cores: float


def compare(name: str, rounds: int, parent: Path | None = None, share: float = 1.0) -> Added:
    """Write a workload both ways, in turn.

    Args:
        name: the workload.
        rounds: how many pairs.
        parent: where to write.
        share: of the samples of a full run.
    """
    pairs: list[tuple[Times, Times]] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            pairs.append(pair(name, Path(folder), number, int(COUNTS[name] * share)))
    plain, indexed = (statistics.median(item[which][0] for item in pairs) for which in (0, 1))
    wall, cores = (
        statistics.median(item[1][kind] / item[0][kind] for item in pairs) for kind in (0, 1)
    )
    return Added(plain, indexed, wall, cores)


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=["W1", "W3"])
    parser.add_argument("--folder", type=Path, help="where to write")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    print("seconds (median)   write_samples   index.write   ratio: wall   cores")
    for name in given.names:
        found = compare(name, given.rounds, given.folder)
        print(
            f"{name}  {found.plain:28.2f} {found.indexed:13.2f} {found.wall:13.3f} {found.cores:7.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""How fast we write, alone: microseconds a sample for each workload, with digests and without.

    python -m benchmarks.write_speed [--folder DIR] [--rounds N] [W1 W3 W4 ...]

`encode` is the encoder alone, whose checks cannot be left out; `producer` what the iteration over the samples
costs by itself. Times are the best of the rounds, by the wall and by the processor (all threads).
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import atdata
from benchmarks.workloads import WORKLOADS, Workload

COUNTS = {"W1": 1_000, "W2": 4_000, "W3": 300_000, "W4": 200_000}


@atdata.packable
class Photo:
    """W1."""

    image: NDArray[np.float32]
    label: str
    score: float


@atdata.packable
class Pixels:
    """W2."""

    image: NDArray[np.uint8]
    label: int


@atdata.packable
class Event:
    """W3."""

    time: int
    user: int
    count: int
    amount: float
    score: float
    item: str
    place: str


@atdata.packable
class Embedding:
    """W4."""

    embedding: NDArray[np.float16]
    id: str


CLASSES: dict[str, type[Any]] = {"W1": Photo, "W2": Pixels, "W3": Event, "W4": Embedding}


def pool(workload: Workload) -> list[Any]:
    """Some samples; they are written again and again, so that making them costs nothing."""
    count = 32 if workload.array is not None else 1_000
    return [CLASSES[workload.name](**row) for row in workload.rows(count)]


def repeated(samples: list[Any], count: int) -> Iterator[Any]:
    """So many samples, in turn."""
    return itertools.islice(itertools.cycle(samples), count)


def measured(action: Callable[[Path], object], folder: Path, rounds: int, count: int) -> str:
    """Microseconds a sample: wall and processor. Each round has a folder of its own."""
    walls: list[float] = []
    cores: list[float] = []
    for number in range(rounds):
        place = folder / str(number)
        wall, core = time.perf_counter(), time.process_time()
        action(place)
        walls.append((time.perf_counter() - wall) / count * 1e6)
        cores.append((time.process_time() - core) / count * 1e6)
        shutil.rmtree(place, ignore_errors=True)
    return f"{min(walls):9.2f} {min(cores):9.2f}"


def run(workload: Workload, folder: Path, rounds: int) -> None:
    """Print the lines of one workload."""
    samples, count = pool(workload), COUNTS[workload.name]
    encode = type(samples[0]).encode

    def drain(place: Path) -> None:
        for _ in repeated(samples, count):
            pass

    def encode_all(place: Path) -> None:
        for sample in repeated(samples, count):
            encode(sample)

    def write(*, digests: bool, columns: bool = False) -> Callable[[Path], object]:
        return lambda place: atdata.write_samples(
            repeated(samples, count), place / "data.tar", digests=digests, columns=columns
        )

    def raw(place: Path) -> None:
        """As many bytes as the shard of `write` has, from memory that lies ready."""
        size = len(encode(samples[0]))
        block = memoryview(bytes(1 << 20))
        place.mkdir()
        with (place / "raw").open("wb", buffering=0) as file:
            for _ in range(count * (size + 512 + -size % 512) >> 20):
                file.write(block)

    lines = {
        "producer": drain,
        "encode": encode_all,
        "same bytes, raw": raw,
        "write, no digests": write(digests=False),
        "write": write(digests=True),
        "write, columns": write(digests=True, columns=True),
    }
    for name, action in lines.items():
        text = measured(action, folder, rounds, count)
        print(f"{workload.name}  {name:20s} {text}", flush=True)


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description="How fast we write, alone.")
    parser.add_argument("names", nargs="*", default=["W1", "W3", "W4"])
    parser.add_argument(
        "--folder", type=Path, help="where to write; a file system in memory is best"
    )
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print("us a sample                    wall     cores")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for name in given.names:
            run(WORKLOADS[name], Path(folder), given.rounds)


if __name__ == "__main__":
    main()

"""What a contender's process can be asked to do."""

from __future__ import annotations

import gc
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import own
from benchmarks.contenders.contender import Contender, Order
from benchmarks.touch import Columns, Touch, digest, touched
from benchmarks.workloads import Row

__all__ = ["TASKS"]

# Seconds of an epoch that may be read once more.
_QUICK = 15

_prepared: dict[int, Any] = {}


def write(contender: Contender, count: int) -> None:
    """Write the data that is read afterwards."""
    contender.folder.mkdir(parents=True, exist_ok=True)
    contender.write(contender.workload.rows(count), count)


def expected(contender: Contender, count: int) -> dict[str, str]:
    """The digests of the samples as they were made, by the names of the columns."""
    workload = contender.workload
    return {
        " ".join(names): _digest(contender, map(_alone, workload.rows(count)), names)
        for names in (workload.columns, workload.columns[:1])
    }


def _alone(row: Row) -> Columns:
    """A sample as a batch of one."""
    return {name: [value] for name, value in row.items()}


def gate(contender: Contender, order: Order) -> dict[str, Any]:
    """The digest of one epoch, and the samples and seconds of one; both warm the process up."""
    start = time.perf_counter()
    found = _digest(contender, contender.batches(order), contender.columns)
    seconds, count = time.perf_counter() - start, int(found.split()[0])
    if (
        seconds < _QUICK
    ):  # then the digest itself takes most of the time, and an epoch is soon read again
        start = time.perf_counter()
        count = sum(map(touched, contender.batches(order)))
        seconds = time.perf_counter() - start
    columns = " ".join(contender.columns)
    return {"columns": columns, "digest": found, "samples": count, "seconds": seconds}


def epoch(
    contender: Contender, order: Order, lead: int, limit: int, least: float, touch: Touch
) -> dict[str, float]:
    """Samples and seconds of one round.

    Args:
        contender: who reads.
        order: in which order.
        lead: samples that are read before the clock starts; 0 for a whole epoch.
        limit: samples after which the clock stops.
        least: seconds of which a round has at least as many; epochs are read again until then.
        touch: how the samples are touched.
    """
    gc.collect()
    count, seconds = 0, 0.0
    while seconds < least or not count:
        batches = contender.batches(order)
        _led(batches, lead, touch)
        start = time.perf_counter()
        count += _read(batches, limit, touch)
        seconds += time.perf_counter() - start
        del batches
    return {"samples": count, "seconds": seconds}


def memory(contender: Contender, order: Order) -> dict[str, int]:
    """Bytes of private memory that an epoch needs at most, order and buffers included; and of a batch.

    The data is opened anew, so that nothing is there that an earlier epoch has left, but for what the process
    allocates once and for all.
    """
    sum(map(touched, contender.batches(order)))
    contender.open_anew()
    gc.collect()
    before, most = _private(), 0
    for batch in contender.batches(order):
        touched(batch)
        most = max(most, _private())
    array = contender.workload.array
    return {
        "extra": max(0, most - before),
        "batch": contender.workload.batch_size * (array.nbytes if array else 100),
    }


def rewrite(contender: Contender, count: int) -> dict[str, float]:
    """Samples and seconds of writing samples that lie ready as objects; what was written is removed."""
    if count not in _prepared:
        _prepared[count] = contender.prepare(contender.workload.rows(count))
    folder = contender.folder / "written"
    folder.mkdir(parents=True)
    gc.collect()
    start = time.perf_counter()
    contender.write_prepared(_prepared[count], folder)
    seconds = time.perf_counter() - start
    size = sum(path.stat().st_size for path in folder.glob("*.tar"))
    shutil.rmtree(folder)
    return {"samples": count, "seconds": seconds, "bytes": size}


def get(contender: Contender, count: int, total: int) -> dict[str, float]:
    """Gets and seconds of reading single samples at random, all of the same numbers for every contender."""
    rng = random.Random(5)
    numbers = [rng.randrange(total) for _ in range(count)]
    contender.get(numbers[0])
    start = time.perf_counter()
    for number in numbers:
        contender.get(number)
    return {"samples": count, "seconds": time.perf_counter() - start}


def length(contender: Contender) -> dict[str, float]:
    """The number of samples, and the seconds to open the data and say it."""
    start = time.perf_counter()
    found = contender.length()
    return {"samples": found, "seconds": time.perf_counter() - start}


def worked(contender: Contender, workers: int, lead: int = 256) -> dict[str, float]:
    """Samples and seconds of a shuffled epoch through worker processes, with a transform that costs a millisecond.

    What is read while the workers start does not count.
    """
    gc.collect()
    batches = contender.worked(workers)
    _led(batches, lead, "lines")
    start = time.perf_counter()
    count = _read(batches, 1 << 60, "lines")
    return {"samples": count, "seconds": time.perf_counter() - start}


def own_task(contender: Contender, name: str, **arguments: Any) -> Any:
    """What only this project is asked for."""
    return own.OWN[name](contender, **arguments)


def _led(batches: Iterator[Columns], lead: int, touch: Touch) -> None:
    count = 0
    while count < lead:
        count += touched(next(batches), touch)


def _read(batches: Iterator[Columns], limit: int, touch: Touch) -> int:
    count = 0
    for batch in batches:
        count += touched(batch, touch)
        if count >= limit:
            break
    return count


def _private() -> int:
    """Bytes of memory of the process that no file stands behind (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def _digest(contender: Contender, batches: Iterable[Columns], names: Sequence[str]) -> str:
    array = contender.workload.array
    count, found = digest(batches, names, array.dtype if array else "float64")
    return f"{count} samples, {found:016x}"


TASKS: dict[str, Callable[..., Any]] = {
    "write": write,
    "expected": expected,
    "gate": gate,
    "epoch": epoch,
    "memory": memory,
    "rewrite": rewrite,
    "get": get,
    "length": length,
    "worked": worked,
    "own": own_task,
}

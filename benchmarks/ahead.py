"""What only our loaders are asked for, and what the machine gives for the same without a library."""

from __future__ import annotations

import functools
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.places import places_of_arrays
from benchmarks.touch import touched
from benchmarks.transform import burn

__all__ = ["burning", "copies", "handing_over", "threads"]

_LEAST: Final = 0.5
_BATCHES: Final = 48
_READY: Final = 8
_BURNT: Final = 400


def threads(contender: Any, workers: int) -> dict[str, float]:
    """Samples and seconds of shuffled epochs by so many threads; the arrays are asked for, nothing is touched.

    One is a thread that does everything itself. None stands for plain `shuffled`, which copies large batches with
    two threads of its own.
    """
    size, name = contender.workload.batch_size, contender.workload.array.name
    ds = contender.dataset
    batches = ds.loader(size, workers=workers) if workers > 1 else ds.shuffled(size)
    return _alone(batches, name) if workers == 1 else _gone_through(batches, name)


def _gone_through(batches: Iterable[Any], name: str) -> dict[str, float]:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < _LEAST:
        for batch in batches:
            count += len(getattr(batch, name))
    return {"samples": count, "seconds": time.perf_counter() - start}


def _alone(batches: Iterable[Any], name: str) -> dict[str, float]:
    from atdata.shards.columnar.copying import copy_alone

    found: list[dict[str, float]] = []

    def work() -> None:
        copy_alone()
        found.append(_gone_through(batches, name))

    _together([work])
    return found[0]


def copies(contender: Any, workers: int) -> dict[str, float]:
    """Samples and seconds of copying scattered arrays out of the mapped shards by so many threads, each into two buffers in turn.

    Nothing else is done. Rows that lie behind each other would come faster by several threads than scattered ones, for which each waits
    for memory more than it copies; and so would one buffer, which stays in the processor's cache, where a loader writes the
    next batch while the caller has one.
    """
    array, size = contender.workload.array, contender.workload.batch_size
    places = places_of_arrays(contender)
    counts: list[int] = []
    end = time.perf_counter() + _LEAST

    def work(first: int) -> None:
        rng, count = np.random.default_rng(first), 0
        one, other = (np.empty((size, array.nbytes), np.uint8) for _ in range(2))
        while time.perf_counter() < end:
            out, one, other = one, other, one
            place = places[int(rng.integers(len(places)))]
            for row, number in enumerate(rng.integers(0, len(place), size).tolist()):
                np.copyto(out[row], place[number])
            count += size
        counts.append(count)

    start = time.perf_counter()
    _together([functools.partial(work, first) for first in range(workers)])
    return {"samples": sum(counts), "seconds": time.perf_counter() - start}


def _together(works: list[Callable[[], None]]) -> None:
    running = [threading.Thread(target=work) for work in works]
    for each in running:
        each.start()
    for each in running:
        each.join()


def burning(contender: Any, workers: int) -> dict[str, float]:
    """Samples and seconds of the transform alone by so many processes, which read nothing and give nothing."""
    start = time.perf_counter()
    started = []
    for _ in range(workers):
        process = os.fork()
        if not process:
            for _ in range(_BURNT):
                burn()
            os._exit(0)
        started.append(process)
    for process in started:
        os.waitpid(process, 0)
    return {"samples": _BURNT * workers, "seconds": time.perf_counter() - start}


def handing_over(contender: Any, by: str) -> dict[str, float]:
    """Seconds from asking for a batch of 32 MiB that a process has ready to having its array.

    Args:
        contender: whose folder is used.
        by: "loader" or "torch".
    """
    import atdata

    samples = (Block(np.full(1 << 18, number, np.float32)) for number in range(32 * _BATCHES))
    path = contender.folder / "handing" / "blocks.tar"
    ds = atdata.write_samples(samples, path, digests=False, overwrite=True)
    times = [seconds for _ in range(_BATCHES // _READY - 1) for seconds in _handed(ds, by)]
    return {"bytes": 1 << 25, "seconds": statistics.median(times), "least": min(times)}


def _handed(ds: Any, by: str) -> list[float]:
    waiting: Iterator[Any]
    if by == "torch":
        waiting = iter(ds.torch(32, order="ordered").loader(1, prefetch_factor=_READY))
    else:
        waiting = iter(ds.loader(32, order="ordered", workers=1, processes=True, prefetch=_READY))
    touched({"values": _values(next(waiting))})
    time.sleep(1)  # until all are ready
    times = []
    for _ in range(_READY - 2):
        start = time.perf_counter()
        batch = next(waiting)
        _ = _values(batch)
        times.append(time.perf_counter() - start)
    waiting.close()  # type: ignore[attr-defined]  # both have it
    return times


def _values(batch: Any) -> Any:
    return batch["values"] if isinstance(batch, dict) else batch.values


try:
    from atdata import Shape, packable
except ImportError:  # in the environment of the earlier release, which is not asked for this
    pass
else:

    @packable
    class Block:
        """A MiB."""

        values: Annotated[NDArray[np.float32], Shape(1 << 18)]

"""What only our loaders are asked for: threads beside each other, and how long handing over takes."""

from __future__ import annotations

import statistics
import time
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.touch import touched

__all__ = ["handing_over", "threads"]

_LEAST: Final = 0.5
_BATCHES: Final = 48
_READY: Final = 8


def threads(contender: Any, workers: int) -> dict[str, float]:
    """Samples and seconds of shuffled epochs by so many threads; the arrays are asked for, nothing is touched.

    None stands for plain `shuffled`, which copies large batches with two threads of its own.
    """
    size, name = contender.workload.batch_size, contender.workload.array.name
    ds = contender.dataset
    batches = ds.loader(size, workers=workers) if workers else ds.shuffled(size)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < _LEAST:
        for batch in batches:
            count += len(getattr(batch, name))
    return {"samples": count, "seconds": time.perf_counter() - start}


def handing_over(contender: Any) -> dict[str, float]:
    """Seconds from asking for a batch of 32 MiB that a process has ready to having its array."""
    import atdata

    folder = contender.folder / "handing"
    samples = (Block(np.full(1 << 18, number, np.float32)) for number in range(32 * _BATCHES))
    ds = atdata.write_samples(samples, folder / "blocks.tar", digests=False, overwrite=True)
    times: list[float] = []
    waiting = iter(ds.loader(32, order="ordered", workers=1, processes=True, prefetch=_READY))
    touched({"values": next(waiting).values})
    for _ in range(_BATCHES // _READY - 1):
        time.sleep(1)  # until all are ready
        for _ in range(_READY - 2):
            start = time.perf_counter()
            batch = next(waiting)
            _ = batch.values
            times.append(time.perf_counter() - start)
    return {"bytes": 1 << 25, "seconds": statistics.median(times), "batches": len(times)}


try:
    from atdata import Shape, packable
except ImportError:  # in the environment of the earlier release, which is not asked for this
    pass
else:

    @packable
    class Block:
        """A MiB."""

        values: Annotated[NDArray[np.float32], Shape(1 << 18)]

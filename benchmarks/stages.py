"""Where the time of a batch goes: epochs in which more and more of each batch is asked for.

    none      the batches alone: which rows they have, and the bookkeeping of their memory
    arrays    the arrays are asked for too, which copies their rows
    touched   and one word of each of their cache lines is looked at
    lists     the other fields are asked for too, which decodes them and makes lists
    all       and every element of these is looked at: what the timed rounds of reading do

Each stage costs what it adds to the one before. Beside them stands what the arrays of the same rows cost whoever
copies them with one call of numpy into one warm buffer, where they are read in order.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from benchmarks.touch import touched

__all__ = ["STAGES", "stage"]

STAGES: Final = ("none", "arrays", "touched", "lists", "all")


def stage(contender: Any, order: str, stage: str) -> dict[str, float]:
    """Batches and seconds of one epoch up to a stage, or of numpy's copy (`copy`)."""
    size = contender.workload.batch_size
    if stage == "copy":
        return _copied(contender, size)
    array = contender.workload.array
    arrays = [array.name] if array is not None else []
    others = [column for column in contender.columns if column not in arrays]
    work = _work(stage, arrays, others)
    batches = getattr(contender.dataset, order)(batch_size=size)
    count, start = 0, time.perf_counter()
    for batch in batches:
        work(batch)
        count += 1
    return {"batches": count, "seconds": time.perf_counter() - start}


def _work(name: str, arrays: list[str], others: list[str]) -> Callable[[Any], object]:
    asked = arrays if name in ("arrays", "touched") else [*arrays, *others]
    seen = {"none": [], "arrays": [], "touched": arrays, "lists": arrays, "all": asked}[name]
    if name == "none":
        return lambda batch: None

    def work(batch: Any) -> None:
        columns = {column: getattr(batch, column) for column in asked}
        if seen:
            touched({column: columns[column] for column in seen})

    return work


def _copied(contender: Any, size: int) -> dict[str, float]:
    from benchmarks.places import places_of_arrays

    field = contender.workload.array
    places = places_of_arrays(contender)
    buffer = np.empty((size, *field.shape), field.dtype).reshape(size, -1).view(np.uint8)
    batches, start = 0, time.perf_counter()
    for place in places:
        for begin in range(0, len(place), size):
            part = place[begin : begin + size]
            np.copyto(buffer[: len(part)], part)
            batches += 1
    return {"batches": batches, "seconds": time.perf_counter() - start}

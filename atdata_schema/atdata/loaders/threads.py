"""Workers that are threads: numpy lets go of the interpreter while it copies."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from atdata.iteration import Iteration
from atdata.loaders.pieces import Made, Piece, made, reads
from atdata.shards.columnar.copying import copy_alone
from atdata.shards.sources.awaited import value_of

__all__ = ["by_threads"]


def by_threads(
    iteration: Iteration[Any], pieces: Iterator[Piece], workers: int, prefetch: int
) -> Iterator[Any]:
    """The batches of some pieces in order, of which `prefetch` are ready or being made.

    Closed or at its end, no thread of it is left.
    """
    # One thread has two cores to itself, so its large copies are made by two threads as elsewhere.
    alone = copy_alone if workers > 1 else None
    pool = ThreadPoolExecutor(workers, thread_name_prefix="atdata-loader", initializer=alone)
    waiting: deque[Future[Made]] = deque()
    todo = reads(iteration, pieces)
    try:
        for read in itertools.islice(todo, prefetch):
            waiting.append(pool.submit(made, read))
        while waiting:
            first = waiting.popleft()
            for read in itertools.islice(todo, 1):
                waiting.append(pool.submit(made, read))
            found = value_of(first)
            del first  # it would keep the batches
            yield from found.given()
    finally:
        todo.close()  # so that no thread waits for bytes that are being fetched
        pool.shutdown(wait=True, cancel_futures=True)

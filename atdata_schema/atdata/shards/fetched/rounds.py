"""Which rows are fetched at a time, and what is wanted soon of the shards that they lie in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.rows import Located
from atdata.shards.fetched.plan import Spans
from atdata.shards.fetched.shard import FetchedShard

__all__ = ["ROUND", "Part", "rounds", "soon"]

ROUND: Final = 32 << 20
"""Bytes that are fetched at a time, and in memory with those that are kept."""

Part: TypeAlias = tuple[FetchedShard, Spans, NDArray[np.int64]]
"""A shard, rows of it, and their positions among the rows that are held."""


def rounds(
    shard_at: Callable[[int], FetchedShard],
    rows: Located,
    left: NDArray[np.int64],
    most: int = ROUND,
) -> Iterator[list[Part]]:
    """Rows that are fetched at a time, in the order in which they lie in the shards.

    Args:
        shard_at: gives the shard at a place.
        rows: the rows.
        left: the positions of those that are fetched.
        most: bytes that are fetched at a time.
    """
    order = left[np.lexsort((rows.inner[left], rows.places[left]))]
    places = rows.places[order]
    borders = [0, *(np.flatnonzero(np.diff(places)) + 1).tolist(), len(order)]
    waiting: list[Part] = []
    room = most
    for begin, end in pairwise(borders) if len(order) else ():
        shard = shard_at(int(places[begin]))
        spans = shard.spans(rows.inner[order[begin:end]])
        costs = np.cumsum(shard.costs(spans))
        done = 0
        while done < end - begin:
            spent = int(costs[done - 1]) if done else 0
            stop = int(np.searchsorted(costs, spent + room, side="right"))
            if stop <= done and waiting:
                yield waiting
                waiting, room = [], most
                continue
            stop = max(stop, done + 1)  # a row of any size is fetched at one time
            waiting.append((shard, spans.cut(done, stop), order[begin + done : begin + stop]))
            room -= int(costs[stop - 1]) - spent
            done = stop
    if waiting:
        yield waiting


def soon(shards: Sequence[FetchedShard], later: Sequence[Located]) -> dict[int, NDArray[np.bool_]]:
    """For each of some shards, by its place, which of its blocks rows lie in that are wanted soon."""
    wanted: dict[int, list[NDArray[np.int64]]] = {}
    for rows in later:
        for place, inner in rows.by_shard() if len(rows) else ():
            wanted.setdefault(place, []).append(inner)
    return {
        shard.place: shard.touched(np.concatenate(wanted[shard.place]))
        for shard in shards
        if shard.place in wanted
    }

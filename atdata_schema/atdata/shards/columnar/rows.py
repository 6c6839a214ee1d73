"""Which samples, and where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Held", "Located", "joined", "rechunked"]


@dataclass(frozen=True, slots=True)
class Located:
    """Some samples of a dataset, in the order in which they are wanted.

    Attributes:
        places: int32[n], the shard of each.
        inner: int64[n], its number in that shard.
        at: int64[n], where its payload begins: in the arena of mapped shards, in the shard of one that is not, or
            in the bytes that are held.
        sizes: int64[n], bytes of its payload.
    """

    places: NDArray[np.int32]
    inner: NDArray[np.int64]
    at: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)

    def shards(self) -> list[int]:
        """The places of the shards that they lie in, in order."""
        places = self.places
        first = int(places[0])
        if bool((places == first).all()):
            return [first]
        found: list[int] = np.flatnonzero(np.bincount(places)).tolist()
        return found

    def by_shard(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Each shard that they lie in, by its place, with their numbers in it."""
        places = self.shards()
        if len(places) == 1:
            yield places[0], self.inner
            return
        order = np.argsort(self.places, kind="stable")
        inner = self.inner[order]
        bounds = np.searchsorted(self.places[order], [*places, places[-1] + 1]).tolist()
        for place, (begin, end) in zip(places, pairwise(bounds), strict=True):
            yield place, inner[begin:end]

    def cut(self, begin: int, end: int) -> Located:
        """Those from one position to another."""
        part = slice(begin, end)
        return Located(self.places[part], self.inner[part], self.at[part], self.sizes[part])


class Held(NamedTuple):
    """Rows whose bytes are in memory.

    Attributes:
        flat: uint8[bytes].
        rows: the rows, located in these bytes.
    """

    flat: NDArray[np.uint8]
    rows: Located


def joined(parts: list[Located]) -> Located:
    """Several in a row as one."""
    if len(parts) == 1:
        return parts[0]
    return Located(
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.inner for part in parts]),
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.sizes for part in parts]),
    )


def rechunked(parts: Iterable[Located], size: int, first: int | None = None) -> Iterator[Located]:
    """The same samples in stretches of `size`, the last one shorter.

    Args:
        parts: the samples.
        size: samples of a stretch.
        first: those of the first one; each further one has twice as many, up to `size`.
    """
    waiting: list[Located] = []
    count = 0
    wanted = size if first is None else min(first, size)
    for part in parts:
        begin = 0
        while count + len(part) - begin >= wanted:
            end = begin + wanted - count
            yield joined([*waiting, part.cut(begin, end)])
            waiting, count, begin = [], 0, end
            wanted = min(2 * wanted, size)
        if begin < len(part):
            waiting.append(part.cut(begin, len(part)))
            count += len(part) - begin
    if waiting:
        yield joined(waiting)

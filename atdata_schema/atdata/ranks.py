"""How an epoch is dealt out: which positions of its order a rank gets, step by step.

In step `t` all ranks together get the positions from `t * batch_size * world_size` on, each a stretch of its
own. So every rank has as many steps as the others, and what a step holds depends on the global batch alone.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from atdata.errors import LoadError
from atdata.shards.sizes import count_of

__all__ = ["Share", "seed_of"]


@dataclass(frozen=True, slots=True)
class Share:
    """What one rank gets of an epoch.

    Attributes:
        batch_size: samples in a batch of one rank; `None` gives samples one by one.
        rank: which of the processes this is, from 0.
        world_size: how many there are.
        drop_last: leave out the last samples where they are less than a global batch.
        pad: fill the last global batch up from the beginning of the epoch's order.
    """

    batch_size: int | None = None
    rank: int = 0
    world_size: int = 1
    drop_last: bool = False
    pad: bool = False

    @classmethod
    def checked(
        cls,
        batch_size: SupportsIndex | None,
        rank: SupportsIndex,
        world_size: SupportsIndex,
        drop_last: bool,
        pad: bool,
    ) -> Share:
        """The share that these arguments name.

        Raises:
            LoadError: one is no count, `rank` is not below `world_size`, or both options are given.
        """
        size = None if batch_size is None else count_of("batch_size", batch_size, LoadError)
        world = count_of("world_size", world_size, LoadError)
        number = count_of("rank", rank, LoadError, least=0)
        if number >= world:
            raise LoadError(f"rank is {number}, of {world} ranks: give a number below world_size")
        if drop_last and pad:
            raise LoadError(
                "drop_last and pad are both given: the last samples are left out or filled up, not both"
            )
        return cls(size, number, world, bool(drop_last), bool(pad))

    @property
    def size(self) -> int:
        """Samples that this rank gets in a step."""
        return self.batch_size or 1

    @property
    def together(self) -> int:
        """Samples that all ranks get in a step: the global batch."""
        return self.size * self.world_size

    def is_all(self) -> bool:
        """Whether this rank gets every position once."""
        return self.world_size == 1 and not (self.drop_last or self.pad)

    def steps(self, left: int) -> int:
        """Steps in which `left` positions are dealt out."""
        return left // self.together if self.drop_last else -(-left // self.together)

    def items(self, left: int) -> int:
        """Samples or batches that this rank gets of `left` positions."""
        steps = self.steps(left)
        return steps - 1 if self.batch_size is None and self.ends_empty(left) else steps

    def ends_empty(self, left: int) -> bool:
        """Whether the last step of `left` positions has no sample for this rank."""
        begin, end = self._last(left % self.together)
        return begin == end and left % self.together > 0 and not self.drop_last

    def positions(self, begin: int, count: int, rows: int) -> Iterator[NDArray[np.int64]]:
        """The positions of this rank, from `begin` up to `count`, about `rows` at a time in whole steps."""
        full = (count - begin) // self.together
        stride = max(1, rows // self.size)
        for step in range(0, full, stride):
            yield self._whole(begin + step * self.together, min(stride, full - step))
        rest = begin + full * self.together
        first, last = self._last(count - rest)
        if rest < count and last > first and not self.drop_last:
            start = (rest + first) % count
            yield np.arange(start, start + last - first, dtype=np.int64) % count

    def _whole(self, begin: int, steps: int) -> NDArray[np.int64]:
        if self.world_size == 1:
            return np.arange(begin, begin + steps * self.size, dtype=np.int64)
        starts = begin + self.rank * self.size + np.arange(steps, dtype=np.int64) * self.together
        return (starts[:, None] + np.arange(self.size, dtype=np.int64)).reshape(-1)

    def _last(self, rest: int) -> tuple[int, int]:
        """This rank's part of the last positions, when they are less than a global batch."""
        if self.pad:
            return self.rank * self.size, (self.rank + 1) * self.size
        world = self.world_size
        return rest * self.rank // world, rest * (self.rank + 1) // world


def seed_of(seed: SupportsIndex) -> int:
    """A seed: an integer of at most 256 bits, so that a state is short.

    Raises:
        LoadError: it is none.
    """
    try:
        found = operator.index(seed)
    except TypeError:
        raise LoadError(f"seed is {seed!r}: give an integer") from None
    if found.bit_length() > 256:
        raise LoadError(f"seed has {found.bit_length()} bits: give an integer of at most 256")
    return found

"""Rows of shards all of whose blocks are on disk, given where they are mapped, as those of local shards are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.rows import Held, Located
from atdata.shards.fetched.shard import FetchedShard
from atdata.shards.kept.keeping import Keeping

__all__ = ["OnDisk"]


class OnDisk:
    """Those shards of a dataset. Threads may share one, and it works on after fork.

    Args:
        keeping: what is kept of the shards.
        count: how many shards there are.
        shard: gives the shard at a place.
    """

    def __init__(self, keeping: Keeping, count: int, shard: Callable[[int], FetchedShard]) -> None:
        self._keeping = keeping
        self._shard = shard
        # All blocks are there; and nothing is left to verify.
        self._whole = np.zeros(count, np.bool_)
        self._settled = np.zeros(count, np.bool_)

    @property
    def has_all(self) -> bool:
        """Whether all blocks of all shards are known to be there."""
        return bool(self._whole.all())

    def has(self, place: int) -> bool:
        """Whether all blocks of a shard are there, as far as that is said."""
        if not self._whole[place]:
            kept = self._shard(place).kept
            self._whole[place] = kept is not None and kept.look()
        return bool(self._whole[place])

    def held(self, rows: Located) -> Held | None:
        """Rows, verified, where they are mapped; `None` where something of them has to be fetched.

        Raises:
            IndexLies: one is not where the index of its shard says.
        """
        self._keeping.touch_now_and_then()
        # Of a shard that is read from its beginning, it is not known yet where they lie.
        if not len(rows) or int(rows.at.min()) < 0:
            return None
        open_ = ~self._settled[rows.places]
        if open_.any() and not self._verified(rows, np.unique(rows.places[open_]).tolist()):
            return None
        region = self._keeping.region
        return Held(region.flat, replace(rows, at=region.starts[rows.places] + rows.at))

    def payload(self, place: int, inner: int) -> memoryview | None:
        """The payload of a sample, by its shard and its number in that; `None` where it is to be held like others."""
        if not self._settled[place]:
            return None
        index, region = self._shard(place).index, self._keeping.region
        begin = int(region.starts[place]) + int(index.offsets[inner])
        return region.flat[begin : begin + int(index.sizes[inner])].data

    def _verified(self, rows: Located, places: Iterable[int]) -> bool:
        """Whether all blocks of these shards are there, and those that the rows lie in are right."""
        for place in places:
            if not self.has(place):
                return False
            shard = self._shard(place)
            inner: NDArray[np.int64] = rows.inner[rows.places == place]
            if not shard.ensure(inner):
                return False
            self._settled[place] = shard.is_settled
        return True

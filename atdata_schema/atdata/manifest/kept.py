"""Columns that were read for a condition, kept for the next one."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from typing import Final

from atdata.manifest.query.columns import Column, Numbers, joined, size_of
from atdata.manifest.query.spelling import Path

__all__ = ["Kept", "Stack"]

MOST: Final = 1 << 30
"""Bytes of columns that are kept for one dataset, about; while a condition is answered there may be more."""


class Stack:
    """One field of some shards, behind each other in their order.

    Attributes:
        places: the shards, in order.
        column: the field in all of them.
    """

    def __init__(self, parts: Mapping[int, Column]) -> None:
        self.places = sorted(parts)
        self._held = frozenset(self.places)
        column = joined([parts[place] for place in self.places])
        self.column = column.zoned() if isinstance(column, Numbers) else column
        self._starts = [0]
        for place in self.places:
            self._starts.append(self._starts[-1] + len(parts[place]))

    def lacks(self, places: Iterable[int]) -> list[int]:
        """Those of some shards that are not there."""
        return sorted(place for place in places if place not in self._held)

    def grown(self, more: Mapping[int, Column]) -> Stack:
        """This and the same field of other shards."""
        if not more:
            return self
        own = {place: self.cut(place, place) for place in self.places}
        return Stack({**own, **more})

    def cut(self, first: int, last: int) -> Column:
        """The field in the shards from one to another, which are all there."""
        begin = bisect.bisect_left(self.places, first)
        end = begin + last - first + 1
        return self.column.cut(self._starts[begin], self._starts[end])


class Kept:
    """The stacks of one dataset, those that were not used for the longest time given up first.

    Threads may share it: at worst one of them reads what another one has read.

    Args:
        most: bytes of all that are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._stacks: dict[Path, tuple[Stack, int]] = {}

    def get(self, path: Path) -> Stack | None:
        """The stack of a field."""
        found = self._stacks.get(path)
        return None if found is None else found[0]

    def put(self, stacks: Mapping[Path, Stack]) -> None:
        """Keep stacks that were just used."""
        kept = dict(self._stacks)
        for path, stack in stacks.items():
            old = kept.pop(path, None)
            size = old[1] if old is not None and old[0] is stack else size_of(stack.column)
            kept[path] = (stack, size)
        while kept and sum(size for _, size in kept.values()) > self._most:
            del kept[next(iter(kept))]
        self._stacks = kept

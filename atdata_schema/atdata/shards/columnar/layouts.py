"""Which rows were seen to be laid out alike, so that they are not compared again.

The mapped bytes of a shard do not change. Where every row of a shard was compared with one layout once,
later epochs go straight to the fields.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.rows import Located
from atdata.shards.columnar.walk import Prefix, Span
from atdata.shards.columnar.windows import Places, window
from atdata_schema.wire import npy

__all__ = ["Layout", "Layouts", "Seen", "Slot"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slot:
    """A field at the same place in every row.

    Attributes:
        name: the property.
        code: its type byte; `None` where that is the value itself, and differs from row to row.
        offset: where its payload begins in the row.
        size: bytes of payload.
        head: the header of an array at the beginning of the payload.
    """

    name: str
    code: int | None
    offset: int
    size: int
    head: npy.Head | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where every field lies in a row."""

    slots: tuple[Slot, ...]

    def spans(self, flat: NDArray[np.uint8], rows: Places) -> dict[str, Span]:
        """The fields of rows that have this layout."""
        found: dict[str, Span] = {}
        for slot in self.slots:
            at = rows.moved(slot.offset)
            code = slot.code
            if code is None:  # the byte before the empty payload
                found[slot.name] = Span(
                    window(flat, at.moved(-1), 1).reshape(len(at)), at, slot.size
                )
            else:
                found[slot.name] = Span(code, at, slot.size)
        return found


class Layouts:
    """What is known of the rows of each shard, for one set of fields.

    Attributes:
        whole: where every field lies, in shards all of whose rows have one layout.
        prefix: what all rows of a shard begin with, in other shards.
    """

    def __init__(self) -> None:
        self.whole: Seen[Layout] = Seen(operator.eq)
        self.prefix: Seen[Prefix] = Seen(_is_part)


class Seen(Generic[T]):
    """Something that all rows of a shard have in common, once each of them was looked at.

    Args:
        is_part: whether rows that have the second in common have the first in common too.
    """

    def __init__(self, is_part: Callable[[T, T], bool]) -> None:
        self._is_part = is_part
        self._seen: dict[int, NDArray[np.bool_]] = {}
        self._left: dict[int, int] = {}
        self._shared: dict[int, T] = {}

    def of(self, rows: Located) -> T | None:
        """What rows have in common, all of whose shards are known to have it; `None` where that is not known."""
        if not self._left:
            return None
        found: T | None = None
        for place in rows.shards():
            if self._left.get(place) != 0:
                return None
            found = self._least(found, self._shared[place])
            if found is None:
                return None
        return found

    def _least(self, one: T | None, other: T) -> T | None:
        """What rows that have either in common all have; `None` where neither is part of the other."""
        if one is None or one is other:
            return other
        if self._is_part(one, other):
            return one
        return other if self._is_part(other, one) else None

    def note(self, rows: Located, shared: T, counts: dict[int, int]) -> None:
        """Rows were compared, and have something in common.

        Args:
            rows: the rows.
            shared: what they have in common.
            counts: the samples of each shard, by its place.
        """
        # One object for what is equal, so that shards need not be compared each time.
        shared = next((known for known in self._shared.values() if known == shared), shared)
        for place, inner in rows.by_shard():
            if self._left.get(place) == 0:
                continue
            least = self._least(self._shared.get(place), shared)
            if least is None:
                self._left[place] = -1  # a shard of several kinds of rows is compared each time
                continue
            self._shared[place] = least
            seen = self._seen.setdefault(place, np.zeros(counts[place], np.bool_))
            if self._left.get(place, len(seen)) > 0:
                # A view may hold a row several times; it is seen once.
                seen[inner] = True
                self._left[place] = len(seen) - int(np.count_nonzero(seen))


def _is_part(one: Prefix, other: Prefix) -> bool:
    """Whether rows that share the second share the first: each of its stretches lies in one of the second's.

    A few rows may happen to share more than all do, those at the end of a shard for example.
    """
    return all(
        any(
            begin <= first and last <= end and own == whole[first - begin : last - begin]
            for begin, end, whole in other
        )
        for first, last, own in one
    )

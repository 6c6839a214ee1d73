"""Which rows were seen to be laid out alike, so that they are not compared again.

The mapped bytes of a shard do not change. Where every row of a shard was compared with one layout once,
later epochs go straight to the fields.
"""

from __future__ import annotations

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
        self.whole: Seen[Layout] = Seen()
        self.prefix: Seen[Prefix] = Seen()


class Seen(Generic[T]):
    """Something that all rows of a shard have in common, once each of them was looked at."""

    def __init__(self) -> None:
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
            shared = self._shared[place]
            if found is not None and shared != found:
                return None
            found = shared
        return found

    def note(self, rows: Located, shared: T, counts: dict[int, int]) -> None:
        """Rows were compared, and have something in common.

        Args:
            rows: the rows.
            shared: what they have in common.
            counts: the samples of each shard, by its place.
        """
        for place, inner in rows.by_shard():
            if self._left.get(place) == 0:
                continue
            if self._shared.setdefault(place, shared) != shared:
                self._left[place] = -1  # a shard of several kinds of rows is compared each time
                continue
            seen = self._seen.setdefault(place, np.zeros(counts[place], np.bool_))
            if self._left.get(place, len(seen)) > 0:
                # A view may hold a row several times; it is seen once.
                seen[inner] = True
                self._left[place] = len(seen) - int(np.count_nonzero(seen))

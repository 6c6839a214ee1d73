"""Which rows were seen to be laid out alike, so that they are not compared again.

The mapped bytes of a shard do not change. Where every row of a shard was compared with one layout once,
later epochs go straight to the fields.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.rows import Located
from atdata.shards.columnar.walk import Span
from atdata.shards.columnar.windows import Places, window
from atdata_schema.wire import npy

__all__ = ["Layout", "Layouts", "Slot"]


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
    """What is known of the rows of each shard, for one set of fields."""

    def __init__(self) -> None:
        self._seen: dict[int, NDArray[np.bool_]] = {}
        self._left: dict[int, int] = {}
        self._layouts: dict[int, Layout] = {}

    def of(self, rows: Located) -> Layout | None:
        """The layout of rows all of whose shards are known to have it; `None` where that is not known."""
        if not self._left:
            return None
        found: Layout | None = None
        for place in _places(rows):
            if self._left.get(place) != 0:
                return None
            layout = self._layouts[place]
            if found is not None and layout != found:
                return None
            found = layout
        return found

    def note(self, rows: Located, layout: Layout, counts: dict[int, int]) -> None:
        """Rows were compared, and have a layout.

        Args:
            rows: the rows.
            layout: theirs.
            counts: the samples of each shard, by its place.
        """
        places = _places(rows)
        for place in places:
            inner = rows.inner if len(places) == 1 else rows.inner[rows.places == place]
            if self._layouts.setdefault(place, layout) != layout:
                self._left[place] = -1  # a shard of several layouts is compared each time
                continue
            seen = self._seen.setdefault(place, np.zeros(counts[place], np.bool_))
            left = self._left.get(place, len(seen))
            if left > 0:
                self._left[place] = left - int((~seen[inner]).sum())
                seen[inner] = True


def _places(rows: Located) -> list[int]:
    first = int(rows.places[0])
    if bool((rows.places == first).all()):
        return [first]
    found: list[int] = np.unique(rows.places).tolist()
    return found

"""Entries that were read before, by the number that a database gave them.

Entries never change, so one that was read is right as long as the database says that it is there; reading it
again costs more than all the rest of a listing. What is kept is not to be changed by whoever gets it: only
entries without metadata are kept, and their mappings refuse changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn

from atdata.index.entry import Entry

__all__ = ["EntryCache"]

_MOST: Final = 1 << 24
"""Characters of JSON that are kept, about; in memory they take about three times as much."""


class _Fixed(dict[str, Any]):
    """A dict that stays as it is."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("an entry does not change: write a new version")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)


class EntryCache:
    """Entries by number."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._size = 0

    def get(self, number: int, name: str, created: str) -> Entry | None:
        """An entry, if it is known and as the database says: a database may be replaced by a copy of it."""
        entry = self._entries.get(number)
        if entry is None or entry.created != created or entry.name != name:
            return None
        return entry

    def put(self, number: int, entry: Entry, size: int) -> None:
        """Keep an entry whose JSON has so many characters."""
        if entry.metadata or size > _MOST // 100:
            return
        if self._size + size > _MOST:
            self._entries, self._size = {}, 0
        object.__setattr__(entry, "splits", _fixed(entry.splits))
        object.__setattr__(entry, "metadata", _NONE)
        self._entries[number] = entry
        self._size += size


_NONE: Final = _Fixed()


def _fixed(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    return _Fixed(mapping)

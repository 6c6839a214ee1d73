"""Listing entries of a SQLite file: a page after another, and from memory where nothing has changed since.

Reading entries from JSON is nearly all of a listing's time, and entries never change. So what was listed is
remembered with the token of the database's state, which every transaction that adds or removes an entry
replaces by random bytes: where the token is the same, so are all entries, whoever wrote meanwhile, in this
process or another, and also where the file has been replaced by a copy of itself.

What is remembered is given to several callers, so their mappings refuse changes; entries with metadata, in
which anything may be changed, are read anew for each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NoReturn, TypeAlias

from atdata.index.entry import Entry
from atdata.index.entry_json import decode_entry

__all__ = ["Listing", "Page", "Place", "new_state", "page"]

Place: TypeAlias = tuple[str, str]
"""Name and sort key of an entry; what follows it follows in a listing."""

Page: TypeAlias = tuple[bytes, list[tuple[str, str, str]]]
"""The state of the database, and name, sort key and JSON of some entries in it."""

_ROWS: Final = 500
_MOST: Final = 1 << 24
"""Characters of JSON that are remembered at most; in memory they take about three times as much."""

_LATEST: Final = (
    "SELECT d.name, '', e.body FROM datasets d JOIN entries e ON e.number = d.entry "
    "WHERE d.name > ?1 AND ?2 = '' ORDER BY d.name LIMIT ?3"
)
_EVERY: Final = (
    "SELECT name, sort, body FROM entries WHERE (name, sort) > (?1, ?2) ORDER BY name, sort LIMIT ?3"
)


def page(db: sqlite3.Connection, place: Place, known: bytes, *, latest: bool) -> Page:
    """The entries that follow a place; none where the state is the one that is known."""
    (token,) = db.execute("SELECT token FROM state").fetchone()
    if token == known:
        return token, []
    return token, db.execute(_LATEST if latest else _EVERY, (*place, _ROWS)).fetchall()


def new_state(db: sqlite3.Connection) -> None:
    """Say that entries were added or removed, within the transaction that did it."""
    db.execute("UPDATE state SET token = randomblob(16)")


class Listing:
    """What was listed last in one way: the latest entries, or every entry."""

    def __init__(self) -> None:
        # In one place, for another thread may begin a listing at any moment.
        self._known: tuple[bytes, list[Entry | str]] = (b"", [])

    def entries(self, ask: Callable[[Place, bytes], Page]) -> Iterator[Entry]:
        """The entries, in order.

        Args:
            ask: gives a page from a place on, in a transaction of its own.
        """
        known, items = self._known
        token, rows = ask(("", ""), known)
        if token == known:
            for item in items:
                yield decode_entry(item) if isinstance(item, str) else item
            return
        listed, size, first = list[Entry | str](), 0, token
        while rows:
            for _, _, body in rows:
                entry = decode_entry(body)
                size += len(body)
                if size <= _MOST:
                    listed.append(body if entry.metadata else _fixed(entry))
                yield entry
            if len(rows) < _ROWS:
                break
            token, rows = ask((rows[-1][0], rows[-1][1]), b"")
            if token != first:
                size = _MOST + 1  # what is listed is of no one state
        if size <= _MOST:
            self._known = (first, listed)


class _Fixed(dict[str, Any]):
    """A dict that stays as it is."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("an entry does not change: write a new version")

    __setitem__: Any = _refuse
    __delitem__: Any = _refuse
    __ior__: Any = _refuse
    clear: Any = _refuse
    pop: Any = _refuse
    popitem: Any = _refuse
    setdefault: Any = _refuse
    update: Any = _refuse

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)


_NONE: Final = _Fixed()


def _fixed(entry: Entry) -> Entry:
    splits: Mapping[str, Any] = _Fixed(entry.splits)
    object.__setattr__(entry, "splits", splits)
    object.__setattr__(entry, "metadata", _NONE)
    return entry

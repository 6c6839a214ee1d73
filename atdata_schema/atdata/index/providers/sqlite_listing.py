"""Listing entries of a SQLite file: a page after another, and from memory where nothing has changed since.

Reading entries from JSON is nearly all of a listing's time, so each is read when it is first asked for more than
its name. Entries never change. So the rows that were listed are remembered with the state of the database: random
bytes that every deletion replaces, and those of the last entry. Where the state is the same, so are all entries,
whoever wrote meanwhile, in this process or another, and also where the file has been replaced by a copy of itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Final, TypeAlias

from atdata.index.entry import Entry, later_entries
from atdata.index.entry_json import decode_entry
from atdata.index.providers.sqlite_waiting import LATEST_OF
from atdata.index.sort_keys import sort_key

__all__ = ["Listing", "Page", "Place", "Row", "page"]

Place: TypeAlias = tuple[str, str]
"""Name and sort key of an entry; what follows it follows in a listing."""

Row: TypeAlias = tuple[str, str, bytes]
"""Name, version and JSON of an entry."""

Page: TypeAlias = tuple[bytes, list[Row], int, bool]
"""The state of the database, some entries in it, the bytes of their JSON, and whether others may follow."""

_ROWS: Final = 500
_MOST: Final = 1 << 24
"""Bytes of JSON that are taken at once, and remembered, at most."""

# In the order in which they lie in the file, so that no page of it is read twice.
_ALL_LATEST: Final = (
    "SELECT e.name, e.version, e.body FROM latest l CROSS JOIN entries e ON e.number = l.entry "
    "UNION ALL SELECT e.name, e.version, e.body FROM entries e "
    f"WHERE e.number > (SELECT indexed FROM changes) AND e.number = {LATEST_OF.format('e.name')}"
)
_ALL: Final = "SELECT name, version, body FROM entries"
_LATEST: Final = (
    "SELECT name, version, body FROM entries e "
    f"WHERE name > ?1 AND ?2 IS NOT NULL AND number = {LATEST_OF.format('e.name')} ORDER BY name LIMIT ?3"
)
_EVERY: Final = (
    "SELECT name, version, body FROM entries "
    "WHERE (name, sort) > (?1, ?2) ORDER BY name, sort LIMIT ?3"
)
_BEGINNING: Final = ("", "")


def page(db: sqlite3.Connection, place: Place, known: bytes, *, latest: bool) -> Page:
    """The entries that follow a place: at its beginning all, if they are not too many.

    Args:
        db: the database.
        place: where to go on.
        known: the state in which nothing is to be read.
        latest: the latest version of each name alone.
    """
    token = _state(db)
    if token == known:
        return token, [], 0, False
    if place == _BEGINNING:
        rows, size = _at_once(db, _ALL_LATEST if latest else _ALL)
        if size <= _MOST:
            # By code points, as SQLite compares the bytes of their UTF-8.
            rows.sort(key=itemgetter(0) if latest else _place)
            return token, rows, size, False
    rows = db.execute(_LATEST if latest else _EVERY, (*place, _ROWS)).fetchall()
    return token, rows, _size(rows), len(rows) == _ROWS


def _at_once(db: sqlite3.Connection, statement: str) -> tuple[list[Row], int]:
    """All rows and their size; not all of them where they are too much to hold."""
    found, size = list[Row](), 0
    cursor = db.execute(statement)
    while size <= _MOST and (rows := cursor.fetchmany(_ROWS)):
        size += _size(rows)
        found += rows
    return found, size


def _place(row: Row) -> Place:
    return row[0], sort_key(row[1])


def _size(rows: list[Row]) -> int:
    return sum([len(row[2]) for row in rows])


def _state(db: sqlite3.Connection) -> bytes:
    (token,) = db.execute("SELECT token FROM changes").fetchone()
    last = db.execute("SELECT token FROM entries ORDER BY number DESC LIMIT 1").fetchone()
    return bytes(token if last is None else token + last[0])


class Listing:
    """What was listed last in one way: the latest entries, or every entry."""

    def __init__(self) -> None:
        # In one place, for another thread may begin a listing at any moment.
        self._known: tuple[bytes, list[Row]] = (b"", [])

    def entries(self, ask: Callable[[Place, bytes], Page]) -> Iterator[Entry]:
        """The entries, in order. The first of them are asked for at once, so that most listings go through no generator but one.

        Args:
            ask: gives a page from a place on, in a transaction of its own.
        """
        known, items = self._known
        found = ask(_BEGINNING, known)
        token, rows, size, more = found
        if token == known:
            return later_entries(items, decode_entry)
        if more:
            return self._paged(ask, found)
        if size <= _MOST:
            self._known = (token, rows)
        return later_entries(rows, decode_entry)

    def _paged(self, ask: Callable[[Place, bytes], Page], found: Page) -> Iterator[Entry]:
        """Those that are too many to be read at once, a page after another."""
        first, rows, size, more = found
        listed, whole = list[Row](), 0
        while True:
            whole += size
            if whole <= _MOST:
                listed += rows
            yield from later_entries(rows, decode_entry)
            if not more:
                break
            token, rows, size, more = ask(_place(rows[-1]), b"")
            if token != first:
                whole = _MOST + 1  # what is listed is of no one state
        if whole <= _MOST:
            self._known = (first, listed)

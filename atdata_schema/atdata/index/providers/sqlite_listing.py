"""Listing entries of a SQLite file: a page after another, each read once as long as it is remembered."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, TypeAlias

from atdata.index.entry import Entry
from atdata.index.entry_json import decode_entry
from atdata.index.providers.entry_cache import EntryCache

__all__ = ["BEGINNING", "Place", "load", "page"]

Place: TypeAlias = tuple[str, str]
"""Name and sort key of an entry; what follows it follows in a listing."""

BEGINNING: Final[Place] = ("", "")

_PAGE: Final = 500

_LATEST: Final = (
    "SELECT entry, name, created, '' FROM datasets WHERE name > ? AND ? = '' ORDER BY name LIMIT ?"
)
_EVERY: Final = (
    "SELECT number, name, created, sort FROM entries WHERE (name, sort) > (?, ?) "
    "ORDER BY name, sort LIMIT ?"
)


def page(
    db: sqlite3.Connection, cache: EntryCache, place: Place, *, latest: bool
) -> tuple[list[Entry], Place | None]:
    """The entries that follow a place, and the place to go on from, if there may be more."""
    rows = db.execute(_LATEST if latest else _EVERY, (*place, _PAGE)).fetchall()
    entries = load(db, cache, [row[:3] for row in rows])
    return entries, (rows[-1][1], rows[-1][3]) if len(rows) == _PAGE else None


def load(
    db: sqlite3.Connection, cache: EntryCache, rows: Sequence[tuple[int, str, str]]
) -> list[Entry]:
    """Entries by their numbers, names and times."""
    found = [cache.get(*row) for row in rows]
    missing = [row[0] for row, entry in zip(rows, found, strict=True) if entry is None]
    read: dict[int, Entry] = {}
    for at in range(0, len(missing), _PAGE):
        numbers = missing[at : at + _PAGE]
        marks = ", ".join("?" * len(numbers))
        for number, body in db.execute(
            f"SELECT number, body FROM entries WHERE number IN ({marks})", numbers
        ):
            read[number] = decode_entry(body)
            cache.put(number, read[number], len(body))
    return [
        read[row[0]] if entry is None else entry for row, entry in zip(rows, found, strict=True)
    ]

"""What `search` looks at, in SQLite: two indexes, and a few datasets that wait to be put into them.

An addition that changed the indexes would write a dozen pages of the file more, however little it adds to each.
So what a dataset is found by waits in a row of its own, and all that wait are indexed at once when they are many.
Who searches looks through these rows too.
"""

from __future__ import annotations

import sqlite3
from typing import Final, TypeAlias

from atdata.index.providers.rows import EntryRow

__all__ = ["MANY", "Waiting", "forget", "index_now", "let_wait", "waiting"]

MANY: Final = 64
"""Fewer than so many wait. So many that are added at once are indexed at once."""

Waiting: TypeAlias = tuple[int, tuple[str, ...], frozenset[str]]
"""The number of a dataset; its words in each place, with a space before each word; the values of its tags."""


def let_wait(db: sqlite3.Connection, dataset: int, row: EntryRow) -> bool:
    """Note what a dataset is found by, until it is indexed with others; whether it still waits."""
    words = "\n".join(" ".join(words) for words in (*row.words, row.tags))
    made = db.execute(
        "INSERT INTO waiting (dataset, token, words) VALUES (?, randomblob(16), ?)",
        (dataset, words),
    )
    if (made.lastrowid or 0) < MANY:
        return True
    _index_waiting(db)
    return False


def index_now(db: sqlite3.Connection, dataset: int, row: EntryRow) -> bool:
    """Let a dataset be found by the indexes; whether it waits, which it does not."""
    db.execute(_INDEX, (dataset, *map(" ".join, row.words)))
    db.executemany(_INDEX_TAG, [(tag, dataset) for tag in row.tags])
    return False


_INDEX: Final = "INSERT INTO indexed_words (rowid, name, tags, type, text) VALUES (?, ?, ?, ?, ?)"
_INDEX_TAG: Final = "INSERT INTO indexed_tags VALUES (?, ?)"


def _index_waiting(db: sqlite3.Connection) -> None:
    found = db.execute("SELECT dataset, words FROM waiting").fetchall()
    rows = [(dataset, *words.split("\n")) for dataset, words in found]
    db.executemany(_INDEX, [row[:5] for row in rows])
    db.executemany(_INDEX_TAG, [(tag, row[0]) for row in rows for tag in row[5].split()])
    db.execute("DELETE FROM waiting")


def forget(db: sqlite3.Connection, dataset: int) -> None:
    """Let a dataset be found by nothing."""
    for statement in (
        "DELETE FROM indexed_words WHERE rowid = ?",
        "DELETE FROM indexed_tags WHERE dataset = ?",
        "DELETE FROM waiting WHERE dataset = ?",
    ):
        db.execute(statement, (dataset,))


def waiting(db: sqlite3.Connection) -> list[Waiting]:
    """Those that wait."""
    found: list[Waiting] = []
    for dataset, words in db.execute("SELECT dataset, words FROM waiting"):
        *places, keys = words.split("\n")
        found.append((dataset, tuple(f" {words}" for words in places), frozenset(keys.split())))
    return found

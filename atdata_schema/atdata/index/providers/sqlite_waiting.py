"""What is known of the latest version of each dataset beside its entry, in SQLite, and a few that wait for that.

An addition that changed every table would write a dozen pages of the file more, however little it adds to each.
So an entry that is the latest of its name waits in a row of its own, with all that it is found by, and all that
wait are put where they belong at once when they are many: into `latest`, the two indexes that `search` looks at,
and `digests`. Each latest entry is either there or waits, never both. Who searches or lists looks at those that wait too; who
asks for digests has them put there first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from atdata.index.providers.rows import EntryRow

__all__ = [
    "MANY",
    "Waiting",
    "forget",
    "index_now",
    "index_waiting",
    "let_wait",
    "put_digests",
    "waiting",
]

MANY: Final = 64
"""Fewer than so many wait. So many that are added at once are indexed at once."""

Waiting: TypeAlias = tuple[int, tuple[str, ...], frozenset[str]]
"""The number of an entry; its words in each place, with a space before each word; the values of its tags."""


def let_wait(db: sqlite3.Connection, entry: int, row: EntryRow) -> bool:
    """Note what an entry is found by, until it is indexed with others; whether it still waits."""
    words = "\n".join(map(" ".join, (*row.words, row.tags)))
    made = db.execute(
        "INSERT INTO waiting (entry, token, words, digests) VALUES (?, randomblob(16), ?, ?)",
        (entry, words, " ".join(row.digests)),
    )
    if (made.lastrowid or 0) < MANY:
        return True
    index_waiting(db)
    return False


def index_now(db: sqlite3.Connection, rows: Mapping[int, EntryRow]) -> None:
    """Let entries be found by the indexes.

    Args:
        db: the database.
        rows: what each is found by, by its number.
    """
    _index(
        db,
        [(entry, *map(" ".join, row.words)) for entry, row in rows.items()],
        [(tag, entry) for entry, row in rows.items() for tag in row.tags],
        [(digest, entry) for entry, row in rows.items() for digest in row.digests],
    )


def index_waiting(db: sqlite3.Connection) -> bool:
    """Let all that wait be found by the indexes; whether there were any."""
    found = db.execute("SELECT entry, words, digests FROM waiting ORDER BY entry").fetchall()
    if not found:
        return False
    rows = [(entry, *words.split("\n")) for entry, words, _ in found]
    _index(
        db,
        [row[:5] for row in rows],
        [(tag, row[0]) for row in rows for tag in row[5].split()],
        [(digest, entry) for entry, _, digests in found for digest in digests.split()],
    )
    db.execute("DELETE FROM waiting")
    return True


def _index(
    db: sqlite3.Connection,
    words: list[tuple[Any, ...]],
    tags: list[tuple[str, int]],
    digests: list[tuple[str, int]],
) -> None:
    """Put each where it belongs, in the order of the tables, which takes half the time."""
    db.executemany(
        "INSERT INTO latest SELECT number, name, schema, created FROM entries WHERE number = ?",
        [row[:1] for row in words],
    )
    db.executemany(
        "INSERT INTO latest_words (rowid, name, tags, type, text) VALUES (?, ?, ?, ?, ?)", words
    )
    db.executemany("INSERT INTO latest_tags VALUES (?, ?)", sorted(tags))
    db.executemany(_DIGEST, sorted(digests))


_DIGEST: Final = "INSERT OR IGNORE INTO digests VALUES (?, ?)"


def put_digests(db: sqlite3.Connection, entry: int, digests: Iterable[str]) -> None:
    """Say which digests the shards of an entry have."""
    db.executemany(_DIGEST, [(digest, entry) for digest in digests])


def forget(db: sqlite3.Connection, entry: int) -> None:
    """Let an entry be found by its name and version alone."""
    found = db.execute("SELECT digests FROM waiting WHERE entry = ?", (entry,)).fetchone()
    if found is not None:
        put_digests(db, entry, found[0].split())
        db.execute("DELETE FROM waiting WHERE entry = ?", (entry,))
        return
    for statement in (
        "DELETE FROM latest WHERE entry = ?",
        "DELETE FROM latest_words WHERE rowid = ?",
        "DELETE FROM latest_tags WHERE entry = ?",
    ):
        db.execute(statement, (entry,))


def waiting(db: sqlite3.Connection) -> list[Waiting]:
    """Those that wait."""
    found: list[Waiting] = []
    for entry, words in db.execute("SELECT entry, words FROM waiting"):
        *places, keys = words.split("\n")
        found.append((entry, tuple(f" {words}" for words in places), frozenset(keys.split())))
    return found

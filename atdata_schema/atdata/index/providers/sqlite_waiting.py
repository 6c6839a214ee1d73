"""What is known of the latest version of each dataset beside its entry, in SQLite, and a few that wait for that.

An addition that changed every table would write a dozen pages of the file more, however little it adds to each.
So the last entries wait: all that is there of them is their row, and once they are many all are indexed at once.
`changes.indexed` is the number of the last entry that does not wait. Of those up to it, the latest of each name is in
`latest` and in the two tables that `search` looks at, and the digests of all are in `digests`. Who searches or
lists looks at those that wait too, one by one; who asks for digests has them indexed first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Final, TypeAlias

from atdata.index.entry_json import decode_entry, decode_schema
from atdata.index.providers.rows import EntryRow, SchemaRow, entry_row, schema_row, value

__all__ = [
    "LATEST_OF",
    "MANY",
    "Recent",
    "Waiting",
    "forget",
    "index_waiting",
    "remember",
    "show",
    "waiting",
]

MANY: Final = 128
"""Fewer than so many wait."""

Recent: TypeAlias = MutableMapping[bytes, EntryRow]
"""Entries that wait, by their tokens, so that they are not made out of their JSON again."""

Waiting: TypeAlias = tuple[int, tuple[str, ...], frozenset[str]]
"""The number of an entry; its words in each place, with a space before each word; the values of its tags."""

LATEST_OF: Final = (
    "coalesce((SELECT number FROM entries WHERE name = {0} AND substr(sort, -1) = '~' ORDER BY sort DESC LIMIT 1), "
    "(SELECT number FROM entries WHERE name = {0} ORDER BY sort DESC LIMIT 1))"
)
"""The number of the latest entry of a name: of the last release, or of the last one where there is no release."""

_SHORT: Final = 1 << 14
"""Characters of JSON of an entry that is remembered, at most."""

_WAITING: Final = (
    f"SELECT e.number, e.token, e.number = {LATEST_OF.format('e.name')} FROM entries e "
    "WHERE e.number > (SELECT indexed FROM changes) ORDER BY e.number"
)


def remember(recent: Recent, token: bytes, row: EntryRow) -> None:
    """Keep an entry that was added, for as long as it may wait."""
    if len(recent) >= 2 * MANY:  # others indexed them
        recent.clear()
    if len(row.body) <= _SHORT:
        recent[token] = row


def waiting(db: sqlite3.Connection, recent: Recent) -> list[Waiting]:
    """Those that wait and are the latest of their names."""
    found = [item[:2] for item in db.execute(_WAITING) if item[2]]
    asked: list[Waiting] = []
    for (number, token), row in zip(found, _rows(db, found, recent), strict=True):
        remember(recent, token, row)
        places = tuple([f" {' '.join(words)}" for words in row.words])
        asked.append((number, places, frozenset(row.tags)))
    return asked


def index_waiting(db: sqlite3.Connection, known: Mapping[bytes, EntryRow]) -> None:
    """Let all that wait be found by the indexes.

    Args:
        db: the database.
        known: entries by their tokens.
    """
    found = db.execute(_WAITING).fetchall()
    if not found:
        return
    rows = [*_rows(db, [item[:2] for item in found], known)]
    numbered = [(number, row) for (number, _, _), row in zip(found, rows, strict=True)]
    _show(db, [item for item, (_, _, latest) in zip(numbered, found, strict=True) if latest])
    digests = [(digest, number) for number, row in numbered for digest in row.digests]
    db.executemany("INSERT OR IGNORE INTO digests VALUES (?, ?)", sorted(digests))
    db.execute("UPDATE changes SET indexed = ?", (numbered[-1][0],))


def show(db: sqlite3.Connection, number: int) -> None:
    """Let an entry that does not wait be the latest of its name."""
    _show(db, [(number, _row(db, number, {}))])


def forget(db: sqlite3.Connection, number: int, body: bytes) -> None:
    """Let an entry that does not wait be found by its name and version alone."""
    db.execute("DELETE FROM latest WHERE entry = ?", (number,))
    db.execute("DELETE FROM latest_words WHERE rowid = ?", (number,))
    tags = [(value(tag), number) for tag in decode_entry(body).tags]
    db.executemany("DELETE FROM latest_tags WHERE tag = ? AND entry = ?", tags)


def _show(db: sqlite3.Connection, rows: list[tuple[int, EntryRow]]) -> None:
    """Put each where it belongs, in the order of the tables, which takes half the time."""
    db.executemany(
        "INSERT INTO latest SELECT number, name, schema, created FROM entries WHERE number = ?",
        [(number,) for number, _ in rows],
    )
    db.executemany(
        "INSERT INTO latest_words (rowid, name, tags, type, text) VALUES (?, ?, ?, ?, ?)",
        [(number, *map(" ".join, row.words)) for number, row in rows],
    )
    tags = [(tag, number) for number, row in rows for tag in row.tags]
    db.executemany("INSERT INTO latest_tags VALUES (?, ?)", sorted(tags))


def _rows(
    db: sqlite3.Connection, wanted: list[tuple[int, bytes]], known: Mapping[bytes, EntryRow]
) -> Iterator[EntryRow]:
    """Entries by their numbers and tokens; those that are not known are made out of their JSON."""
    schemas: dict[int, SchemaRow] = {}
    for number, token in wanted:
        row = known.get(token)
        yield _row(db, number, schemas) if row is None else row


def _row(db: sqlite3.Connection, number: int, schemas: dict[int, SchemaRow]) -> EntryRow:
    entry = "SELECT schema, body FROM entries WHERE number = ?"
    schema, body = db.execute(entry, (number,)).fetchone()
    if schema not in schemas:
        stored = db.execute("SELECT body FROM schemas WHERE number = ?", (schema,)).fetchone()
        schemas[schema] = schema_row(decode_schema(stored[0]))
    return entry_row(decode_entry(body), schemas[schema])

"""Schemas and entries in SQLite: each function works within a transaction that its caller began."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from atdata.index.entry import SchemaKey
from atdata.index.entry_json import decode_entry, decode_schema
from atdata.index.providers.refusals import being_collected, entry_exists, schema_conflict
from atdata.index.providers.rows import EntryRow, SchemaRow, digests_of, entry_row, schema_row
from atdata.index.providers.sqlite_listing import new_state
from atdata.index.providers.sqlite_waiting import MANY, forget, index_now, let_wait, put_digests
from atdata.index.sort_keys import rank

__all__ = ["LATEST_OF", "delete_entries", "insert_entries", "insert_schema"]

LATEST_OF: Final = (
    "coalesce((SELECT number FROM entries WHERE name = ?1 AND substr(sort, -1) = '~' ORDER BY sort DESC LIMIT 1), "
    "(SELECT number FROM entries WHERE name = ?1 ORDER BY sort DESC LIMIT 1))"
)
"""The number of the latest entry of a name: of the last release, or of the last one where there is no release."""


def insert_schema(db: sqlite3.Connection, row: SchemaRow) -> int:
    """Store a schema, unless it is there; its number.

    Raises:
        SchemaConflict: the version names another type.
    """
    return _schema(db, row)[0]


def _schema(db: sqlite3.Connection, row: SchemaRow) -> tuple[int, bool]:
    """The number of a schema, which is stored unless it is there, and whether anything is condemned."""
    where = (row.key.id, row.sort)
    # In one question what every addition asks.
    condemned, number, cid = db.execute(_BEFORE, where).fetchone()
    if number is not None:
        if cid != row.key.cid:
            raise schema_conflict(row.key, cid)
        return number, bool(condemned)
    stored = db.execute(
        "INSERT INTO schemas (id, sort, cid, body) VALUES (?, ?, ?, ?)",
        (*where, row.key.cid, row.body),
    )
    number = _number(stored)
    db.executemany("INSERT INTO fields VALUES (?, ?)", [(field, number) for field in row.fields])
    return number, bool(condemned)


_BEFORE: Final = (
    "SELECT EXISTS (SELECT 1 FROM condemned), s.number, s.cid "
    "FROM (SELECT 1) LEFT JOIN schemas s ON s.id = ? AND s.sort = ?"
)


def insert_entries(db: sqlite3.Connection, rows: Sequence[tuple[EntryRow, SchemaRow]]) -> None:
    """Store entries with their schemas; each is found by its name from now on, where it is the latest.

    Raises:
        EntryExists: a version is there.
        SchemaConflict: the version of a schema names another type.
        LeaseLost: a shard of one is being deleted.
    """
    if not rows:
        return
    schemas: dict[SchemaKey, int] = {}
    condemned, last = False, None
    for _, schema in rows:
        if schema is not last and schema.key not in schemas:
            schemas[schema.key], condemned = _schema(db, schema)
        last = schema
    if condemned:
        for row, _ in rows:
            _refuse_condemned(db, row)
    shown: dict[int, EntryRow] = {}
    for row, schema in rows:
        _insert_entry(db, row, schemas[schema.key], shown)
    if len(shown) >= MANY:
        index_now(db, shown)
        waits = [False]
    else:
        waits = [let_wait(db, number, row) for number, row in shown.items()]
    if not all(waits) or len(shown) < len(rows):
        new_state(db)


def _insert_entry(
    db: sqlite3.Connection, row: EntryRow, schema: int, shown: dict[int, EntryRow]
) -> None:
    """Store one entry.

    Args:
        db: the database.
        row: the entry.
        schema: the number of its schema.
        shown: takes it by its number, where it is the latest of its name, and loses the one that was.
    """
    latest = db.execute(_LATEST, (row.name,)).fetchone()
    stored = db.execute(
        "INSERT INTO entries (name, sort, version, schema, created, body) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        # As bytes, which take less time than texts wherever they are read.
        (row.name, row.sort, row.version, schema, row.created, row.body.encode()),
    )
    if stored.rowcount == 0:
        raise entry_exists(row.name, row.version)
    number = _number(stored)
    if latest is not None:
        before, sort = latest
        if rank(row.sort) < rank(sort):
            put_digests(db, number, row.digests)
            return
        if before in shown:
            put_digests(db, before, shown.pop(before).digests)
        else:
            forget(db, before)
    shown[number] = row


_LATEST: Final = f"SELECT number, sort FROM entries WHERE number = {LATEST_OF}"


def delete_entries(db: sqlite3.Connection, name: str, sort: str | None) -> list[bytes]:
    """Remove one version of a name or all, with their labels; the JSON of what was removed."""
    latest = db.execute(_LATEST, (name,)).fetchone()
    found = db.execute(
        "SELECT number, sort, version, body FROM entries WHERE name = ? ORDER BY sort", (name,)
    ).fetchall()
    gone = [row for row in found if sort in (None, row[1])]
    if not gone:
        return []
    left = [row for row in found if row not in gone]
    if all(number != latest[0] for number, *_ in left):
        forget(db, latest[0])
        if left:
            _show(db, max(left, key=lambda row: rank(row[1])))
    for number, _, version, body in gone:
        db.executemany(
            "DELETE FROM digests WHERE digest = ? AND entry = ?",
            [(digest, number) for digest in digests_of(decode_entry(body))],
        )
        db.execute("DELETE FROM entries WHERE number = ?", (number,))
        db.execute("DELETE FROM labels WHERE name = ? AND version = ?", (name, version))
    new_state(db)
    return [body for *_, body in gone]


def _refuse_condemned(db: sqlite3.Connection, row: EntryRow) -> None:
    for digest in row.kept:
        if db.execute("SELECT 1 FROM condemned WHERE digest = ?", (digest,)).fetchone():
            raise being_collected(row.name, digest)


def _show(db: sqlite3.Connection, stored: tuple[int, str, str, bytes]) -> None:
    """Let an entry that was stored before be the latest of its name."""
    number, _, _, body = stored
    (schema,) = db.execute(
        "SELECT s.body FROM entries e JOIN schemas s ON s.number = e.schema WHERE e.number = ?",
        (number,),
    ).fetchone()
    let_wait(db, number, entry_row(decode_entry(body), schema_row(decode_schema(schema))))


def _number(made: sqlite3.Cursor) -> int:
    assert made.lastrowid is not None
    return made.lastrowid

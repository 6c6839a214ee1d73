"""Schemas and entries in SQLite: each function works within a transaction that its caller began."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from atdata.index.entry_json import decode_entry, decode_schema
from atdata.index.providers.refusals import being_collected, entry_exists, schema_conflict
from atdata.index.providers.rows import EntryRow, SchemaRow, entry_row, schema_row
from atdata.index.sort_keys import rank

__all__ = ["delete_entries", "insert_entry", "insert_schema"]


def insert_schema(db: sqlite3.Connection, row: SchemaRow) -> int:
    """Store a schema, unless it is there; its number.

    Raises:
        SchemaConflict: the version names another type.
    """
    where = (row.key.id, row.sort)
    found = db.execute(
        "SELECT number, cid FROM schemas WHERE id = ? AND sort = ?", where
    ).fetchone()
    if found is not None:
        number, cid = found
        if cid != row.key.cid:
            raise schema_conflict(row.key, cid)
        return int(number)
    stored = db.execute(
        "INSERT INTO schemas (id, sort, cid, body) VALUES (?, ?, ?, ?)",
        (*where, row.key.cid, row.body),
    )
    number = _number(stored)
    db.executemany("INSERT INTO fields VALUES (?, ?)", [(field, number) for field in row.fields])
    return number


def insert_entry(db: sqlite3.Connection, row: EntryRow, schema: SchemaRow) -> None:
    """Store an entry with its schema; it is found by its name from now on, where it is the latest.

    Raises:
        EntryExists: this version is there.
        SchemaConflict: the version of the schema names another type.
        LeaseLost: a shard of it is being deleted.
    """
    _refuse_condemned(db, row)
    of = insert_schema(db, schema)
    stored = db.execute(
        "INSERT INTO entries (name, sort, version, schema, created, body) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (row.name, row.sort, row.version, of, row.created, row.body),
    )
    if stored.rowcount == 0:
        raise entry_exists(row.name, row.version)
    number = _number(stored)
    db.executemany(
        "INSERT INTO digests VALUES (?, ?)", [(digest, number) for digest in row.digests]
    )
    latest = db.execute(
        "SELECT d.number, e.sort FROM datasets d JOIN entries e ON e.number = d.entry WHERE d.name = ?",
        (row.name,),
    ).fetchone()
    if latest is None:
        made = db.execute(
            "INSERT INTO datasets (name, entry, schema, created) VALUES (?, ?, ?, ?)",
            (row.name, number, of, row.created),
        )
        _index(db, _number(made), row)
    elif rank(row.sort) > rank(latest[1]):
        _show(db, latest[0], number, of, row)


def delete_entries(db: sqlite3.Connection, name: str, sort: str | None) -> list[str]:
    """Remove one version of a name or all, with their labels; the JSON of what was removed."""
    found = db.execute(
        "SELECT number, sort, version, body FROM entries WHERE name = ? ORDER BY sort", (name,)
    ).fetchall()
    gone = [row for row in found if sort in (None, row[1])]
    for number, _, version, _ in gone:
        db.execute("DELETE FROM digests WHERE entry = ?", (number,))
        db.execute("DELETE FROM entries WHERE number = ?", (number,))
        db.execute("DELETE FROM labels WHERE name = ? AND version = ?", (name, version))
    if gone:
        _show_latest(db, name, [row for row in found if row not in gone])
    return [body for *_, body in gone]


def _refuse_condemned(db: sqlite3.Connection, row: EntryRow) -> None:
    for digest in row.kept:
        if db.execute("SELECT 1 FROM condemned WHERE digest = ?", (digest,)).fetchone():
            raise being_collected(row.name, digest)


def _show_latest(
    db: sqlite3.Connection, name: str, left: Sequence[tuple[int, str, str, str]]
) -> None:
    """Let a name stand for the latest of the versions that are left, or be gone."""
    number, entry = db.execute(
        "SELECT number, entry FROM datasets WHERE name = ?", (name,)
    ).fetchone()
    if not left:
        db.execute("DELETE FROM datasets WHERE number = ?", (number,))
        db.execute("DELETE FROM words WHERE rowid = ?", (number,))
        db.execute("DELETE FROM tags WHERE dataset = ?", (number,))
        return
    latest = max(left, key=lambda row: rank(row[1]))
    if latest[0] != entry:
        of, body = db.execute(
            "SELECT s.number, s.body FROM entries e JOIN schemas s ON s.number = e.schema "
            "WHERE e.number = ?",
            (latest[0],),
        ).fetchone()
        row = entry_row(decode_entry(latest[3]), schema_row(decode_schema(body)))
        _show(db, number, latest[0], of, row)


def _show(db: sqlite3.Connection, number: int, entry: int, schema: int, row: EntryRow) -> None:
    """Let a dataset stand for another one of its versions."""
    db.execute(
        "UPDATE datasets SET entry = ?, schema = ?, created = ? WHERE number = ?",
        (entry, schema, row.created, number),
    )
    db.execute("DELETE FROM words WHERE rowid = ?", (number,))
    db.execute("DELETE FROM tags WHERE dataset = ?", (number,))
    _index(db, number, row)


def _index(db: sqlite3.Connection, number: int, row: EntryRow) -> None:
    """What the latest version of a dataset is found by."""
    db.execute(
        "INSERT INTO words (rowid, name, tags, type, text) VALUES (?, ?, ?, ?, ?)",
        (number, *map(" ".join, row.words)),
    )
    db.executemany("INSERT INTO tags VALUES (?, ?)", [(tag, number) for tag in row.tags])


def _number(made: sqlite3.Cursor) -> int:
    assert made.lastrowid is not None
    return made.lastrowid

"""Schemas and entries in SQLite: each function works within a transaction that its caller began."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias

from atdata.index.entry import SchemaKey
from atdata.index.entry_json import decode_entry, decode_schema
from atdata.index.providers.refusals import being_collected, entry_exists, schema_conflict
from atdata.index.providers.rows import EntryRow, SchemaRow, digests_of, entry_row, schema_row
from atdata.index.providers.sqlite_listing import new_state
from atdata.index.providers.sqlite_waiting import MANY, forget, index_now, let_wait
from atdata.index.sort_keys import rank

__all__ = ["delete_entries", "insert_entries", "insert_schema"]

_Show: TypeAlias = Callable[[sqlite3.Connection, int, EntryRow], bool]
"""Lets a dataset be found by what its latest version says; whether that waits."""


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


def insert_entries(db: sqlite3.Connection, rows: Sequence[tuple[EntryRow, SchemaRow]]) -> None:
    """Store entries with their schemas; each is found by its name from now on, where it is the latest.

    Raises:
        EntryExists: a version is there.
        SchemaConflict: the version of a schema names another type.
        LeaseLost: a shard of one is being deleted.
    """
    if not rows:
        return
    if db.execute("SELECT 1 FROM condemned LIMIT 1").fetchone():
        for row, _ in rows:
            _refuse_condemned(db, row)
    schemas: dict[SchemaKey, int] = {}
    for _, schema in rows:
        if schema.key not in schemas:
            schemas[schema.key] = insert_schema(db, schema)
    show = index_now if len(rows) >= MANY else let_wait
    waits = [_insert_entry(db, row, schemas[schema.key], show) for row, schema in rows]
    if not all(waits):
        new_state(db)


def _insert_entry(db: sqlite3.Connection, row: EntryRow, schema: int, show: _Show) -> bool:
    """Store one entry; whether what waits to be indexed says so."""
    stored = db.execute(
        "INSERT INTO entries (name, sort, version, schema, created, body) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (row.name, row.sort, row.version, schema, row.created, row.body),
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
            (row.name, number, schema, row.created),
        )
        return show(db, _number(made), row)
    if rank(row.sort) > rank(latest[1]):
        return _show(db, latest[0], number, schema, row, show)
    return False


def delete_entries(db: sqlite3.Connection, name: str, sort: str | None) -> list[str]:
    """Remove one version of a name or all, with their labels; the JSON of what was removed."""
    found = db.execute(
        "SELECT number, sort, version, body FROM entries WHERE name = ? ORDER BY sort", (name,)
    ).fetchall()
    gone = [row for row in found if sort in (None, row[1])]
    for number, _, version, body in gone:
        db.executemany(
            "DELETE FROM digests WHERE digest = ? AND entry = ?",
            [(digest, number) for digest in digests_of(decode_entry(body))],
        )
        db.execute("DELETE FROM entries WHERE number = ?", (number,))
        db.execute("DELETE FROM labels WHERE name = ? AND version = ?", (name, version))
    if gone:
        _show_latest(db, name, [row for row in found if row not in gone])
        new_state(db)
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
        db.execute("DELETE FROM datasets WHERE number = ?", (number,))
        forget(db, number)
        return
    latest = max(left, key=lambda row: rank(row[1]))
    if latest[0] != entry:
        of, body = db.execute(
            "SELECT s.number, s.body FROM entries e JOIN schemas s ON s.number = e.schema "
            "WHERE e.number = ?",
            (latest[0],),
        ).fetchone()
        row = entry_row(decode_entry(latest[3]), schema_row(decode_schema(body)))
        _show(db, number, latest[0], of, row, let_wait)


def _show(
    db: sqlite3.Connection, number: int, entry: int, schema: int, row: EntryRow, show: _Show
) -> bool:
    """Let a dataset stand for another one of its versions."""
    db.execute(
        "UPDATE datasets SET entry = ?, schema = ?, created = ? WHERE number = ?",
        (entry, schema, row.created, number),
    )
    forget(db, number)
    return show(db, number, row)


def _number(made: sqlite3.Cursor) -> int:
    assert made.lastrowid is not None
    return made.lastrowid

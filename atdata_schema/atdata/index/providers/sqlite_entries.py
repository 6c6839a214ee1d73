"""Schemas and entries in SQLite: each function works within a transaction that its caller began."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from typing import Final

from atdata.index.entry import SchemaKey
from atdata.index.entry_json import decode_entry
from atdata.index.providers.refusals import being_collected, entry_exists, schema_conflict
from atdata.index.providers.rows import EntryRow, SchemaRow, digests_of
from atdata.index.providers.sqlite_waiting import (
    LATEST_OF,
    MANY,
    Recent,
    forget,
    index_waiting,
    remember,
    show,
)
from atdata.index.sort_keys import rank

__all__ = ["delete_entries", "insert_entries", "insert_schema"]


def insert_schema(db: sqlite3.Connection, row: SchemaRow) -> int:
    """Store a schema, unless it is there; its number.

    Raises:
        SchemaConflict: the version names another type.
    """
    where = (row.key.id, row.sort)
    found = db.execute("SELECT number, cid FROM schemas WHERE id = ? AND sort = ?", where)
    stored = found.fetchone()
    if stored is not None:
        number, cid = stored
        if cid != row.key.cid:
            raise schema_conflict(row.key, cid)
        return int(number)
    made = db.execute(
        "INSERT INTO schemas (id, sort, cid, body) VALUES (?, ?, ?, ?)",
        (*where, row.key.cid, row.body),
    )
    number = _number(made)
    db.executemany("INSERT INTO fields VALUES (?, ?)", [(field, number) for field in row.fields])
    return number


def insert_entries(
    db: sqlite3.Connection, rows: Sequence[tuple[EntryRow, SchemaRow]], recent: Recent
) -> None:
    """Store entries with their schemas; each is found by its name from now on, where it is the latest.

    Args:
        db: the database.
        rows: each with its schema.
        recent: takes those that wait to be indexed.

    Raises:
        EntryExists: a version is there.
        SchemaConflict: the version of a schema names another type.
        LeaseLost: a shard of one is being deleted.
    """
    if not rows:
        return
    condemned, indexed = db.execute(_BEFORE).fetchone()
    # What is wrong is said in the order in which all providers look for it: shards, schemas, entries.
    if condemned:
        for row, _ in rows:
            _refuse_condemned(db, row)
    schemas: dict[SchemaKey, int] = {}
    last = None
    for _, schema in rows:
        if schema is not last and schema.key not in schemas:
            schemas[schema.key] = insert_schema(db, schema)
        last = schema
    given: dict[bytes, EntryRow] = {}
    number = 0
    for row, schema in rows:
        token = os.urandom(16)
        number = _insert_entry(db, row, schemas[schema.key], token, indexed)
        given[token] = row
    if number - indexed >= MANY:
        index_waiting(db, {**recent, **given})
        recent.clear()
        return
    for token, row in given.items():
        remember(recent, token, row)


_BEFORE: Final = "SELECT EXISTS (SELECT 1 FROM condemned), indexed FROM changes"


def _insert_entry(
    db: sqlite3.Connection, row: EntryRow, schema: int, token: bytes, indexed: int
) -> int:
    """Store one entry, instead of which the one that was the latest of its name is found no more; its number."""
    latest = db.execute(_LATEST, (row.name,)).fetchone()
    stored = db.execute(
        "INSERT INTO entries (name, sort, version, schema, created, token, body) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        # As bytes, which take less time than texts wherever they are read.
        (row.name, row.sort, row.version, schema, row.created, token, row.body.encode()),
    )
    if stored.rowcount == 0:
        raise entry_exists(row.name, row.version)
    if latest is not None:
        before, sort = latest
        if before <= indexed and rank(sort) < rank(row.sort):
            forget(db, before, _body(db, before))
    return _number(stored)


_LATEST: Final = f"SELECT number, sort FROM entries WHERE number = {LATEST_OF.format('?1')}"


def delete_entries(db: sqlite3.Connection, name: str, sort: str | None) -> list[bytes]:
    """Remove one version of a name or all, with their labels; the JSON of what was removed."""
    found = db.execute(
        "SELECT number, sort, version, body FROM entries WHERE name = ?", (name,)
    ).fetchall()
    found.sort(key=lambda row: rank(row[1]))
    gone = [row for row in found if sort in (None, row[1])]
    if not gone:
        return []
    (indexed,) = db.execute("SELECT indexed FROM changes").fetchone()
    left = [row for row in found if row not in gone]
    latest, *_, body = found[-1]
    if gone[-1] is found[-1]:
        if latest <= indexed:
            forget(db, latest, body)
        if left and left[-1][0] <= indexed:
            show(db, left[-1][0])
    for number, _, version, body in gone:
        db.executemany(
            "DELETE FROM digests WHERE digest = ? AND entry = ?",
            [(digest, number) for digest in digests_of(decode_entry(body))],
        )
        db.execute("DELETE FROM entries WHERE number = ?", (number,))
        db.execute("DELETE FROM labels WHERE name = ? AND version = ?", (name, version))
    # Numbers behind the last one are given again, and what gets them waits.
    db.execute(
        "UPDATE changes SET token = randomblob(16), "
        "indexed = min(indexed, coalesce((SELECT max(number) FROM entries), 0))"
    )
    gone.sort(key=lambda row: str(row[1]))
    return [body for *_, body in gone]


def _refuse_condemned(db: sqlite3.Connection, row: EntryRow) -> None:
    for digest in row.kept:
        if db.execute("SELECT 1 FROM condemned WHERE digest = ?", (digest,)).fetchone():
            raise being_collected(row.name, digest)


def _body(db: sqlite3.Connection, number: int) -> bytes:
    (body,) = db.execute("SELECT body FROM entries WHERE number = ?", (number,)).fetchone()
    return bytes(body)


def _number(made: sqlite3.Cursor) -> int:
    assert made.lastrowid is not None
    return made.lastrowid

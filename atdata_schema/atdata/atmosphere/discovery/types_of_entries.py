"""Sample types, and which entry has which; within a transaction that the caller began.

An entry names the record of its type and, where it pins it, the CID that the record has to have. So the type of an entry changes with
what is filed under that address, and an entry whose pin the record does not keep has no type here: its owner would have to say
which one it means.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from atdata.atmosphere.discovery.record_rows import TypeRow
from atdata.atmosphere.records.collections import SCHEMA
from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import parse_at_uri

__all__ = ["FIELD_BITS", "file_type", "retype", "type_named"]

FIELD_BITS: Final = 10
"""The row of a field in the index is the number of its type, and these bits for its place in it."""


def file_type(db: sqlite3.Connection, row: TypeRow) -> int:
    """Keep a type, unless it is there; its number."""
    found = db.execute(
        "SELECT number FROM types WHERE cid = ? AND id = ?", (row.cid, row.id)
    ).fetchone()
    if found is not None:
        return int(found[0])
    number = db.execute(
        "INSERT INTO types (id, cid, words, body) VALUES (?, ?, ?, ?)",
        (row.id, row.cid, row.words, row.body),
    ).lastrowid
    assert number is not None
    db.executemany(
        "INSERT INTO fields (rowid, tokens) VALUES (?, ?)",
        [(number << FIELD_BITS | at, tokens) for at, tokens in enumerate(row.fields)],
    )
    return number


def type_named(db: sqlite3.Connection, uri: str, cid: str | None) -> int | None:
    """The type that an entry names, where its record is filed and is the one that is pinned."""
    place = _place(db, uri)
    if place is None:
        return None
    found = db.execute("SELECT type, cid FROM schemas WHERE did = ? AND rkey = ?", place).fetchone()
    return int(found[0]) if found is not None and cid in (None, found[1]) else None


def retype(db: sqlite3.Connection, did: str, rkey: str) -> list[int]:
    """Look again what the entries have that name a record of a type; the numbers of those that have another now."""
    handle = db.execute("SELECT handle FROM repositories WHERE did = ?", (did,)).fetchone()
    names = [did, *([handle[0]] if handle is not None and handle[0] is not None else [])]
    changed: list[int] = []
    for name in names:
        entries = db.execute(
            "SELECT number, schema_uri, schema_cid, type FROM entries WHERE schema_uri = ?",
            (f"at://{name}/{SCHEMA}/{rkey}",),
        ).fetchall()
        for number, uri, cid, before in entries:
            type = type_named(db, uri, cid)
            if type != before:
                db.execute("UPDATE entries SET type = ? WHERE number = ?", (type, number))
                changed.append(number)
    return changed


def _place(db: sqlite3.Connection, uri: str) -> tuple[str, str] | None:
    """The account and the key of a record of a type; a handle is the account that was last confirmed to have it."""
    try:
        address = parse_at_uri(uri)
    except InvalidSyntax:
        return None
    if address.collection != SCHEMA or address.rkey is None:
        return None
    if address.authority.startswith("did:"):
        return address.authority, address.rkey
    found = db.execute(
        "SELECT did FROM repositories WHERE handle = ?", (address.authority.lower(),)
    ).fetchone()
    return None if found is None else (found[0], address.rkey)

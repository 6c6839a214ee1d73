"""The tables of the catalogue, and their version.

Everything in them can be fetched again. A catalogue of another version is therefore emptied and filled anew, not brought up
step by step; one of a newer release is left alone.

`entries.number` rises with the time at which a dataset was published, so that the newest first is the order of the table,
read backwards, and of the full-text index beside it: what is asked for is found without sorting all that matches.

A record is filed under the DID of the repository that it came from, and under nothing that it says of itself.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from atdata.errors import CatalogError

__all__ = ["APPLICATION", "LAYOUT", "bring_up", "is_current"]

APPLICATION: Final = int.from_bytes(b"atdc", "big")
"""What `PRAGMA application_id` is."""

LAYOUT: Final = 1
"""The version of the layout that this release reads and writes."""

_TABLES: Final = """
CREATE TABLE repositories (
    did TEXT NOT NULL PRIMARY KEY,
    handle TEXT,
    rev TEXT,
    seen REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX repositories_of_handle ON repositories (handle);
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    did TEXT NOT NULL,
    rkey TEXT NOT NULL,
    cid TEXT NOT NULL,
    rev TEXT,
    source TEXT NOT NULL,
    level TEXT NOT NULL,
    name TEXT NOT NULL,
    sort TEXT NOT NULL,
    latest INTEGER NOT NULL,
    schema_uri TEXT NOT NULL,
    schema_cid TEXT,
    type INTEGER,
    body TEXT NOT NULL,
    UNIQUE (did, rkey)
);
CREATE INDEX entries_of_name ON entries (did, name);
CREATE INDEX entries_of_schema ON entries (schema_uri);
CREATE INDEX entries_of_type ON entries (type, number);
CREATE TABLE sources (
    source TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (source, entry)
) WITHOUT ROWID;
CREATE INDEX sources_of_entry ON sources (entry);
CREATE VIRTUAL TABLE words USING fts5 (
    name, tags, type, text, facets, detail = column, columnsize = 0, prefix = '1 2',
    tokenize = "ascii tokenchars '_'"
);
CREATE TABLE types (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    cid TEXT NOT NULL,
    words TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (cid, id)
);
CREATE INDEX types_of_id ON types (id);
CREATE VIRTUAL TABLE fields USING fts5 (
    tokens, detail = none, columnsize = 0, tokenize = "ascii tokenchars '_'"
);
CREATE TABLE schemas (
    did TEXT NOT NULL,
    rkey TEXT NOT NULL,
    cid TEXT NOT NULL,
    rev TEXT,
    source TEXT NOT NULL,
    level TEXT NOT NULL,
    type INTEGER NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (did, rkey)
) WITHOUT ROWID;
CREATE INDEX schemas_of_type ON schemas (type);
CREATE TABLE lenses (
    did TEXT NOT NULL,
    rkey TEXT NOT NULL,
    cid TEXT NOT NULL,
    rev TEXT,
    source TEXT NOT NULL,
    level TEXT NOT NULL,
    source_cid TEXT NOT NULL,
    view_cid TEXT NOT NULL,
    state TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (did, rkey)
) WITHOUT ROWID;
CREATE INDEX lenses_of_source ON lenses (source_cid);
CREATE INDEX lenses_of_view ON lenses (view_cid);
CREATE TABLE labels (
    did TEXT NOT NULL,
    rkey TEXT NOT NULL,
    cid TEXT NOT NULL,
    rev TEXT,
    source TEXT NOT NULL,
    level TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT,
    entry TEXT NOT NULL,
    PRIMARY KEY (did, rkey)
) WITHOUT ROWID;
CREATE INDEX labels_of_entry ON labels (entry);
CREATE TABLE verdicts (
    reader TEXT NOT NULL,
    type INTEGER NOT NULL,
    reads INTEGER NOT NULL,
    PRIMARY KEY (reader, type)
) WITHOUT ROWID;
CREATE TABLE cursors (
    stream TEXT NOT NULL PRIMARY KEY,
    cursor INTEGER NOT NULL,
    seen REAL NOT NULL
) WITHOUT ROWID;
"""


def is_current(db: sqlite3.Connection) -> bool:
    """Whether a database has the layout of this release.

    Raises:
        CatalogError: it is of a newer release, or another program's.
    """
    application, version = _pragma(db, "application_id"), _pragma(db, "user_version")
    if application == APPLICATION and version > LAYOUT:
        raise CatalogError(
            f"{_where(db)}: this catalogue has layout {version}, of a newer release of atdata; this one knows {LAYOUT}"
        )
    if application == APPLICATION:
        return version == LAYOUT
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application or version or tables:
        raise CatalogError(f"{_where(db)}: this is a database of another program; move it away")
    return False


def bring_up(db: sqlite3.Connection) -> None:
    """Make the tables of this release, without what older ones held, in a transaction that the caller began."""
    for name, kind in db.execute(
        "SELECT name, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_master WHERE type = 'table' ORDER BY 2 DESC"
    ).fetchall():
        # Dropping a virtual table takes its own tables with it.
        if kind or db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
            db.execute(f'DROP TABLE "{name}"')
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {LAYOUT}")


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _where(db: sqlite3.Connection) -> str:
    return str(db.execute("PRAGMA database_list").fetchone()[2])

"""The tables of an Index in SQLite, by version, and the way from each version to the next.

`PRAGMA application_id` says that a database is ours, `PRAGMA user_version` of which layout it is. A new
database goes the same way as an old one: every step in order, in one transaction. A step never changes the
meaning of a column that stays, so a process of an older release reads right or fails; each write looks at
the version first, so it never writes past what a newer layout needs.

1. The catalogue: schemas, entries, what is the latest of each name, labels, and what `search` looks at.
2. What keeps writers and collectors apart: the digests of shards, leases, claims, and what is condemned.
3. What these tables are called, at random, so that they are told from others.
4. Lenses.
5. An addition writes little: the last datasets wait to be indexed (see `sqlite_waiting`). What was `state`, `words`
   and `tags` until then has other names, so that an older process that has the file open fails, and misses nothing.
6. It writes less still: the digests of the last datasets wait too, and so does that each is the latest of its name. What
   was `datasets` is `latest`, by the number of the entry instead of one of its own. Entries are kept as bytes.
7. An addition writes one row: those behind the last one that is indexed are those that wait.

`changes` has one row: random bytes that are others whenever an entry was removed (see `sqlite_listing`), and the
number of the last entry that is indexed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from atdata.errors import ProviderError
from atdata.index.entry_json import decode_entry
from atdata.index.providers.refusals import newer_layout, replaced
from atdata.index.providers.rows import digests_of

__all__ = ["APPLICATION", "LAYOUT", "check_layout", "is_current", "upgrade"]

APPLICATION: Final = int.from_bytes(b"atda", "big")
"""What `PRAGMA application_id` is."""

LAYOUT: Final = 7
"""The version of the layout that this release writes."""

_CATALOGUE: Final = """
CREATE TABLE state (
    token BLOB NOT NULL
);
INSERT INTO state VALUES (randomblob(16));
CREATE TABLE schemas (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    sort TEXT NOT NULL,
    cid TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (id, sort)
);
CREATE TABLE fields (
    field TEXT NOT NULL,
    schema INTEGER NOT NULL,
    PRIMARY KEY (field, schema)
) WITHOUT ROWID;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sort TEXT NOT NULL,
    version TEXT NOT NULL,
    schema INTEGER NOT NULL,
    created TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (name, sort)
);
CREATE TABLE datasets (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    entry INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    created TEXT NOT NULL
);
CREATE TABLE tags (
    tag TEXT NOT NULL,
    dataset INTEGER NOT NULL,
    PRIMARY KEY (tag, dataset)
) WITHOUT ROWID;
CREATE INDEX tags_of_dataset ON tags (dataset);
CREATE VIRTUAL TABLE words USING fts5 (
    name, tags, type, text, detail = column, columnsize = 0, tokenize = "ascii tokenchars '_'"
);
CREATE TABLE labels (
    label TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    created TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX labels_of_name ON labels (name);
"""

_COLLECTION: Final = """
CREATE TABLE digests (
    digest TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (digest, entry)
) WITHOUT ROWID;
CREATE INDEX digests_of_entry ON digests (entry);
CREATE TABLE leases (
    token TEXT NOT NULL PRIMARY KEY,
    store TEXT NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    renewed REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE claims (
    digest TEXT NOT NULL,
    token TEXT NOT NULL,
    PRIMARY KEY (digest, token)
) WITHOUT ROWID;
CREATE INDEX claims_of_token ON claims (token);
CREATE TABLE condemned (
    digest TEXT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX condemned_of_token ON condemned (token);
"""

_LENSES: Final = """
CREATE TABLE lenses (
    name TEXT NOT NULL PRIMARY KEY,
    cid TEXT NOT NULL,
    source TEXT NOT NULL,
    view TEXT NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX lenses_of_cid ON lenses (cid);
CREATE INDEX lenses_of_source ON lenses (source, view);
CREATE INDEX lenses_of_view ON lenses (view);
"""

# The digests of an entry stand in its JSON too: an index to find them by would be one more to write.
_WAITING: Final = """
ALTER TABLE state RENAME TO changes;
CREATE TABLE waiting (
    number INTEGER PRIMARY KEY,
    dataset INTEGER NOT NULL,
    token BLOB NOT NULL,
    words TEXT NOT NULL
);
ALTER TABLE words RENAME TO indexed_words;
ALTER TABLE tags RENAME TO indexed_tags;
DROP INDEX digests_of_entry;
"""

# The latest entry of a name is found in `entries`: an index of names here would be one more to write.
_LATEST: Final = """
CREATE TABLE latest (
    entry INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    schema INTEGER NOT NULL,
    created TEXT NOT NULL
);
INSERT INTO latest SELECT entry, name, schema, created FROM datasets;
CREATE VIRTUAL TABLE latest_words USING fts5 (
    name, tags, type, text, detail = column, columnsize = 0, tokenize = "ascii tokenchars '_'"
);
INSERT INTO latest_words (rowid, name, tags, type, text)
    SELECT d.entry, w.name, w.tags, w.type, w.text FROM datasets d JOIN indexed_words w ON w.rowid = d.number
    ORDER BY d.entry;
CREATE TABLE latest_tags (
    tag TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (tag, entry)
) WITHOUT ROWID;
CREATE INDEX tags_of_latest ON latest_tags (entry);
INSERT INTO latest_tags
    SELECT t.tag, d.entry FROM datasets d JOIN indexed_tags t ON t.dataset = d.number;
"""

_ONLY_LATEST: Final = """
DROP TABLE waiting;
DROP TABLE indexed_words;
DROP TABLE indexed_tags;
DROP TABLE datasets;
CREATE TABLE waiting (
    number INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL,
    token BLOB NOT NULL,
    words TEXT NOT NULL,
    digests TEXT NOT NULL
);
UPDATE entries SET body = CAST(body AS BLOB);
"""

# What is asked of a row without its JSON stands before it, which may take many pages. The tags of an entry stand in
# its JSON too.
_ONE_ROW: Final = """
DROP TABLE waiting;
DROP INDEX tags_of_latest;
CREATE TABLE kept (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sort TEXT NOT NULL,
    version TEXT NOT NULL,
    schema INTEGER NOT NULL,
    created TEXT NOT NULL,
    token BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (name, sort)
);
INSERT INTO kept SELECT number, name, sort, version, schema, created, x'', body FROM entries;
DROP TABLE entries;
ALTER TABLE kept RENAME TO entries;
ALTER TABLE changes ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
UPDATE changes SET token = randomblob(16), indexed = (SELECT coalesce(max(number), 0) FROM entries);
"""


def is_current(db: sqlite3.Connection) -> bool:
    """Whether a database has the layout of this release.

    Raises:
        ProviderError: it is of a newer release, or another program's.
    """
    application, version = _pragma(db, "application_id"), _pragma(db, "user_version")
    if application == APPLICATION:
        _refuse_newer(db, version)
        return version == LAYOUT
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master LIMIT 100")]
    if application or version or tables:
        raise ProviderError(f"{_where(db)}: {_whose(tables)}")
    return False


def check_layout(db: sqlite3.Connection) -> None:
    """Look, within a transaction, whether the layout is still the one that this release writes.

    Raises:
        ProviderError: a newer release has changed it since.
    """
    version = _pragma(db, "user_version")
    if version != LAYOUT:
        _refuse_newer(db, version)
        raise replaced(_where(db))


def upgrade(db: sqlite3.Connection) -> None:
    """Bring a database to the layout of this release, within a transaction that the caller began."""
    for step in _STEPS[_pragma(db, "user_version") :]:
        step(db)
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {LAYOUT}")


def _first(db: sqlite3.Connection) -> None:
    _run(db, _CATALOGUE)


def _second(db: sqlite3.Connection) -> None:
    _run(db, _COLLECTION)
    for number, body in db.execute("SELECT number, body FROM entries").fetchall():
        rows = [(digest, number) for digest in digests_of(decode_entry(body))]
        db.executemany("INSERT INTO digests VALUES (?, ?)", rows)


def _third(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE identity (id TEXT NOT NULL)")
    db.execute("INSERT INTO identity VALUES (lower(hex(randomblob(16))))")


def _fourth(db: sqlite3.Connection) -> None:
    _run(db, _LENSES)


def _fifth(db: sqlite3.Connection) -> None:
    _run(db, _WAITING)


def _sixth(db: sqlite3.Connection) -> None:
    _run(db, _LATEST)
    waits = db.execute(
        "SELECT d.entry, w.words FROM waiting w JOIN datasets d ON d.number = w.dataset"
    )
    for entry, words in waits.fetchall():
        _index(db, entry, words)
    _run(db, _ONLY_LATEST)


def _seventh(db: sqlite3.Connection) -> None:
    for entry, words, digests in db.execute("SELECT entry, words, digests FROM waiting").fetchall():
        db.execute(
            "INSERT INTO latest SELECT number, name, schema, created FROM entries WHERE number = ?",
            (entry,),
        )
        _index(db, entry, words)
        rows = [(digest, entry) for digest in digests.split()]
        db.executemany("INSERT OR IGNORE INTO digests VALUES (?, ?)", rows)
    _run(db, _ONE_ROW)


def _index(db: sqlite3.Connection, entry: int, words: str) -> None:
    """Let an entry that waited in a row of its own be found by the words and tags there."""
    *places, tags = words.split("\n")
    db.execute(
        "INSERT INTO latest_words (rowid, name, tags, type, text) VALUES (?, ?, ?, ?, ?)",
        (entry, *places),
    )
    rows = [(tag, entry) for tag in tags.split()]
    db.executemany("INSERT INTO latest_tags VALUES (?, ?)", rows)


_STEPS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    _first,
    _second,
    _third,
    _fourth,
    _fifth,
    _sixth,
    _seventh,
)


def _run(db: sqlite3.Connection, script: str) -> None:
    # `executescript` would commit what the caller began.
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _refuse_newer(db: sqlite3.Connection, version: int) -> None:
    if version > LAYOUT:
        raise newer_layout(_where(db), version, LAYOUT)


def _where(db: sqlite3.Connection) -> str:
    return str(db.execute("PRAGMA database_list").fetchone()[2])


def _whose(tables: list[str]) -> str:
    if "dataset_entries" in tables:
        return (
            "this is an index of atdata 0.7 or older; name a new file, and take its datasets over with "
            "Index.import_atdata"
        )
    shown = ", ".join(repr(table) for table in tables[:3]) or "none of ours"
    return f"this is a database of another program (tables: {shown}); name another file"

"""Records put into the catalogue and taken out; each function works within a transaction that its caller began."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from atdata.atmosphere.discovery.record_rows import (
    EntryRow,
    LabelRow,
    LensRow,
    Row,
    SchemaRow,
    facet,
)
from atdata.atmosphere.discovery.types_of_entries import file_type, retype, type_named
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.records.collections import ENTRY, LABEL, LENS, SCHEMA

__all__ = [
    "Filed",
    "cids_of",
    "file_record",
    "filed_of",
    "forget_repository",
    "newer_than",
    "note_repository",
    "prove",
    "remove_record",
]

_TABLES: Final = {SCHEMA: "schemas", ENTRY: "entries", LABEL: "labels", LENS: "lenses"}
_STEP: Final = (
    12  # bits below the microseconds, so that those of one moment have numbers of their own
)


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a record is filed, and how it came.

    Attributes:
        did: the account whose repository it came from.
        collection: its collection.
        rkey: its key.
        cid: its CID, as the server says it below `SIGNED`.
        rev: the revision of the repository, where it is known.
        source: who sent it: `list`, `firehose` or `jetstream`, and the host.
        level: how much is proved.
    """

    did: str
    collection: str
    rkey: str
    cid: str
    rev: str | None
    source: str
    level: Level

    @property
    def uri(self) -> str:
        """The AT-URI."""
        return f"at://{self.did}/{self.collection}/{self.rkey}"


def cids_of(db: sqlite3.Connection, did: str, collection: str) -> dict[str, str]:
    """The CID of each record of a repository that is filed, by its key."""
    return dict(
        db.execute(f"SELECT rkey, cid FROM {_TABLES[collection]} WHERE did = ?", (did,)).fetchall()
    )


def filed_of(
    db: sqlite3.Connection, did: str, collection: str, rkey: str
) -> tuple[str, str | None] | None:
    """The CID and the revision of a record that is filed."""
    found: tuple[str, str | None] | None = db.execute(
        f"SELECT cid, rev FROM {_TABLES[collection]} WHERE did = ? AND rkey = ?", (did, rkey)
    ).fetchone()
    return found


def newer_than(db: sqlite3.Connection, did: str, rev: str) -> set[tuple[str, str]]:
    """The records of a repository that are of a later revision, by collection and key."""
    return {
        (collection, rkey)
        for collection, table in _TABLES.items()
        for (rkey,) in db.execute(f"SELECT rkey FROM {table} WHERE did = ? AND rev > ?", (did, rev))
    }


def note_repository(db: sqlite3.Connection, did: str, handle: str | None, rev: str | None) -> None:
    """Note an account, and the revision of its repository that all is filed of; None leaves what was noted."""
    db.execute("UPDATE repositories SET handle = NULL WHERE handle = ? AND did <> ?", (handle, did))
    db.execute(
        "INSERT OR REPLACE INTO repositories (did, handle, rev, seen) VALUES "
        "(?1, ?2, coalesce(?3, (SELECT rev FROM repositories WHERE did = ?1)), ?4)",
        (did, handle, rev, time.time()),
    )


def file_record(db: sqlite3.Connection, place: Filed, row: Row) -> None:
    """File a record, in place of what is there under its address."""
    if isinstance(row, EntryRow):
        _file_entry(db, place, row)
        return
    values: Sequence[object]
    if isinstance(row, SchemaRow):
        values = (file_type(db, row.type), row.version)
    elif isinstance(row, LensRow):
        values = (row.source_cid, row.view_cid, None, row.body)
    else:
        assert isinstance(row, LabelRow)
        values = (row.name, row.version, row.entry)
    marks = ", ".join("?" * (6 + len(values)))
    db.execute(
        f"INSERT OR REPLACE INTO {_TABLES[place.collection]} VALUES ({marks})",
        (place.did, place.rkey, place.cid, place.rev, place.source, place.level, *values),
    )
    if isinstance(row, SchemaRow):
        _reindex(db, retype(db, place.did, place.rkey))


def prove(db: sqlite3.Connection, place: Filed) -> None:
    """Note that a record which is filed already is there at another revision, and what is proved of it now, if that is more."""
    proof = ", level = ?, source = ?" if place.level is Level.SIGNED else ""
    values = (place.level, place.source) if proof else ()
    db.execute(
        f"UPDATE {_TABLES[place.collection]} SET rev = ?{proof} WHERE did = ? AND rkey = ? AND cid = ?",
        (place.rev, *values, place.did, place.rkey, place.cid),
    )


def remove_record(db: sqlite3.Connection, did: str, collection: str, rkey: str) -> bool:
    """Take a record out; whether it was there."""
    if collection == ENTRY:
        return _remove_entry(db, did, rkey)
    statement = f"DELETE FROM {_TABLES[collection]} WHERE did = ? AND rkey = ?"
    removed = db.execute(statement, (did, rkey)).rowcount > 0
    if removed and collection == SCHEMA:
        _reindex(db, retype(db, did, rkey))
    return removed


def forget_repository(db: sqlite3.Connection, did: str) -> int:
    """Take everything out that came from a repository; how many records that were."""
    count = 0
    for collection in _TABLES:
        for rkey in cids_of(db, did, collection):
            count += remove_record(db, did, collection, rkey)
    db.execute("DELETE FROM repositories WHERE did = ?", (did,))
    return count


def _file_entry(db: sqlite3.Connection, place: Filed, row: EntryRow) -> None:
    _remove_entry(db, place.did, place.rkey)
    number = _number(db, place, row)
    type = type_named(db, row.schema_uri, row.schema_cid)
    db.execute(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
        (
            number,
            place.did,
            place.rkey,
            place.cid,
            place.rev,
            place.source,
            place.level,
            row.name,
            row.sort,
            row.schema_uri,
            row.schema_cid,
            type,
            row.body,
        ),
    )
    db.executemany(
        "INSERT INTO sources VALUES (?, ?)", [(source, number) for source in row.sources]
    )
    name, tags, text = row.words
    words, mark = _of_type(db, type)
    facets = " ".join((*row.facets, facet("by", place.did), *mark))
    db.execute(
        "INSERT INTO words (rowid, name, tags, type, text, facets) VALUES (?, ?, ?, ?, ?, ?)",
        (number, name, tags, words, text, facets),
    )
    _choose_latest(db, place.did, row.name)


def _number(db: sqlite3.Connection, place: Filed, row: EntryRow) -> int:
    """A number that nobody has, which rises with the time; what says that it is of the future is of now."""
    now = time.time_ns() // 1000
    low = zlib.crc32(place.uri.encode()) & ((1 << _STEP) - 1)
    for at in (min(row.created, now), now, now + 1):
        number = at << _STEP | low
        if not db.execute("SELECT 1 FROM entries WHERE number = ?", (number,)).fetchone():
            return number
    (highest,) = db.execute("SELECT max(number) FROM entries").fetchone()
    return int(highest) + 1


def _remove_entry(db: sqlite3.Connection, did: str, rkey: str) -> bool:
    found = db.execute(
        "SELECT number, name FROM entries WHERE did = ? AND rkey = ?", (did, rkey)
    ).fetchone()
    if found is None:
        return False
    number, name = found
    db.execute("DELETE FROM entries WHERE number = ?", (number,))
    db.execute("DELETE FROM words WHERE rowid = ?", (number,))
    db.execute("DELETE FROM sources WHERE entry = ?", (number,))
    _choose_latest(db, did, name)
    return True


def _choose_latest(db: sqlite3.Connection, did: str, name: str) -> None:
    """Let one of the versions of a dataset be the latest: the highest, and of equal ones the newest."""
    db.execute(
        "UPDATE entries SET latest = (number = (SELECT number FROM entries WHERE did = ?1 AND name = ?2 "
        "ORDER BY sort DESC, number DESC LIMIT 1)) WHERE did = ?1 AND name = ?2",
        (did, name),
    )


def _reindex(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Let entries whose type is another one now be found by it."""
    for number in numbers:
        (type,) = db.execute("SELECT type FROM entries WHERE number = ?", (number,)).fetchone()
        columns = "name, tags, text, facets"
        row: tuple[Any, ...] = db.execute(
            f"SELECT {columns} FROM words WHERE rowid = ?", (number,)
        ).fetchone()
        words, mark = _of_type(db, type)
        kept = [word for word in row[3].split() if not word.startswith("type_")]
        db.execute("DELETE FROM words WHERE rowid = ?", (number,))
        db.execute(
            f"INSERT INTO words (rowid, {columns}, type) VALUES (?, ?, ?, ?, ?, ?)",
            (number, *row[:3], " ".join((*kept, *mark)), words),
        )


def _of_type(db: sqlite3.Connection, type: int | None) -> tuple[str, tuple[str, ...]]:
    """What an entry is found by for its type."""
    if type is None:
        return "", ()
    (words,) = db.execute("SELECT words FROM types WHERE number = ?", (type,)).fetchone()
    return words, (f"type_{type}",)

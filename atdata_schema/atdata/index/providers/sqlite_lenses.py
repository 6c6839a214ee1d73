"""Lenses in SQLite: each function works within a transaction that its caller began."""

from __future__ import annotations

import sqlite3

from atdata.index.providers.refusals import lens_exists
from atdata.index.providers.rows import LensRow

__all__ = ["insert_lens", "lens_page"]


def insert_lens(db: sqlite3.Connection, row: LensRow) -> None:
    """Store a lens, unless it is there.

    Raises:
        EntryExists: another one has its name.
    """
    found = db.execute("SELECT cid FROM lenses WHERE name = ?", (row.name,)).fetchone()
    if found is None:
        values = (row.name, row.cid, row.source, row.view, row.body)
        db.execute("INSERT INTO lenses VALUES (?, ?, ?, ?, ?)", values)
    elif found[0] != row.cid:
        raise lens_exists(row.name, found[0], row.cid)


def lens_page(
    db: sqlite3.Connection, after: str, count: int, wanted: dict[str, str]
) -> list[tuple[str, str]]:
    """Names and JSON of the lenses behind a name.

    Args:
        db: the database.
        after: the name.
        count: at most so many.
        wanted: what columns have to be.
    """
    where = "".join(f" AND {column} = ?" for column in wanted)
    statement = f"SELECT name, body FROM lenses WHERE name > ?{where} ORDER BY name LIMIT ?"
    return db.execute(statement, (after, *wanted.values(), count)).fetchall()

"""Searching in SQLite, by FTS5.

Words are encoded (see `rows`) and stand in quotes, so that nothing in them is an operator of FTS5.
"""

from __future__ import annotations

import sqlite3

from atdata.index.providers.rows import PLACES
from atdata.index.providers.wanted import Wanted

__all__ = ["find"]


def find(db: sqlite3.Connection, query: Wanted) -> list[tuple[int, str, str]]:
    """Number, name and time of the entries that are looked for, the best first."""
    where, order, parameters = ["1"], [], list[object]()
    for tag in query.tags:
        where.append("d.number IN (SELECT dataset FROM tags WHERE tag = ?)")
        parameters.append(tag)
    if query.field is not None:
        where.append("d.schema IN (SELECT schema FROM fields WHERE field = ?)")
        parameters.append(query.field)
    if query.schema is not None:
        where.append("d.schema IN (SELECT number FROM schemas WHERE id = ?)")
        parameters.append(query.schema)
    if query.words:
        where.append(_MATCHES)
        words = " AND ".join(f'"{word}"*' for word in query.words)
        parameters.append(words)
        for last in range(1, len(PLACES)):
            order.append(f"{_MATCHES} DESC")
            parameters.append(f"{{{' '.join(PLACES[:last])}}} : ({words})")
    order += ["d.created DESC", "d.name"]
    parameters.append(-1 if query.limit is None else query.limit)
    return db.execute(
        "SELECT d.entry, d.name, d.created FROM datasets d "
        f"WHERE {' AND '.join(where)} ORDER BY {', '.join(order)} LIMIT ?",
        parameters,
    ).fetchall()


_MATCHES = "d.number IN (SELECT rowid FROM words WHERE words MATCH ?)"

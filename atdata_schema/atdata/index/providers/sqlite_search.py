"""Searching in SQLite, by FTS5.

Words are encoded (see `rows`) and stand in quotes, so that nothing in them is an operator of FTS5. The best
places are looked at first, and worse ones only while more is asked for.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from atdata.index.providers.rows import PLACES
from atdata.index.providers.wanted import Wanted

__all__ = ["find"]

_MOST: Final = 200
"""Tags in one condition; older releases of SQLite take 999 values in a statement."""


def find(db: sqlite3.Connection, query: Wanted) -> list[str]:
    """The JSON of the entries that are looked for, the best first."""
    where, values = _narrowed(query)
    # Bodies are read afterwards, since they would go through the sorting of all that matches.
    statement = (
        f"SELECT d.entry FROM datasets d WHERE {' AND '.join(where)} "
        "ORDER BY d.created DESC, d.name LIMIT ?"
    )
    limit = -1 if query.limit is None else query.limit
    numbers: dict[int, None] = {}
    for words in _matches(query.words):
        given = [*values, limit] if words is None else [*values, words, limit]
        # What was found in better places is found again, so as many as are asked for are enough.
        numbers.update(dict.fromkeys(number for (number,) in db.execute(statement, given)))
        if 0 <= limit <= len(numbers):
            break
    body = "SELECT body FROM entries WHERE number = ?"
    return [db.execute(body, (number,)).fetchone()[0] for number in [*numbers][: query.limit]]


def _narrowed(query: Wanted) -> tuple[list[str], list[object]]:
    """What has to be true of a dataset, and the values in it; the words come last."""
    where, values = ["1"], list[object]()
    for at in range(0, len(query.tags), _MOST):
        tags = query.tags[at : at + _MOST]
        where.append(
            f"d.number IN (SELECT dataset FROM tags WHERE tag IN ({', '.join('?' * len(tags))}) "
            f"GROUP BY dataset HAVING count(*) = {len(tags)})"
        )
        values += tags
    if query.field is not None:
        where.append("d.schema IN (SELECT schema FROM fields WHERE field = ?)")
        values.append(query.field)
    if query.schema is not None:
        where.append("d.schema IN (SELECT number FROM schemas WHERE id = ?)")
        values.append(query.schema)
    if query.words:
        where.append("d.number IN (SELECT rowid FROM words WHERE words MATCH ?)")
    return where, values


def _matches(words: tuple[str, ...]) -> list[str | None]:
    """The words as FTS5 asks for them: in the best place, in the two best, and so on to anywhere."""
    if not words:
        return [None]
    every = " AND ".join(f'"{word}"*' for word in words)
    return [f"{{{' '.join(PLACES[: last + 1])}}} : ({every})" for last in range(len(PLACES))]

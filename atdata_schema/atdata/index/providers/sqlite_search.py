"""Searching in SQLite, by FTS5.

Words are encoded (see `rows`) and stand in quotes, so that nothing in them is an operator of FTS5. The best
places are looked at first, and worse ones only while more is asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from atdata.index.providers.rows import PLACES
from atdata.index.providers.sqlite_waiting import Waiting, waiting
from atdata.index.providers.wanted import Wanted

__all__ = ["find"]

_MOST: Final = 200
"""Tags in one condition; older releases of SQLite take 999 values in a statement."""


def find(db: sqlite3.Connection, query: Wanted) -> list[str]:
    """The JSON of the entries that are looked for, the best first."""
    fresh = waiting(db) if query.words or query.tags else []
    where, values = _narrowed(query, fresh)
    limit = -1 if query.limit is None else query.limit
    numbers: dict[int, None] = {}
    for condition, given in _matches(query.words, fresh):
        # Bodies are read afterwards, since they would go through the sorting of all that matches.
        statement = (
            f"SELECT d.entry FROM datasets d WHERE {' AND '.join([*where, condition])} "
            "ORDER BY d.created DESC, d.name LIMIT ?"
        )
        # What was found in better places is found again, so as many as are asked for are enough.
        found = db.execute(statement, [*values, *given, limit])
        numbers.update(dict.fromkeys(number for (number,) in found))
        if 0 <= limit <= len(numbers):
            break
    body = "SELECT body FROM entries WHERE number = ?"
    return [db.execute(body, (number,)).fetchone()[0] for number in [*numbers][: query.limit]]


def _narrowed(query: Wanted, fresh: Sequence[Waiting]) -> tuple[list[str], list[object]]:
    """What has to be true of a dataset, and the values in it."""
    where, values = list[str](), list[object]()
    for at in range(0, len(query.tags), _MOST):
        tags = query.tags[at : at + _MOST]
        also = [number for number, _, keys in fresh if keys.issuperset(tags)]
        where.append(
            f"d.number IN (SELECT dataset FROM indexed_tags WHERE tag IN ({', '.join('?' * len(tags))}) "
            f"GROUP BY dataset HAVING count(*) = {len(tags)}{_and(also)})"
        )
        values += tags
    if query.field is not None:
        where.append("d.schema IN (SELECT schema FROM fields WHERE field = ?)")
        values.append(query.field)
    if query.schema is not None:
        where.append("d.schema IN (SELECT number FROM schemas WHERE id = ?)")
        values.append(query.schema)
    return where, values


def _matches(
    words: tuple[str, ...], fresh: Sequence[Waiting]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where the words have to stand: in the best place, in the two best, and so on to anywhere."""
    if not words:
        yield "1", ()
        return
    every = " AND ".join(f'"{word}"*' for word in words)
    for last in range(len(PLACES)):
        also = [number for number, places, _ in fresh if _stand(words, places[: last + 1])]
        yield (
            f"d.number IN (SELECT rowid FROM indexed_words WHERE indexed_words MATCH ?{_and(also)})",
            (f"{{{' '.join(PLACES[: last + 1])}}} : ({every})",),
        )


def _stand(words: tuple[str, ...], places: tuple[str, ...]) -> bool:
    """Whether each of the words begins one that stands in these places."""
    return all(any(f" {word}" in place for place in places) for word in words)


def _and(numbers: Sequence[int]) -> str:
    """More of what a `SELECT` gives."""
    return (
        f" UNION ALL VALUES {', '.join(f'({number:d})' for number in numbers)}" if numbers else ""
    )

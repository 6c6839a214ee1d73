"""Searching in SQLite, by FTS5.

Words are encoded (see `rows`) and stand in quotes, so that nothing in them is an operator of FTS5. The best
places are looked at first, and worse ones only while more is asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from atdata.index.providers.rows import PLACES
from atdata.index.providers.sqlite_waiting import Recent, Waiting, waiting
from atdata.index.providers.wanted import Wanted

__all__ = ["find"]

_MOST: Final = 200
"""Tags in one condition; older releases of SQLite take 999 values in a statement."""


def find(db: sqlite3.Connection, query: Wanted, recent: Recent) -> list[bytes]:
    """The JSON of the entries that are looked for, the best first.

    Args:
        db: the database.
        query: what is looked for.
        recent: what is known of those that wait to be indexed.
    """
    fresh = [one for one in waiting(db, recent) if one[2].issuperset(query.tags)]
    tagged, tags = _tagged(query.tags)
    typed, types = _typed(query)
    limit = -1 if query.limit is None else query.limit
    numbers: dict[int, None] = {}
    for matching, words, also in _matches(query.words, fresh):
        # Bodies are read afterwards, since they would go through the sorting of all that matches.
        statement = f"SELECT d.entry, d.created, d.name FROM latest d WHERE {' AND '.join([matching, *tagged, *typed])}"
        values = [*words, *tags, *types]
        if also:
            where = " AND ".join([f"d.number IN ({also})", *typed])
            statement += (
                f" UNION ALL SELECT d.number, d.created, d.name FROM entries d WHERE {where}"
            )
            values += types
        # What was found in better places is found again, so as many as are asked for are enough.
        found = db.execute(f"{statement} ORDER BY 2 DESC, 3 LIMIT ?", [*values, limit])
        numbers.update(dict.fromkeys(number for number, *_ in found))
        if 0 <= limit <= len(numbers):
            break
    body = "SELECT body FROM entries WHERE number = ?"
    return [db.execute(body, (number,)).fetchone()[0] for number in [*numbers][: query.limit]]


def _tagged(tags: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """What has to be true of a dataset that is indexed, for it to have these tags, and the values in that."""
    groups = (tags[at : at + _MOST] for at in range(0, len(tags), _MOST))
    conditions = [
        f"d.entry IN (SELECT entry FROM latest_tags WHERE tag IN ({', '.join('?' * len(group))}) "
        f"GROUP BY entry HAVING count(*) = {len(group)})"
        for group in groups
    ]
    return conditions, tags


def _typed(query: Wanted) -> tuple[list[str], list[str]]:
    """What has to be true of a dataset's type, and the values in that."""
    where, values = list[str](), list[str]()
    if query.field is not None:
        where.append("d.schema IN (SELECT schema FROM fields WHERE field = ?)")
        values.append(query.field)
    if query.schema is not None:
        where.append("d.schema IN (SELECT number FROM schemas WHERE id = ?)")
        values.append(query.schema)
    return where, values


def _matches(
    words: tuple[str, ...], fresh: Sequence[Waiting]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Where the words have to stand: in the best place, in the two best, and so on to anywhere.

    Each time: what has to be true of a dataset that is indexed, the values in that, and which of the others are found.
    """
    if not words:
        yield "1", (), _listed(number for number, _, _ in fresh)
        return
    every = " AND ".join(f'"{word}"*' for word in words)
    for last in range(len(PLACES)):
        yield (
            "d.entry IN (SELECT rowid FROM latest_words WHERE latest_words MATCH ?)",
            (f"{{{' '.join(PLACES[: last + 1])}}} : ({every})",),
            _listed(number for number, places, _ in fresh if _stand(words, places[: last + 1])),
        )


def _stand(words: tuple[str, ...], places: tuple[str, ...]) -> bool:
    """Whether each of the words begins one that stands in these places."""
    return all(any(f" {word}" in place for place in places) for word in words)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(f"{number:d}" for number in numbers)

"""What is looked for, found.

Everything is one question to the full-text index, whose rows rise with time: it is answered backwards, the newest first, and ends
when enough is found. Better places of a word (the name, then tags, then the type) are asked first.

Words are encoded and stand in quotes, so that nothing in them is an operator; other values are parameters.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Final

from atdata.atmosphere.discovery.field_patterns import FieldPattern, pattern_words
from atdata.atmosphere.discovery.query import Query
from atdata.atmosphere.discovery.types_of_entries import FIELD_BITS

__all__ = ["find", "types_with_field"]

_PLACES: Final = ("name", "tags", "type", "text")
_FEW: Final = 200
"""Types that are asked for by name; more are looked up for each entry."""


def find(db: sqlite3.Connection, query: Query, types: Collection[int] | None = None) -> list[int]:
    """The numbers of the entries that are looked for, the best first.

    Args:
        db: the catalogue.
        query: what is looked for.
        types: the types that they may have; None for any.
    """
    if query.nothing:
        return []
    if query.pattern is not None:
        fitting = types_with_field(db, query.pattern)
        types = fitting if types is None else fitting.intersection(types)
    if types is not None and not types:
        return []
    numbers: dict[int, None] = {}
    for places in _places(query):
        # What was found in better places is found again, so as many as are asked for are enough.
        numbers.update(dict.fromkeys(_found(db, query, places, types)))
        if len(numbers) >= query.limit:
            break
    return [*numbers][: query.limit]


def types_with_field(db: sqlite3.Connection, pattern: FieldPattern) -> set[int]:
    """The types that have a field which fits a pattern."""
    words = pattern_words(pattern)
    if not words:
        return {number for (number,) in db.execute("SELECT number FROM types")}
    statement = f"SELECT DISTINCT rowid >> {FIELD_BITS} FROM fields WHERE fields MATCH ?"
    return {number for (number,) in db.execute(statement, (words,))}


def _places(query: Query) -> list[Sequence[str]]:
    if not query.words:
        return [()]
    return [_PLACES[: last + 1] for last in range(len(_PLACES))]


def _found(
    db: sqlite3.Connection,
    query: Query,
    places: Sequence[str],
    types: Collection[int] | None,
) -> list[int]:
    few = types is not None and len(types) <= _FEW
    asked = _match(query, places, types if few else None)
    where, values = (["words MATCH ?"], [asked]) if asked else (["1"], list[object]())
    if not query.versions:
        where.append("e.latest")
    if types is not None and not few:
        where.append("+e.type IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(types)))
    tables = "words w CROSS JOIN entries e ON e.number = w.rowid" if asked else "entries e"
    order = "w.rowid" if asked else "e.number"
    found = db.execute(
        f"SELECT e.number FROM {tables} WHERE {' AND '.join(where)} ORDER BY {order} DESC LIMIT ?",
        (*values, query.limit),
    )
    return [number for (number,) in found]


def _match(query: Query, places: Sequence[str], types: Collection[int] | None) -> str:
    """Words, facets and types as FTS5 asks for them."""
    parts: list[str] = []
    if query.words:
        every = " AND ".join(f'"{word}"*' for word in query.words)
        parts.append(f"{{{' '.join(places)}}} : ({every})")
    if query.facets:
        parts.append(f"facets : ({' AND '.join(query.facets)})")
    if types:
        parts.append(f"facets : ({' OR '.join(f'type_{number}' for number in sorted(types))})")
    return " AND ".join(f"({part})" for part in parts)

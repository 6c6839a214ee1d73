"""Searching in PostgreSQL, by `tsvector`.

Words are encoded (see `rows`) and stand in quotes, so that nothing in them is an operator of `tsquery`.
"""

from __future__ import annotations

from typing import Final, LiteralString

from atdata.index.providers.postgres_layout import Connection
from atdata.index.providers.wanted import Wanted

__all__ = ["find"]

_WEIGHTS: Final = ("A", "AB", "ABC")
"""The name; with the tags; with the type: the places that are better than anywhere."""


def find(connection: Connection, query: Wanted) -> list[str]:
    """The JSON of the entries that are looked for, the best first."""
    where: list[LiteralString] = ["d.entry IS NOT NULL"]
    order: list[LiteralString] = []
    values: list[object] = []
    if query.tags:
        where.append("d.tags @> %s::text[]")
        values.append(list(query.tags))
    if query.field is not None:
        where.append("d.schema IN (SELECT schema FROM atdata_fields WHERE field = %s)")
        values.append(query.field)
    if query.schema is not None:
        where.append("d.schema IN (SELECT number FROM atdata_schemas WHERE id = %s)")
        values.append(query.schema)
    if query.words:
        where.append("d.words @@ %s::tsquery")
        values.append(_query(query.words, ""))
        for weights in _WEIGHTS:
            order.append("d.words @@ %s::tsquery DESC")
            values.append(_query(query.words, weights))
    order += ["d.created DESC", "d.name"]
    found = connection.execute(
        "SELECT e.body::text FROM atdata_datasets d JOIN atdata_entries e ON e.number = d.entry "
        "WHERE " + " AND ".join(where) + " ORDER BY " + ", ".join(order) + " LIMIT %s",
        [*values, query.limit],
    )
    return [body for (body,) in found]


def _query(words: tuple[str, ...], weights: str) -> str:
    return " & ".join(f"'{word}':*{weights}" for word in words)

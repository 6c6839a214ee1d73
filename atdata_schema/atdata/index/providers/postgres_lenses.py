"""Lenses in PostgreSQL."""

from __future__ import annotations

from typing import Final, LiteralString

from atdata.index.providers.postgres_layout import Connection
from atdata.index.providers.refusals import lens_exists
from atdata.index.providers.rows import LensRow

__all__ = ["PAGE", "insert_lens"]

PAGE: Final[LiteralString] = (
    "SELECT name, body::text FROM atdata_lenses WHERE name > %s AND (%s::text IS NULL OR source = %s) "
    "AND (%s::text IS NULL OR view = %s) AND (%s::text IS NULL OR cid = %s) ORDER BY name LIMIT 100"
)
"""The lenses behind a name that lead from and to types and have a CID, each of these where it is asked for."""


def insert_lens(connection: Connection, row: LensRow) -> None:
    """Store a lens, unless it is there, within a transaction that the caller began.

    Raises:
        EntryExists: another one has its name.
    """
    values = [row.name, row.cid, row.source, row.view, row.body]
    made = connection.execute(
        "INSERT INTO atdata_lenses VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", values
    )
    if made.rowcount:
        return
    # The insertion waited for whoever had inserted it; it is there, unless it was deleted just now.
    found = connection.execute(
        "SELECT cid FROM atdata_lenses WHERE name = %s FOR SHARE", [row.name]
    ).fetchone()
    if found is None:
        insert_lens(connection, row)
    elif found[0] != row.cid:
        raise lens_exists(row.name, found[0], row.cid)

"""Schemas and entries in PostgreSQL: each function works within a transaction that its caller began.

Locks are always taken in this order, so that no two transactions wait for each other: the lease, the gate
(see `postgres_leases`), schemas by NSID and version, names in order of the alphabet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from atdata.index.entry import SchemaKey
from atdata.index.entry_json import decode_entry, decode_schema
from atdata.index.providers.postgres_layout import Connection
from atdata.index.providers.refusals import being_collected, entry_exists, schema_conflict
from atdata.index.providers.rows import PLACES, EntryRow, SchemaRow, entry_row, schema_row
from atdata.index.sort_keys import rank

__all__ = ["delete_entries", "insert_entries", "insert_schemas"]


def insert_schemas(connection: Connection, rows: Sequence[SchemaRow]) -> dict[SchemaKey, int]:
    """Store schemas that are not there; the number of each.

    Raises:
        SchemaConflict: a version names another type.
    """
    numbers: dict[SchemaKey, int] = {}
    for row in sorted(rows, key=lambda row: (row.key.id, row.sort)):
        if row.key not in numbers:
            numbers[row.key] = _insert_schema(connection, row)
    return numbers


def insert_entries(connection: Connection, rows: Sequence[tuple[EntryRow, SchemaRow]]) -> None:
    """Store entries with their schemas; each is found by its name from now on, where it is the latest.

    Raises:
        EntryExists: a version is there.
        SchemaConflict: the version of a schema names another type.
        LeaseLost: a shard of one is being deleted.
    """
    entries = [entry for entry, _ in rows]
    _refuse_condemned(connection, entries)
    of = insert_schemas(connection, [schema for _, schema in rows])
    schemas = [of[schema.key] for _, schema in rows]
    shown = _lock_names(connection, sorted({entry.name for entry in entries}))
    numbers = _insert(connection, entries, schemas)
    latest: dict[str, tuple[int, int, EntryRow]] = {}
    for entry, schema in zip(entries, schemas, strict=True):
        best = latest[entry.name][2].sort if entry.name in latest else shown[entry.name]
        if best is None or rank(entry.sort) > rank(best):
            latest[entry.name] = (numbers[entry.name, entry.sort], schema, entry)
    _show(connection, list(latest.values()))


def delete_entries(connection: Connection, name: str, sort: str | None) -> list[str]:
    """Remove one version of a name or all, with their labels; the JSON of what was removed."""
    row = connection.execute(
        "SELECT entry FROM atdata_datasets WHERE name = %s FOR UPDATE", [name]
    ).fetchone()
    if row is None:
        return []
    gone = connection.execute(
        "DELETE FROM atdata_entries WHERE name = %s AND (%s::text IS NULL OR sort = %s) "
        "RETURNING sort, version, number, body::text",
        [name, sort, sort],
    ).fetchall()
    connection.execute(
        "DELETE FROM atdata_labels WHERE name = %s AND version = ANY(%s)",
        [name, [version for _, version, _, _ in gone]],
    )
    if row[0] in {number for _, _, number, _ in gone}:
        _show_latest(connection, name)
    return [body for *_, body in sorted(gone)]


def _insert_schema(connection: Connection, row: SchemaRow) -> int:
    known: LiteralString = "SELECT number, cid FROM atdata_schemas WHERE id = %s AND sort = %s"
    where = [row.key.id, row.sort]
    found = connection.execute(known, where).fetchone()
    if found is None:
        made = connection.execute(
            "INSERT INTO atdata_schemas (id, sort, cid, body) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING RETURNING number",
            [*where, row.key.cid, row.body],
        ).fetchone()
        if made is not None:
            connection.execute(
                "INSERT INTO atdata_fields SELECT unnest(%s::text[]), %s",
                [list(row.fields), made[0]],
            )
            return int(made[0])
        # Another transaction stored it meanwhile, and this statement sees what that one did.
        found = connection.execute(known, where).fetchone()
    assert found is not None, "schemas are never removed"
    if found[1] != row.key.cid:
        raise schema_conflict(row.key, found[1])
    return int(found[0])


def _refuse_condemned(connection: Connection, entries: Sequence[EntryRow]) -> None:
    owners = {digest: entry.name for entry in entries for digest in entry.kept}
    found = connection.execute(
        "SELECT digest FROM atdata_condemned WHERE digest = ANY(%s) ORDER BY digest LIMIT 1",
        [list(owners)],
    ).fetchone()
    if found is not None:
        raise being_collected(owners[found[0]], found[0])


def _lock_names(connection: Connection, names: list[str]) -> dict[str, str | None]:
    """Make sure that no other transaction changes what names stand for; the sort key of the latest of each."""
    # DO UPDATE locks a row that is there, and waits for one that is just being made or removed.
    return dict(
        connection.execute(
            "INSERT INTO atdata_datasets (name) SELECT unnest(%s::text[]) "
            "ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name RETURNING name, sort",
            [names],
        ).fetchall()
    )


def _insert(
    connection: Connection, entries: Sequence[EntryRow], schemas: Sequence[int]
) -> dict[tuple[str, str], int]:
    made = connection.execute(
        "INSERT INTO atdata_entries (name, sort, version, schema, created, body) "
        "SELECT name, sort, version, schema, created, body::json FROM unnest("
        "%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[]"
        ") AS new (name, sort, version, schema, created, body) "
        "ON CONFLICT DO NOTHING RETURNING name, sort, number",
        [
            [entry.name for entry in entries],
            [entry.sort for entry in entries],
            [entry.version for entry in entries],
            list(schemas),
            [entry.created for entry in entries],
            [entry.body for entry in entries],
        ],
    ).fetchall()
    numbers = {(name, sort): int(number) for name, sort, number in made}
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if (entry.name, entry.sort) not in numbers or (entry.name, entry.sort) in seen:
            raise entry_exists(entry.name, entry.version)
        seen.add((entry.name, entry.sort))
    pairs = [
        (digest, numbers[entry.name, entry.sort]) for entry in entries for digest in entry.digests
    ]
    connection.execute(
        "INSERT INTO atdata_digests SELECT * FROM unnest(%s::text[], %s::bigint[])",
        [[digest for digest, _ in pairs], [number for _, number in pairs]],
    )
    return numbers


def _show_latest(connection: Connection, name: str) -> None:
    """Let a name stand for the latest of the versions that are left, or be gone."""
    left = connection.execute(
        "SELECT e.number, e.schema, e.body::text, s.body::text FROM atdata_entries e "
        "JOIN atdata_schemas s ON s.number = e.schema WHERE e.name = %s "
        "ORDER BY right(e.sort, 1) = '~' DESC, e.sort DESC LIMIT 1",
        [name],
    ).fetchone()
    if left is None:
        connection.execute("DELETE FROM atdata_datasets WHERE name = %s", [name])
        return
    number, schema, body, schema_body = left
    row = entry_row(decode_entry(body), schema_row(decode_schema(schema_body)))
    _show(connection, [(number, schema, row)])


def _show(connection: Connection, latest: Sequence[tuple[int, int, EntryRow]]) -> None:
    """Let names stand for other versions."""
    connection.cursor().executemany(
        "UPDATE atdata_datasets SET entry = %s, sort = %s, schema = %s, created = %s, tags = %s, "
        "words = %s::tsvector WHERE name = %s",
        [
            (number, row.sort, schema, row.created, list(row.tags), _vector(row), row.name)
            for number, schema, row in latest
        ],
    )


def _vector(row: EntryRow) -> str:
    """The words of an entry as a tsvector, whose weights say where each stands."""
    return " ".join(
        f"'{word}':1{weight}"
        for weight, words in zip("ABCD", row.words, strict=True)
        for word in words
    )


assert len(PLACES) == len("ABCD")

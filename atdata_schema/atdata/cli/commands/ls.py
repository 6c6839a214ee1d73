"""`atdata ls`: the datasets of an Index."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from atdata.cli.catalogue import index_of
from atdata.cli.figures import day_of, size_text
from atdata.cli.output import Cell, Column, Row, on_terminal, print_json, print_table, say

if TYPE_CHECKING:
    from atdata.index.entry import Entry
    from atdata.index.index import Index

__all__ = ["run"]

_COLUMNS = (
    Column("NAME", style="bold"),
    Column("VERSION"),
    Column("SAMPLES", right=True),
    Column("SHARDS", right=True, spare=4),
    Column("SIZE", right=True),
    Column("SPLITS", spare=2),
    Column("SCHEMA", style="green", spare=1),
    Column("CREATED", style="dim", spare=3),
)


def run(
    pattern: str | None,
    index: str | None,
    search: str | None,
    tags: Sequence[str],
    field: str | None,
    versions: bool,
    as_json: bool,
) -> int:
    """List the datasets for which all that is asked for is true."""
    catalogue = index_of(index)
    entries = _chosen(catalogue, pattern, search, tags, field)
    if versions:
        entries = [item for entry in entries for item in catalogue.history(entry.name)]
    if as_json:
        print_json([_json(entry) for entry in entries])
        return 0
    if not entries and on_terminal():
        asked = pattern or search or tags or field
        say(f"{catalogue.url}: {'nothing is like that' if asked else 'there is no dataset yet'}")
        return 0
    print_table(_COLUMNS, map(_row, entries))
    return 0


def _chosen(
    catalogue: Index,
    pattern: str | None,
    search: str | None,
    tags: Sequence[str],
    field: str | None,
) -> list[Entry]:
    if search or tags or field:
        entries = catalogue.search(search or "", tags=tuple(tags), field=field, limit=None)
    else:
        entries = catalogue.entries()
    if pattern is None:
        return entries
    return [entry for entry in entries if fnmatchcase(entry.name, pattern)]


def _row(entry: Entry) -> Row:
    shards = sum(len(files) for files in entry.splits.values())
    return [
        entry.name,
        entry.version,
        Cell(f"{entry.samples:,}", plain=entry.samples),
        Cell(f"{shards:,}", plain=shards),
        Cell(size_text(entry.bytes), plain=entry.bytes),
        Cell(", ".join(entry.splits), plain=",".join(entry.splits)),
        entry.schema.id,
        Cell(day_of(entry.created)[:10], plain=entry.created),
    ]


def _json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "version": entry.version,
        "samples": entry.samples,
        "shards": sum(len(files) for files in entry.splits.values()),
        "bytes": entry.bytes,
        "splits": list(entry.splits),
        "schema": {"id": entry.schema.id, "version": entry.schema.version},
        "created": entry.created,
        "description": entry.description,
        "license": entry.license,
        "tags": list(entry.tags),
    }

"""`atdata search`: datasets that others published."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atdata.cli.catalogue import index_of
from atdata.cli.figures import counted, day_of, size_text
from atdata.cli.output import (
    Cell,
    Column,
    Row,
    on_terminal,
    print_json,
    print_table,
    progress_wanted,
    say,
)
from atdata_schema.syntax import is_valid

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.discovery.found import Found

__all__ = ["Asked", "run"]

_COLUMNS = (
    Column("DATASET", style="bold", wraps=True),
    Column("VERSION", spare=1),
    Column("SAMPLES", right=True),
    Column("SIZE", right=True, spare=3),
    Column("SCHEMA", style="green", wraps=True, spare=2),
    Column("FITS", spare=4),
    Column("LICENSE", spare=6),
    Column("CREATED", style="dim", spare=5),
    Column("URI", style="dim", spare=7),
)
_SHOWN_FAULTS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, as it was typed."""

    text: str
    field: str | None
    schema: str | None
    tags: Sequence[str]
    license: str | None
    by: str | None
    versions: bool
    limit: int
    index: str | None


def run(asked: Asked, *, refresh: bool, thorough: bool, as_json: bool) -> int:
    """Find datasets for which all that is asked for is true."""
    from atdata.atmosphere.atmosphere import Atmosphere

    atmosphere = Atmosphere()
    if refresh:
        _refresh(atmosphere, thorough)
    found = _found(atmosphere, asked)
    if as_json:
        print_json([_json(item) for item in found])
        return 0
    if not found and on_terminal():
        say("nothing is like that in the catalogue; `atdata search --refresh` asks for what is new")
        return 0
    print_table(_COLUMNS, map(_row, found))
    return 0


def _found(atmosphere: Atmosphere, asked: Asked) -> list[Found]:
    return atmosphere.search(
        asked.text or None,
        tags=asked.tags,
        license=asked.license,
        has_field=asked.field,
        schema=None if asked.schema is None else _schema(asked.schema, asked.index),
        # Lenses that the user keeps lead to the type as well.
        lenses=None if asked.schema is None else index_of(asked.index),
        by=asked.by,
        versions=asked.versions,
        limit=asked.limit,
    )


def _schema(text: str, index: str | None) -> object:
    """A type: by its NSID as the catalogue has it, else as other commands understand it."""
    if is_valid("nsid", text.partition("#")[0]) and not Path(text).is_file():
        return text
    from atdata.cli.schema_source import find_schema

    return find_schema(text, index).schema


def _refresh(atmosphere: Atmosphere, thorough: bool) -> None:
    done = atmosphere.refresh(thorough=thorough, progress=_progress if progress_wanted() else None)
    if progress_wanted():
        sys.stderr.write("\r\x1b[K")
    for fault in done.faults[:_SHOWN_FAULTS]:
        say(f"atdata: passed over: {fault}")
    more = len(done.faults) - _SHOWN_FAULTS
    if more > 0:
        say(f"atdata: passed over: {counted(more, 'other thing')}")
    say(f"atdata: {done}")


def _progress(count: int, total: int) -> None:
    sys.stderr.write(f"\r\x1b[K{count:,} of {total:,} repositories")
    sys.stderr.flush()


def _row(found: Found) -> Row:
    reference = f"@{found.handle or found.did}/{found.name}"
    samples, size = found.samples, found.bytes
    return [
        reference,
        found.version or "",
        Cell("" if samples is None else f"{samples:,}", plain="" if samples is None else samples),
        Cell("" if size is None else size_text(size), plain="" if size is None else size),
        found.schema or "",
        found.how if found.lens is None else f"{found.how} {found.lens}",
        found.license,
        Cell(day_of(found.created)[:10], plain=found.created),
        found.uri,
    ]


def _json(found: Found) -> dict[str, Any]:
    return {
        "uri": found.uri,
        "cid": found.cid,
        "did": found.did,
        "handle": found.handle,
        "name": found.name,
        "version": found.version,
        "description": found.description,
        "license": found.license,
        "tags": list(found.tags),
        "samples": found.samples,
        "bytes": found.bytes,
        "shards": found.shards,
        "splits": list(found.splits),
        "labels": list(found.labels),
        "created": found.created,
        "schema": found.schema,
        "schema_uri": found.schema_uri,
        "fits": found.how or None,
        "lens": found.lens,
        "proved": found.level,
    }

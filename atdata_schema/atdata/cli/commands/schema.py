"""`atdata schema`: the types that an Index, a dataset or a file has."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from atdata.cli.catalogue import index_of
from atdata.cli.figures import day_of
from atdata.cli.output import (
    Cell,
    Column,
    Row,
    json_text,
    on_terminal,
    print_json,
    print_lines,
    print_note,
    print_table,
    print_title,
    say,
)
from atdata.cli.schema_source import Source, find_schema
from atdata_schema.compare import REMEDY, Comparison, Finding, compare

__all__ = ["diff", "ls", "show"]

_LISTED = (
    Column("SCHEMA", style="bold"),
    Column("VERSION"),
    Column("CREATED", style="dim"),
    Column("CID", style="dim", spare=1),
)
_FOUND = (
    Column("BREAKS"),
    Column("FIELD", style="bold", wraps=True),
    Column("RULE", style="dim"),
    Column("WHAT", wraps=True),
)


def ls(pattern: str | None, index: str | None, as_json: bool) -> int:
    """List every version of every schema of an Index."""
    catalogue = index_of(index)
    stored = [
        item for item in catalogue.schemas() if pattern is None or fnmatchcase(item.key.id, pattern)
    ]
    if as_json:
        print_json(
            [
                {
                    "id": item.key.id,
                    "version": item.key.version,
                    "cid": item.key.cid,
                    "created": item.created,
                }
                for item in stored
            ]
        )
        return 0
    if not stored and on_terminal():
        say(f"{catalogue.url}: there is no such schema")
    rows: list[Row] = [
        [
            item.key.id,
            item.key.version,
            Cell(day_of(item.created), plain=item.created),
            item.key.cid,
        ]
        for item in stored
    ]
    if rows:
        print_table(_LISTED, rows)
    return 0


def show(said: str, index: str | None, python: bool, as_json: bool) -> int:
    """Print the lexicon of a schema, or its classes."""
    found = find_schema(said, index)
    if python:
        from atdata.cli.class_text import class_text

        print_lines(class_text(found.schema.model))
    elif as_json:
        print_json({"version": found.version, **found.schema.to_json()})
    else:
        nsid = found.schema.id.partition("#")[0]
        print_lines(json_text(found.schema.documents[nsid]))
    return 0


def diff(old: str, new: str, index: str | None, as_json: bool) -> int:
    """Compare two schemas; 1 where something breaks."""
    sources = [find_schema(said, index) for said in (old, new)]
    found = compare(sources[0].schema.model, sources[1].schema.model)
    if as_json:
        print_json(_json(found, sources))
    else:
        _print(found, sources)
    return 1 if found.breaking else 0


def _print(found: Comparison, sources: list[Source]) -> None:
    if on_terminal():
        old, new = map(_named, sources)
        print_title(f"{old} → {new}", found.level if found.findings else "the same type")
        if found.findings:
            print_lines(f"  new code {_reads(found.new_reads_old)} old data")
            print_lines(f"  old code {_reads(found.old_reads_new)} new data")
    rows: list[Row] = [
        [_broken(item), item.path or ".", item.rule, item.message] for item in found.findings
    ]
    if rows:
        print_table(_FOUND, rows)
    if rows and found.breaking and on_terminal():
        print_note(REMEDY)


def _named(source: Source) -> str:
    return source.schema.id if source.version is None else f"{source.schema.id}@{source.version}"


def _reads(reads: bool) -> str:
    return "reads" if reads else "breaks on"


def _broken(finding: Finding) -> Cell:
    """Which direction is broken: the code that fails."""
    broken = [
        word
        for word, direction in (("new", "new-reads-old"), ("old", "old-reads-new"))
        if direction in finding.breaks
    ]
    if not broken:
        return Cell("-", style="dim")
    return Cell("+".join(broken), style="red" if finding.category == "wire" else "yellow")


def _json(found: Comparison, sources: list[Source]) -> dict[str, Any]:
    names = ("old", "new")
    said = {
        name: {"id": item.schema.id, "version": item.version, "cid": item.schema.cid}
        for name, item in zip(names, sources, strict=True)
    }
    return {
        **said,
        "new_reads_old": found.new_reads_old,
        "old_reads_new": found.old_reads_new,
        "level": found.level,
        "findings": [
            {
                "rule": item.rule,
                "path": item.path,
                "message": item.message,
                "breaks": sorted(item.breaks),
                "category": item.category,
            }
            for item in found.findings
        ],
    }

"""`atdata info`: what a dataset is, without reading its samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from atdata.cli.anatomy import Anatomy, Split, anatomy_of
from atdata.cli.field_paths import field_paths
from atdata.cli.figures import counted, day_of, size_text
from atdata.cli.output import (
    Cell,
    Row,
    Section,
    on_terminal,
    print_json,
    print_sections,
    print_title,
)
from atdata.cli.published_sections import network_json, network_sections, title_of
from atdata.cli.targets import Target, find_target
from atdata.cli.visible import cut

if TYPE_CHECKING:
    from atdata.index.entry import Entry
    from atdata.network_options import NetworkOptions
    from atdata_schema.model import FieldModel
    from atdata_schema.schema import Schema

__all__ = ["run"]

_VERSIONS = 10  # of the history that are shown


def run(said: str, index: str | None, as_json: bool, network: NetworkOptions | None = None) -> int:
    """Print what is said of a dataset."""
    found = anatomy_of(find_target(said, index, network))
    if as_json:
        print_json(_json(found))
        return 0
    if on_terminal():
        _title(found)
    print_sections(_sections(found))
    return 0


def _title(found: Anatomy) -> None:
    entry, published = found.target.entry, found.target.published
    if published is not None:
        print_title(title_of(published), _summary(found))
    elif entry is None:
        print_title(found.target.said, _summary(found))
    else:
        print_title(f"{entry.name} {entry.version}", _summary(found))


def _summary(found: Anatomy) -> str:
    total = found.total
    samples = "" if total.samples is None else counted(total.samples, "sample")
    size = "" if total.bytes is None else size_text(total.bytes)
    return ", ".join(part for part in (samples, counted(total.shards, "shard"), size) if part)


def _sections(found: Anatomy) -> list[Section]:
    return [
        *_about(found),
        *_schema(found),
        Section(
            "splits",
            [_split_row(split) for split in found.splits],
            right=(1, 2, 3),
            apart=True,
            key="split",
        ),
        *_keeping(found),
        *_history(found),
    ]


def _about(found: Anatomy) -> list[Section]:
    """What the Index says of it, or the network."""
    entry, published = found.target.entry, found.target.published
    if published is not None:
        return network_sections(published)
    if entry is None:
        return [] if on_terminal() else [Section("path", [[found.target.said]])]
    lines = [Section("name", [[entry.name]]), Section("version", [[entry.version]])]
    shown = [] if on_terminal() else lines
    said = (("description", entry.description), ("license", entry.license))
    shown += [Section(name, [[text]]) for name, text in said if text]
    if entry.tags:
        shown.append(Section("tags", [[Cell(", ".join(entry.tags), plain=",".join(entry.tags))]]))
    if entry.metadata:
        text = json.dumps(entry.metadata, ensure_ascii=False)
        shown.append(Section("metadata", [[Cell(cut(text, 200), plain=text)]]))
    if found.labels:
        shown.append(
            Section(
                "labels",
                [[Cell(", ".join(found.labels), style="magenta", plain=",".join(found.labels))]],
            )
        )
    return shown


def _schema(found: Anatomy) -> list[Section]:
    schema, entry = found.target.schema, found.target.entry
    published = found.target.published
    if schema is None:
        return [Section("schema", [[Cell("none is stored with it", plain="-", style="dim")]])]
    version = [] if entry is None else [Cell(entry.schema.version)]
    if published is not None:
        version = [Cell(published.schema.version)]
    head: Row = [Cell(schema.id, style="green"), *version]
    fields = [_field_row(path, field) for path, field in field_paths(schema.model)]
    return [
        Section("schema", [head], apart=entry is not None or published is not None),
        Section("type CID", [[Cell(schema.cid, style="dim")]], key="cid"),
        Section("fields", fields, key="field"),
    ]


def _field_row(path: str, field: FieldModel) -> Row:
    kind = f"{field.type}{' or null' if field.nullable else ''}"
    row = [Cell(path if field.required else f"{path}?"), Cell(kind, style="cyan")]
    return [*row, Cell(field.description, style="dim")] if field.description else row


def _split_row(split: Split) -> Row:
    samples = Cell("? samples", plain="-")
    if split.samples is not None:
        samples = Cell(counted(split.samples, "sample"), plain=split.samples)
    size = Cell("?", plain="-")
    if split.bytes is not None:
        size = Cell(size_text(split.bytes), plain=split.bytes)
    return [split.name, samples, Cell(counted(split.shards, "shard"), plain=split.shards), size]


def _keeping(found: Anatomy) -> list[Section]:
    """Where it lies, and what is known to check and search it by."""
    sections = [Section("where", [[place] for place in found.places], apart=True, key="place")]
    if found.missing:
        sections.append(
            Section("faults", [[Cell(text, style="red")] for text in found.missing], key="fault")
        )
    for name, count in (
        ("digests", found.digests),
        ("indexes", found.indexes),
        ("manifests", found.manifests),
    ):
        sections.append(Section(name, [[_of(count, found.shards)]]))
    return sections


def _of(count: int, shards: int) -> Cell:
    text = "all shards" if count == shards else f"{count:,} of {shards:,} shards"
    return Cell(text if count else "none", plain=count, style="" if count else "dim")


def _history(found: Anatomy) -> list[Section]:
    entry = found.target.entry
    if entry is None:
        return []
    rows = [_version_row(item, item.version == entry.version) for item in found.history]
    more = len(rows) - _VERSIONS
    if on_terminal() and more > 0:
        rows = [*rows[:_VERSIONS], [Cell(f"and {more} more", style="dim")]]
    return [Section("history", rows, right=(2,), apart=True)]


def _version_row(entry: Entry, chosen: bool) -> Row:
    return [
        Cell(entry.version, style="bold" if chosen else ""),
        Cell(day_of(entry.created), plain=entry.created, style="dim"),
        Cell(counted(entry.samples, "sample"), plain=entry.samples),
        Cell(", ".join(entry.splits), plain=",".join(entry.splits)),
    ]


def _json(found: Anatomy) -> dict[str, Any]:
    target, total = found.target, found.total
    return {
        "target": target.said,
        "index": None if target.index is None else target.index.url,
        **_entry_json(target.entry),
        **network_json(target.published),
        "schema": None if target.schema is None else _schema_json(target.schema, target),
        "splits": [_split_json(split) for split in found.splits],
        "samples": total.samples,
        "shards": total.shards,
        "bytes": total.bytes,
        "places": list(found.places),
        "faults": list(found.missing),
        "digests": found.digests,
        "indexes": found.indexes,
        "manifests": found.manifests,
        "labels": list(found.labels),
        "history": [_version_json(item) for item in found.history],
    }


def _entry_json(entry: Entry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {
        "name": entry.name,
        "version": entry.version,
        "created": entry.created,
        "description": entry.description,
        "license": entry.license,
        "tags": list(entry.tags),
        "metadata": entry.metadata,
        "store": entry.store,
    }


def _schema_json(schema: Schema, target: Target) -> dict[str, Any]:
    version = None if target.entry is None else target.entry.schema.version
    if target.published is not None:
        version = target.published.schema.version
    fields = [_field_json(path, field) for path, field in field_paths(schema.model)]
    return {"id": schema.id, "version": version, "cid": schema.cid, "fields": fields}


def _field_json(path: str, field: FieldModel) -> dict[str, Any]:
    return {
        "path": path,
        "type": str(field.type),
        "required": field.required,
        "nullable": field.nullable,
        "description": field.description,
    }


def _split_json(split: Split) -> dict[str, Any]:
    return {
        "name": split.name,
        "samples": split.samples,
        "shards": split.shards,
        "bytes": split.bytes,
    }


def _version_json(entry: Entry) -> dict[str, Any]:
    return {
        "version": entry.version,
        "created": entry.created,
        "samples": entry.samples,
        "bytes": entry.bytes,
        "splits": list(entry.splits),
    }

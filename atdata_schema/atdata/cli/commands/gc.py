"""`atdata gc`: what no version of a dataset needs is taken out of the store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from atdata.cli.catalogue import index_of
from atdata.cli.durations import seconds_of
from atdata.cli.figures import size_text
from atdata.cli.output import Cell, Section, print_json, print_sections

__all__ = ["run"]


def run(
    index: str | None, dry_run: bool, older_than: str | None, published: bool, as_json: bool
) -> int:
    """Collect, or say what would be collected."""
    seconds = 0.0 if older_than is None else seconds_of(older_than)
    found = index_of(index).gc(dry_run=dry_run, older_than=seconds, published=published)
    if as_json:
        said: dict[str, Any] = asdict(found)
        print_json({**said, "unknown": list(found.unknown)})
        return 0
    count = found.published
    stay = [[Cell(f"{count:,} stay, since published records name them", plain=count)]]
    done = "would be freed" if dry_run else "freed"
    print_sections(
        [
            Section("shards", [[Cell(f"{found.shards:,}", plain=found.shards)]]),
            Section("files", [[Cell(f"{found.files:,}", plain=found.files)]]),
            Section("bytes", [[Cell(f"{size_text(found.bytes)} {done}", plain=found.bytes)]]),
            Section("writes", [[Cell(f"{found.writes:,} broken ones ended", plain=found.writes)]]),
            Section("published", stay if found.published else []),
            Section("unknown", [[name] for name in found.unknown]),
        ]
    )
    return 0

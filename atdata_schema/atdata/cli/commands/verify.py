"""`atdata verify`: every shard of a dataset against its sha-256."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from atdata.cli.figures import counted, size_text
from atdata.cli.output import (
    Cell,
    Column,
    Row,
    on_terminal,
    print_json,
    print_lines,
    print_table,
    progress_wanted,
)
from atdata.cli.targets import Target, find_target
from atdata.errors import DatasetNotFound
from atdata.index.entry import ShardRecord
from atdata.index.verifying import Verdict, verify_shards
from atdata.shards.reader import ShardFile
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.place import Place

__all__ = ["run"]

_COLUMNS = (
    Column("STATE"),
    Column("SPLIT"),
    Column("SHARD", wraps=True),
    Column("DETAIL", wraps=True),
)
_STYLES = {"ok": "green", "unknown": "yellow"}


class _Files:
    """The places of shards by the URLs that stand for them, with what opens them."""

    def __init__(self, files: list[ShardFile]) -> None:
        self._places: dict[str, Place] = {}
        for file in files:
            place = file.place
            self._places[_url(place)] = place
            with suppress(DatasetNotFound):  # beside a blob lies what its record names, or nothing
                self._places[f"{_url(place)}.idx"] = place.with_name(f"{place.name}.idx")

    def place(self, url: str) -> Place:
        """The place."""
        return self._places[url]


def run(said: str, index: str | None, as_json: bool) -> int:
    """Verify a dataset; 1 where a shard is not as it was written, or nobody knows how that was."""
    target = find_target(said, index)
    verdicts = _verdicts(target)
    faults = [item for item in verdicts if item.state != "ok"]
    if as_json:
        shards = [_json(item) for item in verdicts]
        print_json({"target": target.said, "ok": not faults, "shards": shards})
    elif faults or not on_terminal():
        # For people the faults alone; programs get a line for each shard.
        print_table(_COLUMNS, map(_row, faults if on_terminal() else verdicts))
    else:
        size = size_text(sum(item.shard.bytes for item in verdicts))
        print_lines(f"{target.said}: {counted(len(verdicts), 'shard')}, {size}, as written")
    return 1 if faults else 0


def _verdicts(target: Target) -> tuple[Verdict, ...]:
    files = [file for files in target.splits.values() for file in files]
    splits = {split: [_record(file) for file in files] for split, files in target.splits.items()}
    return verify_shards(splits, _Files(files), target.said, progress=progress_wanted())


def _record(file: ShardFile) -> ShardRecord:
    """A shard as an Index would have it; one that no description lists is known by its size alone."""
    entry = file.entry
    if entry is not None:
        return ShardRecord(_url(file.place), entry.bytes, entry.samples, entry.sha256, entry.index)
    place = file.place
    size = place.stat().st_size if isinstance(place, Path) else open_source(place).size()
    return ShardRecord(_url(place), size, 0)


def _url(place: Place) -> str:
    return str(place) if isinstance(place, Path) else place.url


def _row(item: Verdict) -> Row:
    state = Cell(item.state, style=_STYLES.get(item.state, "red"))
    return [state, item.split, item.shard.url, item.detail]


def _json(item: Verdict) -> dict[str, Any]:
    return {
        "state": item.state,
        "split": item.split,
        "shard": item.shard.url,
        "bytes": item.shard.bytes,
        "sha256": item.shard.sha256,
        "detail": item.detail,
    }

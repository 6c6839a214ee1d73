"""`atdata cache`: what can be made again, and is kept meanwhile."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from atdata.cli.durations import seconds_of
from atdata.cli.figures import counted, day_of, size_text
from atdata.cli.misuse import Misuse
from atdata.cli.output import Cell, Column, Row, on_terminal, print_json, print_table, say
from atdata.errors import LoadError
from atdata.shards.cache_folder import cache_folder
from atdata.shards.cache_room import BLOCKS, FOLDERS, disk_bytes

__all__ = ["ls", "rm"]

_COLUMNS: Final = (
    Column("KIND", style="bold"),
    Column("FILES", right=True),
    Column("SIZE", right=True),
    Column("LAST WRITTEN", style="dim"),
)

_RECORDS: Final = tuple(set(FOLDERS.values()))
"""How files end that say what is there."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One folder of the cache.

    Attributes:
        name: what lies in it.
        files: each file with its status.
    """

    name: str
    files: tuple[tuple[Path, os.stat_result], ...]

    @property
    def bytes(self) -> int:
        """What all files take of the disk: shards that are not there as a whole have holes."""
        return sum(_size(path, status) for path, status in self.files)

    @property
    def latest(self) -> str | None:
        """When the youngest file was written."""
        if not self.files:
            return None
        latest = max(status.st_mtime for _, status in self.files)
        return (
            datetime.fromtimestamp(latest, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        )


def ls(as_json: bool) -> int:
    """List what the cache holds."""
    folder = cache_folder()
    kinds = _kinds(folder)
    if as_json:
        place = None if folder is None else str(folder)
        print_json({"folder": place, "kinds": [_json(kind) for kind in kinds]})
        return 0
    if on_terminal():
        say("the cache is turned off" if folder is None else f"{folder}")
    if kinds:
        print_table(_COLUMNS, map(_row, kinds))
    return 0


def rm(wanted: Sequence[str], older_than: str | None, yes: bool, as_json: bool) -> int:
    """Remove what the cache holds: all, some kinds, or what was written long ago."""
    seconds = None if older_than is None else seconds_of(older_than)
    kinds = [_older(kind, seconds) for kind in _chosen(_kinds(cache_folder()), wanted)]
    files = [item for kind in kinds for item in kind.files]
    size = sum(kind.bytes for kind in kinds)
    what = f"{counted(len(files), 'file')}, {size_text(size)}"
    if files and not yes:
        if not sys.stdin.isatty():
            raise Misuse("nobody can be asked here: give --yes to remove")
        import typer

        if not typer.confirm(f"Remove {what}?", err=True):
            say("nothing was removed")
            return 1
    freed = sum(_removed(path, status) for path, status in files)
    if as_json:
        print_json({"files": len(files), "bytes": freed})
    else:
        print_table(_COLUMNS[:3], [[kind.name, *_figures(kind)] for kind in kinds if kind.files])
    return 0


def _kinds(folder: Path | None) -> list[_Kind]:
    if folder is None or not folder.is_dir():
        return []
    return [
        _Kind(path.name, tuple(_files(path)))
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.is_symlink()
    ]


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Every file below a folder of the cache but locks; links are not followed, so that nothing else is met.

    What is said of a file comes before it: while both are removed, nobody takes what is left for whole.
    """
    for place, _, names in os.walk(folder):
        for name in sorted(names, key=lambda name: (not name.endswith(_RECORDS), name)):
            path = Path(place, name)
            try:
                status = path.lstat()
            except OSError:  # gone meanwhile
                continue
            # Removed, a lock would be held twice.
            if not name.endswith(".lock"):
                yield path, status


def _chosen(kinds: list[_Kind], wanted: Sequence[str]) -> list[_Kind]:
    known = {kind.name for kind in kinds}
    for name in wanted:
        if name not in known:
            listed = ", ".join(sorted(known)) or "nothing"
            raise LoadError(f"the cache has no {name!r}; it has {listed}")
    return [kind for kind in kinds if not wanted or kind.name in wanted]


def _older(kind: _Kind, seconds: float | None) -> _Kind:
    if seconds is None:
        return kind
    latest = time.time() - seconds
    # What lies beside a shard says when it was used last; they go together.
    used: dict[Path, float] = {}
    for path, status in kind.files:
        used[_shard(path)] = max(used.get(_shard(path), 0.0), status.st_mtime)
    files = [(path, status) for path, status in kind.files if used[_shard(path)] <= latest]
    return _Kind(kind.name, tuple(files))


def _shard(path: Path) -> Path:
    """The shard that a file is, or belongs to, without an ending."""
    return path.with_name(path.name.partition(".")[0] or path.name)


def _size(path: Path, status: os.stat_result) -> int:
    return disk_bytes(status) if path.parent.name == BLOCKS else status.st_size


def _removed(path: Path, status: os.stat_result) -> int:
    try:
        path.unlink()
    except FileNotFoundError:
        return 0
    return _size(path, status)


def _row(kind: _Kind) -> Row:
    latest = kind.latest
    written = Cell("-") if latest is None else Cell(day_of(latest), plain=latest)
    return [kind.name, *_figures(kind), written]


def _figures(kind: _Kind) -> list[Cell]:
    return [
        Cell(f"{len(kind.files):,}", plain=len(kind.files)),
        Cell(size_text(kind.bytes), plain=kind.bytes),
    ]


def _json(kind: _Kind) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "files": len(kind.files),
        "bytes": kind.bytes,
        "latest": kind.latest,
    }

"""Writing a dataset: shards under unfinished names, then all of them put in place at once.

Until `commit` nothing but a description marked incomplete is visible, and not even that where an older
dataset stands, which stays readable until the new one is whole. `commit` writes an incomplete description
that names every shard, old and new, puts the shards in place, removes those of the old dataset and marks
the description complete. Killed at any point, the next writer finds in the description what it may replace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atdata.errors import DatasetExists
from atdata.shards.description import Description, JsonObject, ShardEntry
from atdata.shards.description_file import read_description, write_description
from atdata.shards.files import sync_folder
from atdata.shards.lock import locked
from atdata.shards.names import Target
from atdata.shards.sidecars import SIDECARS, Sidecars, is_sidecar, sidecar_path
from atdata.shards.writer import Rows, ShardWriter, costs

__all__ = ["DatasetWriter", "Limits", "Options", "check_free", "writing"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a shard is full: samples, and bytes of its file."""

    maxcount: int | None = None
    maxsize: int | None = None

    def __bool__(self) -> bool:
        return self.maxcount is not None or self.maxsize is not None


@dataclass(frozen=True, slots=True)
class Options:
    """How a dataset is written.

    Attributes:
        limits: when a shard is full.
        overwrite: whether a complete dataset is replaced.
        digests: whether digests of shards and their blocks are computed.
        columns: whether column files are written.
        workers: shards that may be finished while the next ones are written.
        flat: whether no field of the samples holds others.
    """

    limits: Limits = Limits()
    overwrite: bool = False
    digests: bool = True
    columns: bool = False
    workers: int = 2
    flat: bool = False


def check_free(target: Target, *, overwrite: bool) -> Description | None:
    """What stands at the target and may be replaced.

    Raises:
        DatasetExists: a complete dataset, unless `overwrite`; or a file that belongs to no dataset.
        DescriptionError: a description that cannot be read, so that nobody knows what it owns.
    """
    old = read_description(target.description) if target.description.exists() else None
    if old is not None and old.complete and not overwrite:
        raise DatasetExists(
            f"{target.path}: a complete dataset stands here ({target.description.name}); "
            "give overwrite=True to replace it, or another path"
        )
    _check_place(target.shard(0), old)
    return old


def _check_place(path: Path, old: Description | None) -> None:
    """Whether a shard and the files beside it may be put in their places."""
    owned = old is not None and path.name in old.files
    _check_one(path, owned and path.is_file())
    for suffix in SIDECARS:
        beside = sidecar_path(path, suffix)
        _check_one(beside, is_sidecar(beside))


def _check_one(path: Path, replaceable: bool) -> None:
    if path.is_symlink() or (path.exists() and not replaceable):
        raise DatasetExists(
            f"{path}: stands in the way and belongs to no dataset here, so it is not touched; "
            "move it, or give another path"
        )


@contextmanager
def writing(
    target: Target, schema: JsonObject, split: str, options: Options
) -> Iterator[DatasetWriter]:
    """Write a dataset; leaving the block commits it, an exception takes everything back.

    Raises:
        WriteError: as `check_free`, or another writer is at work here.
        OSError: the disk is full, or another of its reasons.
    """
    made = _make_folders(target.folder)
    try:
        with locked(target.folder / f".{target.stem}.lock", target.path):
            writer = DatasetWriter(target, schema, split, options)
            try:
                yield writer
                writer.commit()
            except BaseException:
                writer.abort()
                raise
    except BaseException:
        for folder in made:
            with suppress(OSError):  # somebody else put something there meanwhile
                folder.rmdir()
        raise


def _make_folders(folder: Path) -> list[Path]:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise DatasetExists(f"{folder}: is no folder; give another path") from error
    return missing


class DatasetWriter:
    """Takes keys and payloads; begins a new shard when one is full.

    Finished shards go to the disk, and get their digests, in side threads; `commit` waits for all of them.
    """

    def __init__(self, target: Target, schema: JsonObject, split: str, options: Options) -> None:
        self._target = target
        self._schema = schema
        self._split = split
        self._options = options
        self._shards: list[ShardWriter] = []
        self._open: ShardWriter | None = None
        self._entries: list[ShardEntry] = []
        self._placed: list[Path] = []
        self._sidecars = Sidecars(str(schema["cid"]), columns=options.columns, flat=options.flat)
        self._old = check_free(target, overwrite=options.overwrite)
        for path in target.leftovers():
            path.unlink(missing_ok=True)
        if self._old is None:
            self._describe(complete=False)
        # Three threads a shard: two digests and the disk.
        self._pool = ThreadPoolExecutor(3 * (options.workers + 1), "atdata-writer")

    def add(self, rows: Rows, payloads: Sequence[bytes]) -> None:
        """Append samples.

        Raises:
            DatasetExists: the shard that would begin with one has a place taken by somebody else's file.
            OSError: the disk is full, or another of its reasons.
        """
        added = 0
        while added < len(payloads):
            shard, room = self._room(costs(rows.sizes[added:]))
            end = min(len(payloads), added + room)
            if (added, end) == (0, len(payloads)):
                shard.add(rows, payloads)
            else:
                shard.add(rows.cut(added, end), payloads[added:end])
            added = end

    def add_pieces(self, rows: Rows, pieces: Sequence[bytes | memoryview]) -> None:
        """Append one sample from its pieces, which are written before this returns, and not copied."""
        shard, _ = self._room(costs(rows.sizes))
        shard.add_pieces(rows, pieces)

    def commit(self) -> None:
        """Put everything in place."""
        self._end()
        self._settle(0)
        new = {entry.file for entry in self._entries}
        replaced = sorted((self._old.files if self._old else frozenset()) - new)
        self._describe(complete=False, replaces=tuple(replaced))
        for shard in self._shards:
            _check_place(shard.path, self._old)
            self._placed.append(shard.path)
            shard.place()
            self._sidecars.place(shard.path)
        for name in replaced:
            path = self._target.folder / name
            path.unlink(missing_ok=True)
            self._sidecars.remove(path)
        sync_folder(self._target.folder)
        self._describe(complete=True)
        self._pool.shutdown()

    def abort(self) -> None:
        """Take back what can be: everything, where nothing stood before."""
        for shard in self._shards:
            with suppress(OSError):  # a full disk; the file is removed all the same
                shard.discard()
            self._sidecars.discard(shard.path)
        self._pool.shutdown()
        if self._old is None:
            for path in self._placed:
                path.unlink(missing_ok=True)
                self._sidecars.remove(path)
            self._target.description.unlink(missing_ok=True)

    def _room(self, sizes: NDArray[np.int64]) -> tuple[ShardWriter, int]:
        """A shard that takes the first of these samples, and how many of them it takes."""
        shard = self._open
        room = 0 if shard is None else self._fitting(shard, sizes)
        if shard is not None and room:
            return shard, room
        shard = self._begin()
        # A sample that is larger than a shard may be has one of its own.
        return shard, max(1, self._fitting(shard, sizes))

    def _fitting(self, shard: ShardWriter, sizes: NDArray[np.int64]) -> int:
        limits, room = self._options.limits, len(sizes)
        if limits.maxcount is not None:
            room = min(room, limits.maxcount - shard.samples)
        if limits.maxsize is not None:
            left = limits.maxsize - shard.bytes
            room = min(room, int(np.searchsorted(np.cumsum(sizes[:room]), left, "right")))
        return max(room, 0)

    def _begin(self) -> ShardWriter:
        self._end()
        self._settle(self._options.workers)
        path = self._target.shard(len(self._shards))
        _check_place(path, self._old)
        shard = ShardWriter(path, self._pool, digests=self._options.digests)
        self._shards.append(shard)
        self._open = shard
        return shard

    def _end(self) -> None:
        if self._open is not None:
            self._open.finish()
            self._open = None

    def _settle(self, waiting: int) -> None:
        """Wait for finished shards, the oldest first, until so many may still be on their way."""
        while len(self._shards) - len(self._entries) > waiting:
            shard = self._shards[len(self._entries)]
            written = shard.settle()
            index = self._sidecars.write(shard.path, written)
            sha256 = None if written.digests is None else written.digests.sha256
            name, count = shard.path.name, shard.samples
            self._entries.append(ShardEntry(name, written.bytes, count, sha256, index))

    def _describe(self, *, complete: bool, replaces: tuple[str, ...] = ()) -> None:
        splits = {self._split: tuple(self._entries)}
        write_description(
            self._target.description, Description(self._schema, splits, complete, replaces)
        )

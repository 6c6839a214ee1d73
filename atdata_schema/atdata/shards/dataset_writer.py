"""Writing a dataset: shards under unfinished names, then all of them put in place at once.

Until `commit` nothing but a description marked incomplete is visible, and not even that where an older
dataset stands, which stays readable until the new one is whole. `commit` writes an incomplete description
that names every shard, old and new, puts the shards in place, removes those of the old dataset and marks
the description complete. Killed at any point, the next writer finds in the description what it may replace.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from atdata.errors import DatasetExists
from atdata.shards.description import Description, JsonObject, ShardEntry
from atdata.shards.description_file import read_description, write_description
from atdata.shards.files import sync_folder
from atdata.shards.lock import locked
from atdata.shards.names import Target
from atdata.shards.writer import ShardWriter

__all__ = ["DatasetWriter", "Limits", "check_free", "writing"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a shard is full: samples, and bytes of its file."""

    maxcount: int | None = None
    maxsize: int | None = None

    def __bool__(self) -> bool:
        return self.maxcount is not None or self.maxsize is not None


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
    owned = old is not None and path.name in old.files
    if path.is_symlink() or (path.exists() and not (owned and path.is_file())):
        raise DatasetExists(
            f"{path}: stands in the way and belongs to no dataset here, so it is not touched; "
            "move it, or give another path"
        )


@contextmanager
def writing(
    target: Target, schema: JsonObject, split: str, limits: Limits, *, overwrite: bool
) -> Iterator[DatasetWriter]:
    """Write a dataset; leaving the block commits it, an exception takes everything back.

    Raises:
        WriteError: as `check_free`, or another writer is at work here.
        OSError: the disk is full, or another of its reasons.
    """
    made = _make_folders(target.folder)
    try:
        with locked(target.folder / f".{target.stem}.lock", target.path):
            writer = DatasetWriter(target, schema, split, limits, overwrite=overwrite)
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
    """Takes keys and payloads; begins a new shard when one is full."""

    def __init__(
        self, target: Target, schema: JsonObject, split: str, limits: Limits, *, overwrite: bool
    ) -> None:
        self._target = target
        self._schema = schema
        self._split = split
        self._limits = limits
        self._shards: list[ShardWriter] = []
        self._entries: list[ShardEntry] = []
        self._placed: list[Path] = []
        self._old = check_free(target, overwrite=overwrite)
        for path in target.leftovers():
            path.unlink(missing_ok=True)
        if self._old is None:
            self._describe(complete=False)

    def add(self, key: str, payload: bytes) -> None:
        """Append a sample.

        Raises:
            DatasetExists: the shard that would begin with it has a place taken by somebody else's file.
        """
        if not self._shards or self._is_full(self._shards[-1], payload):
            self._begin()
        self._shards[-1].add(key, payload)

    def commit(self) -> None:
        """Put everything in place."""
        self._end()
        new = {entry.file for entry in self._entries}
        replaced = sorted((self._old.files if self._old else frozenset()) - new)
        self._describe(complete=False, replaces=tuple(replaced))
        for shard in self._shards:
            _check_place(shard.path, self._old)
            self._placed.append(shard.path)
            shard.place()
        for name in replaced:
            (self._target.folder / name).unlink(missing_ok=True)
        sync_folder(self._target.folder)
        self._describe(complete=True)

    def abort(self) -> None:
        """Take back what can be: everything, where nothing stood before."""
        for shard in self._shards:
            with suppress(OSError):  # a full disk; the file is removed all the same
                shard.discard()
        if self._old is None:
            for path in (*self._placed, self._target.description):
                path.unlink(missing_ok=True)

    def _is_full(self, shard: ShardWriter, payload: bytes) -> bool:
        maxcount, maxsize = self._limits.maxcount, self._limits.maxsize
        if maxcount is not None and shard.samples >= maxcount:
            return True
        return maxsize is not None and shard.bytes + shard.cost(payload) > maxsize

    def _begin(self) -> None:
        self._end()
        path = self._target.shard(len(self._shards))
        _check_place(path, self._old)
        self._shards.append(ShardWriter(path))

    def _end(self) -> None:
        if len(self._entries) < len(self._shards):
            self._entries.append(self._shards[-1].finish())

    def _describe(self, *, complete: bool, replaces: tuple[str, ...] = ()) -> None:
        splits = {self._split: tuple(self._entries)}
        write_description(
            self._target.description, Description(self._schema, splits, complete, replaces)
        )

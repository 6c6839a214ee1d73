"""Writing a dataset: shards under unfinished names, then all of them put in place at once.

Until `commit` nothing but a description marked incomplete is visible, and not even that where an older
dataset stands, which stays readable until the new one is whole. `commit` writes an incomplete description
that names every shard, old and new, puts the shards in place, removes those of the old dataset and marks
the description complete. Killed at any point, the next writer finds in the description what it may replace.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from atdata.errors import DatasetExists
from atdata.shards.description import Description, JsonObject, ShardEntry
from atdata.shards.description_file import read_description, write_description
from atdata.shards.files import part_of, sync_folder
from atdata.shards.lock import locked
from atdata.shards.names import Target
from atdata.shards.shard_sequence import Options, ShardSequence
from atdata.shards.sidecars import SIDECARS, Sidecars, is_sidecar, sidecar_path

__all__ = ["DatasetWriter", "check_free", "writing"]


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
    """Puts finished shards, and what lies beside them, in place; all of them at once.

    Attributes:
        shards: takes the samples.
    """

    def __init__(self, target: Target, schema: JsonObject, split: str, options: Options) -> None:
        self._target = target
        self._schema = schema
        self._split = split
        self._entries: list[ShardEntry] = []
        self._finished: list[Path] = []
        self._placed: list[Path] = []
        self._sidecars = Sidecars(
            str(schema["cid"]),
            columns=options.columns,
            manifest=options.manifest,
            flat=options.flat,
        )
        self._old = check_free(target, overwrite=options.overwrite)
        for path in target.leftovers():
            path.unlink(missing_ok=True)
        if self._old is None:
            self._describe(complete=False)
        self.shards = ShardSequence(self._place, self._sidecars, options, self._add)

    def commit(self) -> None:
        """Put everything in place."""
        self.shards.close()
        new = {entry.file for entry in self._entries}
        replaced = sorted((self._old.files if self._old else frozenset()) - new)
        self._describe(complete=False, replaces=tuple(replaced))
        for path in self._finished:
            _check_place(path, self._old)
            self._placed.append(path)
            part_of(path).replace(path)
            self._sidecars.place(path)
        for name in replaced:
            path = self._target.folder / name
            path.unlink(missing_ok=True)
            self._sidecars.remove(path)
        sync_folder(self._target.folder)
        self._describe(complete=True)

    def abort(self) -> None:
        """Take back what can be: everything, where nothing stood before."""
        self.shards.discard()
        for path in self._finished:
            with suppress(OSError):
                part_of(path).unlink(missing_ok=True)
            self._sidecars.discard(path)
        if self._old is None:
            for path in self._placed:
                path.unlink(missing_ok=True)
                self._sidecars.remove(path)
            self._target.description.unlink(missing_ok=True)

    def _place(self, number: int) -> Path:
        path = self._target.shard(number)
        _check_place(path, self._old)
        return path

    def _add(self, path: Path, entry: ShardEntry) -> None:
        self._finished.append(path)
        self._entries.append(entry)

    def _describe(self, *, complete: bool, replaces: tuple[str, ...] = ()) -> None:
        splits = {self._split: tuple(self._entries)}
        write_description(
            self._target.description, Description(self._schema, splits, complete, replaces)
        )

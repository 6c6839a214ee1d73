"""The columns of the column files of shards: of one shard, or of all one behind the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.records import Records
from atdata.shards.columnar.sidecar import SUFFIX, Column, ColumnFile
from atdata.shards.columnar.stored_column import StoredColumn
from atdata.shards.reader import ShardFile, ShardIndex

__all__ = ["ColumnFiles"]

_NUMBERS: Final[dict[str, np.dtype[Any]]] = {
    "integer": np.dtype(np.int64),
    "float64": np.dtype(np.float64),
    "float32": np.dtype(np.float32),
    "boolean": np.dtype(np.bool_),
}


class ColumnFiles:
    """The column files of shards, each opened, and each column read and verified, when it is first asked for.

    Args:
        files: the shards, in order.
        index: gives the index of the shard at a place.
        firsts: gives int64[shards + 1], the number of each shard's first sample, and behind it of all.
    """

    def __init__(
        self,
        files: Sequence[ShardFile],
        index: Callable[[int], ShardIndex],
        firsts: Callable[[], NDArray[np.int64]],
    ) -> None:
        self._files = files
        self._index = index
        self._firsts = firsts
        self._opened: dict[int, ColumnFile | None] = {}
        self._columns: dict[tuple[int, str], StoredColumn | None] = {}
        self._whole: dict[str, StoredColumn | None] = {}

    @cached_property
    def are_there(self) -> bool:
        """Whether a shard has one."""
        return any(_path(file).exists() for file in self._files)

    def column(self, place: int, name: str) -> StoredColumn | None:
        """A column of a shard's column file, `None` where there is none that can be trusted."""
        if (place, name) not in self._columns:
            file = self._file(place)
            found = None if file is None else file.column(name)
            self._columns[place, name] = None if found is None else StoredColumn([found])
        return self._columns[place, name]

    def whole_columns(self, names: Sequence[str]) -> dict[str, StoredColumn | None]:
        """Columns of all shards one behind the other, `None` where a shard has none that can be trusted."""
        missing = [name for name in names if name not in self._whole]
        if missing:
            self._whole |= self._read(missing)
        return {name: self._whole[name] for name in names}

    def firsts(self) -> NDArray[np.int64]:
        """int64[shards + 1], the number of each shard's first sample, and behind it of all."""
        return self._firsts()

    def _read(self, names: list[str]) -> dict[str, StoredColumn | None]:
        files = [self._file(place) for place in range(len(self._files))]
        opened = [file for file in files if file is not None]
        if not opened or len(opened) < len(files):
            return dict.fromkeys(names)
        alike = {name: kind for name in names if (kind := _kind(opened, name)) is not None}
        numbers = {name: _NUMBERS[kind] for name, kind in alike.items() if kind in _NUMBERS}
        stored: dict[str, StoredColumn | None] = dict.fromkeys(names)
        if numbers:
            stored |= self._numbers(opened, numbers)
        for name in alike:
            if alike[name] == "text":
                parts = [file.column(name) for file in opened]
                known = [part for part in parts if part is not None]
                stored[name] = StoredColumn(known) if len(known) == len(parts) else None
        return stored

    def _numbers(
        self, files: list[ColumnFile], kinds: dict[str, np.dtype[Any]]
    ) -> dict[str, StoredColumn | None]:
        """Columns of numbers, side by side in memory; each part is let go of once it was copied."""
        bounds = self._firsts()
        records = Records(kinds, int(bounds[-1]))
        found: dict[str, StoredColumn | None] = {}
        for name in kinds:
            flags: list[NDArray[np.bool_] | None] = []
            out = records.column(name)
            for file, begin, end in zip(files, bounds[:-1], bounds[1:], strict=True):
                part = file.column(name)
                if part is None:
                    break
                out[begin:end] = part.values
                flags.append(part.valid)
            whole = Column(name, str(files[0].kind(name)), out, valid=_joined(flags, bounds))
            found[name] = StoredColumn([whole], records) if len(flags) == len(files) else None
        return found

    def _file(self, place: int) -> ColumnFile | None:
        if place not in self._opened:
            file, index = self._files[place], self._index(place)
            sha256 = file.entry.sha256 if file.entry is not None else None
            if sha256 is None and index.file is not None:
                sha256 = index.file.shard_sha256
            self._opened[place] = (
                None if sha256 is None else ColumnFile.open(_path(file), sha256, len(index.keys))
            )
        return self._opened[place]


def _kind(files: list[ColumnFile], name: str) -> str | None:
    """The kind that a column has in all files; `None` where there is none."""
    kinds = {file.kind(name) for file in files}
    return kinds.pop() if len(kinds) == 1 else None


def _joined(
    flags: list[NDArray[np.bool_] | None], bounds: NDArray[np.int64]
) -> NDArray[np.bool_] | None:
    """Which samples have a value; `None` where all have."""
    if all(part is None for part in flags):
        return None
    counts = np.diff(bounds).tolist()
    return np.concatenate(
        [
            np.ones(count, np.bool_) if part is None else part
            for part, count in zip(flags, counts, strict=False)
        ]
    )


def _path(file: ShardFile) -> Path:
    return file.path.with_name(file.path.name + SUFFIX)

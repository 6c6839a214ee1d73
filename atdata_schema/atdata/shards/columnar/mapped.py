"""The shards of a dataset in one range of addresses, and where their samples lie in it."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.columnar.arena import Arena
from atdata.shards.columnar.column_files import ColumnFiles
from atdata.shards.columnar.contents import Contents
from atdata.shards.columnar.layouts import Layouts
from atdata.shards.columnar.rows import Held, Located
from atdata.shards.columnar.sidecar_chunk import ColumnSource
from atdata.shards.index.blocks import BlockCheck, Verify
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.reader import ShardFile, ShardIndex
from atdata_schema.fields.fieldset import Fields

__all__ = ["Mapped"]

_ROWS: Final = 1 << 15


class Mapped(Contents):
    """Mapped shards. The mapping stays what it was when a file is replaced; an index of another one is refused.

    Args:
        files: the shards, in order.
        index: gives the index of the shard at a place.
        verify: whether the contents are held against their digests when a block is first read, always or never.

    Attributes:
        flat: uint8[bytes], the bytes of all shards.
    """

    def __init__(
        self,
        files: Sequence[ShardFile],
        index: Callable[[int], ShardIndex],
        verify: Verify = "first",
    ) -> None:
        super().__init__(files, index)
        self._verify: Verify = verify
        # Shards of which a block has not been verified; a check is made when its shard is first read.
        self._open = set(range(len(files))) if verify != "never" else set[int]()
        self._checks: dict[int, BlockCheck] = {}
        self._layouts: dict[int, tuple[Fields, Layouts]] = {}
        self._column_files = ColumnFiles(
            files, lambda place: self._known[place], lambda: self._everywhere.firsts
        )
        self._arena = Arena([file.path for file in files])
        self.flat: NDArray[np.uint8] = self._arena.flat
        # Where it is noted which blocks are verified. Forked processes share it: of the workers of a loader, which
        # may be new ones in each epoch, one verifies a block for all.
        ends = np.append(self._arena.starts, len(self.flat))[1:]
        counts = -(-(ends - self._arena.starts) // BLOCK_BYTES)
        self._first_blocks = np.append(0, np.cumsum(counts))
        notes = mmap.mmap(-1, int(self._first_blocks[-1]) or 1)
        self._seen = np.frombuffer(notes, np.bool_)

    def located(self, place: int, index: ShardIndex) -> Located:
        """The samples that an index of one shard knows.

        Raises:
            ShardError: the file was replaced between the mapping and the making of the index.
        """
        self._meet(place, index)
        return self._rows(place, index, 0, len(index.offsets))

    def parts(self, place: int) -> Iterator[Located]:
        """The samples of one shard, so many at a time that what says where they lie stays in the cache.

        Raises:
            ShardError: the shard is damaged or was replaced.
            DatasetNotFound: it is not there.
        """
        index = self._index(place)
        self._meet(place, index)
        count = len(index.offsets)
        for begin in range(0, count, _ROWS):
            yield self._rows(place, index, begin, min(begin + _ROWS, count))

    def _rows(self, place: int, index: ShardIndex, begin: int, end: int) -> Located:
        return Located(
            np.full(end - begin, place, np.int32),
            np.arange(begin, end, dtype=np.int64),
            index.offsets[begin:end] + self._arena.starts[place],
            index.sizes[begin:end],
        )

    def _meet(self, place: int, index: ShardIndex) -> None:
        if index.identity != self._arena.identities[place]:
            raise ShardError(
                "was replaced while it was read: load the dataset again", self._files[place].path
            )
        self._known[place] = index

    def payload(self, place: int, inner: int) -> memoryview:
        """The bytes of one sample, by its shard and its number in that, verified.

        Raises:
            ShardError: the shard is damaged.
            DatasetNotFound: it is not there.
        """
        index = self._known.get(place)
        if index is None:
            index = self._index(place)
            self._meet(place, index)
        offset, size = int(index.offsets[inner]), int(index.sizes[inner])
        if place in self._open:
            check = self._check(place)
            if check is not None:
                check.ensure(offset, offset + size)
        begin = int(self._arena.starts[place]) + offset
        return self.flat[begin : begin + size].data

    def layouts(self, fields: Fields) -> Layouts:
        """What is known of the rows' layouts, as far as these fields go."""
        # By identity: what these very fields were held against. The fields are kept, and so is their id.
        return self._layouts.setdefault(id(fields), (fields, Layouts()))[1]

    @property
    def columns(self) -> ColumnSource | None:
        """The columns of the shards' column files; `None` where no shard has one."""
        return self._column_files if self._column_files.are_there else None

    def hold(self, rows: Located) -> Held:
        """The rows as they are: they lie in memory."""
        return Held(self.flat, rows)

    @property
    def is_verified(self) -> bool:
        """Whether `verify` has nothing left to do for any row."""
        return not self._open

    def verify(self, rows: Located) -> None:
        """Hold the bytes of some rows against the digests of their blocks, where that is still to be done.

        Raises:
            ShardError: a block is not what it was when the shard was written.
        """
        if not self._open or self._are_seen(rows):
            return
        for place in rows.shards():
            if place not in self._open:
                continue
            check = self._check(place)
            if check is not None:
                own = rows.places == place
                check.ensure_rows(rows.at[own] - self._arena.starts[place], rows.sizes[own])
            if check is None or check.are_payloads_done:
                self._open.discard(place)

    def _are_seen(self, rows: Located) -> bool:
        """Whether all blocks of some rows have been verified, asked of all shards at once."""
        if self._verify != "first":
            return False
        begin = rows.at - self._arena.starts[rows.places]
        first, last = begin // BLOCK_BYTES, (begin + np.maximum(rows.sizes, 1) - 1) // BLOCK_BYTES
        if (last > first + 1).any():
            return False
        shard = self._first_blocks[rows.places]
        return bool(self._seen[shard + first].all() and self._seen[shard + last].all())

    def _check(self, place: int) -> BlockCheck | None:
        """The check of a shard; `None` for one whose damage was met already, with whole samples before it."""
        index, file = self._known[place], self._files[place]
        if index.file is None:
            return None
        if place not in self._checks:
            begin = int(self._arena.starts[place])
            first = int(self._first_blocks[place])
            self._checks[place] = BlockCheck(
                index.file,
                self.flat[begin : begin + index.bytes],
                file.path,
                verify=self._verify,
                sha256=None if file.entry is None else file.entry.sha256,
                seen=self._seen[first : first + -(-index.bytes // BLOCK_BYTES)],
                end=int((index.offsets + index.sizes).max(initial=0)),
            )
        return self._checks[place]

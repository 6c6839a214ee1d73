"""The blocks of one shard that are kept on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.kept.allowance import Allowing
from atdata.shards.kept.files import BlockFiles, read_at, write_row

__all__ = ["KeptShard", "Room"]

_ROW: Final = 64  # blocks that are written by one call
_MANY: Final = 8  # blocks from which on a second thread pays: hashing leaves the interpreter free


class Room(Allowing, Protocol):
    """What the shards of a dataset have in common."""

    def mapping(self) -> AbstractContextManager[object]:
        """Held while a shard gets its place."""
        ...

    def mapped(self, shard: int, file: int, size: int) -> NDArray[np.uint8] | None:
        """The bytes of a file that is mapped from now on; `None` where there is no place for it."""
        ...


class KeptShard:
    """Which blocks of a shard are on disk, and their bytes, mapped. Threads may share one, and it works on after fork.

    The file that is mapped first is the one for as long as this lives, whatever becomes of its name: what was
    verified in it stays. Where its name is gone, or another file's, nothing more is kept.

    Args:
        number: the shard, by its place in the dataset.
        files: its files.
        size: its bytes.
        digests: uint8[blocks, 32], the sha-256 of each block.
        room: what the shards of the dataset have in common.
    """

    def __init__(
        self, number: int, files: BlockFiles, size: int, digests: NDArray[np.uint8], room: Room
    ) -> None:
        self._number, self._files, self._size = number, files, size
        self._digests, self._room = digests, room
        self._mapped: tuple[tuple[int, int], NDArray[np.uint8]] | None = None
        self._said = np.zeros(len(digests), np.bool_)
        self._ready = np.zeros(len(digests), np.bool_)

    def look(self) -> bool:
        """Look what is there, as far as that is said; whether all blocks are."""
        if not self._said.all():
            with suppress(OSError), self._files.opened() as file:
                if self._bytes_of(file) is not None:
                    self._said = self._files.said() | self._ready
        return bool(self._said.all())

    def prepare(self, blocks: Sequence[int], *, again: bool = False) -> bool:
        """Hold blocks that are said to be there against their digests; whether all of them are there and right.

        Args:
            blocks: their numbers.
            again: also those that were before.
        """
        new = [block for block in blocks if again or not self._ready[block]]
        if not new:
            return True
        if not self._said[new].all():
            self.look()
        found = [block for block in new if self._said[block]]
        right = self._checked(found)
        for block, is_right in zip(found, right, strict=True):
            self._ready[block] = self._said[block] = is_right
        return len(found) == len(new) and all(right)

    def block(self, number: int, *, unverified: bool = False) -> memoryview | None:
        """The bytes of a block that is there and right.

        Args:
            number: the block.
            unverified: also of one that is only said to be there.
        """
        mapped = self._mapped
        if mapped is None or not (self._ready[number] or (unverified and self._said[number])):
            return None
        begin = number * BLOCK_BYTES
        return mapped[1][begin : min(begin + BLOCK_BYTES, self._size)].data

    @property
    def is_ready(self) -> bool:
        """Whether all blocks are there and right."""
        return bool(self._ready.all())

    def put_all(self, blocks: Mapping[int, bytes | memoryview]) -> set[int]:
        """Keep the bytes of some blocks, which are right; which of them are kept.

        Args:
            blocks: their bytes, by number in rising order.

        Raises:
            LoadError: `ATDATA_CACHE_LIMIT` is no size.
        """
        kept = set[int]()
        todo = dict[int, bytes | memoryview]()
        try:
            if self._files.take_blocks:
                todo.update(item for item in blocks.items() if self._room.take(len(item[1])))
            if todo:
                self._write(todo, kept)
        except FileNotFoundError:  # others remove the folder in this very moment
            pass
        except OSError as error:
            self._room.refuse(error)
        finally:
            self._room.done(sum(map(len, todo.values())))
        return kept

    def _write(self, blocks: Mapping[int, bytes | memoryview], kept: set[int]) -> None:
        """Write blocks that may be written, and note those that are."""
        with self._files.opened(to_write=True) as file:
            if self._bytes_of(file) is None:
                return
            for first, count in _rows(list(blocks)):
                row = range(first, first + count)
                write_row(file, [blocks[number] for number in row], first * BLOCK_BYTES)
                self._files.say(first, count)
                self._ready[first : first + count] = self._said[first : first + count] = True
                kept.update(row)

    def touch(self) -> None:
        """Note that the shard is in use, so that it is not what makes room first."""
        if self._mapped is not None:
            with suppress(OSError):
                self._files.touch()

    def _bytes_of(self, file: int) -> NDArray[np.uint8] | None:
        """The bytes of the file, mapped; `None` where another one is, or there is no place."""
        found = os.fstat(file)
        which = found.st_dev, found.st_ino
        with self._room.mapping():
            if self._mapped is None:
                flat = self._room.mapped(self._number, file, self._size)
                if flat is None:
                    return None
                self._mapped = which, flat
        return self._mapped[1] if self._mapped[0] == which else None

    def _checked(self, blocks: Sequence[int]) -> list[bool]:
        """Which of some blocks are what they should be. They are read, since a page that is lost would end the process."""
        try:
            with self._files.opened() as file:
                if self._bytes_of(file) is not None:
                    return _together(lambda some: self._are_right(file, some), blocks)
        except OSError:
            pass
        return [False] * len(blocks)

    def _are_right(self, file: int, blocks: Sequence[int]) -> list[bool]:
        buffer = memoryview(bytearray(BLOCK_BYTES))
        return [self._is_right(file, block, buffer) for block in blocks]

    def _is_right(self, file: int, block: int, buffer: memoryview) -> bool:
        begin = block * BLOCK_BYTES
        data = buffer[: self._size - begin]
        try:
            whole = read_at(file, data, begin) == len(data)
        except OSError:  # a disk that lost it
            return False
        return whole and hashlib.sha256(data).digest() == self._digests[block].tobytes()


def _rows(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow each other, by the first of each row and how many there are."""
    first, count = numbers[0], 0
    for number in numbers:
        if count and (number != first + count or count == _ROW):
            yield first, count
            first, count = number, 0
        count += 1
    yield first, count


def _together(act: Callable[[Sequence[int]], list[bool]], blocks: Sequence[int]) -> list[bool]:
    if len(blocks) < _MANY:
        return act(blocks)
    middle = len(blocks) // 2
    # Made for this call: threads of a pool that is kept do not survive a fork.
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(act, blocks[:middle])
        last = act(blocks[middle:])
        return first.result() + last

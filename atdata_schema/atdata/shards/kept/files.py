"""The two files of a shard of which some blocks are there: its bytes, with holes, and which blocks they are."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.cache_room import record_of, removed

__all__ = ["BlockFiles", "WholeFile", "read_at", "write_at", "write_row"]

_HERE: Final = b"\1"
_FLAGS: Final = (
    getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)
"""What lies there under the name is opened only where it is a file; a pipe is not waited for."""


class BlockFiles:
    """The files, by their names. Each is opened for each use: a dataset has more shards than a process may have files open.

    Args:
        plain: the file of the bytes.
        size: the size of the shard.
        count: how many blocks it has.

    Attributes:
        take_blocks: whether blocks are written to them one by one.
    """

    take_blocks = True

    def __init__(self, plain: Path, size: int, count: int) -> None:
        self._plain = plain
        self._record = record_of(plain)
        self._size = size
        self._count = count

    @contextmanager
    def opened(self, *, to_write: bool = False) -> Iterator[int]:
        """The file of the bytes, of the size of the shard.

        Args:
            to_write: whether it is written to; it is made where it is not there, or has another size.

        Raises:
            OSError: it is not there or no such file; or the folder takes none.
        """
        file = self._made() if to_write else os.open(self._plain, os.O_RDONLY | _FLAGS)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode) or found.st_size != self._size:
                raise FileNotFoundError(f"{self._plain}: is no file of {self._size} bytes")
            yield file
        finally:
            os.close(file)

    def _made(self) -> int:
        try:
            file = os.open(self._plain, os.O_RDWR | _FLAGS)
        except FileNotFoundError:
            return self._new()
        size = os.fstat(file).st_size
        if size == self._size:
            return file
        if not size:  # whoever made it was killed, or is about to do the same
            return self._grown(file)
        # Others may have mapped it as it is, so it is not cut.
        os.close(file)
        removed(self._plain)
        return self._new()

    def _new(self) -> int:
        # What is said of a file that was there before is left: whoever removed it might remove what others say of this one
        # by now. What is not so is found out by the digests.
        file = os.open(self._plain, os.O_RDWR | os.O_CREAT | _FLAGS, 0o666)
        return file if os.fstat(file).st_size else self._grown(file)

    def _grown(self, file: int) -> int:
        try:
            os.ftruncate(file, self._size)
        except BaseException:
            os.close(file)
            raise
        return file

    def said(self) -> NDArray[np.bool_]:
        """bool[blocks], which ones are said to be there."""
        found = np.zeros(self._count, np.bool_)
        try:
            file = os.open(self._record, os.O_RDONLY | _FLAGS)
        except OSError:
            return found
        try:
            data = os.read(file, self._count)
        except OSError:
            data = b""
        finally:
            os.close(file)
        found[: len(data)] = np.frombuffer(data, np.uint8) == ord(_HERE)
        return found

    def say(self, block: int, count: int = 1) -> None:
        """Say that a block, and so many in a row, are there.

        Raises:
            OSError: the disk is full, or another of its reasons.
        """
        file = os.open(self._record, os.O_WRONLY | os.O_CREAT | _FLAGS, 0o666)
        try:
            write_at(file, _HERE * count, block)
        finally:
            os.close(file)

    def touch(self) -> None:
        """Note that the shard is in use.

        Raises:
            OSError: it is not there any more, or is somebody else's.
        """
        os.utime(self._record)


class WholeFile(BlockFiles):
    """A shard that is there as a whole or not at all, with a file beside it once it is whole."""

    take_blocks = False

    def said(self) -> NDArray[np.bool_]:
        """bool[blocks]: all of them, or none."""
        return np.full(self._count, self._record.exists())


def read_at(file: int, buffer: memoryview, offset: int) -> int:
    """Fill a buffer from a place of a file; how many bytes there were."""
    if (
        sys.platform == "win32"
    ):  # nothing is kept there, since nothing can be mapped at a chosen address
        raise OSError("no bytes are read at a place on this system")
    done = 0
    while done < len(buffer) and (count := os.preadv(file, [buffer[done:]], offset + done)):
        done += count
    return done


def write_row(file: int, parts: Sequence[bytes | memoryview], offset: int) -> None:
    """Write parts behind each other from a place of a file on, by one call where that goes.

    Raises:
        OSError: the disk is full, or another of its reasons; some of it may be written.
    """
    if sys.platform == "win32":
        raise OSError("no bytes are written at a place on this system")
    done = os.pwritev(file, parts, offset) if len(parts) > 1 else 0
    for part in parts:
        if done < len(part):
            write_at(file, memoryview(part)[done:], offset + done)
        done, offset = max(done - len(part), 0), offset + len(part)


def write_at(file: int, data: bytes | memoryview, offset: int) -> None:
    """Write all bytes at a place of a file.

    Raises:
        OSError: the disk is full, or another of its reasons; some of it may be written.
    """
    if sys.platform == "win32":
        raise OSError("no bytes are written at a place on this system")
    done, view = 0, memoryview(data)
    while done < len(view):
        done += os.pwrite(file, view[done:], offset + done)

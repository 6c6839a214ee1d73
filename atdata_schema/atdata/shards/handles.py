"""Shards kept open, for reading single samples in any order."""

from __future__ import annotations

import os
import sys
from collections import OrderedDict

from atdata.errors import DatasetNotFound, ShardError
from atdata.shards.reader import ShardFile

__all__ = ["Handle", "Handles"]

LIMIT = 64
"""Shards of one dataset that are kept open."""


class Handle:
    """An open plain shard; closed when nobody holds it any more.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: it cannot be opened.
    """

    def __init__(self, shard: ShardFile) -> None:
        self._descriptor: int | None = None
        try:
            self._descriptor = os.open(shard.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            raise DatasetNotFound(f"there is no file {shard.path}") from None
        except OSError as error:
            raise ShardError(f"cannot be opened: {error.strerror}", shard.path) from error

    def read(self, offset: int, size: int) -> bytes:
        """Bytes at a place; fewer where the file ends."""
        assert self._descriptor is not None
        chunks: list[bytes] = []
        while size > 0 and (chunk := _read_at(self._descriptor, size, offset)):
            chunks.append(chunk)
            offset, size = offset + len(chunk), size - len(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


class Handles:
    """The shards used last. Threads and forked processes may share one: reads have no common position."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, Handle] = OrderedDict()

    def get(self, place: int, shard: ShardFile) -> Handle:
        """The handle of the shard at a place in its dataset."""
        handle = self._open.pop(place, None) or Handle(shard)
        self._open[place] = handle
        if len(self._open) > LIMIT:
            # Not closed here: another thread may be reading from it.
            self._open.popitem(last=False)
        return handle


def _read_at(descriptor: int, size: int, offset: int) -> bytes:
    if sys.platform == "win32":
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)
    return os.pread(descriptor, size, offset)

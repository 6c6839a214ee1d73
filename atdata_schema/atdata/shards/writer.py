"""Writing one shard, its digest and size computed on the way."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from atdata.errors import WriteError
from atdata.shards.description import ShardEntry
from atdata.shards.files import part_of
from atdata.shards.keys import name_of
from atdata.shards.tar import BLOCK, END, LARGEST_MEMBER, padding, write_header

__all__ = ["ShardWriter"]

_BUFFER = 1024 * 1024


class ShardWriter:
    """A shard being written, as `.<name>.part` beside its place.

    Attributes:
        path: the place.
        samples: how many it holds so far.
        bytes: the size that the file would have if it were finished now.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples = 0
        self.bytes = len(END)
        self._digest = hashlib.sha256()
        self._file = part_of(path).open("wb", buffering=_BUFFER)

    def cost(self, payload: bytes) -> int:
        """The bytes that a sample adds to the file."""
        return BLOCK + len(payload) + padding(len(payload))

    def add(self, key: str, payload: bytes) -> None:
        """Append a sample.

        Raises:
            WriteError: it has 8 GiB or more.
            OSError: the disk is full, or another of its reasons.
        """
        if len(payload) > LARGEST_MEMBER:
            raise WriteError(
                f"the sample has {len(payload)} bytes; a tar member holds {LARGEST_MEMBER}"
            )
        self._write(write_header(name_of(key), len(payload)))
        self._write(payload)
        self._write(bytes(padding(len(payload))))
        self.samples += 1
        self.bytes += self.cost(payload)

    def finish(self) -> ShardEntry:
        """End the archive and bring it to the disk; it keeps its unfinished name until it is `placed`."""
        self._write(END)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return ShardEntry(self.path.name, self.bytes, self.samples, self._digest.hexdigest())

    def place(self) -> None:
        """Give the finished shard its name."""
        part_of(self.path).replace(self.path)

    def discard(self) -> None:
        """Remove what was written."""
        try:
            self._file.close()
        finally:
            # Closing flushes, which fails on a full disk; the file has to go all the same.
            part_of(self.path).unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)

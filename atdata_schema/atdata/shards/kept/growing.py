"""A shard that is kept on disk while it is read from its beginning, before anybody can say what its name will be.

Its name is made of the digests of its blocks, which are known at the end. Until then it has one that nobody asks for. It counts and
makes room as others of the folder do; whoever writes it being killed, it is what was used least lately some time later.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.cache_room import BLOCKS
from atdata.shards.kept.allowance import Allowing
from atdata.shards.kept.files import BlockFiles, write_at

__all__ = ["Growing"]

_FLAGS: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Growing:
    """The bytes of a shard as they come. Where they cannot be kept, that is no fault of who reads.

    Args:
        cache: the cache folder.
        room: says whether there is room.
        name: gives the name of a shard of a size and with digests.
    """

    def __init__(
        self, cache: Path, room: Allowing, name: Callable[[int, NDArray[np.uint8]], Path]
    ) -> None:
        self._room, self._name = room, name
        self._path = cache / BLOCKS / f"{secrets.token_hex(32)}.tar"
        self._owner = os.getpid()
        self._file: int | None = None
        self._size = 0
        self._ended = False

    def add(self, data: memoryview) -> None:
        """Keep the next bytes.

        Raises:
            LoadError: `ATDATA_CACHE_LIMIT` is no size.
        """
        # A child that was forked meanwhile reads on; the file is the parent's.
        if self._ended or not data or self._owner != os.getpid():
            return
        try:
            if not self._room.take(len(data)):
                self.drop()
                return
            try:
                self._write(data)
            finally:
                self._room.done(len(data))
        except OSError as error:
            self.drop()
            self._room.refuse(error)
        self._size += len(data)

    def _write(self, data: memoryview) -> None:
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
            self._file = os.open(self._path, flags, 0o666)
        write_at(self._file, data, self._size)

    def finish(self, digests: NDArray[np.uint8]) -> None:
        """Call the shard by its name: all of it came, and was held against the digest that somebody vouches for.

        Args:
            digests: uint8[blocks, 32], the sha-256 of each block.
        """
        if self._file is None or self._owner != os.getpid():
            return
        plain = self._name(self._size, digests)
        try:
            if not plain.exists():  # what others have mapped stays what they keep blocks in
                self._path.rename(plain)
                BlockFiles(plain, self._size, len(digests)).say(0, len(digests))
        except FileNotFoundError:  # others remove the folder in this very moment
            pass
        except OSError as error:
            self._room.refuse(error)
        self.drop()

    def drop(self) -> None:
        """Leave it, unless it has its name."""
        self._ended = True
        file, self._file = self._file, None
        if file is None:
            return
        os.close(file)
        if self._owner == os.getpid():
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

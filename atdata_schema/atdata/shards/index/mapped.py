"""Bytes in memory as a source for the careful scanner, and files mapped into memory."""

from __future__ import annotations

import mmap
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError

__all__ = ["Mapped", "map_file", "populate"]

_POPULATE_READ: Final = 22  # Linux 5.14; not among the names of `mmap`


class Mapped:
    """Bytes in memory, read once, forwards."""

    def __init__(self, flat: NDArray[np.uint8], at: int = 0) -> None:
        self._flat = flat
        self.at = at
        self.total: int | None = len(flat)

    def read(self, count: int) -> bytes:
        """The next bytes; fewer only at the end."""
        data = self._flat[self.at : self.at + count].tobytes()
        self.at += len(data)
        return data

    def skip_to(self, position: int) -> int:
        """Go forwards; returns the position reached."""
        self.at = min(position, len(self._flat))
        return self.at


def map_file(path: Path) -> NDArray[np.uint8]:
    """The bytes of a file, uint8[bytes], read-only; mapped as long as anything refers to them.

    Raises:
        ShardError: it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            if not file.seek(0, 2):
                return np.empty(0, np.uint8)  # nothing cannot be mapped
            return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
    except OSError as error:
        raise ShardError(f"cannot be opened: {error.strerror}", path) from None


def populate(flat: NDArray[np.uint8]) -> None:
    """Have all pages of a mapped file at hand, at once instead of one fault after the other, where that goes."""
    owner: object = getattr(flat.base, "obj", flat.base)  # of a memoryview, what it shows
    if sys.platform == "linux" and isinstance(owner, mmap.mmap):
        with suppress(OSError):  # an older system
            owner.madvise(_POPULATE_READ)

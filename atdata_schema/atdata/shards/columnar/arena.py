"""Files mapped behind each other into one range of addresses, so that one gather reaches all of them."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.identity import Identity, identity

__all__ = ["FIXED", "Arena", "can_map", "map_at", "unmap"]

FIXED: Final = 0x10
"""MAP_FIXED: the same on Linux and macOS."""

_FAILED: Final = ctypes.c_void_p(-1).value
_SPARE: Final = mmap.PAGESIZE  # a window may begin at the last byte of the last file


def can_map() -> bool:
    """Whether this system can place a mapping at an address of our choice."""
    return sys.platform in ("linux", "darwin") and ctypes.sizeof(ctypes.c_void_p) == 8


class Arena:
    """The bytes of many files as one read-only array.

    The mapping lives as long as anything refers to it, views of its bytes included.

    Attributes:
        flat: uint8[bytes], each file from a page boundary on.
        starts: int64[files], where each file begins in `flat`.
        identities: which file each one is, `None` where there is none.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Map files; one that is not there takes no room.

        Raises:
            ShardError: a file cannot be opened, or changes its size meanwhile.
        """
        page = mmap.PAGESIZE
        sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
        spans = [-(-size // page) * page for size in sizes]
        ends = np.cumsum([0, *spans], dtype=np.int64)
        self.starts: NDArray[np.int64] = ends[:-1]
        total = int(ends[-1]) + _SPARE
        base = map_at(None, total, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1)
        holder = (ctypes.c_uint8 * total).from_address(base)
        weakref.finalize(holder, unmap, base, total)
        self.identities: list[Identity | None] = [
            _place(path, size, base + start) if size else None
            for path, size, start in zip(paths, sizes, self.starts.tolist(), strict=True)
        ]
        self.flat: NDArray[np.uint8] = np.frombuffer(memoryview(holder), np.uint8)
        self.flat.flags.writeable = False


def _place(path: Path, size: int, address: int) -> Identity:
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise ShardError(f"cannot be opened: {error.strerror}", path) from None
    try:
        found = os.fstat(file)
        if found.st_size != size:
            # A page that the file does not reach would end the process, not raise.
            raise ShardError(f"had {size} bytes a moment ago and now has {found.st_size}", path)
        map_at(address, size, mmap.MAP_SHARED | FIXED, file)
        return identity(found)
    finally:
        os.close(file)


def map_at(address: int | None, size: int, flags: int, file: int) -> int:
    """Map a file, or nothing, for reading; where it was mapped.

    Raises:
        OSError: it cannot be.
    """
    found = _library().mmap(address, size, mmap.PROT_READ, flags, file, 0)
    if found is None or found == _FAILED:
        code = ctypes.get_errno()
        raise OSError(code, f"cannot map {size} bytes: {os.strerror(code)}")
    return int(found)


def unmap(address: int, size: int) -> None:
    """End a mapping."""
    _library().munmap(address, size)


def _library() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = (
        *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int),
        *(ctypes.c_int, ctypes.c_int, ctypes.c_int64),
    )
    library.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    return library

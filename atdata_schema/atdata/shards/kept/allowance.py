"""How many bytes of blocks may still be written into the cache folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from atdata.shards.cache_room import BLOCKS, make_room, room_limit

__all__ = ["Allowance", "Allowing"]

STEP: Final = 64 << 20
"""Bytes that are written between two looks at the folder, at most."""

_SHARERS: Final = 16
"""Processes that may look at the same time and still keep within the limit together."""

_SPARE: Final = 32
"""What part of the limit is made free at a time, where there is something that makes room."""

_PATIENCE: Final = 5.0  # seconds to wait for others who make room
_PAUSE: Final = 30.0  # seconds in which it is not asked again, where there was no room


class Allowing(Protocol):
    """Says how much may be written. The shards of a dataset have one in common."""

    def take(self, count: int) -> bool:
        """Whether so many bytes may be written now. `done` is called for them then."""
        ...

    def done(self, count: int) -> None:
        """Say that so many of the bytes are on the disk, or never will be."""
        ...

    def refuse(self, error: OSError) -> None:
        """Write no more: the folder takes nothing."""
        ...


class Allowance:
    """Bytes that this process may write. Threads may share one, and it works on after fork.

    Each further process may be over the limit by what it is writing.

    Args:
        cache: the cache folder.
        in_use: notes that what this process reads is in use, before room is made.
    """

    def __init__(self, cache: Path, in_use: Callable[[], None]) -> None:
        self._cache = cache
        self._in_use = in_use
        self._closed_until = 0.0
        self._begin()

    def _begin(self) -> None:
        # A lock that a thread of the parent held is never released in a child, which writes nothing of the parent's.
        self._owner, self._lock = os.getpid(), Lock()
        self._left = 0
        self._underway = 0  # taken, and not on the disk yet, where they would be counted

    def take(self, count: int) -> bool:
        """Whether so many bytes may be written now. `done` is called for them then.

        Raises:
            LoadError: `ATDATA_CACHE_LIMIT` is no size.
            OSError: the folder takes no files.
        """
        if self._owner != os.getpid():
            self._begin()
        with self._lock:
            if self._left < count and not self._renew(count):
                return False
            self._left -= count
            self._underway += count
            return True

    def done(self, count: int) -> None:
        """Say that so many of the bytes are on the disk, or never will be."""
        if self._owner != os.getpid():
            return
        with self._lock:
            self._underway -= count

    def _renew(self, count: int) -> bool:
        # Imported where it is needed: most shards are local.
        from filelock import Timeout

        if time.monotonic() < self._closed_until:
            return False
        self._in_use()
        (self._cache / BLOCKS).mkdir(parents=True, exist_ok=True)
        limit = room_limit(self._cache)
        wanted = self._underway + max(count, limit // _SPARE)
        try:
            free = make_room(self._cache, limit, wanted, timeout=_PATIENCE) - self._underway
        except Timeout:
            free = 0
        if free < count:
            self._closed_until = time.monotonic() + _PAUSE
            return False
        self._left = max(count, min(STEP, free // _SHARERS))
        return True

"""How many bytes of blocks may still be written into the cache folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from atdata.shards.cache_room import BLOCKS, make_room, room_limit

__all__ = ["Allowance"]

STEP: Final = 64 << 20
"""Bytes that are written between two looks at the folder, at most."""

_SHARERS: Final = 16
"""Processes that may look at the same time and still keep within the limit together."""

_SPARE: Final = 32
"""What part of the limit is made free at a time, where there is something that makes room."""

_PATIENCE: Final = 5.0  # seconds to wait for others who make room
_PAUSE: Final = 30.0  # seconds in which it is not asked again, where there was no room


class Allowance:
    """Bytes that this process may write. Each further process may be over the limit by a block.

    Args:
        cache: the cache folder.
        in_use: notes that what this process reads is in use, before room is made.
    """

    def __init__(self, cache: Path, in_use: Callable[[], None]) -> None:
        self._cache = cache
        self._in_use = in_use
        self._left = 0
        self._closed_until = 0.0

    def take(self, count: int) -> bool:
        """Whether so many bytes may be written now.

        Raises:
            LoadError: `ATDATA_CACHE_LIMIT` is no size.
            OSError: the folder takes no files.
        """
        if self._left < count and not self._renew(count):
            return False
        self._left -= count
        return True

    def _renew(self, count: int) -> bool:
        # Imported where it is needed: most shards are local.
        from filelock import Timeout

        if time.monotonic() < self._closed_until:
            return False
        self._in_use()
        (self._cache / BLOCKS).mkdir(parents=True, exist_ok=True)
        limit = room_limit(self._cache)
        try:
            free = make_room(self._cache, limit, max(count, limit // _SPARE), timeout=_PATIENCE)
        except Timeout:
            free = 0
        if free < count:
            self._closed_until = time.monotonic() + _PAUSE
            return False
        self._left = max(count, min(STEP, free // _SHARERS))
        return True

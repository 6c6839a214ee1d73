"""Room in the cache folder for shards that were unpacked or fetched: what was used least lately goes first."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from atdata.errors import LoadError, WriteError
from atdata.shards.files import part_of
from atdata.shards.index.file import index_path
from atdata.shards.sizes import bytes_of

__all__ = ["RECENT", "Room", "lock_of", "record_of", "removed"]

RECENT: Final = 600.0
"""Seconds for which a shard that was asked for is left alone, so that whoever asked can open it."""

_STEP: Final = 256 * 1024 * 1024  # bytes that are written between two looks at the folder
_SHARE: Final = 0.75  # of the disk's free space, where no limit is given


def record_of(plain: Path) -> Path:
    """The file that says what an unpacked shard was made from."""
    return plain.with_suffix(".json")


@contextmanager
def lock_of(plain: Path) -> Iterator[None]:
    """Keep other processes and threads away from one shard, and from some others.

    There are 256 locks, so that the folder does not fill with them.
    """
    # Imported where it is needed: most shards are plain.
    from filelock import FileLock

    with FileLock(_lock_path(plain)):
        yield


def removed(plain: Path) -> None:
    """Remove an unpacked shard; its record goes first, so that nobody takes what is left for whole."""
    for path in (record_of(plain), plain, index_path(plain)):
        path.unlink(missing_ok=True)


class Room:
    """Room for one shard that is being unpacked.

    Args:
        plain: what it will be called.
    """

    def __init__(self, plain: Path) -> None:
        self._plain = plain
        self._limit = _limit(plain.parent)
        self._taken = self._left = 0

    def take(self, count: int) -> None:
        """Say that so many bytes more are to be written.

        Raises:
            LoadError: there is no room, and nothing that could make it.
        """
        self._taken += count
        self._left -= count
        if self._left < 0:
            self.make()
            self._left = min(_STEP, self._limit - self._taken)

    def make(self) -> None:
        """Make room for what was taken so far.

        Raises:
            LoadError: as `take`.
        """
        from filelock import FileLock

        folder = self._plain.parent
        with FileLock(folder / "room.lock"):
            kept = sorted(_shards(folder))
            total = self._taken + self._others() + sum(size for _, size, _ in kept)
            for used, size, plain in kept:
                if total <= self._limit:
                    return
                if used < time.time() - RECENT and _given_up(plain):
                    total -= size
        if total > self._limit:
            raise LoadError(
                f"{folder} may hold {self._limit:,} bytes of shards, and those in use take more: give "
                "it room by ATDATA_CACHE_LIMIT, such as '500GB', or name a folder on a larger disk in ATDATA_CACHE"
            )

    def _others(self) -> int:
        """Bytes of what is being unpacked at the same time, or was a moment ago."""
        folder, own = self._plain.parent, {self._plain, part_of(self._plain)}
        fresh = (plain for plain in folder.glob("*.tar") if not record_of(plain).exists())
        total = 0
        for path in {*folder.glob(".*.part"), *fresh} - own:
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total


def _limit(folder: Path) -> int:
    """Bytes that the unpacked shards may take together."""
    given = os.environ.get("ATDATA_CACHE_LIMIT")
    if not given:
        kept = sum(size for _, size, _ in _shards(folder))
        return int(_SHARE * (shutil.disk_usage(folder).free + kept))
    try:
        return bytes_of(given)
    except WriteError as error:
        raise LoadError(f"ATDATA_CACHE_LIMIT: {error}") from None


def _shards(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each unpacked shard was used last, its bytes, and itself."""
    for plain in folder.glob("*.tar"):
        with suppress(OSError):  # removed meanwhile, or being unpacked
            size = sum(path.stat().st_size for path in (plain, index_path(plain)) if path.exists())
            yield record_of(plain).stat().st_mtime, size, plain


def _given_up(plain: Path) -> bool:
    """Remove a shard, unless somebody is about to use it."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(_lock_path(plain), timeout=0):
            if record_of(plain).stat().st_mtime >= time.time() - RECENT:
                return False
            removed(plain)
    except (Timeout, FileNotFoundError):
        return False
    return True


def _lock_path(plain: Path) -> Path:
    return plain.with_name(f"{plain.name[:2]}.lock")

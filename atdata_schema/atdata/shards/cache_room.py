"""Room in the cache folder for shards that were unpacked or fetched: what was used least lately goes first.

All folders of shards share it. A shard is `<name>.tar`; beside it lies a small file whose time says when the shard was used last.
"""

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

__all__ = [
    "BLOCKS",
    "FOLDERS",
    "RECENT",
    "Room",
    "disk_bytes",
    "lock_of",
    "make_room",
    "record_of",
    "removed",
    "room_limit",
]

BLOCKS: Final = "blocks"
"""The folder of shards of which some blocks are there."""

FOLDERS: Final = {"unpacked": ".json", "blobs": ".json", BLOCKS: ".have"}
"""The folders of shards, and how the small file beside a shard ends."""

RECENT: Final = 600.0
"""Seconds for which a shard that was asked for is left alone, so that whoever asked can open it."""

_STEP: Final = 256 * 1024 * 1024  # bytes that are written between two looks at the folder
_POLL: Final = (
    0.01  # seconds between two looks whether others are done: making room takes no longer, mostly
)
_SHARE: Final = 0.75  # of the disk's free space, where no limit is given


def record_of(plain: Path) -> Path:
    """The file that says what a shard was made from, or which blocks of it are there."""
    return plain.with_suffix(FOLDERS.get(plain.parent.name, ".json"))


def disk_bytes(status: os.stat_result) -> int:
    """Bytes that a file takes of the disk, as far as the system says it: one with holes takes less than its size."""
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else min(status.st_size, 512 * blocks)


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
    """Remove a shard; its record goes first, so that nobody takes what is left for whole."""
    for path in (record_of(plain), plain, index_path(plain)):
        path.unlink(missing_ok=True)


class Room:
    """Room for one shard that is being unpacked or fetched.

    Args:
        plain: what it will be called.
    """

    def __init__(self, plain: Path) -> None:
        self._plain = plain
        self._cache = plain.parent.parent
        self._limit = room_limit(self._cache)
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
        own = frozenset({self._plain, part_of(self._plain)})
        if make_room(self._cache, self._limit, self._taken, own) < self._taken:
            raise LoadError(
                f"{self._plain.parent} may hold {self._limit:,} bytes of shards, and those in use take more: give "
                "it room by ATDATA_CACHE_LIMIT, such as '500GB', or name a folder on a larger disk in ATDATA_CACHE"
            )


def make_room(
    cache: Path, limit: int, wanted: int, own: frozenset[Path] = frozenset(), timeout: float = -1
) -> int:
    """Remove shards that were not used lately, until so many bytes are free.

    Args:
        cache: the cache folder.
        limit: bytes that all shards in it may take.
        wanted: bytes that are to be free.
        own: files that do not count: those that the bytes are for.
        timeout: seconds to wait for others who make room; -1 for as long as it takes.

    Returns:
        the bytes that are free; below 0 where more is taken than may be.

    Raises:
        filelock.Timeout: others were not done in time.
    """
    # Imported where it is needed: most shards need no room.
    from filelock import FileLock

    with FileLock(cache / "room.lock").acquire(timeout, poll_interval=_POLL):
        kept = sorted(item for item in _shards(cache) if item[2] not in own)
        free = limit - _unfinished(cache, own) - sum(size for _, size, _ in kept)
        for used, size, plain in kept:
            if free >= wanted:
                break
            if used < time.time() - RECENT and _given_up(plain):
                free += size
    return free


def room_limit(cache: Path) -> int:
    """Bytes that the shards in the cache folder may take together.

    Raises:
        LoadError: `ATDATA_CACHE_LIMIT` is no size.
    """
    given = os.environ.get("ATDATA_CACHE_LIMIT")
    if not given:
        kept = sum(size for _, size, _ in _shards(cache))
        return int(_SHARE * (shutil.disk_usage(cache).free + kept))
    try:
        return bytes_of(given)
    except WriteError as error:
        raise LoadError(f"ATDATA_CACHE_LIMIT: {error}") from None


def _unfinished(cache: Path, own: frozenset[Path]) -> int:
    """Bytes of what is being unpacked or fetched as a whole just now, or was a moment ago."""
    total = 0
    for folder in (cache / name for name in FOLDERS if name != BLOCKS):
        fresh = (plain for plain in folder.glob("*.tar") if not record_of(plain).exists())
        for path in {*folder.glob(".*.part"), *fresh} - own:
            with suppress(FileNotFoundError):
                total += path.stat().st_size
    return total


def _shards(cache: Path) -> Iterator[tuple[float, int, Path]]:
    """When each shard was used last, its bytes, and itself."""
    for name in FOLDERS:
        for plain in (cache / name).glob("*.tar"):
            with suppress(OSError):  # removed meanwhile, or being unpacked
                yield _used(plain), _bytes(plain), plain


def _used(plain: Path) -> float:
    try:
        return record_of(plain).stat().st_mtime
    except FileNotFoundError:
        # Its first block is on its way; or whoever fetched it was killed.
        if plain.parent.name != BLOCKS:
            raise
        return plain.stat().st_mtime


def _bytes(plain: Path) -> int:
    if plain.parent.name == BLOCKS:
        return disk_bytes(plain.stat())
    return sum(path.stat().st_size for path in (plain, index_path(plain)) if path.exists())


def _given_up(plain: Path) -> bool:
    """Remove a shard, unless somebody is about to use it."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(_lock_path(plain), timeout=0):
            if _used(plain) >= time.time() - RECENT:
                return False
            removed(plain)
    except (Timeout, OSError):
        return False
    return True


def _lock_path(plain: Path) -> Path:
    return plain.with_name(f"{plain.name[:2]}.lock")

"""Packed shards unpacked once, into the cache folder, so that any sample of them can be reached.

`unpacked/` in the cache folder holds, for each shard, `<name>.tar`, its index, and `<name>.json`, which
says what it was made from and, by its time, when it was last used. Processes that want one shard at the same
time wait for the first; what was used least lately makes room.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

from atdata.errors import LoadError, ShardError
from atdata.shards.cache_folder import cache_folder, cached_name
from atdata.shards.cache_room import Room, lock_of, record_of, removed
from atdata.shards.files import part_of, replace_file, sync_folder
from atdata.shards.grouped.reader import grouped_index
from atdata.shards.index.trust import build
from atdata.shards.reader import ShardFile, opened
from atdata.shards.sources import Source

__all__ = ["unpacked"]

_CHUNK: Final = 4 * 1024 * 1024


def unpacked(shard: ShardFile) -> ShardFile:
    """A packed shard as a plain one in the cache folder, which is made where it is not there.

    Raises:
        DatasetNotFound: there is no such shard.
        ShardError: it is damaged, or not the one that its dataset.json describes.
        LoadError: the cache folder takes no file, is turned off, or is too small for it.
    """
    with opened(shard):  # so that what is wrong with it is said by its own name
        name = cached_name(shard.path, shard.path.stat())
    folder = cache_folder()
    if folder is None:
        raise LoadError(
            f"{shard.path}: cache=True needs a folder, and ATDATA_CACHE is empty: name one in it"
        )
    plain = folder / "unpacked" / f"{name}.tar"
    try:
        plain.parent.mkdir(parents=True, exist_ok=True)
        with lock_of(plain):
            if not _is_whole(plain):
                _unpack(shard, plain)
            os.utime(record_of(plain))
    except OSError as error:
        if isinstance(error, LoadError):
            raise
        raise LoadError(
            f"{shard.path} cannot be unpacked into {plain.parent}: {error.strerror or error}; "
            "ATDATA_CACHE names another folder"
        ) from error
    return replace(shard, path=plain, entry=None)


def _is_whole(plain: Path) -> bool:
    """Whether the shard was unpacked to its end, and has the size that it had then."""
    try:
        record: Any = json.loads(record_of(plain).read_bytes())
        return bool(plain.stat().st_size == record["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _unpack(shard: ShardFile, plain: Path) -> None:
    removed(plain)
    _check_digest(shard)
    with _written(plain) as file, opened(shard) as source:
        _copy(source, file, Room(plain))
    _check_contents(shard, plain)
    record = {"source": str(shard.path), "bytes": plain.stat().st_size}
    replace_file(record_of(plain), json.dumps(record).encode())


@contextmanager
def _written(plain: Path) -> Iterator[IO[bytes]]:
    """A file that has its name once the block is left, and is gone where that fails."""
    part = part_of(plain)
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(plain)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(plain.parent)


def _copy(source: Source, file: IO[bytes], room: Room) -> None:
    while data := source.read(_CHUNK):
        room.take(len(data))
        file.write(data)


def _check_digest(shard: ShardFile) -> None:
    if shard.entry is None or shard.entry.sha256 is None:
        return
    with shard.path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != shard.entry.sha256:
        raise ShardError(
            f"its sha-256 is {found}, where its dataset.json says {shard.entry.sha256}; one of the two was "
            "replaced",
            shard.path,
        )


def _check_contents(shard: ShardFile, plain: Path) -> None:
    """Read all of what was unpacked, and keep its index with digests, which hold against damage of the cache."""
    try:
        if shard.grouped:
            grouped_index(replace(shard, path=plain), digests=True)
            return
        count = build(plain, digests=True).count
        if shard.entry is not None and count != shard.entry.samples:
            raise ShardError(
                f"holds {count} samples, where its dataset.json says {shard.entry.samples}; "
                "one of the two was replaced",
                shard.path,
            )
    except ShardError as error:
        removed(plain)
        raise ShardError(error.reason, shard.path, error.key) from None

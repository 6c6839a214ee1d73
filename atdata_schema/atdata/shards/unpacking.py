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
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

from atdata.errors import LoadError, ShardError
from atdata.shards.cache_folder import cache_folder, local_name, named
from atdata.shards.cache_room import Room, lock_of, record_of, removed
from atdata.shards.fetched.shelf import Shelf
from atdata.shards.files import part_of, replace_file, sync_folder
from atdata.shards.forward import Forward, is_packed
from atdata.shards.grouped.reader import grouped_index
from atdata.shards.index.trust import build
from atdata.shards.reader import ShardFile, opened
from atdata.shards.sources.hashing import Hashing
from atdata.shards.sources.source import Source

__all__ = ["unpacked"]

_CHUNK: Final = 4 * 1024 * 1024
_THREADS: Final = 4


def unpacked(shelf: Shelf) -> tuple[ShardFile, ...]:
    """Shards, the packed ones of them as plain ones in the cache folder, made where they are not there.

    Raises:
        DatasetNotFound: there is no such shard.
        ShardError: one is damaged, or not the one that its dataset.json describes.
        SourceError: one lies elsewhere and cannot be read.
        LoadError: the cache folder takes no file, is turned off, or is too small.
    """

    def plain(place: int) -> ShardFile:
        file = shelf.files[place]
        return _unpacked(file, shelf.source(place)) if is_packed(file.place) else file

    pool = ThreadPoolExecutor(_THREADS, "atdata-unpacking")
    try:
        return tuple(pool.map(plain, range(len(shelf.files))))
    finally:
        # What is under way is ended rightly, be it whole or removed; the rest is not begun after a fault.
        pool.shutdown(wait=True, cancel_futures=True)


def _unpacked(shard: ShardFile, source: Source) -> ShardFile:
    folder = cache_folder()
    if folder is None:
        raise LoadError(
            f"{shard.place}: cache=True needs a folder, and ATDATA_CACHE is empty: name one in it"
        )
    plain = folder / "unpacked" / f"{_name(shard, source)}.tar"
    try:
        plain.parent.mkdir(parents=True, exist_ok=True)
        with lock_of(plain):
            if not _is_whole(plain):
                _unpack(shard, source, plain)
            os.utime(record_of(plain))
    except OSError as error:
        if isinstance(error, LoadError):
            raise
        raise LoadError(
            f"{shard.place} cannot be unpacked into {plain.parent}: {error.strerror or error}; "
            "ATDATA_CACHE names another folder"
        ) from error
    return replace(shard, place=plain, entry=None, digest=None)


def _name(shard: ShardFile, source: Source) -> str:
    """What the unpacked shard is called: another name whenever the packed one changes."""
    if isinstance(shard.place, Path):
        with opened(shard):  # so that what is wrong with it is said by its own name
            return local_name(shard.place, shard.place.stat())
    if shard.sha256 is not None:
        return named(shard.sha256)
    size, version = source.size(), source.version()
    if not version:
        raise LoadError(
            f"{shard.place}: its server does not tell versions of it apart, so that nobody could know whether what "
            "was unpacked is still it: fetch the shard, and load the file"
        )
    return named(source.url, size, version)


def _is_whole(plain: Path) -> bool:
    """Whether the shard was unpacked to its end, and has the size that it had then."""
    try:
        record: Any = json.loads(record_of(plain).read_bytes())
        return bool(plain.stat().st_size == record["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _unpack(shard: ShardFile, source: Source, plain: Path) -> None:
    removed(plain)
    room = Room(plain)
    with _written(plain) as file:
        _copy(shard, source, file, room)
    try:
        _check_contents(shard, plain)
        room.make()  # others may have taken some at the same time
    except BaseException:
        removed(plain)
        raise
    record = {"source": str(shard.place), "bytes": plain.stat().st_size}
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


def _copy(shard: ShardFile, source: Source, file: IO[bytes], room: Room) -> None:
    """Unpack a shard into a file, and hold what came against the digest that its dataset.json says."""
    said = shard.sha256
    found: str | None = None
    if isinstance(shard.place, Path):
        if said is not None:
            with shard.place.open("rb") as packed:
                found = hashlib.file_digest(packed, "sha256").hexdigest()
        with opened(shard) as forward:
            _pour(forward, file, room)
    else:
        hashing = Hashing(source)
        with opened(shard, hashing) as forward:
            _pour(forward, file, room)
        found = hashing.hexdigest()
    if said is not None and found != said:
        raise ShardError(
            f"its sha-256 is {found}, where {shard.described_by} says {said}; one of the two was replaced",
            str(shard.place),
        )


def _pour(forward: Forward, file: IO[bytes], room: Room) -> None:
    while data := forward.read(_CHUNK):
        room.take(len(data))
        file.write(data)


def _check_contents(shard: ShardFile, plain: Path) -> None:
    """Read all of what was unpacked, and keep its index with digests, which hold against damage of the cache."""
    try:
        if shard.grouped:
            grouped_index(replace(shard, place=plain), digests=True)
            return
        count = build(plain, digests=True).count
        if shard.entry is not None and count != shard.entry.samples:
            raise ShardError(
                f"holds {count} samples, where {shard.described_by} says {shard.entry.samples}; "
                "one of the two was replaced",
                str(shard.place),
            )
    except ShardError as error:
        raise ShardError(error.reason, str(shard.place), error.key) from None

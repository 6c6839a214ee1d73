"""A file that is had as a whole only: read from its beginning as it comes, anywhere else out of the cache folder.

`blobs/` in the cache folder holds such files under the sha-256 of their bytes, which is what they are called for. Processes that
want one at the same time wait for the first; what was used least lately makes room.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from atdata.errors import DatasetNotFound, LoadError, ShardError
from atdata.shards.cache_folder import cache_folder
from atdata.shards.cache_room import Room, lock_of, record_of, removed
from atdata.shards.files import part_of, replace_file, sync_folder
from atdata.shards.sources.file import FileSource
from atdata.shards.sources.place import Place
from atdata.shards.sources.source import Source

__all__ = ["FOLDER", "Whole", "blob_path", "kept_path"]

FOLDER: Final = "blobs"
"""The folder of such files, in the cache folder."""

_TOUCHED: Final = 60.0  # seconds between two notes that a file was used


class Whole(Source):
    """A file that is had as a whole only.

    Args:
        source: gives its bytes from the beginning.
        digest: its sha-256, in hexadecimal digits.
        place: where it lies, for messages.
        size: its bytes, where something vouches for them.
    """

    def __init__(self, source: Source, digest: str, place: Place, size: int | None) -> None:
        self._source = source
        self._digest = digest
        self._place = place
        self._said = size
        self._mended = False
        self.url = source.url

    def size(self) -> int:
        if self._said is None:
            kept = kept_path(self._digest)
            return self._source.size() if kept is None else kept.stat().st_size
        return self._said

    def known_size(self) -> int | None:
        return self._source.known_size() if self._said is None else self._said

    def version(self) -> str:
        return self._digest

    def gives_ranges(self) -> bool:
        return kept_path(self._digest) is not None

    def hold(self) -> None:
        self._path()

    def mend(self) -> bool:
        """Remove the file from the cache folder, where its bytes are not those that it is called for."""
        path = kept_path(self._digest)
        if path is None:
            return self._mended
        with suppress(OSError), lock_of(path):
            if _sha256(path) != self._digest:
                removed(path)
                self._mended = True
        return self._mended

    def read(self, offset: int, size: int) -> bytes:
        try:
            return FileSource(self._path()).read(offset, size)
        except DatasetNotFound:  # it made room for others in this very moment
            return FileSource(self._path()).read(offset, size)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        kept = kept_path(self._digest)
        if kept is not None:
            yield from FileSource(kept).chunks(start, stop)
            return
        end = self._said if stop is None else stop
        yield from self._source.chunks(start, end)

    def _path(self) -> Path:
        return kept_path(self._digest) or self._fetched()

    def _fetched(self) -> Path:
        """The file, fetched into the cache folder."""
        path = blob_path(self._digest)
        if path is None:
            raise LoadError(
                f"{self._place}: is given as a whole only, so that single samples and shuffled order need a folder to "
                "keep it in, and ATDATA_CACHE is empty: name one in it, or read in order with streaming=True"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with lock_of(path):
                if kept_path(self._digest) is None:
                    removed(path)
                    self._fetch(path)
        except OSError as error:
            if isinstance(error, LoadError):
                raise
            raise LoadError(
                f"{self._place} cannot be kept in {path.parent}: {error.strerror or error}; "
                "ATDATA_CACHE names another folder"
            ) from error
        return path

    def _fetch(self, path: Path) -> None:
        room, part = Room(path), part_of(path)
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("wb") as file:
                for chunk in self._source.chunks(0, self._said):
                    room.take(len(chunk))
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                if digest.hexdigest() != self._digest:
                    raise ShardError(
                        f"the {size} bytes that came have the sha-256 {digest.hexdigest()}, where the record vouches "
                        f"for {self._digest}: the file was damaged or replaced",
                        str(self._place),
                    )
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
        try:
            room.make()  # others may have taken some at the same time
        except BaseException:
            removed(path)
            raise
        record = {"source": str(self._place), "bytes": size}
        replace_file(record_of(path), json.dumps(record).encode())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def blob_path(digest: str) -> Path | None:
    """Where a file is kept, by its digest; `None` where there is no cache folder."""
    cache = cache_folder()
    return None if cache is None else cache / FOLDER / f"{digest}.tar"


def kept_path(digest: str) -> Path | None:
    """A file of the cache folder by its digest, where it is there and whole; it is noted that it was used."""
    path = blob_path(digest)
    if path is None:
        return None
    record = record_of(path)
    try:
        noted = record.stat().st_mtime
        said: Any = json.loads(record.read_bytes())
        if path.stat().st_size != said["bytes"]:
            return None
        if time.time() - noted > _TOUCHED:
            os.utime(record)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return path

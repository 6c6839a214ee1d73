"""A local file as a source."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from atdata.errors import DatasetNotFound, SourceError
from atdata.shards.identity import Identity, identity
from atdata.shards.sources.source import Range, Source

__all__ = ["FileSource"]

_CHUNK: Final = 1 << 20


class FileSource(Source):
    """A local file. It is opened for each reading: a dataset has more shards than a process may have files open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.url = path.absolute().as_uri()
        self._pinned: dict[str, tuple[Identity, int]] = {}

    def size(self) -> int:
        return self._state()[1]

    def version(self) -> str:
        return self._state()[0]

    def _state(self) -> tuple[Identity, int]:
        if not self._pinned:
            with self._opened():
                pass
        return self._pinned["it"]

    def read(self, offset: int, size: int) -> bytes:
        with self._opened() as file:
            data = _read_at(file, offset, size)
        if len(data) != size:
            raise SourceError(f"{self._path}: has no bytes {offset} to {offset + size}")
        return data

    def read_many(self, ranges: Sequence[Range]) -> list[bytes]:
        return [self.read(offset, size) for offset, size in ranges]

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        at = start
        with self._opened() as file:
            while stop is None or at < stop:
                data = _read_at(file, at, _CHUNK if stop is None else min(_CHUNK, stop - at))
                if not data:
                    return
                at += len(data)
                yield data

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file, if it is still the one that was opened first; it is looked at again behind the reading."""
        try:
            file = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | _NO_WAIT)
        except FileNotFoundError:
            raise DatasetNotFound(f"there is no file {self._path}") from None
        except OSError as error:
            raise SourceError(f"{self._path}: cannot be opened: {error.strerror}") from error
        try:
            self._check(file)
            yield file
            self._check(file)
        except OSError as error:
            if isinstance(error, DatasetNotFound):
                raise
            raise SourceError(f"{self._path}: cannot be read: {error.strerror}") from error
        finally:
            os.close(file)

    def _check(self, file: int) -> None:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{self._path}: is no regular file")
        said = identity(found), found.st_size
        if self._pinned.setdefault("it", said) != said:
            raise SourceError(
                f"{self._path}: was replaced while it was read: load the dataset again"
            )


_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)
"""A pipe without a writer is opened at once, and then refused."""


def _read_at(file: int, offset: int, size: int) -> bytes:
    """Bytes at a place; fewer where the file ends."""
    chunks: list[bytes] = []
    while size > 0 and (chunk := _some(file, offset, min(size, 1 << 30))):
        chunks.append(chunk)
        offset, size = offset + len(chunk), size - len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _some(file: int, offset: int, size: int) -> bytes:
    if sys.platform == "win32":
        os.lseek(file, offset, os.SEEK_SET)
        return os.read(file, size)
    return os.pread(file, size, offset)

"""The bytes of an archive from its beginning to its end: a plain file, or one being unpacked.

A packed shard (`.tar.gz`, `.tar.zst`) is unpacked as it is read and never held as a whole.
"""

from __future__ import annotations

import gzip
import zlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from atdata.errors import DatasetNotFound, ShardError
from atdata.shards.tar import TarFault

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Source", "is_packed", "open_source"]

LARGEST_RATIO = 200
"""How many times its own size a packed shard may unpack to, above `FREE` bytes."""

FREE = 64 * 1024 * 1024
"""Bytes that a packed shard may always unpack to."""

_CHUNK = 1024 * 1024


class Source(Protocol):
    """Bytes read once, forwards.

    Attributes:
        at: the position, in bytes from the beginning.
        total: the number of bytes there are, where that is known before they are read.
    """

    at: int
    total: int | None

    def read(self, count: int) -> bytes:
        """The next `count` bytes; fewer only at the end."""
        ...

    def skip_to(self, position: int) -> int:
        """Go forwards to a position; returns the position reached, less only at the end."""
        ...


def is_packed(path: Path) -> bool:
    """Whether a shard has to be unpacked to be read."""
    return path.name.endswith((".tar.gz", ".tgz", ".tar.zst"))


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a shard.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: it cannot be opened, or is a folder, a pipe or a device.
    """
    if not path.is_file():
        raise _no_file(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise ShardError(f"cannot be opened: {error.strerror}", path) from error
    with file:
        if not is_packed(path):
            yield _Plain(file)
            return
        unpacked, fault = _unpacker(file, path)
        with closing(unpacked):
            yield _Unpacked(unpacked, path.stat().st_size, fault)


def _no_file(path: Path) -> ShardError | DatasetNotFound:
    if path.exists():
        return ShardError("is no regular file", path)
    return DatasetNotFound(f"there is no file {path}")


class _Reader(Protocol):
    """What unpackers have in common."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class _Plain:
    """A file as it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.at = 0
        self.total: int | None = file.seek(0, 2)
        file.seek(0)

    def read(self, count: int) -> bytes:
        data = self._file.read(count)
        self.at += len(data)
        return data

    def skip_to(self, position: int) -> int:
        assert self.total is not None
        self.at = min(position, self.total)
        self._file.seek(self.at)
        return self.at


class _Unpacked:
    """A file that is unpacked on the way, up to a bound."""

    def __init__(self, file: _Reader, packed: int, fault: type[Exception]) -> None:
        self._file = file
        self._faults = (EOFError, OSError, zlib.error, fault)
        self._limit = FREE + LARGEST_RATIO * packed
        self.at = 0
        self.total: int | None = None

    def read(self, count: int) -> bytes:
        # By chunks: what a header promises is not made room for before it is there.
        chunks: list[bytes] = []
        while count > 0 and (data := self._some(min(count, _CHUNK))):
            chunks.append(data)
            count -= len(data)
        return b"".join(chunks)

    def skip_to(self, position: int) -> int:
        while self.at < position and self._some(min(position - self.at, _CHUNK)):
            pass
        return self.at

    def _some(self, count: int) -> bytes:
        try:
            data = self._file.read(count)
        except self._faults as error:
            raise TarFault(f"cannot be unpacked: {error}") from error
        self.at += len(data)
        if self.at > self._limit:
            raise TarFault(
                f"it unpacks to more than {LARGEST_RATIO} times its size; "
                "if it may be trusted, unpack it and read the plain .tar"
            )
        return data


def _unpacker(file: IO[bytes], path: Path) -> tuple[_Reader, type[Exception]]:
    """What unpacks a file, and the exception it raises where it cannot."""
    if path.suffix != ".zst":
        return gzip.GzipFile(fileobj=file, mode="rb"), gzip.BadGzipFile
    # Imported where it is needed: most shards are plain.
    import zstandard

    # 128 MiB of window is what the zstd tool itself takes unless it is told otherwise.
    decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
    return decompressor.stream_reader(file, read_across_frames=True), zstandard.ZstdError

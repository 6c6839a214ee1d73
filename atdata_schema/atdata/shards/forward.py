"""The bytes of an archive from its beginning to its end, wherever it lies: as they are, or being unpacked.

A packed shard (`.tar.gz`, `.tar.zst`) is unpacked as it is read and never held as a whole.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

from atdata.errors import DatasetNotFound, LoadError, ShardError
from atdata.shards.sources.opening import open_source
from atdata.shards.tar import TarFault

if TYPE_CHECKING:
    from atdata.shards.sources.place import Place
    from atdata.shards.sources.source import Source
from atdata.shards.sources.stream_ahead import chunks_ahead

__all__ = ["Forward", "Streamed", "is_packed", "open_forward"]

LARGEST_RATIO = 200
"""How many times its own size a packed shard may unpack to, above `FREE` bytes."""

FREE = 64 * 1024 * 1024
"""Bytes that a packed shard may always unpack to."""

FAR: Final = 4 * 1024 * 1024
"""Bytes that are rather read than passed over by another request."""

_CHUNK = 1024 * 1024


class Forward(Protocol):
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


def is_packed(place: Place) -> bool:
    """Whether a shard has to be unpacked to be read."""
    return place.name.endswith((".tar.gz", ".tgz", ".tar.zst"))


@contextmanager
def open_forward(place: Place, source: Source | None = None) -> Iterator[Forward]:
    """Open a shard.

    Args:
        place: where it lies.
        source: its source, where one is there already.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: it cannot be opened, or is a folder, a pipe or a device.
        SourceError: it lies elsewhere and cannot be read.
    """
    if isinstance(place, Path):
        size = place.stat().st_size if place.is_file() else 0
        with _opened(place) as file, _unpacked(file, place, lambda: size) as found:
            yield found or _Plain(file)
        return
    with closing(Streamed(source or open_source(place))) as stream:
        file = io.BufferedReader(_Raw(stream), _CHUNK)
        with _unpacked(file, place, lambda: stream.total or stream.at) as found:
            yield found or stream


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if not path.is_file():
        if path.exists():
            raise ShardError("is no regular file", path)
        raise DatasetNotFound(f"there is no file {path}")
    try:
        file = path.open("rb")
    except OSError as error:
        raise ShardError(f"cannot be opened: {error.strerror}", path) from error
    with file:
        yield file


class Streamed:
    """The bytes of a source as they come; a long way forward is another request.

    Args:
        source: the source.
        note: called with all bytes in order, none of which is then passed over.

    Attributes:
        at: the position.
        total: bytes of the file, once they are known.
    """

    def __init__(self, source: Source, note: Callable[[memoryview], None] | None = None) -> None:
        self._source = source
        self._note = note
        self._chunks: Iterator[bytes] | None = None
        self._left = memoryview(b"")
        self.at = 0
        self.total: int | None = None

    def read(self, count: int) -> bytes:
        """The next bytes; fewer only at the end."""
        pieces: list[memoryview] = []
        while count > 0 and (piece := self._some(count)):
            pieces.append(piece)
            count -= len(piece)
        return bytes(pieces[0]) if len(pieces) == 1 else b"".join(pieces)

    def skip_to(self, position: int) -> int:
        """Go forwards; returns the position reached."""
        if self._note is None and position - self.at - len(self._left) > FAR:
            size = self._source.size()
            self.close()
            self.at = min(position, size)
        while self.at < position and self._some(position - self.at):
            pass
        return self.at

    def _some(self, count: int) -> memoryview:
        """Some of the next bytes, at most `count`."""
        if not self._left:
            if self._chunks is None:
                self._chunks = chunks_ahead(self._source, self.at)
            self._left = memoryview(next(self._chunks, b""))
            self.total = self._source.known_size()
            if self._note is not None:
                self._note(self._left)
        piece, self._left = self._left[:count], self._left[count:]
        self.at += len(piece)
        return piece

    def close(self) -> None:
        """Leave the connection."""
        if isinstance(self._chunks, Generator):
            self._chunks.close()
        self._chunks, self._left = None, memoryview(b"")


class _Raw(io.RawIOBase):
    """What unpackers read from."""

    def __init__(self, stream: Streamed) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # any buffer, as io has it
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


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
    """A file that is unpacked on the way, up to a bound.

    Args:
        file: gives unpacked bytes.
        packed: the bytes that they were made of so far.
        fault: what it raises where it cannot.
    """

    def __init__(self, file: _Reader, packed: Callable[[], int], fault: type[Exception]) -> None:
        self._file = file
        self._faults = (EOFError, OSError, zlib.error, fault)
        self._packed = packed
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
        except LoadError:
            raise  # of the source; some of these are OSErrors too
        except self._faults as error:
            raise TarFault(f"cannot be unpacked: {error}") from error
        self.at += len(data)
        if self.at > FREE + LARGEST_RATIO * self._packed():
            raise TarFault(
                f"it unpacks to more than {LARGEST_RATIO} times its size; "
                "if it may be trusted, unpack it and read the plain .tar"
            )
        return data


@contextmanager
def _unpacked(file: IO[bytes], place: Place, packed: Callable[[], int]) -> Iterator[Forward | None]:
    """The unpacked bytes of a file; `None` where it is not packed."""
    if not is_packed(place):
        yield None
        return
    unpacked, fault = _unpacker(file, place)
    with closing(unpacked):
        yield _Unpacked(unpacked, packed, fault)


def _unpacker(file: IO[bytes], place: Place) -> tuple[_Reader, type[Exception]]:
    """What unpacks a file, and the exception it raises where it cannot."""
    if not place.name.endswith(".zst"):
        return gzip.GzipFile(fileobj=file, mode="rb"), gzip.BadGzipFile
    # Imported where it is needed: most shards are plain.
    import zstandard

    # 128 MiB of window is what the zstd tool itself takes unless it is told otherwise.
    decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
    return decompressor.stream_reader(file, read_across_frames=True), zstandard.ZstdError

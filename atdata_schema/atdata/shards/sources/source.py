"""The contract of a source: the bytes of one file, read at any place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from atdata.errors import SourceError
from atdata.shards.sources.together import read_together

__all__ = ["Denied", "Range", "Source"]


class Denied(SourceError):
    """A server says that we may not read a file. Some say so too where there is none."""


Range: TypeAlias = tuple[int, int]
"""Where bytes begin, and how many they are."""


class Source(ABC):
    """The bytes of one file. Threads may share one, and it works on after fork.

    All bytes that one source gives are those of one state of the file. Every method raises `DatasetNotFound`
    where there is no such file, and `SourceError` where its bytes cannot be had: it is not reached, denies,
    breaks off again and again, or the file is another one than before.

    Attributes:
        url: where the file lies, as it may be shown: no user, no password, no query.
    """

    url: str

    @abstractmethod
    def size(self) -> int:
        """Bytes of the file."""

    def gives_ranges(self) -> bool:
        """Whether a part of a large file can be read without what is before it."""
        return True

    def hold(self) -> None:  # noqa: B027  # most have nothing to do
        """Be ready to be read at many places: who can only have the whole file fetches it now."""

    def mend(self) -> bool:
        """Fetch anew what is kept of it on this machine, if that is not what it should be; whether reading again is worth it."""
        return False

    def known_size(self) -> int | None:
        """Bytes of the file, where they are said at all; to be asked once something was read."""
        return self.size()

    @abstractmethod
    def version(self) -> str:
        """What is another text when the content is another one; empty where the place says nothing of the kind."""

    @abstractmethod
    def read(self, offset: int, size: int) -> bytes:
        """Exactly these bytes."""

    def read_into(self, offset: int, out: memoryview) -> None:
        """The bytes from a place on, as many as there is room for, written to memory that is given."""
        out[:] = self.read(offset, len(out))

    def read_many(self, ranges: Sequence[Range]) -> list[bytes]:
        """Bytes at many places, at once; what lies close together is asked for together."""
        return [bytes(part) for part in read_together([(self, ranges)])[0]]

    @abstractmethod
    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from a place on, to another or to the end, some at a time. It never holds more than a few MiB."""

    def read_all(self, most: int) -> bytes:
        """All bytes, of a file of at most so many."""
        whole = bytearray()
        for chunk in self.chunks():
            whole += chunk
            if len(whole) > most:
                raise SourceError(
                    f"{self.url}: has more than the {most} bytes that are read of such a file"
                )
        return bytes(whole)

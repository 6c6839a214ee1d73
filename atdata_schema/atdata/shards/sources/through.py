"""A source that is another one, for those that change a part of it."""

from __future__ import annotations

from collections.abc import Iterator

from atdata.shards.sources.source import Source

__all__ = ["Through"]


class Through(Source):
    """Another source, asked for everything.

    Args:
        source: the other one.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.url = source.url

    def size(self) -> int:
        return self._source.size()

    def known_size(self) -> int | None:
        return self._source.known_size()

    def version(self) -> str:
        return self._source.version()

    def gives_ranges(self) -> bool:
        return self._source.gives_ranges()

    def hold(self) -> None:
        self._source.hold()

    def mend(self) -> bool:
        return self._source.mend()

    def read(self, offset: int, size: int) -> bytes:
        return self._source.read(offset, size)

    def read_into(self, offset: int, out: memoryview) -> None:
        self._source.read_into(offset, out)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self._source.chunks(start, stop)

"""A source whose bytes are hashed as they are read from the beginning."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from atdata.shards.sources.source import Source
from atdata.shards.sources.through import Through

__all__ = ["Hashing"]


class Hashing(Through):
    """The bytes of another source, with their digest once all of them came.

    Args:
        source: the other one.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._digest = hashlib.sha256()

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        for chunk in self._source.chunks(start, stop):
            self._digest.update(chunk)
            yield chunk

    def hexdigest(self) -> str:
        """The sha-256 of what came, in hexadecimal digits."""
        return self._digest.hexdigest()

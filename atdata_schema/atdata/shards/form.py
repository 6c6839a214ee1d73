"""How the samples of a shard lie in it: one member each, or several that share a key."""

from __future__ import annotations

import itertools
from typing import Final

from atdata.errors import ShardError
from atdata.shards.forward import Forward, is_packed
from atdata.shards.keys import SUFFIX
from atdata.shards.reader import ShardFile, opened
from atdata.shards.scan import scan
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.source import Source
from atdata.shards.tar import TarFault

__all__ = ["is_grouped"]

_STEP: Final = 16 * 1024  # bytes that are asked for at a time


def is_grouped(shard: ShardFile, source: Source | None = None) -> bool:
    """Whether a shard, which no `dataset.json` describes, is one of another WebDataset writer.

    Its first two members tell: both are `<key>.msgpack` in shards of ours and of the earlier release. Of a
    plain shard elsewhere no more than their headers is fetched.

    Args:
        shard: the shard.
        source: of one that lies elsewhere, its source.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: it is damaged or refused before its second member.
        SourceError: it lies elsewhere and cannot be read.
    """
    if source is None and not shard.is_local:
        source = open_source(shard.place)
    if source is None or is_packed(shard.place) or not _is_looked_at(source):
        with opened(shard, source) as forward:
            return _tells(forward)
    try:
        return _tells(_Looked(source))
    except TarFault as fault:
        raise ShardError(str(fault), str(shard.place)) from None


def _is_looked_at(source: Source) -> bool:
    """Whether a source can be looked at anywhere."""
    return source.known_size() is not None and source.gives_ranges()


def _tells(forward: Forward) -> bool:
    names = [member.name for member in itertools.islice(scan(forward), 2)]
    return not all(name.endswith(SUFFIX) for name in names)


class _Looked:
    """A source that is looked at here and there."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._begin, self._data = 0, b""
        self._size = source.size()
        self.at = 0
        self.total: int | None = self._size

    def read(self, count: int) -> bytes:
        """The next bytes; fewer only at the end."""
        count = min(count, self._size - self.at)
        begin = self.at - self._begin
        if not 0 <= begin <= begin + count <= len(self._data):
            self._begin, begin = self.at, 0
            self._data = self._source.read(self.at, min(max(count, _STEP), self._size - self.at))
        self.at += count
        return self._data[begin : begin + count]

    def skip_to(self, position: int) -> int:
        """Go forwards; returns the position reached."""
        self.at = min(position, self._size)
        return self.at

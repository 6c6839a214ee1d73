"""A grouped shard elsewhere, read from its beginning; where its samples lie is noted as they come by."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from atdata.shards.fetched.following import Following
from atdata.shards.grouped.scan import Group, scan_groups
from atdata.shards.reader import ShardFile
from atdata.shards.sources.source import Source

__all__ = ["FollowingGroups"]


class FollowingGroups(Following):
    """One reading of a shard whose samples are stretches of the archive.

    Args:
        shard: the shard, a plain one that no `dataset.json` describes.
        source: its source.

    Attributes:
        groups: the samples that came by.
    """

    def __init__(self, shard: ShardFile, source: Source) -> None:
        super().__init__(shard, source, digests=False)
        self.groups: list[Group] = []
        self._holds = False
        self._held = bytearray()
        self._from = 0

    @property
    def size(self) -> int:
        """The size of the shard, once all of it came by."""
        return self._bytes

    def payloads(self) -> Iterator[bytes]:
        """The stretch of every sample, in order.

        Raises:
            ShardError: the shard is damaged or refused; the whole samples before the fault were given out.
            SourceError: it cannot be read.
        """
        self._holds = True
        with self._opened() as stream:
            for group in scan_groups(stream):
                self._note_group(group)
                yield self._stretch(group)
            self._finish(stream)

    def members(self) -> None:
        """Note every sample; payloads are passed over.

        Raises:
            ShardError, SourceError: as `payloads`.
        """
        with self._opened() as stream:
            for group in scan_groups(stream):
                self._note_group(group)
            self._finish(stream)

    def _listener(self) -> Callable[[memoryview], None] | None:
        return self._hold if self._holds else None

    def _hold(self, data: memoryview) -> None:
        self._held += data

    def _stretch(self, group: Group) -> bytes:
        """The bytes of a sample; those before it are let go."""
        del self._held[: group.begin - self._from]
        self._from = group.begin
        return bytes(self._held[: group.end - group.begin])

    def _note_group(self, group: Group) -> None:
        self.groups.append(group)
        self.keys.append(group.key)
        self.sizes.append(group.end - group.begin)

"""Finding the samples of an archive whose members are grouped by key, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from atdata.shards.forward import Forward
from atdata.shards.grouped.parts import Part
from atdata.shards.member_names import key_and_extension
from atdata.shards.scan import Member, scan
from atdata.shards.tar import TarFault, padding

__all__ = ["Group", "Grouping", "scan_groups", "stream_groups"]


class Group(NamedTuple):
    """One sample.

    Attributes:
        key: its key.
        begin: where the first header of its first member begins, in bytes from the beginning of the archive.
        end: where the padding behind its last member ends.
    """

    key: str
    begin: int
    end: int


class Grouping:
    """Puts members together as they come: those that follow one another and have one key are a sample."""

    def __init__(self) -> None:
        self._key: str | None = None
        self._begin = self._end = 0
        self._extensions: set[str] = set()
        self._is_first = True

    def add(self, member: Member, key: str, extension: str) -> Group | None:
        """Take the next member; the sample before it, where it begins another one.

        Raises:
            TarFault: it has the extension of another member of its sample, or the archive is one of `<key>.msgpack`.
        """
        done = None
        if key != self._key:
            done = self.last()
            self._key, self._begin, self._extensions = key, self._end, set()
        if extension in self._extensions:
            raise TarFault(f"the sample {key!r} has two members .{extension}", member.name)
        self._extensions.add(extension)
        self._end = member.offset + member.size + padding(member.size)
        return done

    def last(self) -> Group | None:
        """The sample whose members came last, where any came."""
        if self._key is None:
            return None
        if self._is_first and self._extensions == {"msgpack"}:
            raise TarFault(
                "holds one msgpack map a sample, while the first shard of the dataset has members by "
                "extension: load them apart"
            )
        self._is_first = False
        return Group(self._key, self._begin, self._end)


def scan_groups(source: Forward) -> Iterator[Group]:
    """Every sample of an archive, without reading payloads.

    Raises:
        TarFault: the archive is damaged or refused; the whole samples before the fault were given out.
    """
    grouping = Grouping()
    for member in scan(source):
        found = key_and_extension(member.name)
        done = None if found is None else grouping.add(member, *found)
        if done is not None:
            yield done
    last = grouping.last()
    if last is not None:
        yield last


def stream_groups(source: Forward) -> Iterator[tuple[str, list[Part]]]:
    """The key and the members of every sample, in order.

    Raises:
        TarFault: as for `scan_groups`.
    """
    grouping = Grouping()
    parts: list[Part] = []
    for member in scan(source):
        found = key_and_extension(member.name)
        if found is None:
            continue
        done = grouping.add(member, *found)
        if done is not None:
            yield done.key, parts
            parts = []
        payload = source.read(member.size)
        if len(payload) < member.size:
            raise TarFault("the file ends within its payload", member.name)
        parts.append(Part(member.name, found[1], payload))
    last = grouping.last()
    if last is not None:
        yield last.key, parts

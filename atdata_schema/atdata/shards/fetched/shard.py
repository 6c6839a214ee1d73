"""The rows of one shard: what is fetched for them, and whether it is what it should be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from atdata.errors import ShardError
from atdata.shards.fetched.blocks import BlockCache
from atdata.shards.index.blocks import Verify
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.index.mapped import Mapped
from atdata.shards.keys import key_of
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.scan import Member, scan
from atdata.shards.sources.source import Range, Source
from atdata.shards.tar import TarFault, padding

__all__ = ["TAIL", "FetchedShard", "IndexLies", "Plan"]

TAIL: Final = 64 * 1024
"""Bytes that the end of an archive may have: GNU tar fills up to 10 KiB."""


class IndexLies(Exception):  # not an error of the user's: the index is made anew
    """An index file does not agree with its shard."""


@dataclass(slots=True)
class Plan:
    """What is fetched for some rows of a shard, and what came.

    Attributes:
        spans: exact ranges by row.
        blocks: whole blocks by number; `None` for one that is to be fetched.
    """

    spans: dict[int, bytes | None] = field(default_factory=dict[int, bytes | None])
    blocks: dict[int, bytes | None] = field(default_factory=dict[int, bytes | None])

    def bytes(self, begin: int, end: int) -> bytes:
        """Bytes of the shard out of its blocks."""
        pieces: list[bytes] = []
        for number in range(begin // BLOCK_BYTES, -(-end // BLOCK_BYTES)):
            block = self.blocks[number]
            assert block is not None  # it was planned, and came
            start = number * BLOCK_BYTES
            pieces.append(block[max(begin - start, 0) : end - start])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class FetchedShard:
    """One shard that is read by ranges.

    Where the index has digests, a block is fetched as a whole and held against its digest when a row in it is
    read first; later on the row alone is fetched, as long as the source tells versions apart. Where the index is
    not known to be true, what stands before a row is fetched with it when it is read first.

    Args:
        place: its place in the dataset.
        file: the shard.
        source: its bytes.
        index: its index.
        verify: whether blocks are verified.
        cache: keeps blocks.
    """

    def __init__(
        self,
        place: int,
        file: ShardFile,
        source: Source,
        index: ShardIndex,
        verify: Verify,
        cache: BlockCache,
    ) -> None:
        self.source = source
        self.index = index
        self._place, self._file, self._verify, self._cache = place, file, verify, cache
        known = index.file
        self._digests = None if known is None or verify == "never" else known.blocks
        self._unseen = np.ones(0 if self._digests is None else len(self._digests), np.bool_)
        self._untried = None if index.is_true else np.ones(len(index.keys), np.bool_)

    def _span(self, row: int) -> tuple[int, int]:
        """The bytes that are read for a row, from begin to end."""
        begin = int(self.index.offsets[row])
        end = begin + int(self.index.sizes[row])
        if self._untried is None or not self._untried[row]:
            return begin, end
        if row == len(self._untried) - 1:
            end = min(self.index.bytes, end + TAIL)
        return self._end(row - 1), end

    def _end(self, row: int) -> int:
        """Where the padding behind a row ends; 0 before the first."""
        if row < 0:
            return 0
        size = int(self.index.sizes[row])
        return int(self.index.offsets[row]) + size + padding(size)

    def cost(self, row: int, before: int | None) -> int:
        """About how many bytes are fetched for a row, after another one."""
        begin, end = self._span(row)
        if self._digests is None:
            return end - begin
        first, last = begin // BLOCK_BYTES, -(-end // BLOCK_BYTES)
        if before is not None:
            first = max(first, -(-self._span(before)[1] // BLOCK_BYTES))
        return max(0, last - first) * BLOCK_BYTES

    def plan(self, rows: Iterable[int]) -> Plan:
        """What is fetched for some rows."""
        plan = Plan()
        for row in rows:
            begin, end = self._span(row)
            if begin == end:
                plan.spans[row] = b""
                continue
            if self._digests is None:
                plan.spans[row] = None
                continue
            touched = range(begin // BLOCK_BYTES, -(-end // BLOCK_BYTES))
            here = {number: self._cache.get((self._place, number)) for number in touched}
            if None in here.values() and self._is_seen(touched):
                plan.spans[row] = None
            else:
                plan.blocks |= here
        return plan

    def _is_seen(self, blocks: range) -> bool:
        """Whether blocks need not be verified again, since the source goes on giving the same ones."""
        if self._verify == "always" or self._unseen[blocks.start : blocks.stop].any():
            return False
        return bool(self.source.version())

    def wanted(self, plan: Plan) -> list[Range]:
        """The ranges that a plan has still to get."""
        spans = [self._span(row) for row, data in plan.spans.items() if data is None]
        blocks = [self._bounds(number) for number, data in plan.blocks.items() if data is None]
        return [(begin, end - begin) for begin, end in (*spans, *blocks)]

    def _bounds(self, block: int) -> tuple[int, int]:
        begin = block * BLOCK_BYTES
        return begin, min(begin + BLOCK_BYTES, self.index.bytes)

    def receive(self, plan: Plan, data: list[bytes]) -> None:
        """Take the bytes of the ranges that a plan wanted.

        Raises:
            ShardError: the file is another one than that of the index, or a block is not what it was.
        """
        if data:
            self._check_state()
        came = iter(data)
        for row, old in plan.spans.items():
            plan.spans[row] = next(came) if old is None else old
        for number, old in plan.blocks.items():
            if old is None:
                plan.blocks[number] = self._verified(number, next(came))
            elif self._verify == "always":
                self._verified(number, old)

    def _check_state(self) -> None:
        """The file that was read is the one that the index is about."""
        index = self.index
        if self.source.size() != index.bytes or index.identity not in ("", self.source.version()):
            raise ShardError(
                "was replaced after its index was made: load the dataset again",
                str(self._file.place),
            )

    def _verified(self, number: int, data: bytes) -> bytes:
        """A block that is what it was when the shard was written; fetched once more where it is not."""
        assert self._digests is not None
        said = self._digests[number].tobytes()
        if hashlib.sha256(data).digest() != said:
            begin, end = self._bounds(number)
            data = self.source.read(begin, end - begin)
            if hashlib.sha256(data).digest() != said:
                raise ShardError(
                    f"block {number} (bytes {begin} to {end}) does not have the digest in its index: the "
                    "file was damaged or replaced after it was indexed; restore it from where it came from",
                    str(self._file.place),
                )
        self._unseen[number] = False
        self._cache.put((self._place, number), data)
        return data

    def payload(self, plan: Plan, row: int) -> bytes:
        """The payload of a row, out of what came for a plan.

        Raises:
            IndexLies: it is not where the index says.
        """
        begin, end = self._span(row)
        data = plan.spans.get(row)
        if data is None:
            data = plan.bytes(begin, end)
        if self._untried is not None and self._untried[row]:
            self._try(row, data, begin)
        start = int(self.index.offsets[row]) - begin
        return data[start : start + int(self.index.sizes[row])]

    def _try(self, row: int, data: bytes, begin: int) -> None:
        """Hold a row against the header before it, and the last one against the end of the archive too."""
        assert self._untried is not None
        index = self.index
        start = int(index.offsets[row]) - begin
        found = _next(data, 0)
        if (
            not isinstance(found, Member)
            or found[1:] != (start, int(index.sizes[row]))
            or key_of(found.name) != index.keys[row]
        ):
            raise IndexLies
        if row == len(self._untried) - 1:
            self._try_end(data, self._end(row) - begin, begin)
        self._untried[row] = False

    def _try_end(self, data: bytes, at: int, begin: int) -> None:
        """The archive has to end at a place, with nothing but zeros up to the end of the file."""
        if begin + len(data) != self.index.bytes or _next(data, at) is not _END:
            raise IndexLies


_END: Final = "the end of the archive"


def _next(data: bytes, at: int) -> Member | str | None:
    """The sample behind a place, or the end of the archive; `None` where there is neither."""
    try:
        member = next(scan(Mapped(np.frombuffer(data, np.uint8), at)), None)
        if member is not None:
            key_of(member.name)
    except TarFault:
        return None
    return _END if member is None else member

"""The rows of one shard: what is fetched for them, and whether it is what it should be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.fetched.blocks import BlockCache
from atdata.shards.fetched.plan import Buffer, Plan, Spans, stops_of
from atdata.shards.index.blocks import Verify
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.index.mapped import Mapped
from atdata.shards.kept.shard import KeptShard
from atdata.shards.keys import key_of
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.scan import Member, scan
from atdata.shards.sources.source import Range, Source
from atdata.shards.tar import BLOCK, TarFault, padding

__all__ = ["TAIL", "FetchedShard", "IndexLies"]

TAIL: Final = 64 * 1024
"""Bytes that the end of an archive may have: GNU tar fills up to 10 KiB."""

_GAP: Final = 8  # blocks: what one request has


class IndexLies(Exception):  # not an error of the user's: the index is made anew
    """An index file does not agree with its shard.

    Args:
        place: the place of the shard in its dataset.
    """

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


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
        cache: keeps blocks in memory.
        kept: keeps them on disk, where they are to be kept there.
    """

    def __init__(
        self,
        place: int,
        file: ShardFile,
        source: Source,
        index: ShardIndex,
        verify: Verify,
        cache: BlockCache,
        kept: KeptShard | None = None,
    ) -> None:
        self.kept = kept
        self.source = source
        self.index = index
        self.place = place
        self._file, self._verify, self._cache = file, verify, cache
        known = index.file
        self._digests = None if known is None or verify == "never" else known.blocks
        self._unseen = np.ones(0 if self._digests is None else len(self._digests), np.bool_)
        self._untried = None if index.is_true else np.ones(len(index.keys), np.bool_)

    def spans(self, rows: NDArray[np.int64]) -> Spans:
        """What is read for some rows, which are in order."""
        begins = self.index.offsets[rows]
        ends = begins + self.index.sizes[rows]
        if self._untried is not None and len(rows):
            new = self._untried[rows]
            begins = np.where(new, self._ends(rows - 1), begins)
            if new[-1] and int(rows[-1]) == len(self._untried) - 1:
                last = rows == rows[-1]
                ends = np.where(last, np.minimum(ends + TAIL, self.index.bytes), ends)
        return Spans(rows, begins, ends)

    def are_tried(self, rows: NDArray[np.int64]) -> bool:
        """Whether it is known that rows lie where the index says."""
        return self._untried is None or not self._untried[rows].any()

    def _ends(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the padding behind rows ends; 0 before the first."""
        known = np.maximum(rows, 0)
        ends = (self.index.offsets[known] + self.index.sizes[known] + (BLOCK - 1)) & -BLOCK
        return np.where(rows < 0, 0, ends)

    def costs(self, spans: Spans) -> NDArray[np.int64]:
        """About how many bytes are fetched for each row behind the ones before it."""
        if self._digests is None:
            return spans.ends - spans.begins
        stops = stops_of(spans.ends)
        before = np.concatenate([[0], stops[:-1]])
        fresh: NDArray[np.int64] = stops - np.maximum(spans.begins // BLOCK_BYTES, before)
        return np.maximum(fresh, 0) * BLOCK_BYTES

    def plan(self, spans: Spans) -> Plan:
        """What is fetched for some rows."""
        count = len(spans.rows)
        if self._digests is None:
            return Plan(spans, np.ones(count, np.bool_))
        firsts, stops = spans.begins // BLOCK_BYTES, stops_of(spans.ends)
        numbers: list[int] = np.flatnonzero(self._touched(spans)).tolist()
        # Before it is asked what is here: what comes meanwhile is here soon.
        unseen = self._unseen.copy()
        here = self._here(numbers)
        away = np.zeros(len(self._unseen), np.bool_)
        away[[number for number, block in here.items() if block is None]] = True
        # A row alone suffices where its blocks were verified, and the source goes on giving the same ones.
        alone = spans.begins == spans.ends
        if self._verify == "first" and away.any():
            seen = ~_any(unseen, firsts, stops) & _any(away, firsts, stops)
            alone |= seen & bool(seen.any() and self.source.version())
        used: list[int] = np.flatnonzero(self._touched(spans, ~alone)).tolist()
        return Plan(spans, alone, {number: here[number] for number in used})

    def _touched(
        self, spans: Spans, which: NDArray[np.bool_] | slice = slice(None)
    ) -> NDArray[np.bool_]:
        """bool[blocks], those that something of the rows lies in."""
        # +1 where a row enters a block, -1 behind where it leaves: above 0 is touched.
        steps = np.zeros(len(self._unseen) + 1, np.int64)
        np.add.at(steps, spans.begins[which] // BLOCK_BYTES, 1)
        np.add.at(steps, stops_of(spans.ends[which]), -1)
        touched: NDArray[np.bool_] = np.cumsum(steps[:-1]) > 0
        return touched

    def prepare(self, spans: Spans) -> None:
        """Verify what is on disk of some rows."""
        if self.kept is not None and self._verify != "always":
            self.kept.prepare(np.flatnonzero(self._touched(spans)).tolist())

    def _here(self, numbers: list[int]) -> dict[int, Buffer | None]:
        """Blocks that need not be fetched, from memory or from the disk."""
        here: dict[int, Buffer | None] = {
            number: self._cache.get((self.place, number)) for number in numbers
        }
        kept, away = self.kept, [number for number, block in here.items() if block is None]
        if kept is not None and away:
            # Then they are held against their digests in any case.
            always = self._verify == "always"
            if not always:
                kept.prepare(away)
            here |= {number: kept.block(number, unverified=always) for number in away}
        return here

    def ensure(self, rows: NDArray[np.int64]) -> bool:
        """Verify rows of a shard that is on disk; whether all that is read for them is there, and right.

        Raises:
            IndexLies: one is not where the index says.
        """
        kept = self.kept
        assert kept is not None
        spans = self.spans(np.unique(rows))
        numbers: list[int] = np.flatnonzero(self._touched(spans)).tolist()
        if not kept.prepare(numbers, again=self._verify == "always"):
            return False
        self._unseen[numbers] = False
        if self._untried is not None and self._untried[spans.rows].any():
            blocks = {number: kept.block(number) for number in numbers}
            alone = np.zeros(len(spans.rows), np.bool_)
            self.payloads(Plan(spans, alone, dict[int, Buffer | None](blocks)))
        return True

    @property
    def is_settled(self) -> bool:
        """Whether all blocks are on disk, and nothing is left to verify."""
        kept = self.kept
        return (
            kept is not None
            and self._verify != "always"
            and kept.is_ready
            and (self._untried is None or not self._untried.any())
        )

    def wanted(self, plan: Plan) -> list[Range]:
        """The ranges that a plan has still to get."""
        spans, alone = plan.spans, plan.alone
        begins, ends = spans.begins[alone].tolist(), spans.ends[alone].tolist()
        bounds = [self._bounds(number) for number, data in plan.blocks.items() if data is None]
        own = [*zip(begins, ends, strict=True), *bounds]
        return [(begin, end - begin) for begin, end in own]

    def _range(self, block: int) -> Range:
        begin, end = self._bounds(block)
        return begin, end - begin

    def _bounds(self, block: int) -> tuple[int, int]:
        begin = block * BLOCK_BYTES
        return begin, min(begin + BLOCK_BYTES, self.index.bytes)

    def gaps(self, plan: Plan, later: NDArray[np.bool_]) -> list[Range]:
        """Blocks between those that a plan fetches, that are wanted soon: with them one request brings what else takes many.

        Args:
            plan: what is fetched now.
            later: bool[blocks], those that are wanted soon.
        """
        own = sorted(number for number, data in plan.blocks.items() if data is None)
        found = list[Range]()
        for last, following in pairwise(own):
            between = range(last + 1, following)
            wanted = 0 < len(between) <= _GAP and later[last + 1 : following].all()
            if wanted and not any(self._is_here(number) for number in between):
                found += map(self._range, between)
        return found

    def _is_here(self, number: int) -> bool:
        if self._cache.get((self.place, number)) is not None:
            return True
        return self.kept is not None and self.kept.block(number, unverified=True) is not None

    def touched(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[blocks], those that something of some rows lies in."""
        return self._touched(self.spans(np.unique(rows)))

    def accept(self, ranges: Sequence[Range], data: Sequence[Buffer]) -> list[Buffer]:
        """What came for some ranges. Blocks are verified, once, whoever waits for them, and kept.

        Raises:
            ShardError: the file is another one than that of the index, or a block is not what it was.
        """
        self._check_state()
        found, blocks = list(data), dict[int, Buffer]()
        for at, (offset, size) in enumerate(ranges):
            number = offset // BLOCK_BYTES
            if self._digests is not None and self._range(number) == (offset, size):
                found[at] = blocks[number] = self._verified(number, data[at])
        if blocks:
            self._take(dict(sorted(blocks.items())))
        return found

    def receive(self, plan: Plan, data: Sequence[Buffer]) -> None:
        """Take the bytes of the ranges that a plan wanted, which were accepted.

        Raises:
            ShardError: a block that was here is not what it was.
        """
        count = int(plan.alone.sum())
        plan.pieces = list(data[:count])
        came = iter(data[count:])
        for number, old in plan.blocks.items():
            if old is None:
                plan.blocks[number] = next(came)
            elif self._verify == "always":
                right = plan.blocks[number] = self._verified(number, old)
                if right is not old:
                    self._take({number: right})

    def _check_state(self) -> None:
        """The file that was read is the one that the index is about."""
        index = self.index
        if self.source.size() != index.bytes or index.identity not in ("", self.source.version()):
            raise ShardError(
                "was replaced after its index was made: load the dataset again",
                str(self._file.place),
            )

    def _verified(self, number: int, data: Buffer) -> Buffer:
        """A block that is what it was when the shard was written; fetched once more where it is not."""
        assert self._digests is not None
        said = self._digests[number].tobytes()
        if hashlib.sha256(data).digest() != said:
            begin, end = self._bounds(number)
            self.source.mend()
            data = self.source.read(begin, end - begin)
            if hashlib.sha256(data).digest() != said:
                raise ShardError(
                    f"block {number} (bytes {begin} to {end}) does not have the digest in its index: the "
                    "file was damaged or replaced after it was indexed; restore it from where it came from",
                    str(self._file.place),
                )
        return data

    def _take(self, blocks: Mapping[int, Buffer]) -> None:
        """Keep blocks that came and are right on disk, or else in memory."""
        kept = set[int]() if self.kept is None else self.kept.put_all(blocks)
        for number, data in blocks.items():
            if number not in kept:
                whole = data if isinstance(data, memoryview) else memoryview(data)
                self._cache.put((self.place, number), whole)
            # Now, so that nobody takes it for one that was there and is gone, and fetches of it what is wanted.
            self._unseen[number] = False

    def put(self, plan: Plan, flat: memoryview, at: list[int]) -> None:
        """Put the payloads of the rows of a plan where they are held, out of what came for it.

        Args:
            plan: the rows, which came.
            flat: the bytes that hold them.
            at: where each begins there.

        Raises:
            IndexLies: one is not where the index says.
        """
        if self._untried is None:
            plan.put(flat, at)
            return
        for begin, payload in zip(at, self.payloads(plan), strict=True):
            flat[begin : begin + len(payload)] = payload

    def payloads(self, plan: Plan) -> list[Buffer]:
        """The payloads of the rows of a plan, out of what came for it.

        Raises:
            IndexLies: one is not where the index says.
        """
        pieces = iter(plan.pieces)
        spans = plan.spans
        bounds = zip(spans.begins.tolist(), spans.ends.tolist(), plan.alone.tolist(), strict=True)
        found: list[Buffer] = [
            next(pieces) if alone else plan.bytes(begin, end) for begin, end, alone in bounds
        ]
        if self._untried is None:
            return found
        starts = (self.index.offsets[spans.rows] - spans.begins).tolist()
        sizes = self.index.sizes[spans.rows].tolist()
        for row, data, start, size in zip(spans.rows.tolist(), found, starts, sizes, strict=True):
            if self._untried[row]:
                self._try(row, data, start, size)
        return [
            data[start : start + size]
            for data, start, size in zip(found, starts, sizes, strict=True)
        ]

    def _try(self, row: int, data: Buffer, start: int, size: int) -> None:
        """Hold a row against the header before it, and the last one against the end of the archive too."""
        assert self._untried is not None
        found = _next(data, 0)
        if (
            not isinstance(found, Member)
            or found[1:] != (start, size)
            or key_of(found.name) != self.index.keys[row]
        ):
            raise IndexLies(self.place)
        if row == len(self._untried) - 1:
            # Nothing but zeros may follow, up to the end of the file.
            begin, end = int(self.index.offsets[row]) - start, start + size + padding(size)
            if begin + len(data) != self.index.bytes or _next(data, end) is not _END:
                raise IndexLies(self.place)
        self._untried[row] = False


_END: Final = "the end of the archive"


def _next(data: Buffer, at: int) -> Member | str | None:
    """The sample behind a place, or the end of the archive; `None` where there is neither."""
    try:
        member = next(scan(Mapped(np.frombuffer(data, np.uint8), at)), None)
        if member is not None:
            key_of(member.name)
    except TarFault:
        return None
    return _END if member is None else member


def _any(
    flags: NDArray[np.bool_], firsts: NDArray[np.int64], stops: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether one of the blocks of each row has a flag."""
    before = np.concatenate([[0], np.cumsum(flags)])
    found: NDArray[np.bool_] = before[stops] > before[np.minimum(firsts, stops)]
    return found

"""What is read for rows of a shard: which bytes, what of them is fetched, and what came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.shards.fetched.memory import Memory
from atdata.shards.index.form import BLOCK_BYTES

__all__ = ["Buffer", "Plan", "Spans", "stops_of"]

Buffer: TypeAlias = bytes | memoryview
"""Bytes that came, or that lie in memory."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The bytes that are read for rows of a shard, in the order in which they lie there.

    Attributes:
        rows: int64[n], their numbers in the shard.
        begins: int64[n], where the bytes of each begin.
        ends: int64[n], where they end.
    """

    rows: NDArray[np.int64]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]

    def cut(self, begin: int, end: int) -> Spans:
        """Those from one position to another."""
        part = slice(begin, end)
        return Spans(self.rows[part], self.begins[part], self.ends[part])


@dataclass(slots=True)
class Plan:
    """What is fetched for some rows of a shard, and what came.

    Attributes:
        spans: the rows.
        alone: bool[n], which of them are fetched by themselves.
        blocks: whole blocks for the others, by number; `None` for one that is still to be fetched.
        pieces: the bytes of rows that were fetched by themselves, in their order.
    """

    spans: Spans
    alone: NDArray[np.bool_]
    blocks: dict[int, Buffer | None] = field(default_factory=dict[int, Buffer | None])
    pieces: list[Buffer] = field(default_factory=list[Buffer])

    def put(self, flat: memoryview, at: list[int]) -> None:
        """Put what is read for each row to where it is held, each byte copied once; nowhere where that is below 0."""
        pieces, spans = iter(self.pieces), self.spans
        bounds = zip(
            spans.begins.tolist(), spans.ends.tolist(), self.alone.tolist(), at, strict=True
        )
        for begin, end, alone, to in bounds:
            piece = next(pieces) if alone else None
            if to < 0:
                continue
            if piece is not None:
                flat[to : to + end - begin] = piece
                continue
            for number in range(begin // BLOCK_BYTES, -(-end // BLOCK_BYTES)):
                block, start = self.blocks[number], number * BLOCK_BYTES
                assert block is not None  # it was planned, and came
                first, last = max(begin, start), min(end, start + BLOCK_BYTES)
                part = memoryview(block)[first - start : last - start]
                flat[to + first - begin : to + last - begin] = part

    def parts(self) -> list[Buffer]:
        """All that came, or was there."""
        blocks = [block for block in self.blocks.values() if block is not None]
        return [*blocks, *self.pieces]

    def places(self, memory: Memory) -> NDArray[np.int64]:
        """int64[n], where each row lies in a memory; -1 for one that lies in several pieces, or elsewhere."""
        spans, found = self.spans, np.full(len(self.alone), -1, np.int64)
        found[self.alone] = memory.places(self.pieces)
        numbers = sorted(self.blocks)
        if not numbers:
            return found
        known, together = np.array(numbers, np.int64), ~self.alone
        at = memory.places([self.blocks[number] or b"" for number in numbers])
        # How often, up to each block, one does not lie behind the one before it.
        breaks = np.append(0, np.cumsum((np.diff(at) != BLOCK_BYTES) | (at[1:] < 0)))
        begins = spans.begins[together]
        first = np.searchsorted(known, begins // BLOCK_BYTES)
        last = np.searchsorted(known, stops_of(spans.ends[together]) - 1)
        own = at[first] + begins % BLOCK_BYTES
        found[together] = np.where((at[first] >= 0) & (breaks[first] == breaks[last]), own, -1)
        return found

    def bytes(self, begin: int, end: int) -> Buffer:
        """Bytes of the shard out of its blocks."""
        pieces: list[Buffer] = []
        for number in range(begin // BLOCK_BYTES, -(-end // BLOCK_BYTES)):
            block = self.blocks[number]
            assert block is not None  # it was planned, and came
            start = number * BLOCK_BYTES
            pieces.append(block[max(begin - start, 0) : end - start])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def stops_of(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the first block that nothing of a row lies in any more."""
    return (ends + (BLOCK_BYTES - 1)) // BLOCK_BYTES

"""A shard that a record vouches for, verified as its bytes arrive.

Where the digests of its blocks are known, no byte of a block is given out before all of the block was held against its
digest. Without them a small file is held against its own before any of it is given out; of a large one the
end is not given out before the whole was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sources.source import Source
from atdata.shards.sources.through import Through

__all__ = ["Vouched"]

SMALL: Final = 8 << 20
"""Bytes of a file that is held back until it is verified, where the digests of its blocks are not known."""


class Vouched(Through):
    """The bytes of another source, those that are read one after the other verified.

    Single places are verified by whoever reads them there, by the blocks of the index.

    Args:
        source: the other one.
        shard: the shard, which messages name.
        digest: its sha-256.
        index: gives its index, if it can be had without reading the shard.
    """

    def __init__(
        self,
        source: Source,
        shard: ShardFile,
        digest: str,
        index: Callable[[], ShardIndex | None],
    ) -> None:
        super().__init__(source)
        self._shard = shard
        self._digest = digest
        self._index = index

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        index = None if self._shard.grouped else self._index()
        blocks = None if index is None or index.file is None else index.file.blocks
        if index is not None and blocks is not None:
            yield from self._by_blocks(blocks, index.bytes, start, stop)
            return
        at = 0
        for (
            chunk
        ) in self._as_a_whole():  # what is passed over is needed for the digest all the same
            end = at + len(chunk)
            if end > start:
                yield chunk[max(start - at, 0) : None if stop is None else max(stop - at, 0)]
            if stop is not None and end >= stop:
                return
            at = end

    def _by_blocks(
        self, blocks: NDArray[np.uint8], size: int, start: int, stop: int | None
    ) -> Iterator[bytes]:
        end = size if stop is None else min(stop, size)
        number = start // BLOCK_BYTES
        waiting, mended = bytearray(), set[int]()
        chunks = self._source.chunks(number * BLOCK_BYTES)
        while (begin := number * BLOCK_BYTES) < end:
            length = min(BLOCK_BYTES, size - begin)
            while len(waiting) < length:
                chunk = next(chunks, None)
                if chunk is None:
                    raise self._fault(f"ends after {begin + len(waiting)} of {size} bytes")
                waiting += chunk
            block = bytes(waiting[:length])
            del waiting[:length]
            if hashlib.sha256(block).digest() != blocks[number].tobytes():
                if number not in mended and self._source.mend():
                    mended.add(number)
                    waiting.clear()
                    chunks = self._source.chunks(begin)
                    continue
                raise self._fault(
                    f"block {number} (bytes {begin} to {begin + length}) is not what the record vouches for: the "
                    "file was damaged or replaced"
                )
            yield block[max(start - begin, 0) : end - begin]
            number += 1
        if stop is None and (waiting or any(chunks)):
            raise self._fault(f"has more than the {size} bytes that the record vouches for")

    def _as_a_whole(self, *, again: bool = True) -> Iterator[bytes]:
        """All bytes, the last of them when all were held against the digest; a small file is read again where it was mended."""
        digest = hashlib.sha256()
        held: list[bytes] = []
        size, back = 0, True
        for chunk in self._source.chunks():
            digest.update(chunk)
            size += len(chunk)
            held.append(chunk)
            back = back and size <= SMALL and (self._source.known_size() or 0) <= SMALL
            if not back:
                yield from held[:-1]
                del held[:-1]
        if digest.hexdigest() != self._digest:
            if self._source.mend() and back and again:
                yield from self._as_a_whole(again=False)
                return
            raise self._fault(
                f"its sha-256 is {digest.hexdigest()}, where the record vouches for {self._digest}: the file was "
                "damaged or replaced"
            )
        yield from held

    def _fault(self, reason: str) -> ShardError:
        return ShardError(reason, str(self._shard.place))

"""An index held against the headers of its shard, row by row.

A digest proves that an index is as it was written, not that it was written truly. Here each row has to
follow right behind the one before it, with nothing but its own headers between, so that no sample can be
left out, cut or made up.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.index.file import ShardIndexFile
from atdata.shards.index.mapped import Mapped
from atdata.shards.keys import key_of
from atdata.shards.scan import Member, scan
from atdata.shards.tar import BLOCK, TarFault

__all__ = ["check_key", "check_rows"]

# The words of 8 bytes of a header that hold its size, its kind and its magic, and where they lie in these.
_WORDS: Final = np.array([15, 16, 19, 32])
_SIZE, _KIND, _MAGIC_AT = slice(4, 15), 20, slice(25, 30)
_MAGIC: Final = np.frombuffer(b"ustar", np.uint8)
_CHUNK: Final = 1 << 16


def check_rows(
    flat: NDArray[np.uint8], base: int, index: ShardIndexFile, rows: NDArray[np.integer]
) -> bool:
    """Whether headers stand where an index says, and say what it says.

    Args:
        flat: uint8[bytes], which the shard is a part of.
        base: where the shard begins in it.
        index: the index of the shard.
        rows: int[n], the numbers of samples.
    """
    shard = flat[base : base + index.shard_bytes]
    if len(shard) < index.shard_bytes:
        return False
    parts = (rows[begin : begin + _CHUNK] for begin in range(0, len(rows), _CHUNK))
    if not all(_are_true(shard, index, part) for part in parts):
        return False
    last = len(index) - 1
    return not (last < 0 or (rows == last).any()) or _next(shard, _end(index, last)) is _END


def check_key(flat: NDArray[np.uint8], base: int, index: ShardIndexFile, row: int) -> bool:
    """Whether the name of a sample is the one that its index says."""
    found = _next(flat[base : base + index.shard_bytes], _end(index, row - 1))
    return isinstance(found, Member) and key_of(found.name) == index.key(row)


_END: Final = "the end of the archive"


def _next(shard: NDArray[np.uint8], at: int) -> Member | str | None:
    """The sample behind a place, or the end of the archive; `None` where there is neither."""
    try:
        member = next(scan(Mapped(shard, at)), None)
        if member is not None:
            key_of(member.name)
    except TarFault:
        return None
    return _END if member is None else member


def _end(index: ShardIndexFile, row: int) -> int:
    """Where the padding behind a sample ends; 0 before the first."""
    if row < 0:
        return 0
    return int(index.offsets[row]) + (int(index.sizes[row]) + BLOCK - 1) // BLOCK * BLOCK


def _are_true(shard: NDArray[np.uint8], index: ShardIndexFile, rows: NDArray[np.integer]) -> bool:
    offsets, sizes = index.offsets[rows], index.sizes[rows]
    before = np.maximum(rows - 1, 0)
    ends = (index.offsets[before] + index.sizes[before] + BLOCK - 1) & -BLOCK
    ends[rows == 0] = 0
    said = _said(shard, offsets - BLOCK, b"\x0007")
    alone = offsets - ends == BLOCK
    behind = np.flatnonzero((said == sizes) & ~alone)
    if len(behind):
        # Behind one PAX header; what else can stand there is walked.
        lengths = _said(shard, ends[behind], b"x")
        whole = 2 * BLOCK + ((lengths + BLOCK - 1) & -BLOCK)
        alone[behind] = (lengths >= 0) & (whole == (offsets - ends)[behind])
    odd = np.flatnonzero((said != sizes) | ~alone)
    places = zip(ends[odd].tolist(), offsets[odd].tolist(), sizes[odd].tolist(), strict=True)
    return all(
        isinstance(found := _next(shard, end), Member) and found[1:] == (offset, size)
        for end, offset, size in places
    )


def _said(shard: NDArray[np.uint8], at: NDArray[np.int64], kinds: bytes) -> NDArray[np.int64]:
    """The sizes in headers at these places; -1 where there is no plain header of one of these kinds."""
    words = shard[: len(shard) // 8 * 8].view(np.uint64)
    fields = words[(at // 8)[:, None] + _WORDS].view(np.uint8)
    digits = np.ascontiguousarray(fields[:, _SIZE].T) - np.uint8(ord("0"))
    sizes = np.zeros(len(at), np.int64)
    for column in digits:
        sizes *= 8
        sizes += column
    plain = (fields[:, _MAGIC_AT] == _MAGIC).all(1) & (digits < 8).all(0)
    plain &= np.isin(fields[:, _KIND], np.frombuffer(kinds, np.uint8))
    return np.where(plain, sizes, -1)

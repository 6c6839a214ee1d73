"""Where the headers of an archive lie, each found by the size that the one before it gives.

Three ways to the same places: equal strides are compared with the first, small members are found by the
magic of their headers and held against the sizes, and everything else is walked.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.tar import BLOCK

__all__ = ["header_blocks"]

_SAMPLE: Final = 64  # members that are walked to learn how large they are
_SMALL: Final = 16  # blocks of a member up to which a look at every block costs less than a walk
_MAGIC: Final = np.uint32(int.from_bytes(b"\0ust", "little"))  # behind the end of a link's target


def header_blocks(flat: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """The number of each header's block, in order; `None` where the archive is not plain.

    The headers are not verified; the end of the archive is.
    """
    blocks = _equal(flat)
    if blocks is not None:
        return blocks
    first, at = _walked(flat, _SAMPLE)
    if first and at <= len(first) * _SMALL:
        blocks = _by_magic(flat)
        if blocks is not None:
            return blocks
    walked, at = _walked(flat, len(flat) // BLOCK)
    return np.array(walked, np.int64) if walked and _is_end(flat, at) else None


def _equal(flat: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Headers at equal distances, as many as there are."""
    first = flat[None, 124:136]
    size = _sizes(first) if first.shape[1] == 12 else None
    if size is None:
        return None
    stride = 1 + -(-int(size[0]) // BLOCK)
    most = len(flat) // (stride * BLOCK)
    fields = flat[: most * stride * BLOCK].reshape(most, stride * BLOCK)[:, 124:136]
    if len(fields) > 1 and (fields[1] != first[0]).any() and not _is_end(flat, stride):
        return None
    same = (fields == first).all(1)
    count = most if same.all() else int(same.argmin())
    if not count or not _is_end(flat, count * stride):
        return None
    return np.arange(0, count * stride, stride, dtype=np.int64)


def _by_magic(flat: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Every block with the magic of a header, where the sizes lead from each to the next."""
    whole = len(flat) // BLOCK
    words = np.ndarray((whole,), "<u4", flat.data, offset=256, strides=(BLOCK,))
    found = np.flatnonzero(words == _MAGIC).astype(np.int64)
    if not len(found) or found[0]:
        return None
    sizes = _sizes(flat[: whole * BLOCK].reshape(whole, BLOCK)[found, 124:136])
    if sizes is None:
        return None
    following = found + 1 + -(-sizes // BLOCK)
    # A payload may hold the magic too; then its block is no header, and the walk decides.
    if (following[:-1] != found[1:]).any() or not _is_end(flat, int(following[-1])):
        return None
    return found


def _walked(flat: NDArray[np.uint8], most: int) -> tuple[list[int], int]:
    """Up to `most` headers, one after the other, and the number of the block behind the last member."""
    view, blocks, at, last = flat.data, list[int](), 0, len(flat) // BLOCK
    unpack = struct.Struct("124x11s").unpack_from
    while at < last and len(blocks) < most and view[at * BLOCK]:
        (digits,) = unpack(view, at * BLOCK)
        # Whether these are digits at all is verified with the rest of the header.
        size = int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else -1
        if size < 0:
            break
        blocks.append(at)
        at += 1 + (size + BLOCK - 1) // BLOCK
    return blocks, at


def _is_end(flat: NDArray[np.uint8], at: int) -> bool:
    """Whether two blocks of zeros begin here, and nothing but zeros follows."""
    rest = flat[at * BLOCK :]
    return len(rest) >= 2 * BLOCK and not rest[: 2 * BLOCK].any() and not rest.any()


def _sizes(fields: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """The numbers in fields, uint8[n, 12], of eleven octal digits; `None` where one is not of that form."""
    digits = np.ascontiguousarray(fields[:, :11].T) - np.uint8(ord("0"))
    if (digits > 7).any():
        return None
    sizes = np.zeros(len(fields), np.int64)
    for column in digits:
        sizes *= 8
        sizes += column
    return sizes

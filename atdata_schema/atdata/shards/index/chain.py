"""Where the headers of an archive lie, each found by the size that the one before it gives.

Three ways to the same places: equal strides are taken for granted until the sizes are known, small members
are found by the magic of their headers and held against the sizes, and everything else is walked.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.tar import BLOCK

__all__ = ["SMALL", "header_blocks", "spacing"]

_SAMPLE: Final = 64  # members that are walked to learn how large they are
SMALL: Final = 16
"""Blocks of a member up to which a look at every block costs less than a walk."""
_MAGIC: Final = np.uint32(int.from_bytes(b"\0ust", "little"))  # behind the end of a link's target


def spacing(flat: NDArray[np.uint8]) -> tuple[int, int] | None:
    """How many headers there are, and the blocks from one to the next, if all are as far apart as the first ones.

    `None` where that cannot be. Only the first ones were looked at, and the end of the archive: the others have
    to be verified, and their sizes to lead to the next.
    """
    some, at = _walked(flat, _SAMPLE)
    stride = at // len(some) if some else 0
    if not stride or [*some, at] != list(range(0, at + 1, stride)):
        return None
    count = len(flat) // (stride * BLOCK)
    for _ in range(_SAMPLE):
        if flat[(count - 1) * stride * BLOCK]:
            break
        count -= 1
    return (count, stride) if _is_end(flat, count * stride) else None


def header_blocks(flat: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """The number of each header's block, in order; `None` where the archive is not plain.

    The headers are not verified; the end of the archive is.
    """
    first, at = _walked(flat, _SAMPLE)
    if first and at <= len(first) * SMALL:
        blocks = _by_magic(flat)
        if blocks is not None:
            return blocks
    walked, at = _walked(flat, len(flat) // BLOCK)
    return np.array(walked, np.int64) if walked and _is_end(flat, at) else None


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

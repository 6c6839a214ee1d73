"""Copies of memory, large ones by two threads: one core alone does not use all the bandwidth there is."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.windows import Places, window

__all__ = ["LARGE", "copy_alone", "copy_rows"]

LARGE: Final = 4 << 20
"""Bytes below which handing over to a thread costs more than it gives."""

_PIECE: Final = 512
_LONG: Final = 1 << 16  # bytes of a row
_pools: dict[int, ThreadPoolExecutor] = {}
_ours = threading.local()


def copy_alone() -> None:
    """Let this thread make all its copies by itself: others beside it make other batches."""
    _ours.alone = True


def copy_rows(flat: NDArray[np.uint8], at: Places, out: NDArray[np.uint8]) -> None:
    """Copy the bytes from each position on to the rows of `out`.

    numpy lets go of the interpreter while it copies.

    Args:
        flat: the bytes that the rows lie in, contiguous.
        at: where each begins.
        out: uint8[rows, width], written.
    """
    copy = _strided if at.stride is not None else _scattered
    count = len(at)
    alone = getattr(_ours, "alone", False)
    if alone or out.nbytes < LARGE or count < 2 or (os.cpu_count() or 1) < 2:
        copy(flat, at, out)
        return
    half = count // 2
    other = _pool().submit(copy, flat, at.cut(half, count), out[half:])
    copy(flat, at.cut(0, half), out[:half])
    other.result()


def _strided(flat: NDArray[np.uint8], at: Places, out: NDArray[np.uint8]) -> None:
    np.copyto(out, window(flat, at, out.shape[1]))


def _scattered(flat: NDArray[np.uint8], at: Places, out: NDArray[np.uint8]) -> None:
    """Copy rows that lie anywhere, in one call.

    Members of a tar begin at multiples of 512 bytes, and many arrays are as long: such rows are pieces of 512 bytes or
    more, which are taken without a look at each row. Large ones are copied faster as they are. The interpreter is then let
    go of for each, but asked back for an instant only, in which two threads seldom meet; between loops in Python it
    would go to and fro, which costs more than they gain.
    """
    begins, width = at.at, out.shape[1]
    if not out.size:
        return
    first = int(begins[0])
    piece = int(np.gcd.reduce(begins - first, initial=width))  # the larger the better
    if piece < _PIECE or width >= _LONG or not out.flags.c_contiguous:
        np.concatenate([flat[None, begin : begin + width] for begin in begins.tolist()], out=out)
        return
    offset = first % piece
    whole = flat[offset : offset + (len(flat) - offset) // piece * piece].reshape(-1, piece)
    pieces = (begins // piece)[:, None] + np.arange(width // piece)
    # Another mode than "clip" would have numpy fill a copy of `out` first; all pieces are there.
    np.take(whole, pieces.reshape(-1), axis=0, out=out.reshape(-1, piece), mode="clip")


def _pool() -> ThreadPoolExecutor:
    """The second thread; a forked process has none of its parent's, and makes its own."""
    process = os.getpid()
    if process not in _pools:
        _pools.clear()
        _pools[process] = ThreadPoolExecutor(1, thread_name_prefix="atdata-copy")
    return _pools[process]

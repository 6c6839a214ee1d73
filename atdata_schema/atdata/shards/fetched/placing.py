"""Where rows lie that were fetched: in the memory that they were received into, or copied behind each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.rows import Held, Located
from atdata.shards.fetched.memory import Memory
from atdata.shards.fetched.plan import Plan
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.tar import BLOCK

__all__ = ["Came", "are_dense", "block_bytes", "in_place", "room_for", "rounded"]

Came: TypeAlias = Sequence[tuple[NDArray[np.int64], Plan]]
"""The positions of rows among those that are held, and what came for them."""

_ALIGNED: Final = 8
_SHARE: Final = 3  # rows that are less of their blocks are copied out of them


def block_bytes(rows: Located) -> int:
    """About how many bytes the blocks have that rows lie in."""
    begins = (rows.places.astype(np.int64) << 40) + rows.at // BLOCK_BYTES
    return len(np.unique(begins)) * BLOCK_BYTES


def are_dense(size: int, blocks: int) -> bool:
    """Whether rows are a good part of the blocks that they lie in, so that these may be kept for them."""
    return size * _SHARE >= blocks


def room_for(sizes: NDArray[np.int64], step: int = _ALIGNED) -> tuple[NDArray[np.int64], int]:
    """Where rows begin that lie behind each other, and how many bytes they take."""
    room = (sizes + (step - 1)) & -step
    ends = np.cumsum(room)
    return ends - room, int(ends[-1]) if len(ends) else 0


def rounded(size: int) -> int:
    """Some more than a size, so that parts of about the same size take the same memory."""
    step = 1 << max(size.bit_length() - 4, 0)
    return -(-size // step) * step


def in_place(rows: Located, came: Came, memory: Memory) -> Held | None:
    """Rows where they were received; those that lie in several pieces are copied.

    Args:
        rows: the rows.
        came: what came for them.
        memory: what it was received into.

    Returns:
        `None` where there is no memory for copies.
    """
    at = np.full(len(rows), -1, np.int64)
    kept = list[Any]()
    for own, plan in came:
        at[own] = plan.places(memory)
        kept += plan.parts()
    torn = np.flatnonzero(at < 0)
    if len(torn):
        # As in a tar, so that rows in both places are copied alike.
        to, size = room_for(rows.sizes[torn], BLOCK)
        stretch = memory.take(size)
        if stretch is None:
            return None
        copies = np.full(len(rows), -1, np.int64)
        copies[torn] = to
        flat = stretch.to_write(0, size)
        for own, plan in came:
            plan.put(flat, copies[own].tolist())
        whole = stretch.part(0, size)
        at[torn] = to + memory.places([whole])[0]
        kept.append(whole)
    return Held(memory.over(kept), replace(rows, at=at))

"""Indexes of grouped shards, kept in the cache folder.

They have the form of the index of a shard of ours, but for what a row is: the stretch of one sample, without
the 512 bytes of its first header. They are never beside a shard, where others would take them for one of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.grouped.scan import Group
from atdata.shards.identity import Identity
from atdata.shards.index.blocks import digest_blocks
from atdata.shards.index.file import IndexFault, decode_index, encode_index, write_index
from atdata.shards.index.keys import keys_of
from atdata.shards.index.mapped import Mapped
from atdata.shards.member_names import key_and_extension
from atdata.shards.reader import ShardIndex
from atdata.shards.scan import scan
from atdata.shards.tar import BLOCK, TarFault

__all__ = [
    "LEAST",
    "SUFFIX",
    "decode_groups",
    "encode_groups",
    "index_of_groups",
    "keep",
    "reach_the_end",
]

SUFFIX: Final = ".groups"
"""What the names of these files end in."""

LEAST: Final = 1000
"""Samples from which on an index is kept: those of fewer are made as fast as they are read."""


def index_of_groups(groups: Sequence[Group], size: int, which: Identity) -> ShardIndex:
    """The index of a shard of some bytes, by its samples."""
    begins = np.fromiter((group.begin for group in groups), np.int64, len(groups))
    ends = np.fromiter((group.end for group in groups), np.int64, len(groups))
    keys = keys_of(group.key for group in groups)
    return ShardIndex(keys, begins, ends - begins, size, which)


def encode_groups(index: ShardIndex, flat: NDArray[np.uint8] | None = None) -> bytes:
    """The bytes of an index; with all of the shard, digests of its contents are in it."""
    blocks, whole = (None, None) if flat is None else digest_blocks(flat)
    return encode_index(
        offsets=index.offsets + BLOCK,
        sizes=index.sizes - BLOCK,
        keys=keys_of(index.keys),
        shard_bytes=index.bytes,
        shard_sha256=whole,
        blocks=blocks,
    )


def decode_groups(
    place: Path | None, shard: object, size: int, which: Identity
) -> ShardIndex | None:
    """The index of a shard out of a file, if it is whole and about a shard of this size.

    Samples follow one another from the first byte on, so that none can be missing in between.
    """
    if place is None:
        return None
    try:
        file = decode_index(place.read_bytes(), str(shard))
        begins, sizes, keys = file.offsets - BLOCK, file.sizes + BLOCK, file.keys()
        _ = file.blocks
    except (OSError, IndexFault):
        return None
    ends = begins + sizes
    whole = len(begins) and not begins[0] and bool((begins[1:] == ends[:-1]).all())
    if not whole or file.shard_bytes != size or ends[-1] > size:
        return None
    return ShardIndex(keys, begins, sizes, size, which, file)


def reach_the_end(flat: NDArray[np.uint8], index: ShardIndex) -> bool:
    """Whether no sample follows the last one.

    That two were taken for one is found out when that one is read.
    """
    behind = scan(Mapped(flat, int(index.offsets[-1] + index.sizes[-1])))
    try:
        return all(key_and_extension(member.name) is None for member in behind)
    except TarFault:
        return False


def keep(place: Path | None, content: bytes) -> None:
    """Save an index where it may be saved; without it, the next reader looks again."""
    if place is not None:
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_index(place, content)

"""Indexes of grouped shards, kept in the cache folder.

They have the form of the index of a shard of ours, but for what a row is: the stretch of one sample, without
the 512 bytes of its first header. They are never beside a shard, where others would take them for one of ours.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.cache_folder import cache_folder, cached_name
from atdata.shards.identity import Identity
from atdata.shards.index.blocks import digest_blocks
from atdata.shards.index.file import (
    IndexFault,
    ShardIndexFile,
    decode_index,
    encode_index,
    write_index,
)
from atdata.shards.index.keys import Keys, keys_of
from atdata.shards.index.mapped import Mapped
from atdata.shards.member_names import key_and_extension
from atdata.shards.reader import ShardIndex
from atdata.shards.scan import scan
from atdata.shards.tar import BLOCK, TarFault

__all__ = ["keep", "kept"]

LEAST: Final = 1000
"""Samples from which on an index is kept: those of fewer are made as fast as they are read."""


def kept(path: Path, flat: NDArray[np.uint8], before: Identity) -> ShardIndex | None:
    """The index of a plain shard, where one is kept that fits it.

    Args:
        path: the shard.
        flat: uint8[bytes], all of it.
        before: which file it is.
    """
    place = _place(path)
    if place is None:
        return None
    try:
        file = decode_index(place.read_bytes(), path)
        begins, sizes, keys = file.offsets - BLOCK, file.sizes + BLOCK, file.keys()
        _ = file.blocks
    except (OSError, IndexFault):
        return None
    whole = file.shard_bytes == len(flat) and _reach_the_end(flat, begins, begins + sizes)
    return _index(file, begins, sizes, keys, before) if whole else None


def keep(path: Path, index: ShardIndex, *, flat: NDArray[np.uint8] | None = None) -> None:
    """Keep the index of a plain shard, where the cache folder takes it.

    Args:
        path: the shard.
        index: its index.
        flat: uint8[bytes], all of it, where its contents are to be held against digests of them.
    """
    place = _place(path)
    if place is None or (len(index.keys) < LEAST and flat is None):
        return
    blocks, whole = (None, None) if flat is None else digest_blocks(flat)
    content = encode_index(
        offsets=index.offsets + BLOCK,
        sizes=index.sizes - BLOCK,
        keys=index.keys if isinstance(index.keys, Keys) else keys_of(index.keys),
        shard_bytes=index.bytes,
        shard_sha256=whole,
        blocks=blocks,
    )
    with suppress(OSError):  # without one, the next reader looks again
        place.parent.mkdir(parents=True, exist_ok=True)
        write_index(place, content)


def _place(path: Path) -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / "index" / f"{cached_name(path, path.stat())}.groups"


def _index(
    file: ShardIndexFile,
    begins: NDArray[np.int64],
    sizes: NDArray[np.int64],
    keys: Keys,
    before: Identity,
) -> ShardIndex:
    return ShardIndex(keys, begins, sizes, before[2], before, file)


def _reach_the_end(
    flat: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> bool:
    """Whether samples follow one another from the first byte on, and none follows the last.

    So none can be missing; that two were taken for one is found out when that one is read.
    """
    if not len(begins) or begins[0] or (begins[1:] != ends[:-1]).any():
        return False
    try:
        behind = scan(Mapped(flat, int(ends[-1])))
        return all(key_and_extension(member.name) is None for member in behind)
    except TarFault:
        return False

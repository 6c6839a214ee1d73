"""Where the samples of a shard lie: from its index file where one can be trusted, else by looking."""

from __future__ import annotations

import numpy as np

from atdata.errors import ShardError
from atdata.shards.forward import is_packed
from atdata.shards.grouped.reader import grouped_index
from atdata.shards.identity import identity
from atdata.shards.index.file import ShardIndexFile
from atdata.shards.index.mapped import map_file
from atdata.shards.index.rows import check_rows
from atdata.shards.index.trust import build, kept_index
from atdata.shards.reader import ShardFile, ShardIndex, index_of

__all__ = ["found_index"]


def found_index(shard: ShardFile) -> ShardIndex:
    """The index of a shard.

    Raises:
        ShardError: the shard is damaged, refused, or not the one that its dataset.json describes; `readable`
            is the index of the samples before the fault.
        DatasetNotFound: there is no such file.
    """
    if shard.grouped:
        return grouped_index(shard)
    if is_packed(shard.path) or not shard.path.is_file():
        return index_of(shard)
    before = identity(shard.path.stat())
    try:
        kept = _sound_index(shard)
        found = build(shard.path, shard.entry) if kept is None else kept
        index = ShardIndex(
            found.keys(), found.offsets, found.sizes, found.shard_bytes, before, found
        )
    except ShardError:
        return index_of(
            shard
        )  # the careful reader meets the same fault, and knows what lies before it
    if identity(shard.path.stat()) != before:
        raise ShardError("was replaced while it was read: load the dataset again", shard.path)
    return index


def _sound_index(shard: ShardFile) -> ShardIndexFile | None:
    """The index that was kept of a shard; one that no description vouches for has to agree with the headers."""
    found = kept_index(shard.path, shard.entry)
    if found is None or (shard.entry is not None and shard.entry.index is not None):
        return found
    agrees = check_rows(map_file(shard.path), 0, found, np.arange(found.count))
    return found if agrees else None

"""The bytes of a shard, held against what a record vouches for."""

from __future__ import annotations

from collections.abc import Callable

from atdata.shards.fetched.vouched import Vouched
from atdata.shards.fetched.whole import Whole
from atdata.shards.forward import is_packed
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sources.hosted_blob import HostedBlob
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.source import Source

__all__ = ["opened_source"]


def opened_source(
    shard: ShardFile, verify: Verify, index: Callable[[], ShardIndex | None]
) -> Source:
    """The source of a shard: one that a record vouches for is verified in whichever way it is read.

    Args:
        shard: the shard.
        verify: whether it is.
        index: gives the index of the shard, if it can be had without reading the shard.
    """
    source = open_source(shard.place)
    if shard.digest is None or shard.is_local:
        return source
    blob = shard.place if isinstance(shard.place, HostedBlob) else None
    if blob is not None or (shard.grouped and not is_packed(shard.place)):
        # No part of it can be had, or verified, without the rest.
        source = Whole(source, shard.digest, shard.place, None if blob is None else blob.size)
    return source if verify == "never" else Vouched(source, shard, shard.digest, index)

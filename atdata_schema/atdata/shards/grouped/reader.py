"""Reading one grouped shard from its beginning to its end, and finding where its samples lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.grouped.indexing import groups_of
from atdata.shards.grouped.kept import keep, kept
from atdata.shards.grouped.parts import Part
from atdata.shards.grouped.scan import Group, scan_groups, stream_groups
from atdata.shards.identity import Identity, identity
from atdata.shards.index.keys import keys_of
from atdata.shards.index.mapped import map_file
from atdata.shards.reader import ShardFile, ShardIndex, opened
from atdata.shards.sources import Source, is_packed

__all__ = ["grouped_index", "grouped_stream"]


def grouped_stream(shard: ShardFile) -> Iterator[tuple[str, list[Part]]]:
    """The key and the members of every sample, in order.

    Raises:
        ShardError: the shard is damaged or refused; the whole samples before the fault were given out.
    """
    with opened(shard) as source:
        yield from stream_groups(source)


def grouped_index(shard: ShardFile, *, digests: bool = False) -> ShardIndex:
    """Find every sample of a shard without reading payloads.

    A sample lies from the first header of its first member to the padding behind its last one.

    Args:
        shard: the shard.
        digests: whether digests of its contents are kept with the index, for which all of it is read.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: the shard is damaged or refused; its `readable` is the index of the whole samples before
            the fault.
    """
    groups: list[Group] = []
    flat: NDArray[np.uint8] | None = None
    before: Identity | None = None
    try:
        with opened(shard) as source:
            before = identity(shard.path.stat())
            if not is_packed(shard.path):
                flat = map_file(shard.path)
                known = kept(shard.path, flat, before)
                if known is not None:
                    return known
            groups.extend(_found(source, flat))
    except ShardError as error:
        if before is not None:
            error.readable = _index(groups, before)
        raise
    if identity(shard.path.stat()) != before:
        raise ShardError("was replaced while it was read: load the dataset again", shard.path)
    index = _index(groups, before)
    if flat is not None:
        keep(shard.path, index, flat=flat if digests else None)
    return index


def _found(source: Source, flat: NDArray[np.uint8] | None) -> Iterable[Group]:
    found = None if flat is None else groups_of(flat)
    return scan_groups(source) if found is None else found


def _index(groups: list[Group], before: Identity) -> ShardIndex:
    begins = np.fromiter((group.begin for group in groups), np.int64, len(groups))
    ends = np.fromiter((group.end for group in groups), np.int64, len(groups))
    keys = keys_of(group.key for group in groups)
    return ShardIndex(keys, begins, ends - begins, before[2], before)

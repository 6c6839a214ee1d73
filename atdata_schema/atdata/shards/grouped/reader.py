"""Reading one grouped shard from its beginning to its end, and finding where its samples lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.forward import Forward, is_packed
from atdata.shards.grouped import kept
from atdata.shards.grouped.indexing import groups_of
from atdata.shards.grouped.parts import Part
from atdata.shards.grouped.scan import Group, scan_groups, stream_groups
from atdata.shards.identity import identity
from atdata.shards.index.cache import cached_path
from atdata.shards.index.mapped import map_file
from atdata.shards.reader import ShardFile, ShardIndex, opened
from atdata.shards.sources.source import Source

__all__ = ["grouped_index", "grouped_stream"]


def grouped_stream(
    shard: ShardFile, source: Source | None = None
) -> Iterator[tuple[str, list[Part]]]:
    """The key and the members of every sample, in order.

    Args:
        shard: the shard.
        source: of one that lies elsewhere, its source.

    Raises:
        ShardError: the shard is damaged or refused; the whole samples before the fault were given out.
        SourceError: it lies elsewhere and cannot be read.
    """
    with opened(shard, source) as forward:
        yield from stream_groups(forward)


def grouped_index(
    shard: ShardFile, source: Source | None = None, *, digests: bool = False
) -> ShardIndex:
    """Find every sample of a local or a packed shard without reading payloads.

    A sample lies from the first header of its first member to the padding behind its last one.

    Args:
        shard: the shard.
        source: of one that lies elsewhere, its source.
        digests: whether digests of the contents of a local one are kept with the index, for which all of it is read.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: the shard is damaged or refused; of a local one, its `readable` is the index of the whole
            samples before the fault.
        SourceError: it lies elsewhere and cannot be read.
    """
    if isinstance(shard.place, Path):
        return _local_index(shard, shard.place, digests)
    assert source is not None  # it lies elsewhere
    with opened(shard, source) as forward:
        groups = list(scan_groups(forward))
    return kept.index_of_groups(groups, source.size(), source.version())


def _local_index(shard: ShardFile, path: Path, digests: bool) -> ShardIndex:
    groups: list[Group] = []
    flat: NDArray[np.uint8] | None = None
    which, size = "", 0
    try:
        with opened(shard) as forward:
            status = path.stat()
            which, size = identity(status), status.st_size
            place = cached_path(path, status, kept.SUFFIX)
            if not is_packed(path):
                flat = map_file(path)
                known = kept.decode_groups(place, path, size, which)
                if known is not None and kept.reach_the_end(flat, known):
                    return known
            for group in _found(forward, flat):
                groups.append(group)
    except ShardError as error:
        if which:
            error.readable = kept.index_of_groups(groups, size, which)
        raise
    if identity(path.stat()) != which:
        raise ShardError("was replaced while it was read: load the dataset again", path)
    index = kept.index_of_groups(groups, size, which)
    if flat is not None and groups and (digests or len(groups) >= kept.LEAST):
        kept.keep(place, kept.encode_groups(index, flat if digests else None))
    return index


def _found(forward: Forward, flat: NDArray[np.uint8] | None) -> Iterable[Group]:
    found = None if flat is None else groups_of(flat)
    return scan_groups(forward) if found is None else found

"""How the samples of a shard lie in it: one member each, or several that share a key."""

from __future__ import annotations

import itertools

from atdata.shards.keys import SUFFIX
from atdata.shards.reader import ShardFile, opened
from atdata.shards.scan import scan

__all__ = ["is_grouped"]


def is_grouped(shard: ShardFile) -> bool:
    """Whether a shard, which no `dataset.json` describes, is one of another WebDataset writer.

    Its first two members tell: both are `<key>.msgpack` in shards of ours and of the earlier release.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: it is damaged or refused before its second member.
    """
    with opened(shard) as source:
        names = [member.name for member in itertools.islice(scan(source), 2)]
    return not all(name.endswith(SUFFIX) for name in names)

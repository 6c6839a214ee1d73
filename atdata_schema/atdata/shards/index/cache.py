"""Where indexes lie whose shards are in folders that take no files."""

from __future__ import annotations

import os
from pathlib import Path

from atdata.shards.cache_folder import cache_folder, cached_name
from atdata.shards.index.file import SUFFIX

__all__ = ["cached_path"]


def cached_path(shard: Path, status: os.stat_result) -> Path | None:
    """The index file of a shard in the cache folder, another one whenever the shard changes.

    `None` where there is no folder.
    """
    folder = cache_folder()
    if folder is None:
        return None
    return folder / "index" / f"{cached_name(shard, status)}{SUFFIX}"

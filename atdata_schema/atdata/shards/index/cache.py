"""Where indexes lie whose shards are in folders that take no files, or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from atdata.shards.cache_folder import cache_folder, local_name, named
from atdata.shards.index.file import SUFFIX

__all__ = ["cached_path", "digest_path", "elsewhere_path"]


def cached_path(shard: Path, status: os.stat_result, suffix: str = SUFFIX) -> Path | None:
    """The index file of a shard in the cache folder, another one whenever the shard changes.

    `None` where there is no folder.
    """
    return digest_path(local_name(shard, status), suffix)


def elsewhere_path(url: str, size: int, version: str, suffix: str = SUFFIX) -> Path | None:
    """The same for a shard that lies elsewhere; `None` also where nothing tells its versions apart."""
    return digest_path(named(url, size, version), suffix) if version else None


def digest_path(sha256: str, suffix: str = SUFFIX) -> Path | None:
    """The same for an index file whose digest is known, in hexadecimal digits."""
    folder = cache_folder()
    return None if folder is None else folder / "index" / f"{sha256}{suffix}"

"""Where indexes lie whose shards are in folders that take no files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from atdata.shards.index.file import SUFFIX

__all__ = ["cached_path"]


def cached_path(shard: Path, status: os.stat_result) -> Path | None:
    """The index file of a shard in the cache folder, another one whenever the shard changes.

    `ATDATA_CACHE` names the folder; empty, it turns the cache off. `None` where there is no folder.
    """
    folder = _folder()
    if folder is None:
        return None
    parts = (str(shard.absolute()), status.st_size, status.st_mtime_ns, status.st_ino)
    name = hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogateescape"))
    return folder / "index" / f"{name.hexdigest()}{SUFFIX}"


def _folder() -> Path | None:
    chosen = os.environ.get("ATDATA_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    # Imported where it is needed: most indexes lie beside their shards.
    from platformdirs import user_cache_path

    return user_cache_path("atdata", appauthor=False)

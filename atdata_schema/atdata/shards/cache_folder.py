"""The folder for what can be made again: indexes of shards elsewhere, packed shards unpacked."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

__all__ = ["cache_folder", "local_name", "named"]


def cache_folder() -> Path | None:
    """The folder, which need not be there; `None` where there is to be none.

    `ATDATA_CACHE` names it; empty, it turns the cache off. Without it, it is the user's folder for caches.
    """
    chosen = os.environ.get("ATDATA_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    # Imported where it is needed: most shards need no cache.
    from platformdirs import user_cache_path

    return user_cache_path("atdata", appauthor=False)


def local_name(path: Path, status: os.stat_result) -> str:
    """What a thing made from a local file is called, another name whenever the file changes."""
    return named(path.absolute(), status.st_size, status.st_mtime_ns, status.st_ino)


def named(*parts: object) -> str:
    """The name of a thing by all that tells it from others: 64 hexadecimal digits."""
    text = "\0".join(map(str, parts))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

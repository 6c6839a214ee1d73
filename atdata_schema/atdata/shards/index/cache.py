"""Where indexes lie whose shards are in folders that take no files, or elsewhere."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from atdata.shards.index.file import SUFFIX

__all__ = ["cached_path", "digest_path", "elsewhere_path"]


def cached_path(shard: Path, status: os.stat_result) -> Path | None:
    """The index file of a shard in the cache folder, another one whenever the shard changes.

    `ATDATA_CACHE` names the folder; empty, it turns the cache off. `None` where there is no folder.
    """
    return _path(shard.absolute(), status.st_size, status.st_mtime_ns, status.st_ino)


def elsewhere_path(url: str, size: int, version: str) -> Path | None:
    """The same for a shard that lies elsewhere; `None` also where nothing tells its versions apart."""
    return _path(url, size, version) if version else None


def digest_path(sha256: str) -> Path | None:
    """The same for an index file whose digest is known, in hexadecimal digits."""
    folder = _folder()
    return None if folder is None else folder / "index" / f"{sha256}{SUFFIX}"


def _path(*parts: object) -> Path | None:
    name = hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogateescape"))
    return digest_path(name.hexdigest())


def _folder() -> Path | None:
    chosen = os.environ.get("ATDATA_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    # Imported where it is needed: most indexes lie beside their shards.
    from platformdirs import user_cache_path

    return user_cache_path("atdata", appauthor=False)

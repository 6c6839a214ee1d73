"""A shard as a plain file of this machine, for as long as it is looked at or sent."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from atdata.atmosphere.publishing.request import SourceShard
from atdata.errors import DatasetNotFound, LoadError, PublishError
from atdata.home import home
from atdata.shards.forward import is_packed, open_forward
from atdata.shards.sources.opening import open_source

__all__ = ["local_file", "staging_folder", "sweep_staging"]

_CHUNK: Final = 4 << 20


def staging_folder() -> Path:
    """Where files wait that are on their way up; made where it is not there."""
    folder = home() / "atmosphere" / "staging"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sweep_staging(older_than: float = 2 * 24 * 3600) -> None:
    """Remove what processes left there that were killed.

    Args:
        older_than: seconds; what was written since then may be somebody's.
    """
    for path in staging_folder().iterdir():
        with suppress(OSError):  # somebody else was faster
            if time.time() - path.stat().st_mtime > older_than:
                path.unlink()


@contextmanager
def local_file(shard: SourceShard) -> Iterator[Path]:
    """The shard itself where it is a plain file here, else a copy, unpacked, that is removed in the end.

    Raises:
        PublishError: what came has another digest, or it cannot be read.
    """
    place = shard.place
    if isinstance(place, Path) and not is_packed(place):
        if not place.is_file():
            raise DatasetNotFound(f"there is no file {place}")
        yield place
        return
    path = staging_folder() / f"{shard.sha256}.{secrets.token_hex(4)}.tar"
    try:
        _copy(shard, path)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _copy(shard: SourceShard, path: Path) -> None:
    try:
        if is_packed(shard.place):
            _check(shard, _digest_of(shard))
            with open_forward(shard.place) as source, path.open("wb") as file:
                while data := source.read(_CHUNK):
                    file.write(data)
            return
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for chunk in open_source(shard.place).chunks():
                digest.update(chunk)
                file.write(chunk)
        _check(shard, digest.hexdigest())
    except LoadError as error:
        raise PublishError(
            f"{error}; it is neither public nor can it be read from here, so it cannot be published"
        ) from error


def _digest_of(shard: SourceShard) -> str:
    digest = hashlib.sha256()
    for chunk in open_source(shard.place).chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _check(shard: SourceShard, found: str) -> None:
    if found != shard.sha256:
        raise PublishError(
            f"{shard.place}: has the sha-256 {found}, and the Index says {shard.sha256}: it was damaged or replaced "
            "since it was added; restore it, or add it anew"
        )

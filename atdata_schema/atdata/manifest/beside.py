"""The files beside a shard, wherever it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from atdata.errors import DatasetNotFound, SourceError
from atdata.manifest.form import ManifestFault
from atdata.shards.reader import ShardFile
from atdata.shards.sources import together
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.source import Denied

__all__ = ["at_once", "read_beside"]

T = TypeVar("T")
U = TypeVar("U")

_LOCAL: Final = 4  # threads: they unpack and compute digests rather than wait


def read_beside(shard: ShardFile, name: str, most: int) -> bytes | None:
    """The bytes of a file in the folder of a shard, wherever that is; `None` where there is none.

    Args:
        shard: the shard.
        name: the name of the file.
        most: bytes that such a file has at most.

    Raises:
        ManifestFault: it is larger, or cannot be read.
    """
    if isinstance(shard.place, Path):
        return _read_local(shard.place.with_name(name), most)
    try:
        return open_source(shard.place.with_name(name)).read_all(most)
    except (DatasetNotFound, Denied):  # some servers deny what is not there
        return None
    except SourceError as error:
        raise ManifestFault(f"cannot be read: {error}") from None


def at_once(act: Callable[[T], U], items: Iterable[T], *, local: bool) -> list[U]:
    """What a function that reads files gives for each item, several at a time; at a fault, that fault.

    Args:
        act: the function.
        items: what it is called with.
        local: whether the files are on this machine.
    """
    return together.at_once(act, items, _LOCAL if local else together.THREADS)


def _read_local(path: Path, most: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ManifestFault(f"cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise ManifestFault(f"has more than {most} bytes")
    return data

"""The files beside a shard, wherever it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from atdata.manifest.form import ManifestFault
from atdata.shards.reader import ShardFile

__all__ = ["at_once", "read_beside"]

T = TypeVar("T")
U = TypeVar("U")

_THREADS: Final = 4


def read_beside(shard: ShardFile, name: str, most: int) -> bytes | None:
    """The bytes of a file in the folder of a shard; `None` where there is none.

    Args:
        shard: the shard.
        name: the name of the file.
        most: bytes that such a file has at most.

    Raises:
        ManifestFault: it is larger, or cannot be read.
    """
    return _read_local(shard.path.with_name(name), most)


def at_once(act: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """What a function that mostly waits gives for each item, several at a time; at a fault, that fault."""
    todo = list(items)
    if len(todo) < 2:
        return list(map(act, todo))
    # Made for this call: threads of a pool that is kept do not survive a fork.
    with ThreadPoolExecutor(min(_THREADS, len(todo)), "atdata-manifest") as pool:
        return list(pool.map(act, todo))


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

"""A dataset on a web server and what is kept of it, for the tests of that."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from atdata.shards.reader import ShardFile
from remote_data import Large, no_wait

__all__ = [
    "all_ended",
    "contents_of",
    "files_of",
    "forked",
    "own_cache",
    "shards_asked",
    "statuses",
]


def own_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder in a folder, without a limit, and no waits; where blocks are kept in it."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setattr("atdata.shards.kept.keeping._warned", False)
    monkeypatch.setenv("ATDATA_CACHE", str(folder / "cache"))
    monkeypatch.delenv("ATDATA_CACHE_LIMIT", raising=False)
    return folder / "cache" / "blocks"


def contents_of(samples: Iterable[Large]) -> list[tuple[int, str]]:
    """Samples by their number, and the digest of what they hold."""
    found = [(one.number, hashlib.sha256(one.pixels.data).hexdigest()) for one in samples]
    return sorted(found)


def files_of(dataset: Any) -> tuple[ShardFile, ...]:
    """The shards of a dataset, as they are read."""
    found: tuple[ShardFile, ...] = dataset._plan.files()
    return found


def shards_asked(server: Any) -> list[str]:
    """What was asked of a server about shards."""
    return [one.path for one in server.asked if one.path.endswith(".tar")]


def forked(act: Callable[[], object]) -> int:
    """A process that does something, and ends well only if that does."""
    child = os.fork()
    if child:
        return child
    try:
        act()
        os._exit(0)
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(1)


def all_ended(children: Iterable[int]) -> None:
    """Wait until processes have ended; their numbers stay theirs."""
    for child in children:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)


def statuses(children: Iterable[int]) -> list[int]:
    """How processes ended; a kill is a number below 0."""
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

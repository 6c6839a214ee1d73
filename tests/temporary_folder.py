"""Everything temporary of a run lies in one folder, in memory where there is room for it, which is removed at the end.

The tests write and sync tens of thousands of small files, and a disk takes milliseconds for each sync. What tests have
written stays with `--basetemp=FOLDER`.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import util
from pathlib import Path
from typing import Final

import pytest

MEMORY: Final = Path("/dev/shm")
"""Where Linux has a file system in memory. That of a container may be small, and run no programs."""

ROOM: Final = 6 << 30
"""Bytes that have to be free: several times what a run needs, with the servers and environments in it."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The process that was started makes the folder; its workers and their children find it as `TMPDIR`."""
    if hasattr(config, "workerinput"):
        return
    given = "TMPDIR" in os.environ
    place = MEMORY if not given and _has_room() else None
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    _locked(folder)
    # After multiprocessing, which has a folder in it and says so where that is gone.
    util.Finalize(None, shutil.rmtree, (folder, True), exitpriority=-200)
    if place is not None:
        _remove_those_of_killed_runs()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    if config.option.basetemp is None:
        config.option.basetemp = str(folder / "pytest")


@pytest.fixture
def tmp_path(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder of the test's own. For a free name, pytest's looks at those of all tests before it, thousands of times."""
    name = re.sub(r"\W", "_", str(request.node.name))[:30]
    folder = tmp_path_factory.getbasetemp() / f"{name}{next(_numbers)}"
    folder.mkdir(mode=0o700)
    yield folder
    if folder.is_relative_to(tempfile.gettempdir()):
        shutil.rmtree(folder, ignore_errors=True)


_PREFIX: Final = "atdata-tests-"
_numbers: Final = itertools.count()


def _locked(folder: Path) -> bool:
    """Lock a folder for as long as this process lives; whether no other has it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    return True


def _remove_those_of_killed_runs() -> None:
    """Nobody else would give the memory back. Folders of this minute are left: they may be about to be locked."""
    for folder in MEMORY.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # of another user, or gone meanwhile
            if time.time() - folder.stat().st_mtime > 60 and _locked(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _has_room() -> bool:
    if sys.platform != "linux" or not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(MEMORY)
    return (
        not found.f_flag & os.ST_NOEXEC
        and min(found.f_bavail * found.f_frsize, _free_memory()) >= ROOM
    )


def _free_memory() -> int:
    """Bytes that programs may take without anything being moved out of memory."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) << 10
    return 0

"""Everything temporary of a run lies in one folder, in memory where there is room for it, which is removed at the end.

The tests write and sync tens of thousands of small files, and a disk takes milliseconds for each sync. What failed tests
have written stays where `--basetemp` says.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
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
    folder = Path(tempfile.mkdtemp(prefix="atdata-", dir=place))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    if config.option.basetemp is None:
        config.option.basetemp = str(folder / "pytest")


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

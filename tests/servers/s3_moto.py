"""`moto_server`: a mock of S3 that is right where small servers are not. It checks no signature."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from servers.processes import start, stop, wait_for_line
from servers.s3_server import S3Server

PROGRAM = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', '0'])"


@pytest.fixture(scope="session")
def s3_moto() -> Iterator[S3Server]:
    """moto's server, one a test process."""
    process = start([sys.executable, "-c", PROGRAM], subprocess.PIPE)
    try:
        found = wait_for_line(process, r"http://127\.0\.0\.1:[0-9]+")
        yield S3Server("moto", found[0])
    finally:
        stop(process)

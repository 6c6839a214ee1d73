"""A real PDS, the reference implementation, with a real PLC directory, on loopback.

    alice = pds.account("alice")                      # a new account: did, handle, password
    settings = pds.settings()                         # how our code finds all accounts that were made so far
    atmosphere = atmosphere_of(alice)                 # logged in

`pds` and `second_pds` share one directory, as two organisations do; `older_pds` is of an earlier generation, with a directory
of its own. `running_pds` starts further ones. Each process of a run has servers of
its own.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import subprocess
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import pytest
import urllib3

from atdata.atmosphere import Atmosphere, Settings
from servers.pds_install import NEWEST, OLDER, installed_pds
from servers.processes import free_ports, start, stop, wait_for_line

__all__ = ["JWT_SECRET", "Account", "Accounts", "AtmosphereOf", "PdsServer", "running_pds"]

JWT_SECRET: Final = "secret-of-the-tokens-of-the-tests"
"""What the servers sign tokens with, so that tests can make others."""

BLOB_LIMIT: Final = 5 << 20
"""Bytes of the largest blob, as the reference implementation has it without configuration."""


@dataclass(frozen=True)
class Account:
    """An account on a server of the tests.

    Attributes:
        did: its DID.
        handle: its handle, below `.test`.
        password: its password; nothing may show it.
        service: the server that it is on.
    """

    did: str
    handle: str
    password: str = field(repr=False)
    service: str


class Accounts:
    """The accounts of all servers of one directory, and what DNS would say of them.

    Attributes:
        dns: TXT records, by name.
    """

    def __init__(self) -> None:
        self.dns: dict[str, tuple[str, ...]] = {}
        self._numbers = itertools.count(2)

    def free_handle(self, name: str) -> str:
        """A handle that nobody has, with the name in it."""
        handle = f"{name}.test"
        while f"_atproto.{handle}" in self.dns:
            handle = f"{name}{next(self._numbers)}.test"
        return handle

    def add(self, account: Account) -> None:
        """Let the handle of an account be found."""
        self.dns[f"_atproto.{account.handle}"] = (f"did={account.did}",)


class PdsServer:
    """One server.

    Args:
        version: which release.
        folder: where it keeps its data; made where it is not there.
        beside: a server whose directory it uses; without one it gets a directory of its own.
        blob_limit: bytes of the largest blob.
        options: more of its environment: `CRAWLERS`, `RATE_LIMITS`.

    Attributes:
        version: the release.
        url: its origin.
        plc_url: its directory, as an origin.
        blob_limit: bytes of the largest blob.
        accounts: the accounts of the directory.
    """

    def __init__(
        self,
        version: str,
        folder: Path,
        *,
        beside: PdsServer | None = None,
        blob_limit: int = BLOB_LIMIT,
        options: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        port, plc_port = free_ports(2)
        self.version = version
        self.url = f"http://localhost:{port}"
        self.blob_limit = blob_limit
        self.accounts: Accounts = Accounts() if beside is None else beside.accounts
        self.plc_url: str = f"http://localhost:{plc_port}" if beside is None else beside.plc_url
        self._env = {
            "PDS_PORT": str(port),
            "PDS_DATA": str(folder),
            "BLOB_LIMIT": str(blob_limit),
            "JWT_SECRET": JWT_SECRET,
            "LOG_ENABLED": "false",
            **({"PLC_PORT": str(plc_port)} if beside is None else {"PLC_URL": self.plc_url}),
            **(options or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Let it run, and wait until it answers. It has the same address and the same accounts when it starts again."""
        node, program = installed_pds(self.version)
        env = {"PATH": os.environ.get("PATH", os.defpath), **self._env}
        self._process = start([node, program], subprocess.PIPE, env)
        wait_for_line(self._process, r"ready at")
        _servers[self.url] = self

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            stop(self._process)
            self._process = None

    def account(self, name: str) -> Account:
        """Make an account whose handle has a name in it, of three letters at least."""
        handle, password = self.accounts.free_handle(name), secrets.token_urlsafe(18)
        body = {"handle": handle, "email": f"{handle}@example.org", "password": password}
        made = self.post("com.atproto.server.createAccount", body)
        account = Account(made["did"], handle, password, self.url)
        self.accounts.add(account)
        return account

    def post(
        self, nsid: str, body: Mapping[str, Any] | None = None, token: str | None = None
    ) -> dict[str, Any]:
        """Call a procedure, by none of our own code."""
        return _answer("POST", f"{self.url}/xrpc/{nsid}", body, token)

    def get(self, nsid: str, token: str | None = None, **params: str) -> dict[str, Any]:
        """Ask a query that is answered in JSON, by none of our own code."""
        return _answer("GET", f"{self.url}/xrpc/{nsid}?{urlencode(params)}", None, token)

    def settings(self) -> Settings:
        """How our code finds every account of the directory that was made so far, on whichever server."""
        return Settings(directory=self.plc_url, relays=(), local=True, dns=dict(self.accounts.dns))


def _answer(
    method: str, url: str, body: Mapping[str, Any] | None, token: str | None
) -> dict[str, Any]:
    # A connection of its own: one that waited may be closed just when it is used again.
    headers = {"Connection": "close"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    content = None if body is None else json.dumps(body).encode()
    # Without it urllib3 waits three seconds, which a busy machine needs for a password.
    reply = urllib3.request(method, url, body=content, headers=headers, retries=False, timeout=60)
    if reply.status != 200:
        raise RuntimeError(f"{method} {url}: {reply.status}: {reply.data[:500]!r}")
    answer: dict[str, Any] = json.loads(reply.data) if reply.data else {}
    return answer


@contextmanager
def running_pds(folder: Path, version: str = NEWEST, **options: Any) -> Generator[PdsServer]:
    """A server as long as the block lasts; `options` are those of `PdsServer`."""
    server = PdsServer(version, folder, **options)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdsServer]:
    """The newest release, with its directory, one a test process."""
    with running_pds(tmp_path_factory.mktemp("pds")) as server:
        yield server


@pytest.fixture(scope="session")
def second_pds(pds: PdsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdsServer]:
    """Another server of the newest release, on the directory of `pds`."""
    with running_pds(tmp_path_factory.mktemp("second-pds"), beside=pds) as server:
        yield server


@pytest.fixture(scope="session")
def older_pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdsServer]:
    """An earlier release, with a directory of its own."""
    with running_pds(tmp_path_factory.mktemp("older-pds"), OLDER) as server:
        yield server


@pytest.fixture(params=["pds", "older_pds"])
def any_pds(request: pytest.FixtureRequest) -> PdsServer:
    """Both generations, one after the other."""
    server: PdsServer = request.getfixturevalue(request.param)
    return server


_servers: dict[str, PdsServer] = {}
"""Every server that was started, by its origin."""

AtmosphereOf: TypeAlias = Callable[[Account], Atmosphere]


@pytest.fixture
def user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has nothing yet: `home` and `cache` in the test's folder, no variables, no keyring."""
    ours = [name for name in os.environ if name.startswith("ATDATA_")]
    for name in set(ours) - {"ATDATA_TEST_SERVERS"}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return tmp_path


@pytest.fixture
def atmosphere_of(user_folders: Path) -> AtmosphereOf:
    """Log in as an account; nothing of the session is kept on the disk."""

    def login(account: Account) -> Atmosphere:
        settings = _servers[account.service].settings()
        return Atmosphere.login(account.handle, account.password, settings=settings, keep=False)

    return login

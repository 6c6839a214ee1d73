"""Sessions that are kept: where nobody else reads them, refreshed by many at once, ended."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.session.keeping import keep
from atdata.atmosphere.session.tokens import parse_session
from atdata.errors import AuthenticationError, SourceError, XrpcError
from servers.http import HttpServer
from servers.pds import PdsServer, running_pds
from sessions import asked, ended, live_of

pytestmark = [pytest.mark.usefixtures("user_folders")]

PROGRAM = """
import sys
from atdata.atmosphere import Atmosphere, Settings
settings = Settings(directory=sys.argv[1], local=True)
sys.stdin.readline()
found = Atmosphere.kept(settings=settings)
print(found.own().query("com.atproto.server.getSession")["did"])
print(found.session())
"""


def test_processes_that_refresh_at_once_all_go_on(
    any_pds: PdsServer, source_env: dict[str, str], user_folders: Path
) -> None:
    alice = any_pds.account("alice")
    Atmosphere.login(alice.handle, alice.password, settings=any_pds.settings())
    kept = user_folders / "home" / "atmosphere" / "session.json"
    before = end_what_is_kept(kept)
    env = {
        **source_env,
        **{k: v for k, v in os.environ.items() if k.startswith(("ATDATA", "PYTHON_K"))},
    }
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, any_pds.plc_url],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    said = [program.communicate(timeout=120) for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0], said
    answers = [out.splitlines() for out, _ in said]
    assert [answer[0] for answer in answers] == [alice.did] * 3
    assert (
        len({answer[1] for answer in answers}) == 1
    ), "one refreshed, and the others took what it got"
    assert answers[0][1] == json.loads(kept.read_text())["sessions"][0]["session"] != before


def end_what_is_kept(kept: Path) -> str:
    """Let the tokens of calls end that are kept."""
    found = json.loads(kept.read_text())
    before: str = found["sessions"][0]["session"]
    found["sessions"][0]["session"] = ended(before)
    kept.write_text(json.dumps(found))
    return before


KILLED = """
import os, signal
from atdata.atmosphere.session import live
live.keep = lambda session: os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_killed_while_it_refreshes_locks_nobody_out(
    any_pds: PdsServer, source_env: dict[str, str], user_folders: Path
) -> None:
    alice = any_pds.account("alice")
    Atmosphere.login(alice.handle, alice.password, settings=any_pds.settings())
    end_what_is_kept(user_folders / "home" / "atmosphere" / "session.json")
    ours = {k: v for k, v in os.environ.items() if k.startswith(("ATDATA", "PYTHON_K"))}
    done = subprocess.run(
        [sys.executable, "-c", KILLED + PROGRAM, any_pds.plc_url],
        env={**source_env, **ours},
        input="go\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, ""), done.stderr
    assert asked(Atmosphere.kept(settings=any_pds.settings())) == alice.did


def test_a_server_that_was_away_finds_the_session_as_it_was(
    pds: PdsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.atmosphere.xrpc.trying.sleep", list[float]().append)
    with running_pds(tmp_path / "pds", beside=pds) as server:
        alice = server.account("alice")
        found = Atmosphere.login(alice.handle, alice.password, settings=server.settings())
        live_of(found).session = parse_session(ended(found.session()), local=True)
        keep(live_of(found).session)
        server.stop()
        with pytest.raises(XrpcError, match="refreshSession: the server cannot be reached"):
            asked(found)
        server.start()
        assert asked(found) == alice.did
        assert asked(Atmosphere.kept(settings=server.settings())) == alice.did


def test_a_session_is_kept_where_nobody_else_reads_it(pds: PdsServer, user_folders: Path) -> None:
    alice, bob = pds.account("alice"), pds.account("bob")
    settings = pds.settings()
    old = os.umask(0)
    try:
        for account in (alice, bob):
            Atmosphere.login(account.handle, account.password, settings=settings)
    finally:
        os.umask(old)
    path = user_folders / "home" / "atmosphere" / "session.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert alice.password not in path.read_text()
    assert [item.name for item in path.parent.iterdir() if item.suffix == ""] == []
    assert Atmosphere.kept(settings=settings).did == bob.did, "who logged in last"
    for name in (alice.handle, f"@{alice.handle}", alice.did):
        assert asked(Atmosphere.kept(name, settings=settings)) == alice.did
    with pytest.raises(AuthenticationError, match="nobody is logged in as carol.test"):
        Atmosphere.kept("carol.test", settings=settings)
    path.chmod(0o644)
    with pytest.warns(UserWarning, match="could be read by others"):
        assert Atmosphere.kept(settings=settings).did == bob.did
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text('{"form": 1, "sessions": [3]}')
    with pytest.raises(AuthenticationError, match="is no list of sessions .*: move it away"):
        Atmosphere.kept(settings=settings)


def test_a_keyring_keeps_the_tokens_where_there_is_one(
    pds: PdsServer, user_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring

    from file_keyring import closed_keyring, file_keyring

    monkeypatch.setenv("KEYRING_OF_THE_TESTS", str(user_folders / "ring"))
    path = user_folders / "home" / "atmosphere" / "session.json"
    alice, settings = pds.account("alice"), pds.settings()
    before = keyring.get_keyring()
    try:
        keyring.set_keyring(file_keyring())
        found = Atmosphere.login(alice.handle, alice.password, settings=settings)
        (entry,) = json.loads(path.read_text())["sessions"]
        assert entry == {
            "did": alice.did,
            "handle": alice.handle,
            "service": pds.url,
            "place": "keyring",
        }
        assert Atmosphere.kept(settings=settings).session() == found.session()
        keyring.set_keyring(closed_keyring())
        with pytest.raises(
            AuthenticationError, match="keyring, which does not give it out: open it"
        ):
            Atmosphere.kept(settings=settings)
        keyring.set_keyring(file_keyring())
        Atmosphere.kept(settings=settings).logout()
        assert json.loads((user_folders / "ring").read_text()) == {}
        keyring.set_keyring(closed_keyring())
        Atmosphere.login(alice.handle, alice.password, settings=settings)
        assert json.loads(path.read_text())["sessions"][0]["place"] == "file"
        assert asked(Atmosphere.kept(settings=settings)) == alice.did
    finally:
        keyring.set_keyring(before)


def test_a_session_ends_here_and_at_the_server(any_pds: PdsServer) -> None:
    alice, settings = any_pds.account("alice"), any_pds.settings()
    found = Atmosphere.login(alice.handle, alice.password, settings=settings)
    other, text = Atmosphere.kept(settings=settings), found.session()
    found.logout()
    assert (found.did, repr(found)) == (None, "Atmosphere(not logged in)")
    with pytest.raises(
        AuthenticationError, match="nobody is logged in: `atdata auth login` does it"
    ):
        Atmosphere.kept(settings=settings)
    with pytest.raises(AuthenticationError, match="nobody is logged in: `Atmosphere.login"):
        found.own()
    found.logout()
    with pytest.raises(AuthenticationError, match="has ended"):
        asked(Atmosphere.from_session(ended(text), settings=settings))
    live_of(other).session = parse_session(ended(text), local=True)
    with pytest.raises(AuthenticationError, match="was logged out meanwhile"):
        asked(other)
    other.logout()


def test_a_server_that_is_gone_is_told_and_the_session_forgotten(
    pds: PdsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.atmosphere.xrpc.trying.sleep", list[float]().append)
    alice, settings = pds.account("alice"), pds.settings()
    found = Atmosphere.login(alice.handle, alice.password, settings=settings, keep=True)
    gone = HttpServer()
    gone.close()
    keep(replace(live_of(found).session, service=gone.url))
    with pytest.raises(SourceError, match="deleteSession: the server cannot be reached"):
        Atmosphere.kept(settings=settings).logout()
    with pytest.raises(AuthenticationError, match="nobody is logged in"):
        Atmosphere.kept(settings=settings)


def test_the_environment_logs_in_where_nobody_can(
    pds: PdsServer, monkeypatch: pytest.MonkeyPatch, user_folders: Path
) -> None:
    alice, settings = pds.account("alice"), pds.settings()
    monkeypatch.setenv("ATDATA_HANDLE", alice.handle)
    monkeypatch.setenv("ATDATA_PASSWORD", alice.password)
    monkeypatch.setenv("ATDATA_PDS_URL", pds.url)
    alone = Settings(local=True, directory="http://localhost:9", dns=settings.dns)
    first = Atmosphere.kept(settings=alone)
    assert asked(first) == alice.did
    assert (
        Atmosphere.kept(settings=alone).session() == first.session()
    ), "it is kept: logins are few"
    assert Atmosphere.login(settings=alone).did == alice.did
    with pytest.raises(AuthenticationError, match="nobody is logged in as bob.test"):
        Atmosphere.kept("bob.test", settings=alone)

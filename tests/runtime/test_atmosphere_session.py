"""Logins at real servers of both generations: begun, kept, refreshed by many at once, ended."""

from __future__ import annotations

import json
import os
import pickle
import stat
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.session.tokens import Session, parse_session
from atdata.errors import AuthenticationError, IdentityError, SourceError, XrpcError
from pds_tokens import payload_of, with_end
from servers.http import HttpServer
from servers.pds import AtmosphereOf, PdsServer
from web_account import web_account

pytestmark = [pytest.mark.xdist_group("pds"), pytest.mark.usefixtures("user_folders")]

GET = "com.atproto.server.getSession"


def asked(atmosphere: Atmosphere) -> Any:
    """Whom the server takes somebody for."""
    return atmosphere.own().query(GET)["did"]


def ended(text: str) -> str:
    """A session whose token of calls has ended."""
    found = json.loads(text)
    return json.dumps({**found, "access": with_end(found["access"], time.time() - 60)})


def test_the_server_is_found_by_the_handle_or_the_did(any_pds: PdsServer) -> None:
    alice = any_pds.account("alice")
    for name in (alice.handle, f"@{alice.handle.upper()}", alice.did):
        found = Atmosphere.login(name, alice.password, settings=any_pds.settings())
        assert (found.did, found.handle, found.service) == (alice.did, alice.handle, any_pds.url)
        assert asked(found) == alice.did
        assert found.server(alice.handle).origin == any_pds.url


def test_a_server_that_is_named_needs_no_directory(any_pds: PdsServer) -> None:
    alice = any_pds.account("alice")
    alone = Settings(local=True, directory="http://localhost:9")
    for name in (alice.handle, alice.did):
        found = Atmosphere.login(name, alice.password, service=f"{any_pds.url}/", settings=alone)
        assert (found.did, found.service) == (alice.did, any_pds.url)
    with pytest.raises(AuthenticationError, match="the server to log in at: .* is reached by https"):
        Atmosphere.login(alice.handle, "x", service="http://pds.example.org", settings=Settings())
    with pytest.raises(AuthenticationError, match="the server to log in at: .*'https://localhost"):
        Atmosphere.login("alice.example.org", "x", service="localhost", settings=Settings())


def test_a_record_is_written_with_the_token(any_pds: PdsServer, atmosphere_of: AtmosphereOf) -> None:
    alice = any_pds.account("alice")
    record = {"$type": "com.example.note", "text": "ä"}
    body = {"repo": alice.did, "collection": "com.example.note", "record": record, "rkey": "a"}
    own = atmosphere_of(alice).own()
    made = own.call("com.atproto.repo.createRecord", body)
    there = {"repo": alice.did, "collection": "com.example.note", "rkey": "a"}
    found = Atmosphere(settings=any_pds.settings()).server(alice.did)
    assert found.query("com.atproto.repo.getRecord", there)["cid"] == made["cid"]
    with pytest.raises(XrpcError) as caught:
        found.query("com.atproto.repo.getRecord", {**there, "rkey": "b"})
    assert (caught.value.status, caught.value.name) == (400, "RecordNotFound")
    with pytest.raises(XrpcError) as caught:
        found.call("com.atproto.repo.createRecord", body)
    assert caught.value.status == 401


def test_a_file_is_uploaded_and_too_large_a_one_is_told_so(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf, tmp_path: Path
) -> None:
    own = atmosphere_of(any_pds.account("alice")).own()
    path = tmp_path / "data.tar"
    path.write_bytes(b"x" * 3_000_000)
    with path.open("rb") as file:
        blob = own.upload("com.atproto.repo.uploadBlob", file, 3_000_000, "application/x-tar")
    assert (blob["blob"]["size"], blob["blob"]["mimeType"]) == (3_000_000, "application/x-tar")
    size = any_pds.blob_limit + 1_000_000
    path.write_bytes(b"x" * size)
    with path.open("rb") as file, pytest.raises(XrpcError) as caught:
        own.upload("com.atproto.repo.uploadBlob", file, size, "application/x-tar")
    assert caught.value.status == 413


@pytest.mark.parametrize("password", ["wrong-password-of-the-tests", "x" * 3000])
def test_a_wrong_password_is_told_apart_and_not_repeated(any_pds: PdsServer, password: str) -> None:
    alice = any_pds.account("alice")
    with pytest.raises(AuthenticationError) as caught:
        Atmosphere.login(alice.handle, password, settings=any_pds.settings())
    text = "".join(traceback.format_exception(caught.value))
    assert any_pds.url in text
    assert alice.handle in text
    assert "check the handle, the password and the server" in text
    assert password[:100] not in text
    with pytest.raises(AuthenticationError, match="nobody is logged in"):
        Atmosphere.kept(settings=any_pds.settings())


def test_what_is_missing_or_nobody_is_said(pds: PdsServer) -> None:
    settings = pds.settings()
    with pytest.raises(AuthenticationError, match="a handle is missing: give it, or set ATDATA_HANDLE"):
        Atmosphere.login(settings=settings)
    with pytest.raises(AuthenticationError, match="a password is missing"):
        Atmosphere.login("alice.test", settings=settings)
    with pytest.raises(IdentityError, match="'alice' is no handle|alice"):
        Atmosphere.login("alice", "x", settings=settings)
    with pytest.raises((IdentityError, SourceError), match="nobody-at-all"):
        Atmosphere.login("nobody-at-all.test", "x", settings=settings)


def test_a_session_goes_on_from_its_text(any_pds: PdsServer, atmosphere_of: AtmosphereOf) -> None:
    alice = any_pds.account("alice")
    text = atmosphere_of(alice).session()
    again = Atmosphere.from_session(text, settings=any_pds.settings())
    assert asked(again) == alice.did
    assert again.session() == text
    with pytest.raises(AuthenticationError, match="its server is no public one"):
        Atmosphere.from_session(text, settings=Settings())


GARBAGE: list[Any] = [
    "",
    "x" * 100_000,
    "alice.test:::did:plc:z72i7hdynmk6r22z27h6tvur:::secret:::secret:::https://pds.example.org",
    "alice.test:::did:plc:z72i7hdynmk6r22z27h6tvur:::secret:::secret",
    "[" * 20_000,
    "{}",
    "[1]",
    None,
    b"{}",
]
GOOD = {
    "type": "atdata-session",
    "form": 1,
    "did": "did:plc:z72i7hdynmk6r22z27h6tvur",
    "handle": "alice.example.org",
    "service": "https://pds.example.org",
    "access": "secret",
    "refresh": "secret",
}
GARBAGE += [
    json.dumps({**GOOD, **wrong})
    for wrong in (
        {"type": "session"},
        {"form": 2},
        {"form": None},
        {"did": "alice"},
        {"handle": 3},
        {"service": "http://pds.example.org"},
        {"service": "https://127.0.0.1"},
        {"service": "https://pds.example.org/path"},
        {"access": "secret\r\nHost: elsewhere"},
        {"access": ""},
        {"refresh": "secret secret"},
        {"refresh": ["secret"]},
        {"more": "secret"},
    )
]


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
def test_what_is_no_session_is_refused_and_not_repeated(text: Any) -> None:
    assert parse_session(json.dumps(GOOD)).handle == "alice.example.org"
    with pytest.raises(AuthenticationError, match="this is no session of atdata: ") as caught:
        Atmosphere.from_session(text, settings=Settings())
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_token_that_says_that_it_has_ended_is_renewed_before_it_is_used(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
    alice = any_pds.account("alice")
    text = ended(atmosphere_of(alice).session())
    found = Atmosphere.from_session(text, settings=any_pds.settings())
    assert asked(found) == alice.did
    before, after = json.loads(text), json.loads(found.session())
    assert payload_of(after["access"])["exp"] > time.time()
    assert after["refresh"] != before["refresh"], "each is good once"
    assert (after["did"], after["service"]) == (before["did"], before["service"])


def test_a_token_that_the_server_takes_for_ended_is_renewed(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Session, "is_ending", lambda self: False)
    alice = any_pds.account("alice")
    for act in (asked, lambda found: _upload(found, tmp_path)):
        text = ended(atmosphere_of(alice).session())
        found = Atmosphere.from_session(text, settings=any_pds.settings())
        act(found)
        assert found.session() != text


def _upload(found: Atmosphere, tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(b"x" * 1_000_000)
    with path.open("rb") as file:
        blob = found.own().upload("com.atproto.repo.uploadBlob", file, 1_000_000, "*/*")
    assert blob["blob"]["size"] == 1_000_000


def test_a_session_that_has_ended_says_how_to_begin_another(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
    alice = any_pds.account("alice")
    found = json.loads(ended(atmosphere_of(alice).session()))
    text = json.dumps({**found, "refresh": with_end(found["refresh"], time.time() - 60)})
    with pytest.raises(AuthenticationError, match="has ended .*: `atdata auth login` begins a new one"):
        asked(Atmosphere.from_session(text, settings=any_pds.settings()))
    forged = json.dumps({**found, "access": "a.b.c", "refresh": "a.b.c"})
    with pytest.raises(AuthenticationError, match="has ended"):
        asked(Atmosphere.from_session(forged, settings=any_pds.settings()))


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
    env = {**source_env, **{k: v for k, v in os.environ.items() if k.startswith(("ATDATA", "PYTHON_K"))}}
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
    assert len({answer[1] for answer in answers}) == 1, "one refreshed, and the others took what it got"
    assert answers[0][1] == json.loads(kept.read_text())["sessions"][0]["session"] != before


def end_what_is_kept(kept: Path) -> str:
    """Let the tokens of calls end that are kept."""
    found = json.loads(kept.read_text())
    before: str = found["sessions"][0]["session"]
    found["sessions"][0]["session"] = ended(before)
    kept.write_text(json.dumps(found))
    return before


def test_threads_that_refresh_at_once_all_go_on(
    pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    alice = pds.account("alice")
    found = Atmosphere.from_session(ended(atmosphere_of(alice).session()), settings=pds.settings())
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: asked(found), range(16))) == {alice.did}


def test_a_child_process_goes_on_with_a_session(pds: PdsServer) -> None:
    alice = pds.account("alice")
    found = Atmosphere.login(alice.handle, alice.password, settings=pds.settings())
    asked(found)
    child = os.fork()
    if not child:
        status = 1
        try:
            status = 0 if asked(found) == alice.did else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asked(found) == alice.did


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
    from file_keyring import ClosedKeyring, FileKeyring

    monkeypatch.setenv("KEYRING_OF_THE_TESTS", str(user_folders / "ring"))
    path = user_folders / "home" / "atmosphere" / "session.json"
    alice, settings = pds.account("alice"), pds.settings()
    before = keyring.get_keyring()
    try:
        keyring.set_keyring(FileKeyring())
        found = Atmosphere.login(alice.handle, alice.password, settings=settings)
        (entry,) = json.loads(path.read_text())["sessions"]
        assert entry == {
            "did": alice.did,
            "handle": alice.handle,
            "service": pds.url,
            "place": "keyring",
        }
        assert Atmosphere.kept(settings=settings).session() == found.session()
        keyring.set_keyring(ClosedKeyring())
        with pytest.raises(AuthenticationError, match="keyring, which does not give it out: open it"):
            Atmosphere.kept(settings=settings)
        keyring.set_keyring(FileKeyring())
        Atmosphere.kept(settings=settings).logout()
        assert json.loads((user_folders / "ring").read_text()) == {}
        keyring.set_keyring(ClosedKeyring())
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
    with pytest.raises(AuthenticationError, match="nobody is logged in: `atdata auth login` does it"):
        Atmosphere.kept(settings=settings)
    with pytest.raises(AuthenticationError, match="nobody is logged in: `Atmosphere.login"):
        found.own()
    found.logout()
    with pytest.raises(AuthenticationError, match="has ended"):
        asked(Atmosphere.from_session(ended(text), settings=settings))
    other._live.session = parse_session(ended(text), local=True)  # type: ignore[union-attr]  # it is logged in
    with pytest.raises(AuthenticationError, match="was logged out meanwhile"):
        asked(other)
    other.logout()


def test_a_server_that_is_gone_is_told_and_the_session_forgotten(
    pds: PdsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.atmosphere.xrpc.trying.sleep", lambda _: None)
    alice, settings = pds.account("alice"), pds.settings()
    found = Atmosphere.login(alice.handle, alice.password, settings=settings, keep=True)
    gone = HttpServer()
    gone.close()
    live = found._live
    assert live is not None
    from atdata.atmosphere.session.keeping import keep

    keep(replace(live.session, service=gone.url))
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
    assert Atmosphere.kept(settings=alone).session() == first.session(), "it is kept: logins are few"
    assert Atmosphere.login(settings=alone).did == alice.did
    with pytest.raises(AuthenticationError, match="nobody is logged in as bob.test"):
        Atmosphere.kept("bob.test", settings=alone)


def test_nothing_shows_what_opens_an_account(
    pds: PdsServer, atmosphere_of: AtmosphereOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    alice = pds.account("alice")
    found = atmosphere_of(alice)
    text = json.loads(found.session())
    live = found._live
    assert live is not None
    asked(found)
    shown = [repr(found), str(found), repr(live), repr(live.session), repr(found.own()), repr(alice)]
    shown += [record.getMessage() for record in caplog.records]
    assert shown[0] == f"Atmosphere('{alice.handle}', '{alice.did}', '{pds.url}')"
    for secret in (text["access"], text["refresh"], alice.password):
        assert not any(secret in one for one in shown)
    with pytest.raises(AttributeError):
        found.password = "x"  # type: ignore[attr-defined]  # what this is about


def test_a_login_does_not_travel_in_a_pickle(pds: PdsServer, atmosphere_of: AtmosphereOf) -> None:
    alice = pds.account("alice")
    found = atmosphere_of(alice)
    data = pickle.dumps(found)
    assert json.loads(found.session())["refresh"].encode() not in data
    again: Atmosphere = pickle.loads(data)
    assert (again.did, again.settings) == (None, found.settings)
    assert again.server(alice.handle).origin == pds.url, "it reads"
    with pytest.raises(AuthenticationError, match="a login does not travel in a pickle; `Atmosphere.kept"):
        again.own()


def test_an_account_with_another_server_is_not_logged_in_elsewhere(
    pds: PdsServer, older_pds: PdsServer
) -> None:
    alice = pds.account("alice")
    with pytest.raises(AuthenticationError, match=f"{older_pds.url} does not log in"):
        Atmosphere.login(
            alice.handle, alice.password, service=older_pds.url, settings=pds.settings()
        )


@pytest.mark.parametrize(
    "change",
    [
        {"did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"},
        {"did": 3},
        {"accessJwt": "a\r\nX: y"},
        {"refreshJwt": None},
        {"handle": "\x1b[2J"},
    ],
)
def test_an_answer_to_a_login_is_not_believed_blindly(
    http_server: HttpServer, change: dict[str, Any]
) -> None:
    did = "did:plc:z72i7hdynmk6r22z27h6tvur"
    good = {"did": did, "handle": "alice.test", "accessJwt": "a.b.c", "refreshJwt": "d.e.f"}
    settings = Settings(local=True)

    def login(answer: dict[str, Any]) -> Atmosphere:
        from servers.http import header

        http_server.put("xrpc/com.atproto.server.createSession", json.dumps(answer).encode())
        http_server.always(header("Content-Type", "application/json"))
        return Atmosphere.login(did, "x", service=http_server.url, settings=settings)

    assert login(good).did == did
    with pytest.raises((AuthenticationError, XrpcError), match=http_server.url) as caught:
        login({**good, **change})
    assert str(caught.value).isprintable()




def test_an_account_of_did_web_logs_in(any_pds: PdsServer) -> None:
    with web_account(any_pds, "carol") as carol:
        settings = any_pds.settings()
        for name in (carol.did, carol.handle):
            found = Atmosphere.login(name, carol.password, settings=settings)
            assert (found.did, found.service) == (carol.did, any_pds.url)
            assert asked(found) == carol.did
        again = Atmosphere.from_session(ended(found.session()), settings=settings)
        assert asked(again) == carol.did

"""Logins at real servers of both generations: begun, gone on with from a text, their tokens renewed."""

from __future__ import annotations

import json
import os
import pickle
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.session.tokens import Session, parse_session
from atdata.errors import AuthenticationError, IdentityError, SourceError, XrpcError
from servers.http import HttpServer
from servers.pds import AtmosphereOf, PdsServer, running_pds
from sessions import asked, ended, live_of, payload_of, with_end
from web_account import web_account

pytestmark = [pytest.mark.usefixtures("user_folders")]


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
    with pytest.raises(
        AuthenticationError, match="the server to log in at: .* is reached by https"
    ):
        Atmosphere.login(alice.did, "x", service="http://pds.example.org", settings=Settings())
    with pytest.raises(AuthenticationError, match="the server to log in at: 'localhost' is not on"):
        Atmosphere.login("alice.example.org", "x", service="localhost", settings=Settings())


def test_a_record_is_written_with_the_token(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
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
    with pytest.raises(
        AuthenticationError, match="a handle is missing: give it, or set ATDATA_HANDLE"
    ):
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


_OTHERS: list[Any] = [
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
GARBAGE: list[Any] = _OTHERS + [
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
    def says_nothing(session: Session) -> bool:
        return False

    monkeypatch.setattr(Session, "is_ending", says_nothing)
    alice = any_pds.account("alice")
    text, other = (ended(atmosphere_of(alice).session()) for _ in range(2))
    found = Atmosphere.from_session(text, settings=any_pds.settings())
    assert asked(found) == alice.did
    assert found.session() != text
    found = Atmosphere.from_session(other, settings=any_pds.settings())
    path = tmp_path / "data.bin"
    path.write_bytes(b"x" * 1_000_000)
    with path.open("rb") as file:
        blob = found.own().upload("com.atproto.repo.uploadBlob", file, 1_000_000, "*/*")
    assert blob["blob"]["size"] == 1_000_000
    assert found.session() != other


def test_a_clock_that_is_wrong_does_not_refresh_without_end(
    pds: PdsServer, atmosphere_of: AtmosphereOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = pds.account("alice")
    found = Atmosphere.from_session(atmosphere_of(alice).session(), settings=pds.settings())
    tomorrow = time.time() + 86_400
    monkeypatch.setattr("atdata.atmosphere.session.tokens.time.time", lambda: tomorrow)
    texts = [found.session()]
    for _ in range(3):
        assert asked(found) == alice.did
        texts.append(found.session())
    assert len(set(texts)) == 2


def test_a_session_that_has_ended_says_how_to_begin_another(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
    alice = any_pds.account("alice")
    found = json.loads(ended(atmosphere_of(alice).session()))
    text = json.dumps({**found, "refresh": with_end(found["refresh"], time.time() - 60)})
    with pytest.raises(
        AuthenticationError, match="has ended .*: `atdata auth login` begins a new one"
    ):
        asked(Atmosphere.from_session(text, settings=any_pds.settings()))
    forged = json.dumps({**found, "access": "a.b.c", "refresh": "a.b.c"})
    with pytest.raises(AuthenticationError, match="has ended"):
        asked(Atmosphere.from_session(forged, settings=any_pds.settings()))


def test_a_refresh_whose_answer_is_lost_is_made_again(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
    alice = any_pds.account("alice")
    text = ended(atmosphere_of(alice).session())
    refresh = json.loads(text)["refresh"]
    any_pds.post("com.atproto.server.refreshSession", None, refresh)  # nobody hears the answer
    found = Atmosphere.from_session(text, settings=any_pds.settings())
    assert asked(found) == alice.did


def test_threads_that_refresh_at_once_all_go_on(
    pds: PdsServer, atmosphere_of: AtmosphereOf
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    alice = pds.account("alice")
    found = Atmosphere.from_session(ended(atmosphere_of(alice).session()), settings=pds.settings())
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(asked, [found] * 16)) == {alice.did}


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


def test_nothing_shows_what_opens_an_account(
    pds: PdsServer, atmosphere_of: AtmosphereOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    alice = pds.account("alice")
    found = atmosphere_of(alice)
    text = json.loads(found.session())
    live = live_of(found)
    asked(found)
    shown = [
        repr(found),
        str(found),
        repr(live),
        repr(live.session),
        repr(found.own()),
        repr(alice),
    ]
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
    with pytest.raises(
        AuthenticationError, match="a login does not travel in a pickle; `Atmosphere.kept"
    ):
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
        # By the handle: the server looks for names in small letters, which `%3A` is not.
        found = Atmosphere.login(carol.handle, carol.password, settings=settings)
        assert (found.did, found.service) == (carol.did, any_pds.url)
        assert asked(found) == carol.did
        again = Atmosphere.from_session(ended(found.session()), settings=settings)
        assert asked(again) == carol.did


@pytest.mark.long
def test_a_server_that_has_enough_of_logins_says_for_how_long(
    pds: PdsServer, tmp_path: Path
) -> None:
    with running_pds(tmp_path / "pds", beside=pds, options={"RATE_LIMITS": "1"}) as strict:
        settings = strict.settings()
        for _ in range(30):  # in five minutes of one name
            with pytest.raises(AuthenticationError):
                Atmosphere.login("nobody.test", "x", service=strict.url, settings=settings)
        with pytest.raises(XrpcError, match=r"asks to wait \d+ s: try again then") as caught:
            Atmosphere.login("nobody.test", "x", service=strict.url, settings=settings)
        assert (caught.value.status, caught.value.name) == (429, "RateLimitExceeded")
        alice = strict.account("alice")
        assert asked(Atmosphere.login(alice.handle, alice.password, settings=strict.settings()))

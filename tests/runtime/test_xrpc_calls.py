"""Calls to one server: what is asked, what comes back, and what is made of errors and faults."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from atdata.atmosphere import Settings
from atdata.atmosphere.xrpc.client import Params, Xrpc
from atdata.atmosphere.xrpc.secret import Secret
from atdata.atmosphere.xrpc.waits import asked_wait
from atdata.errors import XrpcError
from servers.http import (
    Fault,
    HttpServer,
    Reply,
    both,
    cut,
    gone,
    header,
    length,
    redirect,
    status,
)

NSID = "com.example.get"
PATH = f"xrpc/{NSID}"
LOCAL = Settings(local=True)
JSON = header("Content-Type", "application/json; charset=utf-8")


def answer(value: object, code: int = 200, headers: Mapping[str, str] | None = None) -> Fault:
    """An answer in JSON."""

    def change(reply: Reply) -> None:
        reply.status = code
        reply.headers = {"Content-Type": "application/json", **(headers or {})}
        reply.body = json.dumps(value).encode()

    return change


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited; nobody waits."""
    found: list[float] = []
    monkeypatch.setattr("atdata.atmosphere.xrpc.trying.sleep", found.append)
    return found


@pytest.fixture
def server(http_server: HttpServer) -> HttpServer:
    http_server.put(PATH, b'{"a": [1, "b"]}')
    http_server.always(JSON)
    return http_server


@pytest.fixture
def xrpc(server: HttpServer) -> Xrpc:
    return Xrpc(server.url, settings=LOCAL)


def test_parameters_are_spelled_as_the_protocol_has_them(server: HttpServer, xrpc: Xrpc) -> None:
    params: Params = {"a": "x y&z=/é", "b": True, "c": 3, "d": ["p", "q"], "e": None, "f": False}
    assert xrpc.query(NSID, params) == {"a": [1, "b"]}
    (asked,) = server.asked
    assert asked.path == f"/{PATH}"
    assert asked.query == "a=x%20y%26z%3D%2F%C3%A9&b=true&c=3&d=p&d=q&f=false"
    assert "Authorization" not in asked.headers


def test_bytes_are_fetched_and_streamed(server: HttpServer, xrpc: Xrpc) -> None:
    content = bytes(range(256)) * 4000
    server.put("xrpc/com.example.bytes", content)
    assert xrpc.fetch("com.example.bytes", max_bytes=len(content)) == content
    with xrpc.stream("com.example.bytes") as body:
        assert body.read(10) == content[:10]
        rest = bytearray()
        while piece := body.read(100_000):
            rest += piece
    assert rest == content[10:]
    with xrpc.stream("com.example.bytes") as body:
        body.read(1)
    assert xrpc.fetch("com.example.bytes", max_bytes=len(content)) == content


def test_a_procedure_is_sent_json_and_a_file_is_streamed(server: HttpServer, xrpc: Xrpc) -> None:
    assert xrpc.call(NSID, {"text": "é", "n": 1}) == {"a": [1, "b"]}
    server.put("xrpc/com.example.none", b"")
    assert xrpc.call("com.example.none") == {}
    file = io.BytesIO(b"before" + b"x" * 300_000 + b"behind")
    file.seek(6)
    assert xrpc.upload(NSID, file, 300_000, "application/x-tar") == {"a": [1, "b"]}
    first, second, third = server.asked
    assert json.loads(first.body) == {"text": "é", "n": 1}
    assert first.headers["Content-Type"] == "application/json"
    assert (second.body, second.headers["Content-Length"]) == (b"", "0")
    assert "Content-Type" not in second.headers
    assert third.body == b"x" * 300_000
    assert third.headers["Content-Type"] == "application/x-tar"
    assert "Transfer-Encoding" not in third.headers


def test_a_file_that_ends_early_is_no_upload(server: HttpServer, xrpc: Xrpc) -> None:
    with pytest.raises(XrpcError, match="what is uploaded ended before its size"):
        xrpc.upload(NSID, io.BytesIO(b"short"), 100_000, "*/*")
    assert xrpc.query(NSID) == {"a": [1, "b"]}


def test_an_error_has_the_name_and_the_words_of_the_server(server: HttpServer, xrpc: Xrpc) -> None:
    server.then(answer({"error": "RecordNotFound", "message": "Could not locate record"}, 400))
    with pytest.raises(XrpcError) as caught:
        xrpc.query(NSID)
    error = caught.value
    assert (error.status, error.name) == (400, "RecordNotFound")
    assert str(error) == f"{server.url}: {NSID}: RecordNotFound (400): 'Could not locate record'"
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.status, again.name) == (str(error), 400, "RecordNotFound")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>no</html>",
        b"[1]",
        b'{"error": 3, "message": ["x"]}',
        b"[" * 10_000,
        b'{"error": "Bad\\u001b[2J", "message": ""}',
        b'{"error": "' + b"A" * 65 + b'"}',
        b"\xff\xfe",
        b'{"error": "Long", "message": "' + b"x" * 20_000 + b'"}',
    ],
)
def test_an_error_without_sense_is_its_status(server: HttpServer, xrpc: Xrpc, body: bytes) -> None:
    def change(reply: Reply) -> None:
        reply.status, reply.body = 400, body

    server.then(change)
    with pytest.raises(XrpcError, match=r"the server answered 400$") as caught:
        xrpc.query(NSID)
    assert (caught.value.status, caught.value.name) == (400, None)


def test_what_a_server_says_is_no_command_for_a_terminal(server: HttpServer, xrpc: Xrpc) -> None:
    server.then(answer({"error": "Bad", "message": "\x1b[2J\u202e\n" + "x" * 5000}, 400))
    with pytest.raises(XrpcError) as caught:
        xrpc.query(NSID)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


PASSING: dict[str, Fault] = {
    "500": status(500),
    "502": answer({"error": "UpstreamFailure"}, 502),
    "503": status(503),
    "429": status(429),
    "408": status(408),
    "cut": cut(3),
    "reset": cut(0, reset=True),
    "gone": gone,
    "short": length(7),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_query_is_made_again(
    server: HttpServer, xrpc: Xrpc, name: str, waits: list[float]
) -> None:
    server.then(*[PASSING[name]] * 3)
    assert xrpc.query(NSID) == {"a": [1, "b"]}
    assert len(waits) == 3
    server.then(*[PASSING[name]] * 4)
    with pytest.raises(XrpcError, match=f"{server.url}: {NSID}"):
        xrpc.query(NSID)
    assert len(server.asked) == 8


@pytest.mark.parametrize("name", PASSING)
def test_a_procedure_is_made_again_only_where_nothing_happened(
    server: HttpServer, xrpc: Xrpc, name: str
) -> None:
    server.then(PASSING[name])
    if name == "429":
        assert xrpc.call(NSID, {}) == {"a": [1, "b"]}
        assert len(server.asked) == 2
        return
    with pytest.raises(XrpcError) as caught:
        xrpc.call(NSID, {})
    assert len(server.asked) == 1
    assert (caught.value.status is None) == (name in ("cut", "reset", "gone", "short"))
    server.then(PASSING[name])
    assert xrpc.call(NSID, {}, repeat=True) == {"a": [1, "b"]}, "of no consequence when repeated"


def test_a_server_that_cannot_be_reached_was_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    stopped = HttpServer()
    stopped.close()
    file = io.BytesIO(b"x" * 10)
    with pytest.raises(XrpcError, match="cannot be reached, and again at each of 4 tries"):
        Xrpc(stopped.url, settings=LOCAL).upload(NSID, file, 10, "*/*")
    assert len(waits) == 3


def test_an_upload_begins_anew_where_it_began(server: HttpServer, xrpc: Xrpc) -> None:
    server.then(status(429), status(502), cut(3), JSON)
    file = io.BytesIO(b"..." + b"x" * 50_000)
    file.seek(3)
    assert xrpc.upload(NSID, file, 50_000, "*/*") == {"a": [1, "b"]}
    assert [one.body for one in server.asked] == [b"x" * 50_000] * 4


class OnceThrough(io.BytesIO):
    """A file that is read once."""

    def seekable(self) -> bool:
        return False


def test_what_can_be_read_once_is_not_sent_half(server: HttpServer, xrpc: Xrpc) -> None:
    server.then(status(429))
    with pytest.raises(XrpcError) as caught:
        xrpc.upload(NSID, OnceThrough(b"x" * 9), 9, "*/*")
    assert caught.value.status == 429
    login = Renewing("old", "new")
    server.then(ENDED["the reference"])
    with pytest.raises(XrpcError, match="the token has ended, and what is uploaded cannot be read"):
        Xrpc(server.url, settings=LOCAL, login=login).upload(NSID, OnceThrough(b"x"), 1, "*/*")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"ratelimit-reset": "1700000060", "Date": "Tue, 14 Nov 2023 22:13:20 GMT"}, 60.0),
        ({"RateLimit-Reset": "9"}, 9.0),
        ({"ratelimit-reset": "1700000000", "Date": "Tue, 14 Nov 2023 22:15:00 GMT"}, 0.0),
        ({"ratelimit-reset": "soon"}, 0.0),
        ({"ratelimit-reset": "9" * 400}, 0.0),
    ],
)
def test_a_server_is_waited_for_as_long_as_it_asks(
    server: HttpServer, xrpc: Xrpc, headers: dict[str, str], wait: float, waits: list[float]
) -> None:
    # The server of the tests says a date of its own, which comes first.
    assert (asked_wait(headers) or 0.0) == wait
    if "Date" not in headers:
        server.then(answer({"error": "RateLimitExceeded"}, 429, headers))
        xrpc.query(NSID)
        assert waits[0] >= wait
        assert waits[0] < wait + 1


def test_nobody_waits_for_hours(server: HttpServer, xrpc: Xrpc, waits: list[float]) -> None:
    server.then(answer({"error": "RateLimitExceeded"}, 429, {"Retry-After": "86400"}))
    with pytest.raises(XrpcError, match="asks to wait 86400 s: try again then") as caught:
        xrpc.call(NSID, {})
    assert (caught.value.status, caught.value.name) == (429, "RateLimitExceeded")
    assert waits == []


def test_redirects_are_followed_for_queries_and_for_nothing_else(
    server: HttpServer, xrpc: Xrpc
) -> None:
    other = server.put("xrpc/com.example.other", b'{"there": true}')
    server.then(redirect(other))
    assert xrpc.query(NSID) == {"there": True}
    for code in (301, 302, 303, 307, 308):
        server.then(redirect(other, code))
        with pytest.raises(XrpcError, match=f"the server answered {code}"):
            xrpc.call(NSID, {"password": "secret"})
    assert [one.path for one in server.asked[2:]] == [f"/{PATH}"] * 5


class Renewing:
    """A login whose first token has ended."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = [Secret(token) for token in tokens]
        self.used: list[Secret] = []

    def token(self) -> Secret:
        return self._tokens[0]

    def renewed(self, used: Secret) -> Secret:
        self.used.append(used)
        return self._tokens[1]


ENDED: dict[str, Fault] = {
    "the reference": answer({"error": "ExpiredToken", "message": "Token has expired"}, 400),
    "others": answer({"error": "AuthMissing"}, 401),
}


@pytest.mark.parametrize("name", ENDED)
def test_a_token_that_has_ended_is_renewed_once(server: HttpServer, name: str) -> None:
    login = Renewing("old", "new")
    xrpc = Xrpc(server.url, settings=LOCAL, login=login)
    server.then(ENDED[name])
    assert xrpc.call(NSID, {"n": 1}) == {"a": [1, "b"]}
    assert [one.headers["Authorization"] for one in server.asked] == ["Bearer old", "Bearer new"]
    assert [json.loads(one.body) for one in server.asked] == [{"n": 1}] * 2
    server.then(ENDED[name], ENDED[name])
    with pytest.raises(XrpcError):
        xrpc.query(NSID)
    assert len(server.asked) == 4
    assert login.used == [Secret("old")] * 2


def test_secrets_are_in_nothing_that_is_shown(
    server: HttpServer, caplog: pytest.LogCaptureFixture
) -> None:
    import traceback

    caplog.set_level(0)
    login = Renewing("token-of-the-account", "token-of-the-account")
    xrpc = Xrpc(server.url, settings=LOCAL, login=login)
    word = "hunter2" * 2
    said = {"error": "No", "message": f"you sent token-of-the-account and {word}"}
    named = {"error": "tokenXtoken-of-the-account"}
    faults: list[Any] = [
        answer(said, 400),
        answer(named, 400),
        answer({"error": word}, 400),
        answer(said, 500),
        gone,
        both(JSON, cut(2)),
    ]
    shown = [repr(xrpc), repr(login.token()), str(login.token()), f"{login.token()!s}"]
    for fault in faults:
        server.then(fault)
        with pytest.raises(XrpcError) as caught:
            xrpc.call(NSID, {"identifier": "alice.test", "password": word})
        error = caught.value
        shown += [str(error), repr(error), "".join(traceback.format_exception(error))]
        frames = error.__traceback__
        while frames is not None:
            if "atdata_schema" in frames.tb_frame.f_code.co_filename:
                held = {**frames.tb_frame.f_locals}
                shown.append(repr(held.get("token")) + repr(held.get("headers")))
            frames = frames.tb_next
    shown += [record.getMessage() for record in caplog.records]
    assert len(server.asked) == len(faults)
    for text in shown:
        assert "token-of-the-account" not in text
        assert word not in text
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(login.token())


def test_a_short_password_does_not_spoil_what_is_said(server: HttpServer, xrpc: Xrpc) -> None:
    server.then(answer({"error": "RateLimitExceeded", "message": "no, x"}, 400))
    with pytest.raises(XrpcError, match=r"RateLimitExceeded \(400\): 'no, …'") as caught:
        xrpc.call(NSID, {"password": "x"})
    assert caught.value.name == "RateLimitExceeded"

"""Servers that mean harm, or are broken: each is left, with a message that names it."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from atdata.atmosphere import Settings
from atdata.atmosphere.lookups import LiveResolver
from atdata.atmosphere.xrpc.client import Xrpc
from atdata.atmosphere.xrpc.secret import Secret
from atdata.errors import LoadError, SourceError, XrpcError
from atdata.shards.sources.addresses import may_be_reached
from atdata.shards.sources.pace import Pace
from atdata.shards.sources.retrying import Patience
from servers.http import (
    Fault,
    HttpServer,
    Reply,
    both,
    dripping,
    header,
    redirect,
    waiting,
)

NSID = "com.example.get"
PATH = f"xrpc/{NSID}"
LOCAL = Settings(local=True)
JSON = header("Content-Type", "application/json")
SOON = Pace(grace=1.0, slowest=1_000_000)
ONCE = Patience(tries=1)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atdata.atmosphere.xrpc.trying.sleep", list[float]().append)


@pytest.fixture
def server(http_server: HttpServer) -> HttpServer:
    http_server.put(PATH, b'{"a": "' + b"x" * 5000 + b'"}')
    http_server.always(JSON)
    return http_server


def hurried(server: HttpServer) -> Xrpc:
    return Xrpc(server.url, settings=LOCAL, pace=SOON, patience=ONCE)


def test_a_server_that_says_nothing_is_left(server: HttpServer) -> None:
    event = threading.Event()
    server.always(waiting(event))
    try:
        xrpc, said = hurried(server), f"{NSID}: the server did not answer in time"
        with pytest.raises(XrpcError, match=said):
            xrpc.query(NSID)
        with pytest.raises(XrpcError, match=said):
            xrpc.call(NSID, {})
        with pytest.raises(XrpcError, match=said):
            xrpc.fetch(NSID, max_bytes=9)
    finally:
        event.set()


def test_a_server_that_stops_in_the_middle_is_left(server: HttpServer) -> None:
    event = threading.Event()
    server.always(both(JSON, waiting(event, 100)))
    try:
        with pytest.raises(XrpcError, match="the server stopped sending"):
            hurried(server).query(NSID)
        with hurried(server).stream(NSID) as body:
            assert len(body.read(100)) == 100
            with pytest.raises(XrpcError, match=f"{NSID}: the server stopped sending"):
                body.read(1000)
    finally:
        event.set()


def test_a_server_that_drips_is_left(server: HttpServer) -> None:
    # Each byte comes soon enough; all together would take a minute.
    server.always(both(JSON, dripping(0.01)))
    with pytest.raises(XrpcError, match="the server stopped sending"):
        hurried(server).query(NSID)


@contextmanager
def raw_server(head: bytes, endless: bytes, pause: float) -> Generator[str]:
    """A server that answers with the head, and then with the same bytes for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65536)
                    connection.sendall(head)
                    while not ended.wait(pause):
                        connection.sendall(endless)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_a_head_that_never_ends_is_left() -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\n", b"X", 0.01) as url:
        xrpc = Xrpc(url, settings=LOCAL, pace=SOON, patience=ONCE)
        with pytest.raises(XrpcError, match="did not answer in time"):
            xrpc.query(NSID)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_an_answer_without_end_is_left(head: bytes) -> None:
    piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n" if b"chunked" in head else b"x" * 0x8000
    with raw_server(head, piece, 0.0) as url:
        xrpc = Xrpc(url, settings=LOCAL, patience=ONCE)
        with pytest.raises(XrpcError, match="has more than the 1,000,000 bytes"):
            xrpc.query(NSID, max_bytes=1_000_000)
        with pytest.raises(XrpcError, match="has more than the 1,000 bytes"):
            xrpc.fetch(NSID, max_bytes=1000)


@pytest.mark.parametrize(
    "head",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(200)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"\xff" * 100 + b"\r\n\r\n",
    ],
)
def test_what_is_no_answer_of_http_is_an_error(head: bytes) -> None:
    with raw_server(head, b"", 0.05) as url, pytest.raises(XrpcError, match=url):
        Xrpc(url, settings=LOCAL, pace=SOON, patience=ONCE).query(NSID)


def body(content: bytes, **headers: str) -> Fault:
    """Another body."""

    def change(reply: Reply) -> None:
        reply.body = content
        reply.headers = {"Content-Type": "application/json", **headers}

    return change


NONE: dict[str, tuple[Fault, str]] = {
    "html": (
        body(b"<html>", **{"Content-Type": "text/html"}),
        "'text/html', where application/json",
    ),
    "no type": (header("Content-Type", None), "the answer is '', where"),
    "no json": (body(b"{"), "no JSON"),
    "nan": (body(b'{"a": NaN}'), "no JSON"),
    "a list": (body(b"[1]"), "no JSON object"),
    "nothing": (body(b""), "no JSON"),
    "deep": (body(b'{"a":' * 100_000), "no JSON"),
    "not utf-8": (body(b'{"a": "\xff\xfe"}'), "no JSON"),
    "a long number": (body(b'{"a": ' + b"9" * 100_000 + b"}"), "no JSON"),
    "packed": (body(b"\x1f\x8b", **{"Content-Encoding": "gzip"}), "packed, though"),
    "an escape": (body(b"", **{"Content-Type": "\x1b[2Jx/y"}), "x/y"),
}


@pytest.mark.parametrize("name", NONE)
def test_an_answer_that_is_none_says_what_it_is(server: HttpServer, name: str) -> None:
    fault, said = NONE[name]
    server.always(fault)
    with pytest.raises(XrpcError) as caught:
        Xrpc(server.url, settings=LOCAL).query(NSID)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(server.asked) == 1, "it would be the same again"


def test_private_addresses_are_not_reached(
    https_server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    https_server.put(PATH, b"{}")
    https_server.always(JSON)
    with pytest.raises(XrpcError, match=r"leads to 127\.0\.0\.1, which is an address of this"):
        Xrpc(https_server.url).query(NSID)
    with pytest.raises(XrpcError, match="leads to localhost"):
        Xrpc(https_server.url.replace("127.0.0.1", "localhost")).call(NSID, {})
    assert https_server.connections == 0
    monkeypatch.setenv("ATDATA_ALLOW_PRIVATE_HOSTS", "127.0.0.0/30")
    assert Xrpc(https_server.url).query(NSID) == {}


class Fixed:
    """A login with one token."""

    def token(self) -> Secret:
        return Secret("token-of-the-account")

    def renewed(self, used: Secret) -> Secret:
        return used


def test_a_redirect_leads_to_no_private_address_and_takes_no_token_along(
    https_server: HttpServer,
    certificate: tuple[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATDATA_ALLOW_PRIVATE_HOSTS", "127.0.0.1/32")
    xrpc = Xrpc(https_server.url, login=Fixed())
    inside = HttpServer(host="::1" if sys.platform == "darwin" else "127.0.0.2")
    elsewhere = HttpServer(certificate[1])
    try:
        for server in (inside, elsewhere):
            server.put("there", b'{"secret": 1}')
            server.always(JSON)
        for target in (
            f"{inside.url}/there",
            f"{inside.url}/there".replace("http:", "https:"),
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/there",
            "https://2130706434/there",
        ):
            https_server.then(redirect(target))
            with pytest.raises(
                XrpcError, match="redirects from https to http|which is an address of"
            ):
                xrpc.query(NSID)
        for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "pipe:id", "//["):
            https_server.then(redirect(target))
            with pytest.raises(
                XrpcError, match="redirects to what is no web address|redirects from"
            ):
                xrpc.query(NSID)
        https_server.then(redirect(f"{elsewhere.url}/there"))
        assert xrpc.query(NSID) == {"secret": 1}
        https_server.always(redirect(https_server.url))
        with pytest.raises(XrpcError, match="redirects more than 5 times"):
            xrpc.query(NSID)
        assert inside.asked == []
        assert [one.headers.get("Authorization") for one in elsewhere.asked] == [None]
        assert https_server.asked[0].headers["Authorization"] == "Bearer token-of-the-account"
    finally:
        inside.close()
        elsewhere.close()


@pytest.mark.parametrize(
    ("networks", "address", "reached"),
    [
        ("", "93.184.215.14", True),
        ("", "10.0.0.1", False),
        ("10.0.0.0/8", "10.255.0.1", True),
        ("10.0.0.0/8", "::ffff:10.0.0.1", True),
        ("10.0.0.0/8", "11.0.0.1", True),
        ("10.0.0.0/8", "127.0.0.1", False),
        (" 192.168.1.0/24 , fd00::/8,", "fd12::1", True),
        ("fd00::/8", "10.0.0.1", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("0.0.0.0/0", "169.254.169.254", True),
    ],
)
def test_networks_that_a_user_allows_count_as_public(
    monkeypatch: pytest.MonkeyPatch, networks: str, address: str, reached: bool
) -> None:
    monkeypatch.setenv("ATDATA_ALLOW_PRIVATE_HOSTS", networks)
    assert may_be_reached(address) == reached


@pytest.mark.parametrize("networks", ["yes", "10.0.0.0/40", "10.0.0.1/8", "intranet.example.org"])
def test_what_names_no_networks_is_refused(
    http_server: HttpServer, monkeypatch: pytest.MonkeyPatch, networks: str
) -> None:
    monkeypatch.setenv("ATDATA_ALLOW_PRIVATE_HOSTS", networks)
    with pytest.raises(LoadError, match="ATDATA_ALLOW_PRIVATE_HOSTS: "):
        Xrpc(http_server.url).query(NSID)


def test_small_files_of_strangers_are_read_with_the_same_care(server: HttpServer) -> None:
    resolver = LiveResolver(LOCAL)
    url = server.put("did.json", b"x" * 100)
    assert resolver.https_get(url, 100) == b"x" * 100
    with pytest.raises(SourceError, match="has more than the 99 bytes"):
        resolver.https_get(url, 99)
    assert resolver.https_get(f"{server.url}/nothing", 9) is None
    with pytest.raises(SourceError, match="leads to 127"):
        LiveResolver(Settings()).https_get(url, 100)
    server.then(redirect("file:///etc/passwd"))
    with pytest.raises(SourceError, match="no web address|redirects from"):
        resolver.https_get(url, 100)
    server.always(both(dripping(0.01)))
    with pytest.raises(SourceError, match="the server stopped sending"):
        LiveResolver(LOCAL, pace=SOON).https_get(server.put("long", b"x" * 5000), 5000)


def test_a_reader_may_take_its_time(server: HttpServer) -> None:
    """What counts is the time that the server is waited for."""
    content = b"x" * 4_000_000
    server.put("xrpc/com.example.bytes", content)
    came = 0
    with Xrpc(server.url, settings=LOCAL, pace=Pace(1.5, 10**9)).stream(
        "com.example.bytes"
    ) as body:
        while piece := body.read(1_000_000):
            came += len(piece)
            time.sleep(0.5)
    assert came == len(content)

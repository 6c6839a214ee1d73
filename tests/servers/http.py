"""A web server on loopback that serves bytes from memory, counts what it is asked, and misbehaves on demand.

    server.put("data.tar", content)
    server.then(status(503, {"Retry-After": "0"}), cut(1000))   # of the next two answers
    server.always(whole)                                        # of all others
    server.asked                                                # what came

A fault changes one answer before it is sent.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import pytest

from atdata.shards.sources import network

_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
Range: TypeAlias = tuple[int, int]


@dataclass
class Reply:
    """An answer that is not sent yet.

    Attributes:
        status: its status.
        headers: its headers; `Content-Length` is that of the body where it is not given.
        body: its body.
        content: the whole file.
        cut: bytes of the body that are sent before the connection ends.
        reset: whether it ends with a reset.
        wait: waited for before the rest of the body is sent.
        wait_at: bytes of the body that are sent before; -1 for nothing at all, not even the head.
        drip: seconds between each byte of the body and the next.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    content: bytes = b""
    cut: int | None = None
    reset: bool = False
    wait: threading.Event | None = None
    wait_at: int = -1
    drip: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request that came.

    Attributes:
        path: its path, without the query.
        query: its query.
        span: first byte and the one behind the last, where a range was asked for; -1 for the end.
        status: the status of the answer.
        sent: bytes of the body of the answer.
        headers: its headers.
        body: what came with it, where it is a POST.
    """

    path: str
    query: str
    span: Range | None
    status: int
    sent: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


Fault: TypeAlias = Callable[[Reply], None]


def fine(reply: Reply) -> None:
    """No fault."""


def status(code: int, headers: Mapping[str, str] | None = None) -> Fault:
    """Another status, without a body."""

    def change(reply: Reply) -> None:
        reply.status, reply.headers, reply.body = code, dict(headers or {}), b""

    return change


def redirect(location: str, code: int = 302) -> Fault:
    """A redirect."""
    return status(code, {"Location": location})


def header(name: str, value: str | None) -> Fault:
    """A header that is another one, or left out."""

    def change(reply: Reply) -> None:
        reply.headers.pop(name, None)
        if value is not None:
            reply.headers[name] = value

    return change


def cut(count: int, *, reset: bool = False) -> Fault:
    """A connection that ends in the body."""

    def change(reply: Reply) -> None:
        reply.cut, reply.reset = count, reset

    return change


def gone(reply: Reply) -> None:
    """No answer at all."""
    reply.cut, reply.reset = -1, True


def whole(reply: Reply) -> None:
    """Ranges are ignored."""
    if reply.status in (206, 416):
        reply.status, reply.body = 200, reply.content
        reply.headers.pop("Content-Range", None)


def length(more: int) -> Fault:
    """A `Content-Length` that is not that of the body; then the connection ends."""

    def change(reply: Reply) -> None:
        reply.headers["Content-Length"] = str(len(reply.body) + more)
        reply.cut = len(reply.body)

    return change


def flipped(reply: Reply) -> None:
    """The first byte of the body is another one."""
    reply.body = bytes([reply.body[0] ^ 1]) + reply.body[1:]


def waiting(event: threading.Event, at: int = -1) -> Fault:
    """No more than some of the body is sent before an event."""

    def change(reply: Reply) -> None:
        reply.wait, reply.wait_at = event, at

    return change


def dripping(seconds: float) -> Fault:
    """A body that comes a byte at a time."""

    def change(reply: Reply) -> None:
        reply.drip = seconds

    return change


def both(*faults: Fault) -> Fault:
    """Several faults in one answer."""

    def change(reply: Reply) -> None:
        for fault in faults:
            fault(reply)

    return change


class HttpServer:
    """A server. Its files may be changed at any time; each has a strong ETag of its content.

    Attributes:
        files: the files by their paths, without a slash in front.
        asked: what came so far.
        connections: how many were made.
    """

    def __init__(self, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self._next: deque[Fault] = deque()
        self._always: dict[str, Fault] = {}
        self._tags: dict[int, tuple[bytes, str]] = {}
        self._lock = threading.Lock()
        self._server = (_Listener6 if ":" in host else _Listener)((host, 0), _Handler)
        self._server.owner = self
        scheme = "http"
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{scheme}://{shown}:{self._server.server_address[1]}"
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()

    def put(self, path: str, content: bytes) -> str:
        """Serve a file; its address."""
        self.files[path] = content
        return f"{self.url}/{path}"

    def put_folder(self, folder: Path, prefix: str = "") -> str:
        """Serve the files of a folder; the address of the folder."""
        for path in folder.iterdir():
            if path.is_file():
                self.put(prefix + path.name, path.read_bytes())
        return f"{self.url}/{prefix}"

    def then(self, *faults: Fault) -> None:
        """The faults of the next answers, one each."""
        self._next.extend(faults)

    def always(self, fault: Fault, path: str = "") -> None:
        """The fault of all answers about a file, or about any."""
        self._always[path] = fault

    def spans(self, path: str) -> list[Range | None]:
        """The ranges of a file that were asked for."""
        return [one.span for one in self.asked if one.path == f"/{path}"]

    def sent(self) -> int:
        """Bytes of all bodies that were sent."""
        return sum(one.sent for one in self.asked)

    def forget(self) -> None:
        """Count from nothing again."""
        self.asked.clear()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def reply(self, path: str, headers: Mapping[str, str]) -> Reply:
        """The answer to a request, as a server should give it, and then with its fault."""
        content = self.files.get(unquote(path).removeprefix("/"))
        reply = _missing() if content is None else _found(content, self._tag(content), headers)
        with self._lock:
            fault = self._next.popleft() if self._next else None
        if fault is None:
            fault = self._always.get(path.removeprefix("/"), self._always.get("", fine))
        fault(reply)
        return reply

    def _tag(self, content: bytes) -> str:
        """A strong ETag. Contents are kept with theirs, so that an identity is that of one content."""
        known = self._tags.get(id(content))
        if known is None:
            known = self._tags[id(content)] = content, f'"{sha256(content).hexdigest()[:16]}"'
        return known[1]

    def note(self, asked: Asked) -> None:
        """Keep what came."""
        with self._lock:
            self.asked.append(asked)


def _missing() -> Reply:
    return Reply(404, {}, b"no such file")


def _found(content: bytes, tag: str, headers: Mapping[str, str]) -> Reply:
    own = {"ETag": tag, "Accept-Ranges": "bytes"}
    wanted = headers.get("If-Match")
    if wanted is not None and wanted != own["ETag"]:
        return Reply(412, own, b"", content)
    span = _RANGE.fullmatch(headers.get("Range", ""))
    if span is None:
        return Reply(200, own, content, content)
    first, last = int(span[1]), min(int(span[2] or len(content)), len(content) - 1)
    if first > last:
        return Reply(416, {**own, "Content-Range": f"bytes */{len(content)}"}, b"", content)
    own["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Reply(206, own, content[first : last + 1], content)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: HttpServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that clients leave are no news."""


class _Listener6(_Listener):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _owner(self) -> HttpServer:
        assert isinstance(self.server, _Listener)
        return self.server.owner

    def setup(self) -> None:
        super().setup()
        self._owner.connections += 1

    def do_GET(self) -> None:
        """Answer."""
        path, _, query = self.path.partition("?")
        headers = dict(self.headers.items())
        content = self.rfile.read(int(headers.get("Content-Length", "0")))
        reply = self._owner.reply(path, headers)
        if reply.wait is not None and reply.wait_at < 0:
            reply.wait.wait(30)
        body = reply.body if reply.cut is None else reply.body[: max(0, reply.cut)]
        span = _RANGE.fullmatch(headers.get("Range", ""))
        asked = None if span is None else (int(span[1]), int(span[2] or -2) + 1)
        self._owner.note(Asked(path, query, asked, reply.status, len(body), headers, content))
        if reply.cut != -1:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.wait is not None and reply.wait_at >= 0:
                self.wfile.write(body[: reply.wait_at])
                reply.wait.wait(30)
                body = body[reply.wait_at :]
            for at in range(len(body)) if reply.drip else ():
                self.wfile.write(body[at : at + 1])
                time.sleep(reply.drip)
            self.wfile.write(b"" if reply.drip else body)
        if reply.cut is not None:
            self._end(reply.reset)

    do_POST = do_GET  # noqa: N815  # http.server wants this name

    def _end(self, reset: bool) -> None:
        self.close_connection = True
        self.wfile.flush()
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def http_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpServer]:
    """A server without TLS, for one test; what one at the same port has shown before is forgotten."""
    monkeypatch.setattr("atdata.shards.sources.ranged._GIVING", set[object]())
    server = HttpServer()
    yield server
    server.close()


@pytest.fixture
def https_server(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> Iterator[HttpServer]:
    """A server with TLS, for one test; our code trusts its certificate."""
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setattr(network, "_networks", {})
    server = HttpServer(context)
    yield server
    server.close()

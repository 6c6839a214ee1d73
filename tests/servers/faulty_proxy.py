"""A way to a service that loses, delays and damages things, as networks and services do."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

__all__ = [
    "Answer",
    "Corrupt",
    "Drop",
    "FaultyProxy",
    "Hold",
    "Lose",
    "Request",
    "Shorten",
    "faulty_proxy",
    "xrpc_method",
]

_DROPPED = {"connection", "transfer-encoding", "keep-alive", "expect"}


@dataclass(frozen=True)
class Request:
    """What was asked.

    Attributes:
        operation: the service's name for it: `UploadPart` of S3, `com.atproto.repo.uploadBlob` of a PDS.
        path: its path, such as `/bucket/key`.
        headers: what was said with it, the names in small letters.
        bytes: the size of its body.
    """

    operation: str
    path: str
    headers: dict[str, str] = field(repr=False)
    bytes: int


@dataclass(frozen=True)
class Answer:
    """Answer in place of the service, with an error or the text that is given."""

    status: int
    code: str
    text: str | None = None
    kind: str = "application/xml"


@dataclass(frozen=True)
class Drop:
    """Break the connection when so much of the body has come; the service hears nothing of it."""

    after: int = 0


@dataclass(frozen=True)
class Lose:
    """Let the service do it, and break the connection before it answers."""


@dataclass(frozen=True)
class Shorten:
    """Break the connection in the middle of the answer."""


@dataclass(frozen=True)
class Corrupt:
    """Change a byte of the body on its way."""


@dataclass(frozen=True)
class Hold:
    """Do nothing until the event is set; then break the connection."""

    until: threading.Event


Fault = Answer | Drop | Lose | Shorten | Corrupt | Hold
When = Callable[[Request], bool]
Naming = Callable[[str, str, dict[str, list[str]]], str]


@dataclass
class _Rule:
    fault: Fault
    when: When
    left: int
    skip: int


class FaultyProxy:
    """Passes everything on but for what `fail` says.

    Args:
        target: the service.
        naming: what a request is called, by its method, path and query; S3's names without it.

    Attributes:
        endpoint: where it listens.
        seen: every request, in order.
    """

    def __init__(self, target: str, naming: Naming | None = None) -> None:
        self.name_of = naming or _operation
        self.seen: list[Request] = []
        self._answered: list[Request] = []
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), _handler(self, urlsplit(target).netloc)
        )
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def fail(
        self,
        fault: Fault,
        operation: str | None = None,
        *,
        times: int = 1,
        after: int = 0,
        when: When = lambda request: True,
    ) -> None:
        """Let a fault happen to the next requests.

        Args:
            fault: what happens.
            operation: to which operation, or to any.
            times: how often.
            after: how many such requests pass before.
            when: what else must be true.
        """

        def matches(request: Request) -> bool:
            return operation in (None, request.operation) and when(request)

        with self._lock:
            self._rules.append(_Rule(fault, matches, times, after))

    def heal(self) -> None:
        """Forget all faults that are still to come, and what was seen."""
        with self._lock:
            self._rules.clear()
            self.seen.clear()
            self._answered.clear()

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        with self._lock:
            return sum(request.operation == operation for request in self.seen)

    def passed(self, operation: str) -> int:
        """How often the service answered an operation."""
        with self._lock:
            return sum(request.operation == operation for request in self._answered)

    def note_answer(self, request: Request) -> None:
        """Note that the service did what was asked."""
        with self._lock:
            self._answered.append(request)

    def sent(self, operation: str) -> int:
        """Bytes of the bodies of all requests of an operation."""
        with self._lock:
            return sum(request.bytes for request in self.seen if request.operation == operation)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def fault_for(self, request: Request) -> Fault | None:
        """Note a request; what is to happen to it."""
        with self._lock:
            self.seen.append(request)
            for rule in self._rules:
                if rule.left and rule.when(request):
                    if rule.skip:
                        rule.skip -= 1
                        continue
                    rule.left -= 1
                    return rule.fault
        return None


@contextmanager
def faulty_proxy(target: str, naming: Naming | None = None) -> Generator[FaultyProxy]:
    """A proxy in front of a service, as long as the block lasts."""
    proxy = FaultyProxy(target, naming)
    try:
        yield proxy
    finally:
        proxy.close()


def xrpc_method(method: str, path: str, query: dict[str, list[str]]) -> str:
    """The NSID of a call of the network's protocol.

    >>> xrpc_method("POST", "/xrpc/com.atproto.repo.uploadBlob", {})
    'com.atproto.repo.uploadBlob'
    """
    return path.removeprefix("/xrpc/")


def _operation(method: str, path: str, query: dict[str, list[str]]) -> str:
    """S3's name for a request.

    >>> _operation("PUT", "/bucket/key", {"partNumber": ["1"], "uploadId": ["x"]})
    'UploadPart'
    """
    on_object = path.strip("/").count("/") > 0
    for name, by_method in {
        "uploadId": {
            "PUT": "UploadPart",
            "GET": "ListParts",
            "POST": "CompleteMultipartUpload",
            "DELETE": "AbortMultipartUpload",
        },
        "uploads": {"POST": "CreateMultipartUpload", "GET": "ListMultipartUploads"},
        "delete": {"POST": "DeleteObjects"},
    }.items():
        if name in query:
            return by_method[method]
    kind = "Object" if on_object else "Bucket"
    if method == "GET" and not on_object:
        return "ListObjectsV2"
    return {"PUT": "Put", "GET": "Get", "HEAD": "Head", "DELETE": "Delete"}[method] + kind


def _handler(proxy: FaultyProxy, target: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def pass_on(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query, keep_blank_values=True)
            length = int(self.headers.get("Content-Length") or 0)
            said = {name.lower(): value for name, value in self.headers.items()}
            request = Request(
                proxy.name_of(self.command, parts.path, query), unquote(parts.path), said, length
            )
            fault = proxy.fault_for(request)
            if isinstance(fault, Drop):
                self.rfile.read(min(fault.after, length))
                self.reset()
                return
            body = self.rfile.read(length)
            match fault:
                case Hold():
                    fault.until.wait(60)
                    self.reset()
                case Answer():
                    self.answer(fault)
                case Corrupt() if body:
                    self.relay(request, bytes([body[0] ^ 1]) + body[1:], None)
                case _:
                    self.relay(request, body, fault)

        # Names that http.server wants.
        do_GET = pass_on  # noqa: N815
        do_PUT = pass_on  # noqa: N815
        do_POST = pass_on  # noqa: N815
        do_HEAD = pass_on  # noqa: N815
        do_DELETE = pass_on  # noqa: N815

        def relay(self, request: Request, body: bytes, fault: Fault | None) -> None:
            connection = http.client.HTTPConnection(target, timeout=60)
            headers = {n: v for n, v in self.headers.items() if n.lower() not in _DROPPED}
            try:
                connection.request(self.command, self.path, body=body, headers=headers)
                response = connection.getresponse()
                content = response.read()
            finally:
                connection.close()
            proxy.note_answer(request)
            if isinstance(fault, Lose):
                self.reset()
                return
            self.send_response_only(response.status, response.reason)
            for name, value in response.getheaders():
                if name.lower() not in _DROPPED | {"content-length"}:
                    self.send_header(name, value)
            # The answer to HEAD says the length of what it does not send.
            said = response.getheader("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", said or str(len(content)))
            self.end_headers()
            self.wfile.write(
                content[: len(content) // 2] if isinstance(fault, Shorten) else content
            )
            if isinstance(fault, Shorten):
                self.wfile.flush()
                self.reset()

        def answer(self, fault: Answer) -> None:
            text = fault.text or f"<Error><Code>{fault.code}</Code><Message>no</Message></Error>"
            content = b"" if self.command == "HEAD" else text.encode()
            self.send_response_only(fault.status, "said")
            self.send_header("Content-Type", fault.kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def reset(self) -> None:
            """Break the connection at once, without a farewell."""
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def finish(self) -> None:
            """Do not flush what was broken off."""
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

    return Handler

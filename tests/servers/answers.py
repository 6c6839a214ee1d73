"""A server of the network whose answers are a function of the question: for what no real server would say.

    def answer(nsid, params):
        return 200, {"rev": "3jzfcijpj2z2a"}

    with answering(answer) as server:
        server.settings(did)            # how our code finds that account here

It is the directory of the accounts as well.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from atdata.atmosphere import Settings

__all__ = ["Answer", "AnsweringServer", "answering"]

Answer: TypeAlias = Callable[[str, dict[str, str]], tuple[int, Any]]
"""From the method and its parameters to a status and JSON, or bytes as they are."""


class AnsweringServer:
    """A server.

    Attributes:
        url: its origin.
        asked: what was asked, in order: methods and parameters.
        documents: other documents of accounts than its own, by DID.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.documents: dict[str, Mapping[str, Any]] = {}
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def settings(self) -> Settings:
        """How our code finds every account here."""
        return Settings(directory=self.url, local=True, relays=(self.url,))

    def document(self, did: str) -> Mapping[str, Any]:
        """The document of an account that is here."""
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self.url,
        }
        return self.documents.get(did, {"id": did, "alsoKnownAs": [], "service": [service]})

    def count(self, nsid: str) -> int:
        """How often a method was asked."""
        return sum(name == nsid for name, _ in self.asked)

    def reply(self, path: str) -> tuple[int, bytes]:
        """The answer to a request."""
        parts = urlsplit(path)
        name = unquote(parts.path).removeprefix("/")
        if name.startswith("did:"):
            return 200, json.dumps(self.document(name)).encode()
        params = dict(parse_qsl(parts.query))
        nsid = name.removeprefix("xrpc/")
        self.asked.append((nsid, params))
        status, body = self.answer(nsid, params)
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: AnsweringServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that clients leave are no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer."""
        assert isinstance(self.server, _Listener)
        status, body = self.server.owner.reply(self.path)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@contextmanager
def answering(answer: Answer) -> Generator[AnsweringServer]:
    """A server as long as the block lasts."""
    server = AnsweringServer(answer)
    try:
        yield server
    finally:
        server.close()

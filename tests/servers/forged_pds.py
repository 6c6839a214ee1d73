"""A server of an account that misbehaves on demand: its records are signed by a key of the tests, and any answer may be forged.

    forged.put("science.alt.dataset.entry/3k…", record)      # a record, signed
    forged.blobs[cid] = b"…"                                 # what getBlob gives, whatever the CID
    forged.then["com.atproto.sync.getRecord"] = lambda asked, answer: …
    forged.asked                                             # what came

It is the directory of did:plc as well. Nothing of it shares code with the reader.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import pytest

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.records.collections import new_tid
from atdata_schema.data import as_value, to_json
from proof_data import DID, Repository, key_pair

__all__ = ["Answer", "Asked", "ForgedPds"]

HANDLE = "alice.test"
PAGE = 100
_JSON = "application/json"


@dataclass
class Answer:
    """An answer that is not sent yet.

    Attributes:
        body: its body, or the pieces of one that need not end.
        status: its status.
        headers: its headers; `Content-Length` is that of the body where it is not given.
        wait: waited for before anything is sent.
    """

    body: bytes | Iterator[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    wait: threading.Event | None = None


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    what: str
    params: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)


Change: TypeAlias = Callable[[Asked, Answer], None]


class ForgedPds:
    """The server of one account.

    Attributes:
        did: the account.
        handle: its handle.
        secret: what its repository is signed with.
        document_secret: what its DID document says that it is signed with.
        blobs: what `getBlob` gives, by CID.
        then: what is done to answers, by the method, or `did` for the document.
        asked: what came so far.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.did = DID
        self.handle: str | None = HANDLE
        self.secret = self.document_secret = 7
        self.records: dict[str, Any] = {}
        self.blobs: dict[str, bytes] = {}
        self.then: dict[str, Change] = {}
        self.asked: list[Asked] = []
        self.dns: dict[str, tuple[str, ...]] = {f"_atproto.{HANDLE}": (f"did={DID}",)}
        self.local = context is None
        self.repository = Repository({})
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def put(self, path: str, record: Mapping[str, Any] | None) -> str:
        """Write a record, or remove it, and sign the whole; its address."""
        if record is None:
            del self.records[path]
        else:
            self.records[path] = as_value(dict(record))
        self.sign()
        return f"at://{self.did}/{path}"

    def sign(self, rev: str | None = None) -> None:
        """Make a new commit."""
        self.repository = Repository(
            self.records, did=self.did, secret=self.secret, rev=rev or new_tid()
        )

    def cid(self, path: str) -> str:
        """The CID of a record."""
        return self.repository.cids[path]

    def settings(self) -> Settings:
        """How our code finds it."""
        return Settings(directory=self.url, relays=(), local=self.local, dns=self.dns)

    def reader(self) -> Atmosphere:
        """Somebody without a login, who knows nothing yet."""
        return Atmosphere(settings=self.settings())

    def count(self, what: str) -> int:
        """How often something was asked."""
        return sum(one.what == what for one in self.asked)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Answer:
        """The answer to a request, as a server should give it, and then changed."""
        self.asked.append(asked)
        made: Answer = _METHODS.get(asked.what, _unknown)(self, asked.params)
        change = self.then.get(asked.what)
        if change is not None:
            change(asked, made)
        return made

    def document(self) -> dict[str, Any]:
        """The DID document."""
        key = key_pair(secret=self.document_secret)[1]
        return {
            "id": self.did,
            "alsoKnownAs": [] if self.handle is None else [f"at://{self.handle}"],
            "verificationMethod": [
                {
                    "id": "#atproto",
                    "type": "Multikey",
                    "controller": self.did,
                    "publicKeyMultibase": key.multikey,
                }
            ],
            "service": [
                {
                    "id": "#atproto_pds",
                    "type": "AtprotoPersonalDataServer",
                    "serviceEndpoint": self.url,
                }
            ],
        }


def _document(server: ForgedPds, params: Mapping[str, str]) -> Answer:
    return _json(server.document())


def _get_record(server: ForgedPds, params: Mapping[str, str]) -> Answer:
    path = f"{params['collection']}/{params['rkey']}"
    return Answer(
        server.repository.proof(path), headers={"Content-Type": "application/vnd.ipld.car"}
    )


def _list_records(server: ForgedPds, params: Mapping[str, str]) -> Answer:
    prefix = params["collection"] + "/"
    keys = sorted((path for path in server.records if path.startswith(prefix)), reverse=True)
    keys = [key for key in keys if key < prefix + params.get("cursor", "\U0010ffff")]
    page = keys[: int(params["limit"])]
    found: dict[str, Any] = {
        "records": [
            {
                "uri": f"at://{server.did}/{key}",
                "cid": server.cid(key),
                "value": to_json(server.records[key]),
            }
            for key in page
        ]
    }
    if page:
        found["cursor"] = page[-1].removeprefix(prefix)
    return _json(found)


def _get_blob(server: ForgedPds, params: Mapping[str, str]) -> Answer:
    data = server.blobs.get(params["cid"])
    if data is None:
        return _json({"error": "BlobNotFound", "message": "no such blob"}, 400)
    return Answer(data, headers={"Content-Type": "application/x-tar"})


def _unknown(server: ForgedPds, params: Mapping[str, str]) -> Answer:
    return _json({"error": "MethodNotImplemented"}, 501)


_METHODS: dict[str, Callable[[ForgedPds, Mapping[str, str]], Answer]] = {
    "did": _document,
    "com.atproto.sync.getRecord": _get_record,
    "com.atproto.repo.listRecords": _list_records,
    "com.atproto.sync.getBlob": _get_blob,
}


def _json(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status, {"Content-Type": _JSON})


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    owner: ForgedPds

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that clients leave are no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer."""
        assert isinstance(self.server, _Listener)
        path, _, query = self.path.partition("?")
        what = unquote(path).removeprefix("/").removeprefix("xrpc/")
        params = dict(parse_qsl(query))
        name = "did" if what.startswith("did:") else what
        answer = self.server.owner.answer(Asked(name, params, dict(self.headers.items())))
        if answer.wait is not None:
            answer.wait.wait(30)
        pieces = iter([answer.body]) if isinstance(answer.body, bytes) else answer.body
        self.send_response(answer.status)
        for key, value in answer.headers.items():
            self.send_header(key, value)
        if isinstance(answer.body, bytes) and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        elif "Content-Length" not in answer.headers:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)
        if answer.headers.get("Content-Length") not in (
            None,
            str(len(answer.body) if isinstance(answer.body, bytes) else -1),
        ):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def forged(user_folders: Path) -> Iterator[ForgedPds]:
    """A server without TLS, for one test, for settings of experiments."""
    server = ForgedPds()
    yield server
    server.close()


@pytest.fixture
def public_forged(
    user_folders: Path,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ForgedPds]:
    """The same with TLS, for the usual settings: our code trusts its certificate, and its address counts as public."""
    from atdata.shards.sources import network

    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setenv("ATDATA_ALLOW_PRIVATE_HOSTS", "127.0.0.1/32")
    monkeypatch.setattr(network, "_networks", {})
    server = ForgedPds(context)
    server.handle = "alice.example.org"
    server.dns = {"_atproto.alice.example.org": (f"did={DID}",)}
    yield server
    server.close()

"""A relay and a Jetstream for tests, fed by real servers: what no package offers.

It follows the firehose of each server, gives the frames numbers of its own, and hands them out again: as `subscribeRepos`, and as
events of a Jetstream of either version, made from the same frames. Which repositories have records of a collection it asks the servers
when it is asked, so that it never lags.

    relay = relay_of(pds, second_pds)
    relay.url, relay.web_socket          # http://localhost:…, ws://localhost:…
    relay.caught_up()                    # waits until it has what the servers have
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.client import connect
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from atdata.atmosphere import Settings
from atdata.atmosphere.discovery.frames import read_frame
from atdata.atmosphere.proofs.car import read_car
from atdata.atmosphere.proofs.limits import CarLimits
from atdata_schema.data import Link, Value, from_cbor, to_cbor, to_json
from servers.pds import PdsServer

__all__ = ["Relay", "RelayOf", "relay_of"]

_SUBSCRIBE = "/xrpc/com.atproto.sync.subscribeRepos"
_LIST = "/xrpc/com.atproto.sync.listReposByCollection"
_EVENTS = "/xrpc/network.bsky.jetstream.subscribeEvents"
_LIMITS = CarLimits(8 << 20, 50_000)


class Relay:
    """A relay over servers.

    Attributes:
        url: its origin.
        web_socket: the same for streams.
        asked: the paths and queries that were asked for.
        page: how many repositories a page of its lists has.
    """

    def __init__(self, servers: Sequence[PdsServer]) -> None:
        self.servers = tuple(servers)
        self.asked: list[str] = []
        self.page = 1000
        self._frames: list[bytes] = []
        self._changed = threading.Condition()
        self._revs: dict[str, str] = {}
        self._ended = False
        self._open: set[ServerConnection] = set()
        self._server: Server = serve(
            self._stream,
            "localhost",
            0,
            process_request=self._request,
            select_subprotocol=_protocol,
            compression=None,
            max_size=None,
        )
        port = self._server.socket.getsockname()[1]
        self.url, self.web_socket = f"http://localhost:{port}", f"ws://localhost:{port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        for server in self.servers:
            threading.Thread(target=self._follow, args=(server,), daemon=True).start()

    def settings(self) -> Settings:
        """How our code finds this relay, and every account."""
        return replace(self.servers[0].settings(), relays=(self.url,), jetstream=self.web_socket)

    def caught_up(self) -> None:
        """Wait until everything that the servers have has come."""
        wanted: dict[str, str] = {}
        for server in self.servers:
            wanted |= self._repositories(server)
        end = time.monotonic() + 60
        with self._changed:
            while any(self._revs.get(did, "") < rev for did, rev in wanted.items()):
                assert self._changed.wait(end - time.monotonic()), "the relay does not catch up"

    def cut(self) -> None:
        """Break every connection that is open."""
        with self._changed:
            connections = [*self._open]
        for connection in connections:
            connection.socket.close()
            connection.close()

    @property
    def count(self) -> int:
        """How many frames came."""
        with self._changed:
            return len(self._frames)

    def close(self) -> None:
        """Stop."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._server.shutdown()

    # What the servers say.

    def _follow(self, server: PdsServer) -> None:
        url = f"{server.url.replace('http', 'ws', 1)}{_SUBSCRIBE}?cursor=0"
        with (
            suppress(ConnectionClosed, OSError),
            connect(url, max_size=None, compression=None, proxy=None) as connection,
        ):
            for data in connection:
                if self._ended:
                    return
                assert isinstance(data, bytes)
                self._take(data)

    def _take(self, data: bytes) -> None:
        kind, body = read_frame(data)
        with self._changed:
            body["seq"] = len(self._frames) + 1
            self._frames.append(to_cbor({"op": 1, "t": kind}) + to_cbor(body))
            if kind == "#commit":
                self._revs[str(body["repo"])] = str(body["rev"])
            elif kind == "#sync":
                self._revs[str(body["did"])] = str(body["rev"])
            self._changed.notify_all()

    def _repositories(self, server: PdsServer) -> dict[str, str]:
        """The revision of each repository that is to be shown."""
        found: dict[str, str] = {}
        cursor: dict[str, str] = {}
        while True:
            page = server.get("com.atproto.sync.listRepos", limit="500", **cursor)
            found |= {repo["did"]: repo["rev"] for repo in page["repos"] if repo["active"]}
            if not page.get("cursor"):
                return found
            cursor = {"cursor": page["cursor"]}

    def _with_collection(self, collection: str) -> list[str]:
        found: list[str] = []
        for server in self.servers:
            for did, rev in self._repositories(server).items():
                if collection in _collections(server, did, rev):
                    found.append(did)
        return sorted(found)

    # What it says itself.

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        with self._changed:
            self.asked.append(request.path)
        if parts.path in (_SUBSCRIBE, _EVENTS, "/subscribe"):
            return None
        query = parse_qs(parts.query)
        if parts.path != _LIST:
            return _json(HTTPStatus.NOT_IMPLEMENTED, {"error": "MethodNotImplemented"})
        dids = self._with_collection(query["collection"][0])
        start = int(query.get("cursor", ["0"])[0])
        size = min(self.page, int(query.get("limit", ["500"])[0]))
        page: dict[str, Any] = {"repos": [{"did": did} for did in dids[start : start + size]]}
        if start + size < len(dids):
            page["cursor"] = str(start + size)
        return _json(HTTPStatus.OK, page)

    def _stream(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        parts = urlsplit(connection.request.path)
        query = parse_qs(parts.query)
        say = _SAYINGS[parts.path]
        wanted = query.get("collections", query.get("wantedCollections", []))
        cursor = query.get("cursor")
        with self._changed:
            at = len(self._frames) if cursor is None else int(cursor[0])
            self._open.add(connection)
        if say is _version_1:
            at = max(0, at - _ERA - 1) if cursor is not None else at
        elif say is _version_2 and cursor is not None:
            at = max(0, at - 1)  # what has the number of the cursor comes again
        with suppress(ConnectionClosed, OSError):
            for data in self._from(at):
                for message in say(data, wanted):
                    connection.send(message)
        with self._changed:
            self._open.discard(connection)

    def _from(self, at: int) -> Iterator[bytes]:
        while True:
            with self._changed:
                while len(self._frames) <= at and not self._ended:
                    self._changed.wait(1)
                if self._ended:
                    return
                data = self._frames[at]
            at += 1
            yield data


def _collections(server: PdsServer, did: str, rev: str) -> frozenset[str]:
    """Of which collections a repository has records, which changes with its revision alone.

    Servers are asked once: they have the repositories of all tests that were before, and are listed page by page.
    """
    known = _described.get(did)
    if known is None or known[0] != rev:
        described = server.get("com.atproto.repo.describeRepo", repo=did)
        known = _described[did] = rev, frozenset(described["collections"])
    return known[1]


_described: dict[str, tuple[str, frozenset[str]]] = {}
"""By the DID of a repository, a revision of it and the collections that it has there."""


def _protocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """That of version 2, for those who want it."""
    del connection
    wanted = Subprotocol("xrpc.v1.json")
    return wanted if wanted in offered else None


_ERA = 1_700_000_000_000_000
"""What cursors of version 1 begin at: they are times."""


def _frame(data: bytes, wanted: Sequence[str]) -> Iterable[bytes]:
    del wanted
    return [data]


def _version_2(data: bytes, wanted: Sequence[str]) -> Iterator[str]:
    for event in _events(data, wanted):
        kind = event.pop("kind")
        name = f"network.bsky.jetstream.subscribeEvents#{kind}"
        yield json.dumps({"$type": "message", "payload": {"$type": name, **event}})


def _version_1(data: bytes, wanted: Sequence[str]) -> Iterator[str]:
    for event in _events(data, wanted):
        kind, did, seq = event.pop("kind"), event.pop("did"), event.pop("seq")
        event.pop("time", None)
        yield json.dumps({"did": did, "time_us": _ERA + seq, "kind": kind, kind: event})


_SAYINGS: dict[str, Callable[[bytes, Sequence[str]], Iterable[str | bytes]]] = {
    _SUBSCRIBE: _frame,
    _EVENTS: _version_2,
    "/subscribe": _version_1,
}
"""How each kind of stream says what a frame has."""


def _events(data: bytes, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    kind, body = read_frame(data)
    common: dict[str, Any] = {"seq": body["seq"], "time": body.get("time")}
    if kind in ("#account", "#identity"):
        shown: dict[str, Any] = {
            key: body[key] for key in ("did", "active", "status", "handle") if key in body
        }
        yield {"kind": kind[1:], **common, **shown}
    if kind != "#commit":
        return
    blocks = body["blocks"]
    assert isinstance(blocks, bytes)
    car = read_car(blocks, limits=_LIMITS)
    ops: Value = body["ops"]
    assert isinstance(ops, list)
    for op in ops:
        assert isinstance(op, dict)
        collection, _, rkey = str(op["path"]).partition("/")
        if collection not in wanted:
            continue
        event: dict[str, Any] = {
            "kind": "commit",
            **common,
            "did": body["repo"],
            "rev": body["rev"],
            "operation": op["action"],
            "collection": collection,
            "rkey": rkey,
        }
        cid = op["cid"]
        if isinstance(cid, Link):
            event |= {"cid": cid.text, "record": to_json(from_cbor(car.blocks[cid.text]))}
        yield event


def _json(status: HTTPStatus, body: object) -> Response:
    content = json.dumps(body).encode()
    headers = Headers(
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, content)


RelayOf: TypeAlias = Callable[..., Relay]


@pytest.fixture
def relay_of() -> Iterator[RelayOf]:
    """Relays over servers, stopped after the test."""
    made: list[Relay] = []

    def make(*servers: PdsServer) -> Relay:
        made.append(Relay(servers))
        return made[-1]

    yield make
    for relay in made:
        relay.close()

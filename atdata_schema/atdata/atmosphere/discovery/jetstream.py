"""Events of a Jetstream, JSON that a server made from a firehose, of both versions.

Nothing in them is signed: that a record has its CID is all that can be compared here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from atdata.atmosphere.discovery.events import Event, Happening, Message, RecordEvent
from atdata.atmosphere.discovery.frames import StreamRefused
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.records.collections import record_cid
from atdata.errors import RecordError
from atdata_schema.errors import DataError
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["LARGEST_EVENT", "SUBPROTOCOL", "V1_PATH", "V2_PATH", "read_event", "subscription"]

V2_PATH: Final = "/xrpc/network.bsky.jetstream.subscribeEvents"
V1_PATH: Final = "/subscribe"
SUBPROTOCOL: Final = "xrpc.v1.json"
"""What a client of version 2 asks for."""

LARGEST_EVENT: Final = 8 << 20
"""Bytes of an event: a record of 1 MiB, with each byte escaped at worst."""

_HAPPENINGS: Final[dict[str, Happening]] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
}


def subscription(path: str, collections: Collection[str], cursor: int | None) -> str:
    """Path and query that ask for the records of some collections.

    >>> subscription(V1_PATH, ["org.example.note"], 7)
    '/subscribe?wantedCollections=org.example.note&cursor=7'
    """
    version2 = path != V1_PATH
    name = "collections" if version2 else "wantedCollections"
    query: list[tuple[str, str]] = [(name, collection) for collection in collections]
    if cursor is not None:
        query.append(("cursor", str(cursor)))
    return f"{path}?{urlencode(query)}"


def read_event(text: str | bytes, collections: Collection[str]) -> Message:
    """An event as a message.

    Args:
        text: the event.
        collections: the collections that are asked for; what a server sends beside them is passed over.

    Raises:
        DataError: it is no event.
        StreamRefused: the server says that it does not go on.
    """
    if len(text) > LARGEST_EVENT:
        raise DataError(f"an event has at most {LARGEST_EVENT:,} bytes, not {len(text):,}")
    body = _body(text)
    if "time_us" in body:
        return _version_1(body, collections)
    kind = str(body.get("$type", "")).rpartition("#")[2]
    cursor = body.get("seq")
    return _message(kind, body, body, cursor, body.get("time"), collections)


def _body(text: str | bytes) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError("an event is JSON, and this is none") from None
    if not isinstance(found, dict):
        raise DataError("an event is an object of JSON")
    if found.get("$type") == "error":
        name, said = found.get("error"), found.get("message")
        raise StreamRefused(
            f"the server ends the stream: {quoted(str(name))}, {quoted(str(said))}",
            name if isinstance(name, str) else None,
        )
    payload = found.get("payload")
    return payload if isinstance(payload, dict) else found


def _version_1(body: Mapping[str, Any], collections: Collection[str]) -> Message:
    kind = body.get("kind")
    part = body.get(kind) if isinstance(kind, str) else None
    inner: Mapping[str, Any] = part if isinstance(part, dict) else {}
    return _message(str(kind), body, inner, body.get("time_us"), None, collections)


def _message(
    kind: str,
    outer: Mapping[str, Any],
    inner: Mapping[str, Any],
    cursor: object,
    time: object,
    collections: Collection[str],
) -> Message:
    at = cursor if type(cursor) is int and cursor >= 0 else None
    did = outer.get("did")
    if not isinstance(did, str) or not is_valid("did", did):
        return Message(at)
    when = time if isinstance(time, str) and is_valid("datetime", time) else None
    if kind == "commit":
        return _commit(at, did, inner, when, collections)
    if kind == "account" and inner.get("active") is not True:
        return Message(at, did, events=(Event(did, "inactive", when),))
    if kind in ("identity", "sync"):
        return Message(
            at, did, events=(Event(did, "identity" if kind == "identity" else "sync", when),)
        )
    return Message(at, did)


def _commit(
    cursor: int | None,
    did: str,
    body: Mapping[str, Any],
    when: str | None,
    collections: Collection[str],
) -> Message:
    collection, rkey, rev = body.get("collection"), body.get("rkey"), body.get("rev")
    if collection not in collections:
        return Message(cursor, did)
    happening = _HAPPENINGS.get(str(body.get("operation")))
    if happening is None or not is_valid("record-key", rkey) or not is_valid("tid", rev):
        return Message(
            cursor, did, faults=(f"{did}: an event of {collection} is not as it should be",)
        )
    cid, record = body.get("cid"), body.get("record")
    if happening == "delete":
        cid = record = None
    else:
        try:
            if not isinstance(record, dict) or record_cid(record) != cid:
                raise RecordError("the event", "its CID is not that of the record in it")
        except RecordError as error:
            return Message(cursor, did, faults=(f"at://{did}/{collection}/{rkey}: {error.reason}",))
    event = RecordEvent(
        did, str(collection), str(rkey), happening, str(rev), cid, record, Level.UNVERIFIED, when
    )
    return Message(cursor, did, str(rev), events=(event,))

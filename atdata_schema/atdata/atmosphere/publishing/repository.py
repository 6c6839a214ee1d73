"""The account's own repository: what is in it, and how records are written to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.records.collections import record_cid
from atdata.atmosphere.xrpc.client import Params, Xrpc
from atdata.errors import PublishError, XrpcError

__all__ = ["ASSUMED_LIMIT", "LARGEST_BLOB", "OwnRepository", "Stored", "Write"]

LARGEST_BLOB: Final = 52_428_800
"""Bytes that the lexicon allows a blob of a shard."""

ASSUMED_LIMIT: Final = 50_000_000
"""Bytes of a blob that are tried where a server does not say what it takes."""

_PAGE: Final = 100
_MOST_RECORDS: Final = 1_000_000
_MOST_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Write:
    """One record that is written.

    Attributes:
        action: what is done.
        collection: where.
        rkey: its record key.
        value: the record; empty where one is deleted.
    """

    action: Literal["create", "update", "delete"]
    collection: str
    rkey: str
    value: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_json(self) -> dict[str, Any]:
        """It, as `applyWrites` takes it."""
        said: dict[str, Any] = {
            "$type": f"com.atproto.repo.applyWrites#{self.action}",
            "collection": self.collection,
            "rkey": self.rkey,
        }
        return said if self.action == "delete" else {**said, "value": dict(self.value)}


@dataclass(frozen=True, slots=True)
class Stored:
    """A record that is there."""

    uri: str
    cid: str
    value: dict[str, Any]

    @property
    def rkey(self) -> str:
        """Its record key."""
        return self.uri.rpartition("/")[2]


class OwnRepository:
    """The repository of the account that is logged in.

    Args:
        account: who publishes.

    Attributes:
        did: the account.
        server: its server.

    Raises:
        AuthenticationError: nobody is logged in.
    """

    def __init__(self, account: Account) -> None:
        self.server: Xrpc = account.own()
        assert account.did is not None  # somebody is logged in
        self.did = account.did
        self.handle = account.handle
        self.local = account.settings.local

    def uri(self, collection: str, rkey: str) -> str:
        """The AT-URI of a record."""
        return f"at://{self.did}/{collection}/{rkey}"

    def rkey(self, uri: str, *collections: str) -> tuple[str, str] | None:
        """Collection and record key of a record of this account in one of some collections."""
        parts = uri.removeprefix("at://").split("/")
        if not uri.startswith("at://") or len(parts) != 3 or parts[1] not in collections:
            return None
        return (parts[1], parts[2]) if parts[0] in (self.did, self.handle) and parts[2] else None

    def head(self) -> str:
        """The CID of the latest commit."""
        answer = self.server.query("com.atproto.sync.getLatestCommit", {"did": self.did})
        return self._text(answer, "cid", "com.atproto.sync.getLatestCommit")

    def get(self, collection: str, rkey: str) -> Stored | None:
        """A record, or `None` where there is none."""
        what = {"repo": self.did, "collection": collection, "rkey": rkey}
        try:
            answer = self.server.query("com.atproto.repo.getRecord", what)
        except XrpcError as error:
            if error.name == "RecordNotFound" or error.status == 404:
                return None
            raise
        return self._stored(answer, self.uri(collection, rkey))

    def records(self, collection: str) -> Iterator[Stored]:
        """Every record of a collection."""
        cursor: str | None = None
        for _ in range(0, _MOST_RECORDS, _PAGE):
            what: Params = {
                "repo": self.did,
                "collection": collection,
                "limit": _PAGE,
                "cursor": cursor,
            }
            answer = self.server.query("com.atproto.repo.listRecords", what, max_bytes=_MOST_BYTES)
            found: Any = answer.get("records")
            if not isinstance(found, list):
                raise self._odd("com.atproto.repo.listRecords")
            for item in found:
                yield self._stored(item, None)
            after: Any = answer.get("cursor")
            if not found or not isinstance(after, str) or after == cursor:
                return
            cursor = after

    def apply(self, writes: Sequence[Write], swap: str) -> None:
        """Write some records at once, or none of them.

        Args:
            writes: what is written.
            swap: the latest commit that is known; where there is a later one, nothing is written.

        Raises:
            XrpcError: they were not written (`InvalidSwap`: there is a later commit), or nobody knows.
        """
        body = self.body(writes, swap)
        answer = self.server.call("com.atproto.repo.applyWrites", body)
        results: Any = answer.get("results")
        if not isinstance(results, list):  # servers before 2024 say nothing
            return
        for write, said in zip(writes, results, strict=False):
            if write.action == "delete" or not isinstance(said, dict) or "cid" not in said:
                continue
            if said["cid"] != (own := record_cid(write.value)):
                raise PublishError(
                    f"{self.uri(write.collection, write.rkey)}: was written as {said['cid']!r}, and what was sent is "
                    f"{own}: the server keeps another record than it was given; look at it, and unpublish it"
                )

    def body(self, writes: Sequence[Write], swap: str) -> dict[str, Any]:
        """What `applyWrites` is sent."""
        return {
            "repo": self.did,
            "writes": [write.to_json() for write in writes],
            "swapCommit": swap,
        }

    def blob_limit(self) -> int | None:
        """Bytes that a blob may have, where the server says so."""
        said: Any = self.server.query("com.atproto.server.describeServer").get("blobUploadLimit")
        return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else None

    def _stored(self, answer: object, uri: str | None) -> Stored:
        said = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        value = said.get("value")
        if not isinstance(value, dict):
            raise self._odd("com.atproto.repo.getRecord")
        found = self._text(said, "uri", "com.atproto.repo.getRecord") if uri is None else uri
        return Stored(found, self._text(said, "cid", "com.atproto.repo.getRecord"), value)

    def _text(self, answer: Mapping[str, Any], key: str, method: str) -> str:
        found = answer.get(key)
        if not isinstance(found, str):
            raise self._odd(method)
        return found

    def _odd(self, method: str) -> XrpcError:
        return XrpcError(
            f"{self.server.origin}: {method} answers in another form than the protocol has"
        )

"""The records of one repository, as its server lists them.

A repository is looked at by its revision first: if that is the one that was seen, nothing else is asked. Otherwise its collections
are listed; records whose CID is filed already are not read again, and what is filed and not listed any more is gone.

Nothing here is proved. But what is listed has to be what it says: an address within the repository, and the CID of what is sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from atdata.atmosphere.discovery.filing import Filed
from atdata.atmosphere.discovery.limits import USUAL, Fault, Limits
from atdata.atmosphere.discovery.record_rows import COLLECTIONS, Row, row_of
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.records.collections import record_cid
from atdata.errors import RecordError, SourceError, XrpcError
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.xrpc.client import Params, Xrpc

__all__ = ["Reading", "read_repository"]

_LATEST: Final = "com.atproto.sync.getLatestCommit"
_LIST: Final = "com.atproto.repo.listRecords"
_PAGES: Final = (100, 10, 1)
"""Records that a page may have; fewer where those are large."""
_PAGE_BYTES: Final = 8 << 20
_PIECE: Final = 1 << 16
_GONE: Final = {"RepoNotFound", "RepoTakendown", "RepoSuspended", "RepoDeactivated"}
_MOST_FAULTS: Final = 20


@dataclass(slots=True)
class Reading:
    """What was read of a repository.

    Attributes:
        did: whose it is.
        rev: its revision; None where it could not be asked.
        unchanged: whether that is the one which was seen before.
        gone: whether its server says that it is no more, or not to be shown.
        listed: the keys that were listed, by collection.
        whole: the collections that were listed to their end.
        rows: records that are new, or have changed.
        refused: the addresses of records that cannot be used.
        faults: what was passed over.
    """

    did: str
    rev: str | None = None
    unchanged: bool = False
    gone: bool = False
    listed: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    whole: set[str] = field(default_factory=set[str])
    rows: list[tuple[Filed, Row]] = field(default_factory=list[tuple[Filed, Row]])
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    faults: list[Fault] = field(default_factory=list[Fault])
    broken: bool = False

    def fault(self, where: str, reason: str) -> None:
        """Note what was passed over; of many like it the first."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(where, reason))


def read_repository(
    server: Xrpc,
    did: str,
    seen: str | None,
    filed: Callable[[str], Mapping[str, str]],
    *,
    limits: Limits = USUAL,
    local: bool = False,
) -> Reading:
    """Read what is new in a repository.

    Args:
        server: its owner's server.
        did: whose it is.
        seen: the revision that was seen; None to read it anew.
        filed: gives the CIDs of the records of a collection that are filed, by key.
        limits: how much is taken.
        local: take addresses of this machine in records, for experiments.
    """
    reading = Reading(did)
    try:
        reading.rev = _revision(server, did)
    except XrpcError as error:
        reading.gone = error.name in _GONE
        reading.broken = not reading.gone
        reading.fault(did, str(error))
        return reading
    if reading.rev == seen:
        reading.unchanged = True
        return reading
    if seen is not None and reading.rev < seen:
        reading.broken = True
        reading.fault(
            did,
            f"its server shows the revision {reading.rev}, and {seen} was seen before; what is filed stays",
        )
        return reading
    budget = _Budget(limits)
    for collection in COLLECTIONS:
        try:
            _list(server, reading, collection, filed(collection), budget, local)
        except SourceError as error:
            reading.broken = True
            reading.fault(did, str(error))
            return reading
        except _Spent as error:
            reading.fault(did, f"{collection}: {error}; what is beyond is passed over")
    return reading


class _Spent(Exception):
    """A budget is used up."""


class _TooLarge(Exception):
    """A page has more bytes than are read at once."""


class _Budget:
    """What one repository may still take."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.bytes
        self._end = time.monotonic() + limits.seconds

    def take(self, count: int) -> None:
        """Bytes that came.

        Raises:
            _Spent: they are too many, or the time is over.
        """
        self._left -= count
        if self._left < 0:
            raise _Spent(f"it sends more than {self._limits.bytes:,} bytes")
        if time.monotonic() > self._end:
            raise _Spent(f"it takes more than {self._limits.seconds:g} seconds")

    def check_records(self, count: int) -> None:
        """Refuse more records than one collection may have."""
        if count > self._limits.records:
            raise _Spent(f"it has more than {self._limits.records:,} records")


def _revision(server: Xrpc, did: str) -> str:
    answer = server.query(_LATEST, {"did": did}, max_bytes=1 << 16)
    rev = answer.get("rev")
    if not is_valid("tid", rev):
        raise XrpcError(f"{server.origin}: {_LATEST}: the answer about {did} has no revision")
    return str(rev)


def _list(
    server: Xrpc,
    reading: Reading,
    collection: str,
    filed: Mapping[str, str],
    budget: _Budget,
    local: bool,
) -> None:
    listed = reading.listed.setdefault(collection, set())
    cursor: str | None = None
    cursors: set[str] = set()
    sizes = iter(_PAGES)
    size = next(sizes)
    while True:
        try:
            page = _page(server, reading.did, collection, cursor, size, budget)
        except _TooLarge as error:
            size = next(sizes, 0)
            if not size:
                raise _Spent(str(error)) from None
            continue
        before = len(listed)
        for item in _items(page):
            _take(reading, collection, item, filed, server.origin, local)
            budget.check_records(len(listed))
        cursor = page.get("cursor") or None
        if cursor is None or not _items(page):
            reading.whole.add(collection)
            return
        if not isinstance(cursor, str) or cursor in cursors or len(listed) == before:
            raise _Spent("its list does not come to an end: it repeats itself")
        cursors.add(cursor)


def _page(
    server: Xrpc, did: str, collection: str, cursor: str | None, size: int, budget: _Budget
) -> dict[str, Any]:
    params: Params = {"repo": did, "collection": collection, "limit": size, "cursor": cursor}
    content = bytearray()
    with server.stream(_LIST, params) as body:
        while piece := body.read(_PIECE):
            content += piece
            budget.take(len(piece))
            if len(content) > _PAGE_BYTES:
                raise _TooLarge(f"a page of it has more than {_PAGE_BYTES:,} bytes")
    where = f"{server.origin}: {_LIST}: the answer about {did}"
    try:
        # A record that is outside the data model is refused by itself, without the others of its page.
        page: object = json.loads(content)
    except (ValueError, RecursionError):
        raise SourceError(f"{where} is no JSON") from None
    if not isinstance(page, dict) or not isinstance(page.get("records"), list):
        raise SourceError(f"{where} has no list 'records'")
    return dict(page)


def _items(page: Mapping[str, Any]) -> list[Any]:
    items: list[Any] = page["records"]
    return items


def _take(
    reading: Reading,
    collection: str,
    item: object,
    filed: Mapping[str, str],
    origin: str,
    local: bool,
) -> None:
    """Take one record of a list, where it is new."""
    uri, cid, value = _parts(item)
    prefix = f"at://{reading.did}/{collection}/"
    rkey = uri.removeprefix(prefix)
    if not uri.startswith(prefix) or not is_valid("record-key", rkey):
        # Whatever it says of itself: it was asked for in this repository, and is filed nowhere else.
        reading.fault(
            reading.did, f"its server lists {quoted(uri)}, which is no record of {collection} in it"
        )
        return
    reading.listed[collection].add(rkey)
    if filed.get(rkey) == cid:
        return
    try:
        if not isinstance(value, dict) or record_cid(value) != cid:
            raise RecordError(
                uri,
                f"the server says that its CID is {quoted(cid)}, which is not that of what it sends",
            )
        row = row_of(collection, value, uri, local=local)
    except RecordError as error:
        reading.refused.append((collection, rkey))
        reading.fault(uri, error.reason)
        return
    source = f"list {urlsplit(origin).netloc}"
    place = Filed(reading.did, collection, rkey, cid, reading.rev, source, Level.UNVERIFIED)
    reading.rows.append((place, row))


def _parts(item: object) -> tuple[str, str, object]:
    if not isinstance(item, dict):
        return "", "", None
    uri, cid = item.get("uri"), item.get("cid")
    return (
        uri if isinstance(uri, str) else "",
        cid if isinstance(cid, str) else "",
        item.get("value"),
    )

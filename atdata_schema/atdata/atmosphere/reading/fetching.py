"""Records from the servers of their owners, proved.

A proof (`com.atproto.sync.getRecord`) is held against the key of the account; one that does not fit is tried once more with a
DID document that is looked up anew, since keys change. Revisions that were seen are kept, so that a server that
shows an earlier state is noticed. Proofs are kept in the cache folder, and proved again when they are read there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from atdata.atmosphere.identity.identities import Identity
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.limits import PROOF
from atdata.atmosphere.proofs.verification import VerifiedRecord, verify_record
from atdata.atmosphere.reading.kept_records import KeptRecords
from atdata.atmosphere.reading.reader import Reader
from atdata.atmosphere.reading.seen_states import SeenStates
from atdata.errors import LoadError, ProofError, RolledBack, SignatureRefused, SourceError
from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import AtUri, is_valid, parse_at_uri
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.xrpc.client import Params, Xrpc

__all__ = ["Listed", "fetch_record", "identity_of", "list_records"]

_PAGE: Final = 100  # records; more a server does not give
_PAGE_BYTES: Final = 32 << 20
_GET_RECORD: Final = "com.atproto.sync.getRecord"
_LIST_RECORDS: Final = "com.atproto.repo.listRecords"

T = TypeVar("T")

Listed = tuple[str, str, dict[str, Any]]
"""A record that a server lists: its AT-URI, its CID and what it says. Nothing of it is proved."""


def fetch_record(
    atmosphere: Reader,
    uri: str,
    *,
    trust: Level = Level.SIGNED,
    cid: str | None = None,
    offline: bool = False,
) -> VerifiedRecord:
    """A record of the network, proved.

    Args:
        atmosphere: who reads; a login is not needed.
        uri: its AT-URI, with a DID or a handle.
        trust: how much has to be proved.
        cid: the CID that it should have, where a reference says one. Where the server has another state by now, the one of this
            CID is given that was read before, if it is still kept.
        offline: take what was kept when it was last read, and reach no server.

    Raises:
        RecordAbsent: it is proved that there is no such record.
        SignatureRefused: it is signed by no key of its account, also by a DID document that is fresh.
        RolledBack: the server shows an earlier state than was seen before.
        ProofError: anything else that keeps it from being proved; that it has another CID, for example.
        IdentityError: the account cannot be found, or its handle is not its own.
        SourceError: the server does not answer, or refuses. The message names the record.
    """
    address = _address(uri)
    identity = identity_of(atmosphere, address.authority, offline=offline)
    address = AtUri(identity.did, address.collection, address.rkey)
    kept = KeptRecords()
    if offline:
        return kept.read(address, identity.document, trust, cid)
    try:
        return _Fetching(atmosphere, address, trust, cid, kept).record(identity)
    except ProofError as error:
        # Of an entry that was replaced, the state that a lock or a reference pins may still be here.
        pinned = cid is not None and not isinstance(error, SignatureRefused | RolledBack)
        found = kept.find(address, identity.document, trust, cid) if pinned else None
        if found is None:
            raise
        return found


def identity_of(atmosphere: Reader, name: str, *, offline: bool = False) -> Identity:
    """The account that a handle or a DID names; a handle that named another account before is refused.

    Args:
        atmosphere: who reads.
        name: the handle or the DID.
        offline: take what was known last, and look nothing up.

    Raises:
        IdentityError: there is no such account, or the handle is not its own.
        SourceError: no answer came; or, offline, nothing is known of it.
    """
    if not offline:
        found = atmosphere.identities.identity(name)
        if not name.startswith("did:"):
            SeenStates().check_handle(name, found.did)
        return found
    known = atmosphere.identities.known(name)
    if known is None:
        raise SourceError(
            f"{quoted(name)}: nothing is known of this account, and offline nothing is looked up: read it once online"
        )
    return known


class _Fetching:
    """One record on its way."""

    def __init__(
        self,
        atmosphere: Reader,
        address: AtUri,
        trust: Level,
        cid: str | None,
        kept: KeptRecords,
    ) -> None:
        self._atmosphere = atmosphere
        self._address = address
        self._trust = trust
        self._cid = cid
        self._kept = kept

    def record(self, identity: Identity) -> VerifiedRecord:
        """The record, noticed and kept."""
        try:
            return self._noticed(identity)
        except RolledBack:
            # Another process may have seen a later state while this one was on its way.
            return self._noticed(identity)

    def _noticed(self, identity: Identity) -> VerifiedRecord:
        proof = self._proof(identity)
        record = self._verified(proof, identity)
        if self._trust is Level.SIGNED:
            SeenStates().notice(record, datetime.now(UTC))
        self._kept.keep(self._address, record.cid, proof)
        return record

    def _proof(self, identity: Identity) -> bytes:
        params = {
            "did": identity.did,
            "collection": self._address.collection or "",
            "rkey": self._address.rkey or "",
        }
        server = _server_of(identity, self._address)

        def ask(server: Xrpc) -> bytes:
            return server.fetch(_GET_RECORD, params, max_bytes=PROOF.car_bytes)

        try:
            return _asked(self._atmosphere, identity.did, ask)
        except SourceError as error:
            raise _told(error, self._address, server) from None

    def _verified(self, proof: bytes, identity: Identity) -> VerifiedRecord:
        try:
            return self._held(proof, identity)
        except SignatureRefused:
            fresh = self._atmosphere.identities.identity(identity.did, fresh=True)
            if fresh.document.key == identity.document.key:
                raise
            return self._held(proof, fresh)

    def _held(self, proof: bytes, identity: Identity) -> VerifiedRecord:
        return verify_record(
            proof, identity.document, str(self._address), self._trust, cid=self._cid
        )


def list_records(
    atmosphere: Reader, did: str, collection: str, *, most: int, page: int = _PAGE
) -> Iterator[Listed]:
    """The records of a collection as a server lists them, the newest keys first. None of them is proved.

    Args:
        atmosphere: who reads.
        did: the account.
        collection: the NSID of the collection.
        most: records that are looked at; further ones are an error, so that no repository, however large, costs more.
        page: records that are asked for at a time, at most 100.

    Raises:
        SourceError: the server does not answer, refuses, or answers what is no list of records.
        LoadError: there are more than `most`.
    """
    where = f"at://{did}/{collection}"
    cursor: str | None = None
    count = 0
    # Pages may be empty, or shorter than asked for: their number is bounded too.
    for _ in range(2 * (most // page) + 2):
        params: dict[str, str | int] = {"repo": did, "collection": collection, "limit": page}
        if cursor is not None:
            params["cursor"] = cursor
        try:
            answer = _asked(atmosphere, did, partial(_query, params))
        except SourceError as error:
            raise _told(error, where, atmosphere.server(did).origin) from None
        records, following = _page(answer, where)
        for record in records:
            count += 1
            if count > most:
                break
            yield record
        if not following or not records:
            return
        if count > most or following == cursor:
            break
        cursor = following
    raise LoadError(
        f"{where}: there are more than {most:,} records, and no more are looked through: name the one that "
        "is meant by its address, at://…"
    )


def _query(params: Params, server: Xrpc) -> dict[str, Any]:
    return server.query(_LIST_RECORDS, params, max_bytes=_PAGE_BYTES)


def _asked(atmosphere: Reader, did: str, ask: Callable[[Xrpc], T]) -> T:
    """What an account's server answers; where it does not, it is looked up whether the account has moved."""
    server = atmosphere.server(did)
    try:
        return ask(server)
    except SourceError:
        with suppress(LoadError):
            atmosphere.identities.identity(did, fresh=True)
        now = atmosphere.server(did)
        if now.origin == server.origin:
            raise
        return ask(now)


def _page(answer: dict[str, Any], where: str) -> tuple[list[Listed], str | None]:
    records, cursor = answer.get("records"), answer.get("cursor")
    if not isinstance(records, list) or not isinstance(cursor, str | None):
        raise SourceError(f"{where}: the server's answer is no list of records")
    found: list[Listed] = []
    for item in records:
        record: Any = item
        if not (
            isinstance(record, dict)
            and is_valid("at-uri", record.get("uri"))
            and is_valid("cid", record.get("cid"))
            and isinstance(record.get("value"), dict)
        ):
            raise SourceError(f"{where}: the server lists something that is no record")
        found.append((record["uri"], record["cid"], record["value"]))
    return found, cursor


def _address(uri: str) -> AtUri:
    try:
        found = parse_at_uri(uri)
    except InvalidSyntax as error:
        raise ProofError(str(error)) from None
    if found.rkey is None:
        raise ProofError(f"{found}: this is no record; its address ends in /collection/rkey")
    return found


def _server_of(identity: Identity, address: AtUri) -> str:
    if identity.document.pds is None:
        raise SourceError(
            f"{address}: the account {identity.did} names no server: it was closed, or is moving"
        )
    return identity.document.pds


def _told(error: SourceError, where: object, server: str) -> SourceError:
    """An error of a server, which names the record and what the server says."""
    name = getattr(error, "name", None)
    said = {
        "RepoNotFound": "has no such account; if it moved lately, try again later",
        "RepoDeactivated": "says that the account is deactivated",
        "RepoTakendown": "says that the account was taken down",
        "RepoSuspended": "says that the account is suspended",
    }.get(name or "")
    if said is not None:
        return SourceError(f"{where}: {server} {said}")
    return SourceError(f"{where}: {error}")

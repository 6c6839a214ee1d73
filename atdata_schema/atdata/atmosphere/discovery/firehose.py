"""Events of a firehose, `com.atproto.sync.subscribeRepos` of a server or a relay, with their proof.

A commit comes with the blocks that changed: the signed head, the nodes of the tree on the way to each record, the records. So
what it says is proved on the spot, as far as the account's key is at hand. A record that the blocks do not lead to is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from atdata.atmosphere.discovery.events import Event, Happening, Message, RecordEvent
from atdata.atmosphere.discovery.frames import read_frame
from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.proofs.car import Car, read_car
from atdata.atmosphere.proofs.commits import Commit, check_commit, read_commit
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.limits import CarLimits
from atdata.atmosphere.proofs.tree_proof import find_record
from atdata.errors import LoadError, ProofError, SignatureRefused
from atdata_schema.data import Link, Value, from_cbor
from atdata_schema.errors import DataError
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["Documents", "read_message"]

Documents = Callable[[str, bool], DidDocument | None]
"""The document of an account, looked up anew where the second argument says so; None where none can be had."""

_SLICE: Final = CarLimits(4 << 20, 20_000)
_MOST_OPS: Final = 200
_ACTIONS: Final[dict[str, Happening]] = {"create": "create", "update": "update", "delete": "delete"}


def read_message(
    data: bytes, collections: Collection[str], documents: Documents | None = None
) -> Message:
    """A frame as a message.

    Args:
        data: the frame.
        collections: the collections that are asked for; other records are passed over unread.
        documents: gives the keys that prove commits; without it nothing is proved.

    Raises:
        DataError: it is no frame.
        StreamRefused: the server says that it does not go on.
    """
    kind, body = read_frame(data)
    seq = body.get("seq")
    cursor = seq if type(seq) is int else None
    did = body.get("repo" if kind == "#commit" else "did")
    if not isinstance(did, str) or not is_valid("did", did):
        return Message(cursor)
    time = body.get("time")
    when = time if isinstance(time, str) and is_valid("datetime", time) else None
    if kind == "#commit":
        return _commit(body, cursor, did, when, collections, documents)
    event, rev = _event(kind, body, did, when), body.get("rev")
    of = rev if kind == "#sync" and isinstance(rev, str) and is_valid("tid", rev) else None
    return Message(cursor, did, of, events=() if event is None else (event,))


def _event(kind: str, body: dict[str, Value], did: str, when: str | None) -> Event | None:
    if kind == "#account":
        return None if body.get("active") is True else Event(did, "inactive", when)
    if kind == "#identity":
        return Event(did, "identity", when)
    return Event(did, "sync", when) if kind == "#sync" else None


@dataclass(frozen=True, slots=True)
class _Op:
    """What a commit does to one record."""

    happening: Happening
    path: str
    cid: str | None


def _commit(
    body: dict[str, Value],
    cursor: int | None,
    did: str,
    when: str | None,
    collections: Collection[str],
    documents: Documents | None,
) -> Message:
    rev, since = body.get("rev"), body.get("since")
    if not isinstance(rev, str) or not is_valid("tid", rev):
        return Message(cursor, did, faults=(f"{did}: a commit of the stream has no revision",))
    before = since if isinstance(since, str) else None
    if body.get("tooBig") is True:
        return Message(cursor, did, rev, events=(Event(did, "sync", when),))
    ops = [op for op in _ops(body.get("ops")) if op.path.partition("/")[0] in collections]
    if not ops:
        return Message(cursor, did, rev, before)
    try:
        proof = _Proof(body, did, rev, documents)
    except (ProofError, DataError) as error:
        return Message(cursor, did, events=(Event(did, "sync", when),), faults=(f"{did}: {error}",))
    events: list[RecordEvent] = []
    faults: list[str] = []
    for op in ops:
        try:
            events.append(proof.event(op, when))
        except (ProofError, DataError) as error:
            faults.append(f"at://{did}/{op.path}: {error}")
    return Message(cursor, did, rev, before, tuple(events), tuple(faults))


def _ops(value: Value) -> Iterator[_Op]:
    for item in value[:_MOST_OPS] if isinstance(value, list) else []:
        if not isinstance(item, dict):
            continue
        action, path, cid = item.get("action"), item.get("path"), item.get("cid")
        happening = _ACTIONS.get(action) if isinstance(action, str) else None
        if happening is None or not isinstance(path, str):
            continue
        link = cid.text if isinstance(cid, Link) else None
        if (link is None) == (happening == "delete"):
            yield _Op(happening, path, link)


class _Proof:
    """What the blocks of a commit prove."""

    def __init__(
        self, body: dict[str, Value], did: str, rev: str, documents: Documents | None
    ) -> None:
        blocks, root = body.get("blocks"), body.get("commit")
        if not isinstance(blocks, bytes) or not isinstance(root, Link):
            raise ProofError("a commit of the stream has no blocks")
        self._car: Car = read_car(blocks, limits=_SLICE)
        self._commit: Commit = read_commit(self._car.blocks, root.text)
        if self._commit.did != did or self._commit.rev != rev:
            raise ProofError(
                f"the stream says that this is revision {rev}, and the blocks are of {self._commit.did}, {self._commit.rev}"
            )
        self._signed = _is_signed(self._commit, documents)

    def event(self, op: _Op, when: str | None) -> RecordEvent:
        collection, _, rkey = op.path.partition("/")
        if not is_valid("record-key", rkey):
            raise ProofError(f"{quoted(rkey)} is no record key")
        level = Level.SIGNED if self._signed and self._leads(op) else Level.UNVERIFIED
        commit = self._commit
        if op.cid is None:
            return RecordEvent(
                commit.did, collection, rkey, op.happening, commit.rev, None, None, level, when
            )
        block = self._car.blocks.get(op.cid)
        if block is None:
            raise ProofError(f"the block of the record, {op.cid}, is missing")
        record = from_cbor(block)
        if not isinstance(record, dict):
            raise ProofError("the record is no map")
        return RecordEvent(
            commit.did, collection, rkey, op.happening, commit.rev, op.cid, record, level, when
        )

    def _leads(self, op: _Op) -> bool:
        """Whether the tree has what the stream says; False where nodes on the way were not sent.

        Raises:
            ProofError: it has something else.
        """
        try:
            found = find_record(self._car.blocks, self._commit.data, op.path)
        except ProofError:
            return False  # servers of an earlier generation leave nodes out
        if found != op.cid:
            raise ProofError(
                f"the stream says {op.cid or 'that it is deleted'}, and the tree has {found or 'no such record'}"
            )
        return True


def _is_signed(commit: Commit, documents: Documents | None) -> bool:
    """Whether a commit is signed by its account's key; False where the key cannot be had.

    Raises:
        SignatureRefused: it is signed by no key of the account, also by a fresh document.
    """
    if documents is None:
        return False
    refused: SignatureRefused | None = None
    for fresh in (False, True):
        try:
            document = documents(commit.did, fresh)
        except LoadError:
            document = None
        if document is None or document.key is None:
            break
        try:
            check_commit(commit, document.key)
            return True
        except SignatureRefused as error:
            refused = error
    if refused is not None:
        raise refused
    return False

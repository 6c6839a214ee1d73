"""A record, proved."""

from __future__ import annotations

from dataclasses import dataclass, field

from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.proofs.car import read_car
from atdata.atmosphere.proofs.commits import Commit, check_commit, read_commit
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.limits import PROOF, CarLimits
from atdata.atmosphere.proofs.tree_proof import find_record
from atdata.errors import CarError, LoadError, ProofError, RecordAbsent
from atdata_schema.data import Value, from_cbor
from atdata_schema.errors import DataError, InvalidSyntax
from atdata_schema.syntax import AtUri, parse_at_uri

__all__ = ["VerifiedRecord", "verify_record"]


@dataclass(frozen=True, slots=True)
class VerifiedRecord:
    """A record, and what is proved about it.

    Attributes:
        uri: its AT-URI, with the DID.
        cid: the CID of its bytes.
        block: its bytes, as they were signed: DAG-CBOR.
        value: what the bytes say.
        level: how much is proved.
        commit: the head of the repository that has it. Below `SIGNED` it is only what the server said.
    """

    uri: str
    cid: str
    block: bytes = field(repr=False)
    value: dict[str, Value] = field(repr=False)
    level: Level
    commit: Commit = field(repr=False)


def verify_record(
    car: bytes,
    did_document: DidDocument | None,
    uri: str,
    level: Level = Level.SIGNED,
    *,
    cid: str | None = None,
    limits: CarLimits = PROOF,
) -> VerifiedRecord:
    """Prove a record from what `com.atproto.sync.getRecord` answers.

    At every level the CAR is read strictly, each block is held against its CID, the commit has to be of the account in the
    address, and each node on the way to the record has to follow the layout of the tree. The levels differ in what is
    asked beyond this.

    A proof says that the repository had the record at the revision `commit.rev`. Whether a later one is known is
    for `atdata.atmosphere.proofs.revisions` to say.

    Args:
        car: the CAR.
        did_document: the document of the account; `SIGNED` needs it.
        uri: `at://did/collection/rkey`, with a DID: a handle says nothing about a repository.
        level: how much has to be proved.
        cid: the CID that the record should have, where a reference says one; compared at every level, and
            needed for `CID`.
        limits: how large the CAR may be.

    Returns:
        The record.

    Raises:
        CarError: the CAR is damaged, or above the limits.
        SignatureRefused: the commit is not signed by the account's key.
        RecordAbsent: it is proved that there is no such record. At `SIGNED` by the account, else by the server's word.
        ProofError: anything else that keeps the record from being proved.
        MissingExtra: `cryptography` is not installed, and a signature is to be verified.
    """
    address, path = _address(uri)
    try:
        return _verified(car, did_document, address, path, Level(level), cid, limits)
    except LoadError as error:
        raise type(error)(f"{address}: {error}") from None


def _address(uri: str) -> tuple[AtUri, str]:
    try:
        address = parse_at_uri(uri)
    except InvalidSyntax as error:
        raise ProofError(str(error)) from None
    if not address.authority.startswith("did:"):
        raise ProofError(f"{address}: a proof is about a DID; resolve the handle first")
    if address.rkey is None:
        raise ProofError(f"{address}: this is no record; its address ends in /collection/rkey")
    return address, f"{address.collection}/{address.rkey}"


def _verified(
    data: bytes,
    document: DidDocument | None,
    address: AtUri,
    path: str,
    level: Level,
    cid: str | None,
    limits: CarLimits,
) -> VerifiedRecord:
    if level is Level.CID and cid is None:
        raise ProofError("the level 'cid' compares with a CID: give that of your reference as cid=")
    car = read_car(data, limits=limits)
    commit = read_commit(car.blocks, car.root)
    if commit.did != address.authority:
        raise ProofError(f"the proof is one of the repository of {commit.did}")
    if level is Level.SIGNED:
        _check_signed(commit, document)
    found = find_record(car.blocks, commit.data, path)
    if found is None:
        raise RecordAbsent(f"the repository has no such record at revision {commit.rev}")
    if cid is not None and found != cid:
        raise ProofError(
            f"the record has changed: the reference means {cid}, and the repository has {found} "
            f"at revision {commit.rev}"
        )
    block = car.blocks.get(found)
    if block is None:
        raise CarError(f"the block of the record, {found}, is missing, so the proof is incomplete")
    return VerifiedRecord(str(address), found, block, _record(block, found), level, commit)


def _check_signed(commit: Commit, document: DidDocument | None) -> None:
    if document is None:
        raise ProofError("the level 'signed' needs the DID document of the account")
    if document.did != commit.did:
        raise ProofError(f"the DID document is that of {document.did}")
    if document.key is None:
        raise ProofError("the DID document has no key '#atproto', so nothing can be signed by it")
    check_commit(commit, document.key)


def _record(block: bytes, cid: str) -> dict[str, Value]:
    try:
        value = from_cbor(block)
    except DataError as error:
        raise ProofError(f"the record {cid} is no DAG-CBOR: {error}") from None
    if not isinstance(value, dict):
        raise ProofError(f"the record {cid} is no map")
    return value

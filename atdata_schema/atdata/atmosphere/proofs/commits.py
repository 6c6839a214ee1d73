"""The signed head of a repository.

Source: the repository page of the AT Protocol specification, version 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from atdata.atmosphere.identity.keys import PublicKey
from atdata.atmosphere.proofs.car import Blocks
from atdata.atmosphere.proofs.signatures import check_signature
from atdata.errors import ProofError, SignatureRefused
from atdata_schema.data import Link, Value, from_cbor, to_cbor
from atdata_schema.errors import DataError
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["Commit", "check_commit", "read_commit"]

_KEYS: Final = {"did", "version", "data", "rev", "prev", "sig"}
_VERSION: Final = 3


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, as it says; `check_commit` proves who said it.

    Attributes:
        cid: its own CID.
        did: whose repository it is of.
        rev: its revision, a TID, later ones greater.
        data: the CID of the tree of records.
        signed: the bytes that were signed.
        signature: the signature.
    """

    cid: str
    did: str
    rev: str
    data: str
    signed: bytes
    signature: bytes


def read_commit(blocks: Blocks, cid: str) -> Commit:
    """The commit of a CID.

    Raises:
        ProofError: it is not at hand, or no commit of version 3.
    """
    block = blocks.get(cid)
    if block is None:
        raise _broken(cid, "its block is missing, so the proof is incomplete")
    try:
        value = from_cbor(block)
    except DataError as error:
        raise _broken(cid, f"it is no DAG-CBOR: {error}") from None
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise _broken(cid, f"a commit is a map of {', '.join(sorted(_KEYS))}, and this is none")
    if type(value["version"]) is not int or value["version"] != _VERSION:
        raise _broken(cid, f"its version is not {_VERSION}, the only one that is read")
    return _commit(cid, value)


def _commit(cid: str, value: dict[str, Value]) -> Commit:
    did, rev, data, signature = value["did"], value["rev"], value["data"], value["sig"]
    if not isinstance(did, str) or not is_valid("did", did):
        raise _broken(cid, f"its 'did' is {_shown(did)}, which is no DID")
    if not isinstance(rev, str) or not is_valid("tid", rev):
        raise _broken(cid, f"its 'rev' is {_shown(rev)}, which is no TID")
    if not isinstance(data, Link):
        raise _broken(cid, "its 'data' is no link to a tree")
    if not (value["prev"] is None or isinstance(value["prev"], Link)):
        raise _broken(cid, "its 'prev' is neither null nor a link")
    if not isinstance(signature, bytes):
        raise _broken(cid, "its 'sig' is no bytes")
    # A block has one spelling, so what is encoded here is what was signed.
    signed = to_cbor({name: part for name, part in value.items() if name != "sig"})
    return Commit(cid, did, rev, data.text, signed, signature)


def check_commit(commit: Commit, key: PublicKey) -> None:
    """Refuse a commit that is not signed by a key.

    Raises:
        SignatureRefused: the signature is not that of the key over this commit.
        MissingExtra: `cryptography` is not installed.
    """
    try:
        check_signature(key, commit.signed, commit.signature)
    except SignatureRefused as error:
        raise SignatureRefused(
            f"commit {commit.cid} of {commit.did}: {error}; if the DID document is not fresh, fetch it again"
        ) from None


def _broken(cid: str, reason: str) -> ProofError:
    return ProofError(f"commit {cid}: {reason}")


def _shown(value: Value) -> str:
    return quoted(value) if isinstance(value, str) else f"a {type(value).__name__}"

"""The log of a did:plc: that what a directory says was signed by those who could.

A did:plc is the hash of its first operation, and each operation is signed by a key that the one before names. So a directory
can neither invent an account's key nor exchange it; it can leave out the newest operations. Seventy-two hours of recovery, in
which an earlier key may undo a later one, are the directory's to decide: the log that it gives is the one that stands.

Source: the specification of did:plc, version 0.1.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from atdata.atmosphere.identity.keys import PublicKey, parse_did_key
from atdata.errors import IdentityError, LoadError
from atdata_schema.data import as_value, cid_of_block, to_cbor
from atdata_schema.errors import DataError
from atdata_schema.syntax.quoting import quoted

__all__ = ["PlcState", "read_plc_log"]

_MOST_OPERATIONS: Final = 1000
_MOST_BYTES: Final = 8192  # of one operation; the directory takes 7,500
_MOST_KEYS: Final = 10  # the directory takes five
_OPERATION: Final = {
    "type",
    "rotationKeys",
    "verificationMethods",
    "alsoKnownAs",
    "services",
    "prev",
    "sig",
}
_CREATE: Final = {"type", "signingKey", "recoveryKey", "handle", "service", "prev", "sig"}
_TOMBSTONE: Final = {"type", "prev", "sig"}
_FORMS: Final = {"plc_operation": _OPERATION, "create": _CREATE, "plc_tombstone": _TOMBSTONE}
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9_-]{86}")

Check = Callable[[PublicKey, bytes, bytes], None]


@dataclass(frozen=True, slots=True)
class PlcState:
    """What the newest operation of a log says.

    Attributes:
        did: whose log it is.
        signing_key: the key of the repository, as `did:key`; None where there is none, or the account was closed.
        rotation_keys: the keys that may change all this.
        closed: whether the account was closed.
    """

    did: str
    signing_key: str | None
    rotation_keys: tuple[str, ...]
    closed: bool = False


def read_plc_log(did: str, operations: Sequence[object], check: Check) -> PlcState:
    """Prove a log, from the first operation to the newest.

    Args:
        did: the DID.
        operations: what the directory answers at `/<did>/log`, decoded from JSON.
        check: refuses a signature, by a `LoadError`: `atdata.atmosphere.proofs.signatures.check_signature`.

    Raises:
        IdentityError: the log is not that of the DID, or an operation is not signed by a key that may. The message
            names the operation.
    """
    if not 0 < len(operations) <= _MOST_OPERATIONS:
        raise IdentityError(
            f"the log of {quoted(did)} has {len(operations)} operations; 1 to {_MOST_OPERATIONS} are read"
        )
    state: PlcState | None = None
    previous: str | None = None
    for index, given in enumerate(operations):
        try:
            operation, block = _operation(given)
            if state is None:
                _check_first(did, block)
            state = _next(did, operation, state, previous, check)
        except IdentityError as error:
            raise IdentityError(f"the log of {quoted(did)}, operation {index}: {error}") from None
        previous = cid_of_block(block)
    assert state is not None
    return state


def _operation(given: object) -> tuple[dict[str, Any], bytes]:
    """An operation of one of the forms, and its DAG-CBOR, with the signature."""
    try:
        value: Any = as_value(given)
        block = to_cbor(value)
    except DataError as error:
        raise IdentityError(f"it is outside the data model: {error}") from None
    if len(block) > _MOST_BYTES:
        raise IdentityError(f"it has {len(block)} bytes; at most {_MOST_BYTES} are read")
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or value.keys() != _FORMS.get(kind):
        raise IdentityError("it is of none of the forms that operations have")
    return value, block


def _check_first(did: str, block: bytes) -> None:
    digest = base64.b32encode(hashlib.sha256(block).digest()).decode("ascii").lower()
    if did != f"did:plc:{digest[:24]}":
        raise IdentityError(f"it makes another DID, did:plc:{digest[:24]}")


def _next(
    did: str,
    operation: Mapping[str, Any],
    state: PlcState | None,
    previous: str | None,
    check: Check,
) -> PlcState:
    if state is not None and state.closed:
        raise IdentityError("it follows the one that closed the account")
    if operation["prev"] != previous:
        raise IdentityError("it does not follow the one before: its 'prev' is another CID")
    kind = operation["type"]
    if (kind == "create" and state is not None) or (kind == "plc_tombstone" and state is None):
        raise IdentityError(f"an operation {kind} does not stand here")
    after = (
        PlcState(did, None, (), closed=True) if kind == "plc_tombstone" else _said(did, operation)
    )
    may_sign = after if state is None else state
    signed = to_cbor({name: part for name, part in operation.items() if name != "sig"})
    _check_signed(may_sign.rotation_keys, signed, _signature(operation["sig"]), check)
    return after


def _said(did: str, operation: Mapping[str, Any]) -> PlcState:
    if operation["type"] == "create":
        keys = [operation["recoveryKey"], operation["signingKey"]]
        return PlcState(did, _key(operation["signingKey"]), tuple(map(_key, keys)))
    keys, methods = operation["rotationKeys"], operation["verificationMethods"]
    if not isinstance(keys, list) or not 0 < len(keys) <= _MOST_KEYS:
        raise IdentityError(f"'rotationKeys' is no list of 1 to {_MOST_KEYS} keys")
    if not isinstance(methods, dict):
        raise IdentityError("'verificationMethods' is no map")
    signing = methods.get("atproto")
    return PlcState(did, None if signing is None else _key(signing), tuple(map(_key, keys)))


def _key(text: object) -> str:
    if not isinstance(text, str):
        raise IdentityError("a key is no text")
    return str(parse_did_key(text))


def _signature(text: object) -> bytes:
    """The bytes of a signature, spelled in the one way that there is."""
    if isinstance(text, str) and _SIGNATURE.fullmatch(text):
        signature = base64.urlsafe_b64decode(text + "==")
        if base64.urlsafe_b64encode(signature).decode("ascii").rstrip("=") == text:
            return signature
    raise IdentityError("its 'sig' is no signature in base64url, without padding")


def _check_signed(keys: Sequence[str], signed: bytes, signature: bytes, check: Check) -> None:
    for text in keys:
        try:
            check(parse_did_key(text), signed, signature)
        except LoadError:
            continue
        return
    raise IdentityError("it is signed by none of the keys that may")

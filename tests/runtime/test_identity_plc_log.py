"""Logs of did:plc: those that were signed by who could, and those that a directory would have to invent."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from atdata.atmosphere.identity.keys import Curve
from atdata.atmosphere.identity.plc_log import PlcState, read_plc_log
from atdata.atmosphere.proofs.signatures import check_signature
from atdata.errors import IdentityError
from atdata_schema.data import cid, to_cbor
from proof_data import key_pair, sign

OWNER, OWNER_KEY = key_pair(secret=21)
SECOND, SECOND_KEY = key_pair(Curve.P256, secret=22)
_, SIGNING_KEY = key_pair(secret=23)
_, NEW_KEY = key_pair(secret=24)


def operation(prev: Any, secret: Any = OWNER, *, high: bool = False, **change: Any) -> Any:
    """A signed operation."""
    unsigned: dict[str, Any] = {
        "type": "plc_operation",
        "rotationKeys": [str(OWNER_KEY), str(SECOND_KEY)],
        "verificationMethods": {"atproto": str(SIGNING_KEY)},
        "alsoKnownAs": ["at://alice.example.org"],
        "services": {},
        "prev": None if prev is None else cid(prev),
        **change,
    }
    return signed({key: part for key, part in unsigned.items() if part != "left out"}, secret, high)


def signed(unsigned: dict[str, Any], secret: Any, high: bool = False) -> Any:
    """The operation with its signature."""
    curve = Curve.P256 if secret is SECOND else Curve.K256
    raw = sign(secret, curve, to_cbor(unsigned), high=high)
    return {**unsigned, "sig": base64.urlsafe_b64encode(raw).decode().rstrip("=")}


def tombstone(prev: Any) -> Any:
    """The end of an account."""
    return signed({"type": "plc_tombstone", "prev": cid(prev)}, OWNER)


def did_of(first: Any) -> str:
    """The DID that an operation makes."""
    digest = base64.b32encode(hashlib.sha256(to_cbor(first)).digest()).decode().lower()
    return f"did:plc:{digest[:24]}"


def read(*operations: Any) -> PlcState:
    """A log, read as that of its first operation."""
    return read_plc_log(did_of(operations[0]), operations, check_signature)


FIRST = operation(None)
BOTH = (str(OWNER_KEY), str(SECOND_KEY))


def test_a_new_account() -> None:
    assert read(FIRST) == PlcState(did_of(FIRST), str(SIGNING_KEY), BOTH)


def test_keys_change_by_who_may() -> None:
    new = {"atproto": str(NEW_KEY)}
    second = operation(FIRST, SECOND, verificationMethods=new, rotationKeys=[str(SECOND_KEY)])
    third = operation(second, SECOND, verificationMethods={})
    assert read(FIRST, second).signing_key == str(NEW_KEY)
    assert read(FIRST, second).rotation_keys == (str(SECOND_KEY),)
    assert read(FIRST, second, third).signing_key is None
    with pytest.raises(IdentityError, match="operation 2: it is signed by none of the keys"):
        read(FIRST, second, operation(second, OWNER))


def test_an_account_that_was_closed() -> None:
    end = tombstone(FIRST)
    assert read(FIRST, end) == PlcState(did_of(FIRST), None, (), closed=True)
    with pytest.raises(IdentityError, match="operation 2: it follows the one that closed"):
        read(FIRST, end, operation(end))


def test_an_account_of_the_first_form() -> None:
    first = signed(
        {
            "type": "create",
            "signingKey": str(SIGNING_KEY),
            "recoveryKey": str(OWNER_KEY),
            "handle": "alice.example.org",
            "service": "https://pds.example.org",
            "prev": None,
        },
        OWNER,
    )
    assert read(first).signing_key == str(SIGNING_KEY)
    assert read(first, operation(first)).rotation_keys == BOTH
    unsigned = {key: part for key, part in first.items() if key != "sig"}
    again = signed({**unsigned, "prev": cid(first)}, OWNER)
    with pytest.raises(IdentityError, match="operation 1: an operation create does not stand here"):
        read(first, again)


def test_the_log_of_another_account_is_refused() -> None:
    other = operation(None, alsoKnownAs=["at://bob.example.org"])
    with pytest.raises(IdentityError, match=f"operation 0: it makes another DID, {did_of(other)}"):
        read_plc_log(did_of(FIRST), [other], check_signature)
    with pytest.raises(IdentityError, match="operation 1: it does not follow the one before"):
        read(FIRST, operation(other))
    with pytest.raises(IdentityError, match="makes another DID"):
        read_plc_log(did_of(FIRST), [operation(FIRST)], check_signature)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "plc_else"}, "none of the forms"),
        ({"more": 1}, "none of the forms"),
        ({"services": "left out"}, "none of the forms"),
        ({"rotationKeys": []}, "no list of 1 to 10 keys"),
        ({"rotationKeys": [str(OWNER_KEY)] * 11}, "no list of 1 to 10 keys"),
        ({"rotationKeys": [7]}, "a key is no text"),
        ({"rotationKeys": ["did:key:zz"]}, "a key of another kind"),
        ({"verificationMethods": []}, "'verificationMethods' is no map"),
        ({"alsoKnownAs": ["x" * 9000]}, "at most 8192 are read"),
    ],
)
def test_what_is_no_operation_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(IdentityError, match=f"operation 0: .*{message}"):
        read(operation(None, **change))


def test_forged_and_malleable_signatures_are_refused() -> None:
    stranger, _ = key_pair(secret=99)
    for bad in (operation(None, stranger), operation(None, high=True)):
        with pytest.raises(IdentityError, match="signed by none of the keys that may"):
            read(bad)
    for sig in ("", FIRST["sig"] + "==", FIRST["sig"][:-1], 7, FIRST["sig"][:-1] + "x"):
        with pytest.raises(IdentityError, match="is no signature in base64url|signed by none"):
            read({**FIRST, "sig": sig})


def test_logs_are_limited() -> None:
    for operations in ([], [FIRST] * 1001):
        with pytest.raises(IdentityError, match="1 to 1000 are read"):
            read_plc_log(did_of(FIRST), operations, check_signature)
    with pytest.raises(IdentityError, match="outside the data model"):
        read_plc_log(did_of(FIRST), [{"type": 1.5}], check_signature)

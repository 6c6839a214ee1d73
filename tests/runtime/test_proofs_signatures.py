"""Keys and signatures: the public vectors, and what is refused."""

from __future__ import annotations

import base64
import builtins
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.identity.base58 import base58_bytes, base58_text
from atdata.atmosphere.identity.keys import (
    Curve,
    PublicKey,
    parse_did_key,
    parse_legacy_key,
    parse_multikey,
)
from atdata.atmosphere.proofs.signatures import check_signature
from atdata.errors import IdentityError, SignatureRefused
from atdata_schema.errors import MissingExtra
from proof_data import ORDERS, key_pair, sign

VECTORS = Path(__file__).parent.parent / "data" / "atproto"
MESSAGE = b"message"
CURVES = pytest.mark.parametrize("curve", list(Curve))


def vectors(name: str) -> Any:
    """A file of vectors."""
    return json.loads((VECTORS / name).read_text("utf-8"))


@pytest.mark.parametrize("case", vectors("signature-fixtures.json"), ids=lambda c: c["comment"])
def test_the_vectors_of_signatures(case: dict[str, Any]) -> None:
    key = parse_did_key(case["publicKeyDid"])
    assert key.curve.value == case["algorithm"]
    assert key == parse_legacy_key(case["didDocSuite"], case["publicKeyMultibase"])
    message = base64.b64decode(case["messageBase64"] + "==")
    signature = base64.b64decode(case["signatureBase64"] + "==")
    if case["validSignature"]:
        check_signature(key, message, signature)
        return
    reason = {"high-s": "malleable", "der-encoded": "has 64 bytes"}[case["tags"][0]]
    with pytest.raises(SignatureRefused, match=reason):
        check_signature(key, message, signature)


@pytest.mark.parametrize("case", vectors("w3c_didkey_K256.json"))
def test_keys_of_k256(case: dict[str, str]) -> None:
    _, key = key_pair(Curve.K256, int(case["privateKeyBytesHex"], 16))
    assert str(key) == case["publicDidKey"]
    assert parse_did_key(case["publicDidKey"]) == key


def test_a_key_of_p256() -> None:
    (case,) = vectors("w3c_didkey_P256.json")
    secret = int.from_bytes(base58_bytes(case["privateKeyBytesBase58"]), "big")
    _, key = key_pair(Curve.P256, secret)
    assert str(key) == case["publicDidKey"]
    assert parse_did_key(case["publicDidKey"]) == key


@CURVES
def test_a_key_of_an_old_document_may_be_uncompressed(curve: Curve) -> None:
    secret, key = key_pair(curve)
    kinds = {Curve.K256: "EcdsaSecp256k1VerificationKey2019"}
    kind = kinds.get(curve, "EcdsaSecp256r1VerificationKey2019")
    point = secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert parse_legacy_key(kind, "z" + base58_text(point)) == key
    for at in (0, 5, 40):
        bent = bytearray(point)
        bent[at] ^= 1
        with pytest.raises(IdentityError, match="no point on the curve"):
            parse_legacy_key(kind, "z" + base58_text(bytes(bent)))


@given(st.binary(max_size=60))
def test_base58_keeps_bytes(data: bytes) -> None:
    assert base58_bytes(base58_text(data)) == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("did:plc:abc", "is no did:key"),
        ("did:key:", "would start with 'z'"),
        ("did:key:u5wEC", "would start with 'z'"),
        ("did:key:z", "a key of another kind"),
        ("did:key:z0OIl", "'0' is no character of base58"),
        ("did:key:z" + "1" * 200, "at most 128 characters, not 200"),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "a key of another kind"),
        ("did:key:z" + base58_text(b"\xe7\x01" + bytes(33)), "starts with 02 or 03"),
        ("did:key:z" + base58_text(b"\xe7\x01\x02" + bytes(31)), "this one has 32 bytes"),
    ],
)
def test_what_is_no_key_is_refused(text: str, message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        parse_did_key(text)


def test_an_unknown_type_of_key_is_refused() -> None:
    with pytest.raises(IdentityError, match="'Ed25519VerificationKey2020' are not used"):
        parse_legacy_key("Ed25519VerificationKey2020", "z6Mk")


@CURVES
def test_a_signature_is_of_one_key_and_one_message(curve: Curve) -> None:
    secret, key = key_pair(curve)
    signature = sign(secret, curve, MESSAGE)
    check_signature(key, MESSAGE, signature)
    check_signature(parse_multikey(key.multikey), MESSAGE, signature)
    with pytest.raises(SignatureRefused, match=f"not one of the key {key}"):
        check_signature(key, MESSAGE + b"!", signature)
    _, other = key_pair(curve, secret=8)
    with pytest.raises(SignatureRefused, match="not one of the key"):
        check_signature(other, MESSAGE, signature)


@CURVES
def test_a_signature_of_the_other_curve_is_refused(curve: Curve) -> None:
    other = Curve.P256 if curve is Curve.K256 else Curve.K256
    secret, _ = key_pair(other)
    _, key = key_pair(curve)
    with pytest.raises(SignatureRefused):
        check_signature(key, MESSAGE, sign(secret, other, MESSAGE))


@CURVES
def test_malleable_signatures_are_refused_though_they_verify(curve: Curve) -> None:
    secret, key = key_pair(curve)
    with pytest.raises(SignatureRefused, match="low-S signatures only"):
        check_signature(key, MESSAGE, sign(secret, curve, MESSAGE, high=True))


@CURVES
def test_numbers_out_of_range_are_refused(curve: Curve) -> None:
    secret, key = key_pair(curve)
    r, s = (part for part in halves(sign(secret, curve, MESSAGE)))
    order = ORDERS[curve].to_bytes(32, "big")
    for bent in (bytes(32) + s, r + bytes(32), order + s, r + order, b"\xff" * 64, bytes(64)):
        with pytest.raises(SignatureRefused, match="outside the range"):
            check_signature(key, MESSAGE, bent)


def halves(signature: bytes) -> tuple[bytes, bytes]:
    """The numbers of a signature."""
    return signature[:32], signature[32:]


@CURVES
def test_every_flipped_bit_of_a_signature_is_refused(curve: Curve) -> None:
    secret, key = key_pair(curve)
    signature = sign(secret, curve, MESSAGE)
    for at in range(512):
        bent = bytearray(signature)
        bent[at // 8] ^= 1 << at % 8
        with pytest.raises(SignatureRefused):
            check_signature(key, MESSAGE, bytes(bent))


@given(st.binary(max_size=80).filter(lambda data: len(data) != 64))
def test_other_lengths_are_refused(data: bytes) -> None:
    _, key = key_pair()
    with pytest.raises(SignatureRefused, match=f"this one has {len(data)}"):
        check_signature(key, MESSAGE, data)


@CURVES
def test_a_key_off_its_curve_is_refused(curve: Curve) -> None:
    secret, _ = key_pair(curve)
    signature = sign(secret, curve, MESSAGE)
    for x in range(1, 50):
        key = PublicKey(curve, b"\x02" + x.to_bytes(32, "big"))
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(
                ec.SECP256K1() if curve is Curve.K256 else ec.SECP256R1(), key.point
            )
        except ValueError:
            with pytest.raises(SignatureRefused, match="no point on its curve"):
                check_signature(key, MESSAGE, signature)
            return
    pytest.fail("every number was one of a point")


def test_a_missing_library_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    secret, key = key_pair()
    signature = sign(secret, Curve.K256, MESSAGE)
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "cryptography":
            raise ImportError(name)
        return real(name, *rest, **more)

    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'atdata\[atmosphere\]'"):
        check_signature(key, MESSAGE, signature)

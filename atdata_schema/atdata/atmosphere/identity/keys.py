"""Public keys, as `did:key` and DID documents spell them.

Sources: the cryptography page of the AT Protocol specification, and the table of multicodec. A key is a point on one of two
curves; whether it lies there is looked at when a signature is verified, since only then the library for it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from atdata.atmosphere.identity.base58 import base58_bytes, base58_text
from atdata.errors import IdentityError
from atdata_schema.syntax.quoting import quoted

__all__ = ["Curve", "PublicKey", "parse_did_key", "parse_legacy_key", "parse_multikey"]


class Curve(Enum):
    """A curve that the protocol has keys on."""

    K256 = "ES256K"
    """secp256k1, also known as K-256."""

    P256 = "ES256"
    """NIST P-256, also known as secp256r1."""


_CODES: Final = {Curve.K256: b"\xe7\x01", Curve.P256: b"\x80\x24"}
_LEGACY: Final = {
    "EcdsaSecp256k1VerificationKey2019": Curve.K256,
    "EcdsaSecp256r1VerificationKey2019": Curve.P256,
}
_DID_KEY: Final = "did:key:"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key.

    Attributes:
        curve: its curve.
        point: the point in its compressed form, 33 bytes.

    Raises:
        IdentityError: the point is not of that form.
    """

    curve: Curve
    point: bytes

    def __post_init__(self) -> None:
        if len(self.point) != 33 or self.point[0] not in (2, 3):
            raise IdentityError(
                f"a key of {self.curve.value} is a compressed point of 33 bytes that starts with 02 or 03; "
                f"this one has {len(self.point)} bytes"
            )

    def __str__(self) -> str:
        return _DID_KEY + self.multikey

    @property
    def multikey(self) -> str:
        """The key as DID documents have it, in `publicKeyMultibase`."""
        return "z" + base58_text(_CODES[self.curve] + self.point)


def parse_did_key(text: str) -> PublicKey:
    """The key that a `did:key` is.

    Raises:
        IdentityError: it is none, or of another curve.

    >>> parse_did_key("did:key:zDnaeTiq1PdzvZXUaMdezchcMJQpBdH2VN4pgrrEhMCCbmwSb").curve
    <Curve.P256: 'ES256'>
    """
    if not text.startswith(_DID_KEY):
        raise IdentityError(f"{quoted(text)} is no did:key")
    return parse_multikey(text.removeprefix(_DID_KEY))


def parse_multikey(text: str) -> PublicKey:
    """The key of a `publicKeyMultibase` of the type `Multikey`.

    Raises:
        IdentityError: it is none, or of another curve.
    """
    data = _base58(text)
    for curve, code in _CODES.items():
        if data.startswith(code):
            return PublicKey(curve, data[len(code) :])
    raise IdentityError(
        f"{quoted(text)} is a key of another kind: the protocol has keys of K-256 and of P-256"
    )


def parse_legacy_key(kind: str, text: str) -> PublicKey:
    """The key of a `publicKeyMultibase` of the types that DID documents had before `Multikey`.

    Such a key does not say its curve; the type does. Its point may be uncompressed.

    Args:
        kind: the type of the verification method.
        text: its `publicKeyMultibase`.

    Raises:
        IdentityError: it is no such type or no such key.
    """
    curve = _LEGACY.get(kind)
    if curve is None:
        raise IdentityError(f"keys of the type {quoted(kind)} are not used in the protocol")
    data = _base58(text)
    return PublicKey(curve, _compressed(curve, data) if len(data) == 65 else data)


def _base58(text: str) -> bytes:
    if not text.startswith("z"):
        raise IdentityError(f"{quoted(text)} is no key in base58: it would start with 'z'")
    return base58_bytes(text[1:])


# y² = x³ + ax + b over a field of p elements.
_FIELDS: Final = {
    Curve.K256: (2**256 - 2**32 - 977, 0, 7),
    Curve.P256: (
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        -3,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    ),
}


def _compressed(curve: Curve, data: bytes) -> bytes:
    """The compressed form of a point, which has to lie on the curve: its sign alone would not tell."""
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    p, a, b = _FIELDS[curve]
    if data[0] != 4 or x >= p or y >= p or (y * y - x * x * x - a * x - b) % p:
        raise IdentityError(f"this key is no point on the curve of {curve.value}")
    return bytes((2 + (y & 1),)) + data[1:33]

"""Whether a signature is that of a key.

Source: the cryptography page of the AT Protocol specification. A signature is 64 bytes, r and s; of the two values of s that
are equally good the lower one is the only one allowed, so that nobody can make a second signature out of a first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atdata.atmosphere.identity.keys import Curve, PublicKey
from atdata.errors import SignatureRefused
from atdata_schema.errors import MissingExtra

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

__all__ = ["SIGNATURE_BYTES", "check_signature"]

SIGNATURE_BYTES: Final = 64
_ORDERS: Final = {
    Curve.K256: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    Curve.P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}


def check_signature(key: PublicKey, message: bytes, signature: bytes) -> None:
    """Refuse a signature that the key did not make over the message.

    Args:
        key: whose signature it should be.
        message: what was signed; its sha2-256 is taken here.
        signature: r and s, 32 bytes each.

    Raises:
        SignatureRefused: it is of another key or message, of another form, or malleable.
        MissingExtra: `cryptography` is not installed.
    """
    r, s = _numbers(key.curve, signature)
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256
    except ImportError:
        raise MissingExtra("Verifying signatures", "atmosphere") from None
    try:
        _loaded(key).verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature:
        raise SignatureRefused(f"the signature is not one of the key {key}") from None


def _numbers(curve: Curve, signature: bytes) -> tuple[int, int]:
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureRefused(
            f"a signature has {SIGNATURE_BYTES} bytes, r and s, and this one has {len(signature)}"
        )
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    order = _ORDERS[curve]
    if not (0 < r < order and 0 < s < order):
        raise SignatureRefused(f"the signature has a number outside the range of {curve.value}")
    if s > order // 2:
        raise SignatureRefused("the signature is malleable: the protocol has low-S signatures only")
    return r, s


def _loaded(key: PublicKey) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = ec.SECP256K1() if key.curve is Curve.K256 else ec.SECP256R1()
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, key.point)
    except ValueError:
        raise SignatureRefused(f"the key {key} is no point on its curve") from None

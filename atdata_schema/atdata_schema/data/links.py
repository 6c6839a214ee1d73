"""Links: CIDs of version 1, as values and in their binary form.

Source of the binary form: the CID and multihash specifications. A CID is the version 1, a codec, a hash
function and a digest with its length; the numbers are varints of seven bits a byte, low bits first.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from atdata_schema.data.faults import Fault
from atdata_schema.syntax.quoting import quoted

__all__ = ["Link", "cid_bytes", "cid_text", "link_of_bytes", "link_of_text"]

# Of what the protocol computes itself: version 1, dag-cbor or raw, sha2-256 of 32 bytes.
_USUAL = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SHA2_256 = 0x12
# Which 256 characters spell, the most that the string format `cid` allows.
_LONGEST = 159
_BASE32 = re.compile(r"b[a-z2-7]{6,255}")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to data by its CID.

    Any CID of version 1 in base32 is a link: other codecs and hashes than those that the protocol computes
    itself occur in foreign data, and are kept.

    Attributes:
        text: the CID in lower-case base32, without padding: `bafy...`, `bafk...`.

    Raises:
        DataError: the text is no such CID.

    >>> Link("bafyreia4z7jgsxvxvsubt3jo63cnoc34zb6dd7otzczunrxfvtlssqolwu").binary.hex()[:8]
    '01711220'
    """

    text: str

    def __post_init__(self) -> None:
        try:
            cid_bytes(self.text)
        except Fault as fault:
            raise fault.error() from None

    def __str__(self) -> str:
        return self.text

    @property
    def binary(self) -> bytes:
        """The CID in its binary form, without the zero byte that DAG-CBOR puts before it."""
        return cid_bytes(self.text)


def link_of_bytes(binary: bytes) -> Link:
    """The link to a CID in binary form; a `Fault` if it is none of version 1."""
    _check_binary(binary)
    return _link(cid_text(binary))


def link_of_text(text: str) -> Link:
    """The link to a CID in text; a `Fault`, where `Link` itself has its error without a place."""
    cid_bytes(text)
    return _link(text)


def _link(checked: str) -> Link:
    link = object.__new__(Link)  # without checking a second time
    object.__setattr__(link, "text", checked)
    return link


def cid_text(binary: bytes) -> str:
    """A CID in lower-case base32."""
    return "b" + base64.b32encode(binary).decode("ascii").lower().rstrip("=")


def cid_bytes(text: object) -> bytes:
    """A CID of version 1 in binary form; a `Fault` if the text is none in base32."""
    if not isinstance(text, str):
        raise Fault(f"a CID is a text, not a {type(text).__name__}")
    if not _BASE32.fullmatch(text) or len(text) % 8 in (2, 4, 7):
        raise Fault(f"{quoted(text)} is no CID of version 1 in lower-case base32 ('b...')")
    digits = text[1:].upper()
    binary = base64.b32decode(digits + "=" * (-len(digits) % 8))
    _check_binary(binary)
    spare = len(digits) * 5 % 8
    if _DIGITS.index(digits[-1]) & ((1 << spare) - 1):
        raise Fault(f"{quoted(text)} is no CID: bits after its last byte are set")
    return binary


def _check_binary(binary: bytes) -> None:
    if len(binary) == 36 and binary[:4] in _USUAL:
        return
    if len(binary) > _LONGEST:
        raise Fault(f"a CID has at most {_LONGEST} bytes, and this one has {len(binary)}")
    version, at = _varint(binary, 0)
    if version != 1:
        raise Fault(f"a CID of version 1 is needed; the first number of this one is {version}")
    _, at = _varint(binary, at)
    function, at = _varint(binary, at)
    size, at = _varint(binary, at)
    if size != len(binary) - at or (function == _SHA2_256 and size != 32):
        raise Fault(f"a CID declares a digest of {size} bytes and has {len(binary) - at}")


def _varint(binary: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 63, 7):
        if at == len(binary):
            break
        byte = binary[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte == 0 and shift:
            raise Fault("a number in a CID is longer than it needs to be")
        if byte < 0x80:
            return number, at
    raise Fault("a CID ends within a number, or one of its numbers is too large")

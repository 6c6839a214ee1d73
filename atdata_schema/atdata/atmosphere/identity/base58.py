"""Base58 in the alphabet of Bitcoin, for keys: short texts only, since its cost grows with the square of the length."""

from __future__ import annotations

from typing import Final

from atdata.errors import IdentityError

__all__ = ["base58_bytes", "base58_text"]

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_LONGEST: Final = 128


def base58_bytes(text: str) -> bytes:
    """The bytes that a text spells.

    Raises:
        IdentityError: it is longer than a key, or holds another character.

    >>> base58_bytes("2NEpo7TZRRrLZSi2U")
    b'Hello World!'
    """
    if len(text) > _LONGEST:
        raise IdentityError(f"a key in base58 has at most {_LONGEST} characters, not {len(text)}")
    number = 0
    for letter in text:
        if letter not in _DIGITS:
            raise IdentityError(f"{letter!r} is no character of base58")
        number = number * 58 + _DIGITS[letter]
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base58_text(data: bytes) -> str:
    """Bytes as a text.

    >>> base58_text(bytes.fromhex("0000287fb4cd"))
    '11233QC4'
    """
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return _ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + digits

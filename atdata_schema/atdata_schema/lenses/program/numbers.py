"""Numbers of a lens: exact rationals, each with one spelling, so that equal numbers have equal CIDs."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from atdata_schema.lenses.limits import MAX_DIGITS

__all__ = ["NotANumber", "number_text", "parse_number"]

_NUMBER: Final = re.compile(r"(-?\d+)/(\d+)|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_MAX_EXPONENT: Final = 400
_PLAIN: Final = range(-6, 21)
"""Exponents of the first digit for which a decimal is written without an exponent."""


class NotANumber(ValueError):
    """A text that is no number of the language."""


def parse_number(text: str) -> Fraction:
    """The number of an integer, a decimal or a quotient.

    Raises:
        NotANumber: none of these, longer than `MAX_DIGITS`, or with a divisor of 0.

    >>> parse_number("-1.5e-3"), parse_number("2/4")
    (Fraction(-3, 2000), Fraction(1, 2))
    """
    if len(text) > MAX_DIGITS:
        raise NotANumber(f"a number of {len(text)} characters; at most {MAX_DIGITS} are read")
    found = _NUMBER.fullmatch(text) if text.isascii() else None
    if found is None:
        raise NotANumber(f"{text!r} is no integer, decimal or quotient such as 1/255")
    if found[2] is not None:
        if not int(found[2]):
            raise NotANumber(f"{text} divides by 0")
        return Fraction(int(found[1]), int(found[2]))
    _, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > _MAX_EXPONENT:
        raise NotANumber(f"{text} has an exponent beyond {_MAX_EXPONENT}")
    return Fraction(text)


def number_text(number: Fraction) -> str:
    """The canonical spelling: an integer, else a finite decimal where there is a short one, else `p/q`.

    Raises:
        NotANumber: it has none within `MAX_DIGITS` characters.

    >>> [number_text(parse_number(text)) for text in ("-1.5e-3", "2/4", "1/255", "1e300", "-0")]
    ['-0.0015', '0.5', '1/255', '1e+300', '0']
    """
    decimal = _decimal(number)
    if decimal is not None and len(decimal) <= MAX_DIGITS:
        return decimal
    quotient = f"{number.numerator}/{number.denominator}"
    if len(quotient) > MAX_DIGITS:
        raise NotANumber(
            f"a number whose shortest form has {len(quotient)} characters; at most {MAX_DIGITS} are written"
        )
    return quotient


def _decimal(number: Fraction) -> str | None:
    """The finite decimal of a number, if it has one."""
    places, rest = 0, number.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1:
        return None
    digits = str(abs(number.numerator) * 10**places // number.denominator).lstrip("0")
    if not digits:
        return "0"
    sign = "-" if number < 0 else ""
    first = len(digits) - 1 - places
    return sign + _placed(digits.rstrip("0"), first)


def _placed(digits: str, first: int) -> str:
    """Digits whose first one stands at 10^first, with a point or an exponent."""
    if first not in _PLAIN:
        rest = f".{digits[1:]}" if digits[1:] else ""
        return f"{digits[0]}{rest}e{first:+d}"
    if first < 0:
        return "0." + "0" * (-first - 1) + digits
    whole, rest = digits[: first + 1].ljust(first + 1, "0"), digits[first + 1 :]
    return f"{whole}.{rest}" if rest else whole

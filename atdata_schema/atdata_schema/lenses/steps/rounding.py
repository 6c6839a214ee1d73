"""A rational as a float: rounded once, to the nearest, ties to even."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np

__all__ = ["rounded", "ulp_of"]

_FORMS: Final = {"float16": (11, -24, 15), "float32": (24, -149, 127), "float64": (53, -1074, 1023)}
"""Digits of the significand, exponents of the least float and of the greatest power of two."""

_PARTS: Final = {"complex64": "float32", "complex128": "float64"}


def rounded(number: Fraction, dtype: str) -> np.floating[Any]:
    """The float nearest to a rational, without the double rounding that a detour over float64 has.

    >>> rounded(Fraction(1, 255), "float32"), rounded(Fraction(10) ** 60, "float32")
    (np.float32(0.003921569), np.float32(inf))
    """
    part = _PARTS.get(dtype, dtype)
    digits, least, most = _FORMS[part]
    scalar: type[np.floating[Any]] = np.dtype(part).type
    if not number:
        return scalar(0)
    magnitude = abs(number)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** exponent:
        exponent -= 1
    unit = max(exponent - digits + 1, least)
    mantissa = round(magnitude / Fraction(2) ** unit)  # ties to even
    if mantissa * Fraction(2) ** unit >= Fraction(2) ** (most + 1):
        return scalar(math.copysign(math.inf, number))
    return scalar(math.copysign(math.ldexp(mantissa, unit), number))


def ulp_of(dtype: str) -> float:
    """The distance from 1 to the next float."""
    digits, _, _ = _FORMS[_PARTS.get(dtype, dtype)]
    return math.ldexp(1.0, 1 - digits)


def least_of(dtype: str) -> float:
    """The least positive float."""
    return math.ldexp(1.0, _FORMS[_PARTS.get(dtype, dtype)][1])


def most_of(dtype: str) -> float:
    """The greatest finite float."""
    digits, _, most = _FORMS[_PARTS.get(dtype, dtype)]
    return math.ldexp(2.0 - math.ldexp(1.0, 1 - digits), most)

"""Comparing numbers of different kinds without rounding: what is asked of a column, in the column's own numbers.

numpy makes a float of an integer that it compares with one, and so rounds it from 2^53 on. Each function here
gives instead a comparison with a number of the column's kind that is true of the very same values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, TypeAlias

from atdata.manifest.query.conditions import Operator

__all__ = ["Asked", "asked_of_floats", "asked_of_integers", "floats_in", "integers_in"]

Asked: TypeAlias = tuple[Operator, int] | tuple[Operator, float] | bool
"""A comparison with a number, or what is true of all values alike."""

LOWEST: Final = -(1 << 63)
HIGHEST: Final = (1 << 63) - 1


def asked_of_integers(operator: Operator, number: int | float) -> Asked:
    """What a comparison asks of integers of 64 bits.

    >>> asked_of_integers(">", 2.5), asked_of_integers("==", 2.5), asked_of_integers("<", 2.0)
    (('>', 2), False, ('<', 2))
    >>> asked_of_integers("<", 1e30), asked_of_integers(">=", float("-inf"))
    (True, True)
    """
    if number > HIGHEST or number < LOWEST:
        above = number > HIGHEST
        return operator in (("<", "<=", "!=") if above else (">", ">=", "!="))
    whole = math.floor(number)
    if whole == number:
        return operator, whole
    if operator in ("==", "!="):
        return operator == "!="
    return (">" if operator in (">", ">=") else "<="), whole


def asked_of_floats(operator: Operator, number: int | float) -> Asked:
    """What a comparison asks of floats of 64 bits; NaN is unequal to all, and nothing else.

    >>> asked_of_floats(">", 2**53 + 1), asked_of_floats("==", 2**53 + 1)
    (('>', 9007199254740992.0), False)
    """
    try:
        near = float(number)
    except OverflowError:
        near = math.inf if number > 0 else -math.inf
    if near == number:
        return operator, near
    if operator in ("==", "!="):
        return operator == "!="
    up = operator in (">", ">=")
    # The next float above the number, or below it: what lies beyond the one is all that lies beyond the other.
    if near > number:
        return (">=" if up else "<"), near
    return (">" if up else "<="), near


def integers_in(numbers: Iterable[int | float]) -> list[int]:
    """Those of some numbers that a column of integers can hold."""
    found = (asked_of_integers("==", number) for number in numbers)
    return [int(asked[1]) for asked in found if not isinstance(asked, bool)]


def floats_in(numbers: Iterable[int | float]) -> list[float]:
    """Those of some numbers that a column of floats can hold."""
    found = (asked_of_floats("==", number) for number in numbers)
    return [float(asked[1]) for asked in found if not isinstance(asked, bool)]

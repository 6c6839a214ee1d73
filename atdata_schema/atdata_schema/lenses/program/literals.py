"""Literals: texts, numbers, booleans and nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias
from typing import Literal as OneOf

from atdata_schema.lenses.limits import MAX_WORD
from atdata_schema.lenses.program.numbers import NotANumber, number_text, parse_number
from atdata_schema.lenses.program.quoting import quoted

__all__ = ["NONE", "SPECIAL", "Literal", "boolean", "integer", "number", "special", "text"]

Kind: TypeAlias = OneOf["text", "integer", "number", "boolean", "none"]

SPECIAL: Final = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
"""The numbers that no rational is, by their spelling."""

_KEYS: Final[dict[str, Kind]] = {
    "s": "text",
    "i": "integer",
    "l": "integer",
    "n": "number",
    "b": "boolean",
    "none": "none",
}
_SAFE: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Literal:
    """One value that a lens states.

    Attributes:
        kind: what it is; an integer is exact in every type of numbers, a number is for floats.
        value: a `str`, an `int`, a `Fraction`, a `bool` or `None`; of `nan`, `inf` and `-inf` the spelling.

    >>> print(text("cat"), integer(3), number(Fraction(1, 255)), NONE)
    "cat" 3 1/255 none
    """

    kind: Kind
    value: str | int | Fraction | bool | None

    def __str__(self) -> str:
        match self.kind:
            case "text":
                return quoted(str(self.value))
            case "integer":
                return str(self.value)
            case "number" if isinstance(self.value, Fraction):
                spelling = number_text(self.value)
                return spelling if set(spelling) & set("./e") else f"{spelling}.0"
            case "boolean":
                return "true" if self.value else "false"
            case "none":
                return "none"
            case _:
                return str(self.value)

    @property
    def python(self) -> Any:
        """The value in Python: a `float` for a number, rounded once."""
        if self.kind != "number":
            return self.value
        if isinstance(self.value, Fraction):
            try:
                return float(self.value)
            except OverflowError:
                return math.inf if self.value > 0 else -math.inf
        return SPECIAL[str(self.value)]

    def to_record(self) -> dict[str, Any]:
        """The record form: an object of exactly one of `s`, `i`, `l`, `n`, `b`, `none`.

        An integer that JSON readers would round is a text, under `l`.
        """
        key = next(key for key, kind in _KEYS.items() if kind == self.kind)
        if self.kind == "none":
            return {key: True}
        if type(self.value) is int and abs(self.value) > _SAFE:
            return {"l": str(self.value)}
        return {key: number_text(self.value) if isinstance(self.value, Fraction) else self.value}

    @classmethod
    def from_record(cls, record: object) -> Literal:
        """The literal of its record form.

        Raises:
            ValueError: it is not of that form.
        """
        if not isinstance(record, dict) or len(record) != 1 or not set(record) <= set(_KEYS):
            raise ValueError("a literal is an object of one of the keys s, i, l, n, b, none")
        ((key, value),) = record.items()
        return _long(value) if key == "l" else _made(_KEYS[key], value)


def _long(value: object) -> Literal:
    if isinstance(value, str) and len(value) <= 20 and value.isascii():
        digits = value.removeprefix("-")
        if digits.isdigit() and digits[0] != "0" and abs(int(value)) > _SAFE:
            return integer(int(value))
    raise ValueError(f"{value!r} is no integer beyond 2^53 - 1")


def _made(kind: Kind, value: object) -> Literal:
    if kind == "text" and isinstance(value, str):
        return text(value)
    if kind == "integer" and type(value) is int and abs(value) <= _SAFE:
        return integer(value)
    if kind == "boolean" and isinstance(value, bool):
        return boolean(value)
    if kind == "none" and value is True:
        return NONE
    if kind == "number" and isinstance(value, str):
        if value in SPECIAL:
            return special(value)
        parsed = parse_number(value)
        if number_text(parsed) != value:
            raise NotANumber(f"{value!r} is {number_text(parsed)!r} in canonical form")
        return number(parsed)
    raise ValueError(f"a {kind} of a literal cannot be {value!r:.80}")


def text(value: str) -> Literal:
    """A text.

    Raises:
        ValueError: longer than `MAX_WORD`, or with a lone surrogate.
    """
    if len(value) > MAX_WORD:
        raise ValueError(f"a text of {len(value)} characters; at most {MAX_WORD} are allowed")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{value!r} holds a lone surrogate, which UTF-8 cannot hold") from None
    return Literal("text", value)


def integer(value: int) -> Literal:
    """An integer.

    Raises:
        ValueError: beyond 64 bits, signed or not.
    """
    if not -(2**63) <= value < 2**64:
        raise ValueError("an integer beyond 64 bits")
    return Literal("integer", value)


def number(value: Fraction) -> Literal:
    """A number of a float type."""
    return Literal("number", value)


def special(spelling: str) -> Literal:
    """`nan`, `inf` or `-inf`."""
    return Literal("number", spelling)


def boolean(value: bool) -> Literal:
    """`true` or `false`."""
    return Literal("boolean", value)


NONE: Final = Literal("none", None)
"""No value."""

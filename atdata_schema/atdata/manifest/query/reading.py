"""From the text of a condition to the condition. The text is data: nothing of it is ever run."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from atdata.errors import QueryError
from atdata.manifest.query.conditions import (
    Among,
    Compare,
    Condition,
    Has,
    Matches,
    Missing,
    NotANumber,
    Operator,
    both,
    either,
    negated,
)
from atdata.manifest.query.faults import fault
from atdata.manifest.query.spelling import RESERVED, Path, Value
from atdata.manifest.query.syntax import explained

if TYPE_CHECKING:
    from lark import Lark, Token

__all__ = ["read_condition"]

LONGEST: Final = 1 << 20
"""Characters of a condition."""

_KEPT: Final = 4096  # characters of a condition that is kept

_FLIPPED: Final[dict[str, Operator]] = {
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
    "==": "==",
    "!=": "!=",
}
_SHORT: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"', "`": "`"}
_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_DIGITS: Final = 400


@lru_cache(maxsize=64)
def _parsed(text: str) -> Condition:
    return cast("Condition", _parser().parse(text))


def read_condition(text: str) -> Condition:
    """The condition that a text says.

    Raises:
        QueryError: it says none; the message shows the place.

    >>> print(read_condition("0 < confidence <= 1 and 'day' in tags"))
    confidence > 0 and confidence <= 1 and 'day' in tags
    """
    if len(text) > LONGEST:
        raise QueryError(
            f"the condition has {len(text)} characters, of {LONGEST} at most; for a long list of values give "
            "ds.f.name.isin(values)"
        )
    # Imported where it is needed: most programs ask nothing, or ask in Python.
    from lark.exceptions import UnexpectedInput

    try:
        # The same question is often asked again; a long one is not kept.
        return _parsed(text) if len(text) <= _KEPT else _parsed.__wrapped__(text)
    except UnexpectedInput as error:
        raise explained(text, error) from None
    except _Wrong as error:
        raise fault(error.message, text, *error.at) from None


class _Wrong(Exception):
    """What is wrong at a place; the text is put to it where it is at hand."""

    def __init__(self, message: str, at: tuple[int, int]) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class _Operand(NamedTuple):
    """A field or a value, and where it stands."""

    what: Path | Value
    at: tuple[int, int]


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    # The rules are applied while the text is read: no tree is built, and no depth is too deep.
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        maybe_placeholders=False,
        transformer=_Rules(),
    )


class _Rules:
    """What each rule of the grammar makes of its parts."""

    def start(self, parts: list[Condition]) -> Condition:
        return parts[0]

    def either(self, parts: list[Condition]) -> Condition:
        return either(*parts)

    def both(self, parts: list[Condition]) -> Condition:
        return both(*parts)

    def opposite(self, parts: list[Condition]) -> Condition:
        return parts[0]

    def nested(self, parts: list[Condition]) -> Condition:
        return parts[0]

    def negation(self, parts: list[Condition]) -> Condition:
        return negated(parts[0])

    def chain(self, parts: list[Any]) -> Condition:
        pairs = zip(parts[:-2:2], parts[1:-1:2], parts[2::2], strict=True)
        return both(*(self._compared(left, str(word), right) for left, word, right in pairs))

    def _compared(self, left: _Operand, operator: str, right: _Operand) -> Condition:
        at = _span(left, right)
        if isinstance(left.what, Value) and isinstance(right.what, Value):
            raise _Wrong("two values are compared: one side is to be a field", at)
        if not isinstance(left.what, Value) and not isinstance(right.what, Value):
            raise _Wrong(
                "two fields are compared: one side is to be a value; for two fields there is ds.filter",
                at,
            )
        if isinstance(left.what, Value):
            left, operator, right = right, _FLIPPED[operator], left
        path, value = cast("Path", left.what), cast("Value", right.what)
        return Compare(path, cast("Operator", operator), value, at=left.at)

    def among(self, parts: list[Any], without: bool = False) -> Condition:
        path, at = self._field(parts[0], "before `in [...]`")
        return Among(path, tuple(dict.fromkeys(parts[1])), without, at=at)

    def not_among(self, parts: list[Any]) -> Condition:
        return self.among(parts, without=True)

    def within(self, parts: list[_Operand], without: bool = False) -> Condition:
        value, into = parts
        path, at = self._field(into, "behind `in`; a list of values stands in brackets")
        if not isinstance(value.what, Value):
            raise _Wrong(
                "what stands before `in` and a field is a value, as in 'day' in tags; a list of values stands in "
                "brackets: x in [1, 2]",
                value.at,
            )
        return Has(path, value.what, without, at=at)

    def not_within(self, parts: list[_Operand]) -> Condition:
        return self.within(parts, without=True)

    def missing(self, parts: list[_Operand], without: bool = False) -> Condition:
        path, at = self._field(parts[0], "before `is`")
        return Missing(path, without, at=at)

    def not_missing(self, parts: list[_Operand]) -> Condition:
        return self.missing(parts, without=True)

    def nan(self, parts: list[_Operand], without: bool = False) -> Condition:
        path, at = self._field(parts[0], "before `is`")
        return NotANumber(path, without, at=at)

    def not_nan(self, parts: list[_Operand]) -> Condition:
        return self.nan(parts, without=True)

    def call(self, parts: list[Any]) -> Condition:
        name, first, second = parts
        path, at = self._field(first, f"first in {name}(...)")
        if not isinstance(second.what, Value) or second.what.kind != "text":
            raise _Wrong(f"{name}(...) takes a field and then a text in quotes", second.at)
        return Matches(path, cast("Any", str(name)), second.what.value, at=at)

    def alone(self, parts: list[_Operand]) -> Condition:
        what, at = parts[0]
        if isinstance(what, Value):
            raise _Wrong("a value by itself is no condition: compare a field with it", at)
        return Compare(what, "==", Value("boolean", True), at=at)

    def _field(self, operand: _Operand, where: str) -> tuple[Path, tuple[int, int]]:
        if isinstance(operand.what, Value):
            raise _Wrong(f"a field is expected {where}, not a value", operand.at)
        return operand.what, operand.at

    def values(self, parts: list[Any]) -> list[Value]:
        return [part.what for part in parts]

    def operand(self, parts: list[_Operand]) -> _Operand:
        return parts[0]

    def path(self, parts: list[Any]) -> _Operand:
        first, last = parts[0], parts[-1]
        end = last.at[0] + last.at[1]
        return _Operand(tuple(part.what for part in parts), (first.at[0], end - first.at[0]))

    def plain(self, parts: list[Token]) -> _Name:
        name = str(parts[0])
        if name in RESERVED:
            raise _Wrong(
                f"{name} is a word of the language: what has no value is found by `x is null`, what is no number "
                f"by `x is nan`; a field of this name stands in backticks",
                _place(parts[0]),
            )
        return _Name(name, _place(parts[0]))

    def quoted(self, parts: list[Token]) -> _Name:
        return _Name(_unescaped(parts[0]), _place(parts[0]))

    def number(self, parts: list[Token]) -> _Operand:
        token = parts[0]
        if len(token) > _DIGITS:
            raise _Wrong(
                f"a number of {len(token)} characters, of {_DIGITS} at most", _place(token)
            )
        if token.lstrip("-").isdigit():
            return _Operand(Value("integer", int(token)), _place(token))
        number = float(token)
        if math.isinf(number):
            raise _Wrong("a number beyond the largest: write inf for infinity", _place(token))
        return _Operand(Value("float", number), _place(token))

    def text(self, parts: list[Token]) -> _Operand:
        return _Operand(Value("text", _unescaped(parts[0])), _place(parts[0]))

    def word(self, parts: list[Token]) -> _Operand:
        word = str(parts[0])
        value = Value("float", float(word)) if "inf" in word else Value("boolean", word == "true")
        return _Operand(value, _place(parts[0]))


class _Name(NamedTuple):
    what: str
    at: tuple[int, int]


def _place(token: Token) -> tuple[int, int]:
    return token.start_pos or 0, len(token)


def _span(left: _Operand, right: _Operand) -> tuple[int, int]:
    return left.at[0], right.at[0] + right.at[1] - left.at[0]


def _unescaped(token: Token) -> str:
    """The text between the quotes."""
    begin = (token.start_pos or 0) + 1

    def char(found: re.Match[str]) -> str:
        digits = found[1] or found[2] or found[3]
        if digits is None:
            if found[4] in _SHORT:
                return _SHORT[found[4]]
            raise _Wrong(
                "no escape of this language: write \\\\ for a backslash", (begin + found.start(), 2)
            )
        code = int(digits, 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise _Wrong("no character has this number", (begin + found.start(), len(found[0])))
        return chr(code)

    return _ESCAPE.sub(char, token[1:-1])

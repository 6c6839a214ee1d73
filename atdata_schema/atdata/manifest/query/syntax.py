"""Why a text is no condition, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from atdata.errors import QueryError
from atdata.manifest.query.faults import fault

if TYPE_CHECKING:
    from lark import Token, UnexpectedInput

__all__ = ["explained"]

_WORDS: Final = {
    "and": "and",
    "or": "or",
    "not": "not",
    "in": "in",
    "is": "is",
    "null": "null",
    "nan": "nan",
    "true": "true",
    "false": "false",
    "inf": "inf",
    "none": "null",
    "infinity": "inf",
}
_HINTS: Final = {
    "=": "equality is written ==",
    "&": "write and",
    "|": "write or",
    "!": "write not, or != between a field and a value",
    "~": "write not",
    "'": "close the text with '",
    '"': 'close the text with "',
    "`": "close the name with `",
    "(": "a list of values stands in brackets: x in [1, 2]",
    "+": "there is no arithmetic: use ds.filter",
    "-": "there is no arithmetic: use ds.filter",
    "*": "there is no arithmetic: use ds.filter",
    "/": "there is no arithmetic: use ds.filter",
    "<>": "inequality is written !=",
    "like": "there are startswith(x, 'a'), endswith(x, 'a') and contains(x, 'a')",
    "between": "write a <= x <= b",
}
_KINDS: Final = {
    "COMPARATOR": "a comparison",
    "NAME": "a field",
    "NUMBER": "a value",
    "RPAR": "')'",
    "RSQB": "']'",
    "COMMA": "','",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "NULL": "null",
    "NAN": "nan",
    "$END": "the end",
}


def explained(text: str, error: UnexpectedInput) -> QueryError:
    """What is wrong where reading a condition stopped."""
    from lark.exceptions import UnexpectedToken

    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return _at_token(text, error.token, frozenset(error.accepts or error.expected))
    if isinstance(error, UnexpectedToken) or error.pos_in_stream is None:
        return _at_end(text, frozenset(getattr(error, "accepts", None) or ()))
    at = cast("int", error.pos_in_stream)
    return fault(f"{text[at]!r} is not understood{_hint(text, at)}", text, at)


def _at_end(text: str, expected: frozenset[str]) -> QueryError:
    if not text.strip():
        return QueryError('the condition is empty: give one such as "confidence > 0.9"')
    wanted = _listed(expected - {"$END"})
    return fault(f"the condition ends where {wanted} is expected", text, len(text.rstrip()))


def _at_token(text: str, token: Token, expected: frozenset[str]) -> QueryError:
    at = token.start_pos or 0
    given = repr(str(token) if len(token) <= 40 else f"{token[:40]}...")
    message = f"{given} where {_listed(expected)} is expected{_hint(text, at)}"
    return fault(message, text, at, len(token))


def _hint(text: str, at: int) -> str:
    rest = text[at : at + 40]
    if text[at - 1 : at + 1] == "<>":
        rest = "<>"
    word = ""
    for char in rest:
        if not (char.isalnum() or char == "_"):
            break
        word += char
    known = _WORDS.get(word.lower())
    if known is not None and known != word:
        return f": write {known}"
    hint = _HINTS.get(word.lower()) if word else _HINTS.get(rest, _HINTS.get(rest[:1]))
    return "" if hint is None else f": {hint}"


def _listed(expected: frozenset[str]) -> str:
    if "NAME" in expected:
        return "a field or a value" if "NUMBER" in expected else "a field"
    if "COMPARATOR" in expected:
        expected -= {"NOT", "IN"}  # comparisons of their kind
    names = [name for kind, name in _KINDS.items() if kind in expected]
    if not names:
        return "something else"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

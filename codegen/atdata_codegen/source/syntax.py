"""What is wrong with a text that is not JSON, in words."""

from __future__ import annotations

from typing import cast

from lark import Token, UnexpectedInput
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from atdata_codegen.source.places import syntax_error
from atdata_codegen.source.span import Span

__all__ = ["explain_syntax"]

_VALUE = frozenset({"LBRACE", "LSQB", "NUMBER", "STRING", "TRUE", "FALSE", "NULL"})
_NAMES = {"COMMA": "','", "COLON": "':'", "RBRACE": "'}'", "RSQB": "']'", "STRING": "a string"}
_ORDER = ("STRING", "COLON", "COMMA", "RBRACE", "RSQB")
_LITERALS = {
    "NaN": "write a string, or leave it out: JSON has no such number",
    "Infinity": "write a string, or leave it out: JSON has no such number",
    "True": "write true",
    "False": "write false",
    "None": "write null",
    "undefined": "write null",
}


def explain_syntax(text: str) -> tuple[Span, str, str | None]:
    """Where it stops being JSON, a message and a hint.

    >>> explain_syntax('{"a": [1,]}')[1:]
    ("']' where a value is expected", 'remove the comma before it')
    """
    error = syntax_error(text)
    if isinstance(error, UnexpectedToken):
        return _unexpected_token(text, error)
    if isinstance(error, UnexpectedCharacters):
        return _unexpected_character(text, error)
    return Span(1, 1, 1, 2), "this is not JSON", None


def _unexpected_token(text: str, error: UnexpectedToken) -> tuple[Span, str, str | None]:
    token: Token = error.token
    expected = _expected(frozenset(error.accepts or error.expected) - {"$END"})
    if token.type == "$END":
        return _end_of(text), f"the text ends where {expected} is expected", None
    given = token if len(token) <= 40 else f"{token[:40]}..."
    message = f"{given!s} where {expected} is expected" if expected else f"{given!s} after the end"
    if token.type in {"RBRACE", "RSQB"}:
        message = f"'{given}' where {expected} is expected"
    return _span(token), message, _hint(text, token, error)


def _span(token: Token) -> Span:
    line, column = token.line or 1, token.column or 1
    return Span(line, column, token.end_line or line, token.end_column or column + 1)


def _hint(text: str, token: Token, error: UnexpectedToken) -> str | None:
    before = text[: token.start_pos].rstrip()
    if token.type in {"RBRACE", "RSQB"} and before.endswith(","):
        return "remove the comma before it"
    if "COMMA" in (error.accepts or error.expected):
        return "a comma may be missing before it"
    return None


def _expected(kinds: frozenset[str]) -> str:
    if kinds >= _VALUE:
        return "a value"
    names = [_NAMES[kind] for kind in _ORDER if kind in kinds]
    return " or ".join(names)


def _end_of(text: str) -> Span:
    end = text.rstrip()
    line = end.count("\n") + 1
    column = len(end) - (end.rfind("\n") + 1) + 1
    return Span(line, column, line, column + 1)


def _unexpected_character(text: str, error: UnexpectedCharacters) -> tuple[Span, str, str | None]:
    start = cast("int", error.pos_in_stream)  # lark declares it as None and sets it
    rest = text[start : start + 4096]
    span = _one(error)
    if rest[0] == '"':
        return _bad_string(span, rest)
    if rest.startswith(("//", "/*", "#")):
        return span, "JSON has no comments", "move the words into a description"
    if rest[0] == "'":
        return span, "a string in single quotes", 'JSON has only double quotes: "..."'
    word = _word(rest)
    message = f"{word!r} is no JSON"
    return Span(span.line, span.column, span.line, span.column + len(word)), message, _remedy(word)


def _remedy(word: str) -> str | None:
    if word.isidentifier() and word not in _LITERALS:
        return 'names and texts stand in double quotes: "..."'
    return _LITERALS.get(word.lstrip("-+"))


def _one(error: UnexpectedInput) -> Span:
    line, column = max(error.line, 1), max(error.column, 1)
    return Span(line, column, line, column + 1)


def _word(rest: str) -> str:
    end = next(
        (i for i, char in enumerate(rest) if not (char.isalnum() or char in "_-+.")), len(rest)
    )
    return rest[: max(1, min(end, 40))]


def _bad_string(span: Span, rest: str) -> tuple[Span, str, str | None]:
    """A string that breaks off: at a character that must be escaped, a bad escape, or the end."""
    position = 1
    while position < len(rest):
        char = rest[position]
        at = Span(span.line, span.column + position, span.line, span.column + position + 1)
        if char < " ":
            name = {"\n": "a line end", "\r": "a line end", "\t": "a tab"}.get(char, repr(char))
            return (
                at,
                f"{name} inside a string",
                f"close the string, or escape it: {ascii(char)[1:-1]}",
            )
        if char == "\\":
            if not _is_escape(rest[position : position + 6]):
                return (
                    at,
                    f"{rest[position : position + 2]!r} is no escape of JSON",
                    "write \\\\ for a backslash",
                )
            position += 1
        position += 1
    return span, "a string without an end", 'close it with "'


def _is_escape(text: str) -> bool:
    if text[1:2] == "u":
        return len(text) == 6 and all(char in "0123456789abcdefABCDEF" for char in text[2:])
    return text[1:2] in set('"\\/bfnrt')

"""What is wrong with a text that is not of the grammar, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from atdata_schema.lenses.findings import Finding, Span

if TYPE_CHECKING:
    from lark import UnexpectedInput

__all__ = ["explain", "spanned"]

_NAMES: Final = {
    "SEMICOLON": "';'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "LSQB": "'['",
    "RSQB": "']'",
    "LPAR": "'('",
    "RPAR": "')'",
    "COMMA": "','",
    "EQUAL": "'='",
    "COLON": "':'",
    "DOT": "'.'",
    "VBAR": "'|'",
    "NAME": "a name",
    "QNAME": "a name",
    "STRING": "a text",
    "INT": "a number",
    "DECIMAL": "a number",
    "RATIONAL": "a number",
    "VERSION": "a version such as 1.0.0",
    "FROM": "from",
    "TO": "to",
    "LENS": "lens",
    "EXTERN": "extern",
    "__ANON_0": "'->'",
    "__ANON_1": "'<->'",
    "$END": "the end of the file",
}
_SHOWN: Final = 6
_STARTERS: Final = ("drop", "auto", "const")


def explain(text: str, error: UnexpectedInput) -> Finding:
    """One finding about the place where a text stops being of the grammar."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    if isinstance(error, UnexpectedToken):
        return _token(text, error)
    if isinstance(error, UnexpectedCharacters):
        return _character(text, cast("int", error.pos_in_stream), error)
    return _made(spanned(text, len(text.rstrip()), 1), "the text ends too early", None)


def spanned(text: str, start: int, length: int) -> Span:
    """A stretch of a text as lines and columns."""
    start = min(start, len(text))
    end = min(start + length, len(text))
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    last = text.count("\n", 0, end) + 1
    end_column = end - text.rfind("\n", 0, end)
    return Span(
        line, column, last, max(end_column, column + 1) if last == line else end_column, start, end
    )


def _made(span: Span, message: str, help: str | None) -> Finding:
    return Finding(rule="LN001", severity="error", message=message, span=span, help=help)


def _token(text: str, error: Any) -> Finding:
    token = error.token
    expected = set(error.accepts or error.expected)
    start = len(text) if token.type == "$END" else token.start_pos
    before = text[:start].rstrip()
    if "SEMICOLON" in expected and _ends_clause(before) and _begins_clause(text, start, token):
        # The parser tells the token behind; what lacks is at the end of the one before.
        end = _code_end(text, start)
        return _made(spanned(text, end, 1), "';' is missing here", "each clause ends with ';'")
    if token.type == "$END":
        end = _code_end(text, start)
        return _made(
            spanned(text, end, 1), f"the text ends where {_wanted(expected)} is expected", None
        )
    if text.startswith("=>", start):
        return _made(spanned(text, start, 2), *_CHARACTERS[0][1:])
    message = f"{_short(str(token))} where {_wanted(expected)} is expected"
    return _made(spanned(text, start, len(token)), message, _hint(text, start, token, expected))


def _begins_clause(text: str, start: int, token: Any) -> bool:
    """Whether a token begins a line, or closes the clauses."""
    return (
        token.type in ("$END", "RBRACE") or not text[text.rfind("\n", 0, start) + 1 : start].strip()
    )


def _ends_clause(before: str) -> bool:
    return bool(before) and before[-1] not in "|,<>-=({["


def _code_end(text: str, start: int) -> int:
    """Where the code before an offset ends, comments apart."""
    from atdata_schema.lenses.language.parser import comments_of

    end = len(text[:start].rstrip())
    for span, _ in reversed(comments_of(text[:end])):
        if span.end >= end:
            end = len(text[: span.start].rstrip())
    return end


def _hint(text: str, start: int, token: Any, expected: set[str]) -> str | None:
    if token.type == "EQUAL" and "VBAR" in expected:
        return "write `<->` or `->` between the source and the view"
    line = text[text.rfind("\n", 0, start) + 1 : start]
    word = str(token) if str(token) in _STARTERS else line.rstrip().rpartition(" ")[2]
    if word in _STARTERS and str(token) != ";":
        return f"a field of this name stands in backticks: `{word}`"
    if str(token) == "?":
        return "`???` is a hole; a type that may be missing ends with ?"
    if str(token) == "-" or line.rstrip().endswith("=>"):
        return "write `<->` or `->`"
    return None


_CHARACTERS: Final = (
    (
        "=>",
        "'=>' is no arrow of the language",
        "write `->` for a field that is read-only, else `<->`",
    ),
    ("'", "a text in single quotes", 'texts stand in double quotes: "..."'),
    ("//", "comments begin with '#'", "write # in place of //"),
    ("/*", "comments begin with '#'", "write # in place of /*"),
    ("<=", "'<=' is no arrow of the language", "write `<->`"),
    ("<", "'<' alone", "write `<->`"),
    ("-", "'-' alone", "write `->` or `<->`, or a number behind it"),
    ("?", "'?' here", "`???` is a hole; a type that may be missing ends with ?"),
    ("`", "a name in backticks without an end", "close it with `"),
    ('"', "a text without an end, or with an escape that texts do not have", 'close it with "'),
)


def _character(text: str, start: int, error: Any) -> Finding:
    rest = text[start : start + 80]
    if rest.startswith("=>") or text[start - 1 : start + 1] == "=>":
        start -= text[start - 1 : start + 1] == "=>"
        rest = text[start : start + 80]
    for prefix, message, help in _CHARACTERS:
        if rest.startswith(prefix):
            return _made(spanned(text, start, max(len(prefix), 1)), message, help)
    word = re.match(r"[^\s;{}()\[\],|]+", rest)
    found = word[0] if word else rest[:1]
    return _made(spanned(text, start, len(found)), f"{_short(found)} is not of the language", None)


def _wanted(kinds: set[str]) -> str:
    names = list(dict.fromkeys(_NAMES.get(kind, kind.lower()) for kind in sorted(kinds)))
    if len(names) > _SHOWN:
        names = [name for name in names if name.startswith(("'", "a "))][:_SHOWN]
    return " or ".join(names) or "something else"


def _short(text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    return shown if shown.isprintable() else ascii(shown)

"""Where the values of a JSON text stand: each JSON pointer's line and columns.

Only asked for when there is something to report, so a text without findings is never scanned twice. The
grammar is `json.lark`; a text that parsed once is scanned by its terminals alone, which knows no recursion
and takes a tenth of the time.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeAlias

from atdata_codegen.source.span import Place, Span

if TYPE_CHECKING:
    from lark import Lark, UnexpectedInput

    from atdata_schema.lexicon.nodes import Pointer

__all__ = ["Repeated", "locate", "repeated_keys", "syntax_error", "tokens", "too_deep"]

Token: TypeAlias = tuple[str, int, int]
"""A terminal of the grammar, and where its text begins and ends."""

_PUNCTUATION = {
    "LBRACE": r"\{",
    "RBRACE": r"\}",
    "LSQB": r"\[",
    "RSQB": r"\]",
    "COLON": ":",
    "COMMA": ",",
}
_OPEN = ("LBRACE", "LSQB")
_CLOSE = ("RBRACE", "RSQB")


@dataclass(frozen=True, slots=True)
class Repeated:
    """A key that its object has already; `first` is where it stood before."""

    name: str
    span: Span
    first: Span


@dataclass(slots=True)
class _Level:
    """An object or array that is open: the step that comes next, and where its key stands."""

    is_object: bool
    pointer: Pointer
    step: str | int = 0
    key: Token | None = None
    expects_key: bool = True
    keys: dict[str, Token] = field(default_factory=dict[str, Token])


class _Nothing:
    """What lark builds where it would build a tree, which nobody looks at."""

    def __init__(self, data: object, children: object, meta: object = None) -> None:
        del data, children, meta


def _grammar() -> str:
    return files("atdata_codegen.source").joinpath("json.lark").read_text("utf-8")


@cache
def _parser() -> Lark:
    from lark import Lark  # only where a text is no JSON

    return Lark(
        _grammar(), parser="lalr", lexer="basic", maybe_placeholders=False, tree_class=_Nothing
    )


@cache
def _scanner() -> re.Pattern[str]:
    """The terminals of the grammar as one pattern; blanks are the group `BLANK`."""
    named = dict(re.findall(r"^([A-Z]+): /(.+)/$", _grammar(), re.MULTILINE))
    (blank,) = re.findall(r"^%ignore /(.+)/$", _grammar(), re.MULTILINE)
    terminals = {**_PUNCTUATION, **named, "BLANK": blank, "WORD": "true|false|null"}
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in terminals.items()))


def tokens(text: str) -> Iterator[Token]:
    """The terminals of a text, blanks left out; it ends where the text stops being JSON."""
    end = 0
    for match in _scanner().finditer(text):
        if match.start() != end:
            return
        end = match.end()
        kind = match.lastgroup
        if kind is not None and kind != "BLANK":
            yield kind, match.start(), end


def spans(text: str) -> Callable[[int, int], Span]:
    """A function from two offsets to lines and columns."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def span(start: int, end: int) -> Span:
        first, last = bisect_right(starts, start), bisect_right(starts, end)
        return Span(first, start - starts[first - 1] + 1, last, end - starts[last - 1] + 1)

    return span


def locate(text: str, pointers: Collection[Pointer]) -> dict[Pointer, Place]:
    """The places of those pointers, and of all that hold them, as far as the text has them.

    Args:
        text: valid JSON.
        pointers: keys and indices, outermost first.

    Returns:
        Each pointer that the text has, to its place; of keys that an object repeats, the last.

    >>> locate('{"a": [1, 22]}', [("a", 1)])[("a", 1)].value
    Span(line=1, column=11, end_line=1, end_column=13)
    """
    wanted = {pointer[:length] for pointer in pointers for length in range(len(pointer) + 1)}
    found: dict[Pointer, Place] = {}
    span = spans(text)
    stack: list[_Level] = []
    skipped = 0
    for token in tokens(text):
        kind = token[0]
        if skipped:
            skipped += (kind in _OPEN) - (kind in _CLOSE)
            continue
        begun = _advance(stack, text, token)
        if begun is None:
            continue
        pointer, key = begun
        if pointer in wanted:
            found[pointer] = Place(span(*token[1:]), span(*key[1:]) if key else None)
        if kind in _OPEN and pointer in wanted:
            stack.append(_Level(kind == "LBRACE", pointer))
        elif kind in _OPEN:
            skipped = 1
    return found


def repeated_keys(text: str) -> list[Repeated]:
    """Every key that its object has already, in order.

    >>> [repeated.name for repeated in repeated_keys('{"a": 1, "a": 2}')]
    ['a']
    """
    found: list[Repeated] = []
    span = spans(text)
    stack: list[_Level] = []
    for token in tokens(text):
        level = stack[-1] if stack else None
        begun = _advance(stack, text, token)
        if begun is not None and token[0] in _OPEN:
            stack.append(_Level(token[0] == "LBRACE", ()))
        if level is None or level.key is not token or not isinstance(level.step, str):
            continue
        first = level.keys.setdefault(level.step, token)
        if first is not token:
            found.append(Repeated(level.step, span(*token[1:]), span(*first[1:])))
    return found


def _advance(stack: list[_Level], text: str, token: Token) -> tuple[Pointer, Token | None] | None:
    """Take one token; the pointer and key of the value that begins with it, if one does."""
    kind, start, end = token
    level = stack[-1] if stack else None
    if kind in _CLOSE:
        stack.pop()
        return None
    if level is None:
        return (), None
    if kind == "COMMA":
        level.expects_key = True
        level.step = level.step + 1 if isinstance(level.step, int) else level.step
        return None
    if kind == "COLON":
        return None
    if level.is_object and level.expects_key:
        level.step, level.key, level.expects_key = json.loads(text[start:end]), token, False
        return None
    return (*level.pointer, level.step), level.key


def too_deep(text: str, limit: int) -> Span | None:
    """The first bracket below `limit` levels, if there is one; the rest of the text is not read.

    >>> too_deep("[[[]]]", 2).column
    3
    """
    depth = 0
    for kind, start, end in tokens(text):
        depth += (kind in _OPEN) - (kind in _CLOSE)
        if depth > limit:
            return spans(text)(start, end)
    return None


def syntax_error(text: str) -> UnexpectedInput | None:
    """What lark says of a text that is not JSON.

    >>> syntax_error("{}") is None, syntax_error('{"a" 1}').column
    (True, 6)
    """
    from lark import UnexpectedInput

    try:
        _parser().parse(text)
    except UnexpectedInput as error:
        return error
    return None

"""Foreign text as a terminal may show it: escaped, cut to a line, and with its width known."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from atdata_codegen.source.span import Span

__all__ = ["Excerpt", "excerpt_of", "pointed", "printable"]

_WINDOW = 96
"""Characters of a line that are shown; a minified file is one long line."""

_BEFORE = 32
"""How many of them stand before the column, where the line is longer."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line of a text: `caret` and `width` count cells of a terminal."""

    line: str
    caret: int
    width: int


def printable(text: str) -> str:
    r"""The text with every character escaped that is not printed as itself.

    >>> printable("a\x1b[2J\nb\u202e")
    'a\\x1b[2J\\nb\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return ascii(char)[1:-1]


def excerpt_of(text: str, span: Span) -> Excerpt:
    r"""The line that a span begins in, without characters that a terminal would obey.

    >>> excerpt_of("{\n\t'a': 1}\r\n", Span(2, 2, 2, 5))
    Excerpt(line=" 'a': 1}", caret=1, width=3)
    """
    line = line_of(text, span.line)
    end = span.end_column if span.end_line == span.line else len(line) + 1
    start = 0 if len(line) <= _WINDOW else max(0, span.column - 1 - _BEFORE)
    stop = min(len(line), start + _WINDOW)
    shown = [_cell(char) for char in line[start:stop]]
    before = shown[: span.column - 1 - start]
    covered = shown[span.column - 1 - start : max(end - 1 - start, 0)]
    head, tail = "..." if start else "", "..." if stop < len(line) else ""
    caret = len(head) + sum(map(_width, before))
    return Excerpt(head + "".join(shown).rstrip() + tail, caret, max(1, sum(map(_width, covered))))


def line_of(text: str, number: int) -> str:
    r"""One line, without its end; empty if the text has fewer.

    >>> line_of("a\r\nb", 2)
    'b'
    """
    start = 0
    for _ in range(number - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return ""
    end = text.find("\n", start)
    return text[start : len(text) if end < 0 else end].rstrip("\r")


def pointed(caret: int, width: int) -> str:
    """The line below an excerpt.

    >>> pointed(2, 3)
    '  ^^^'
    """
    return " " * caret + "^" * width


def _cell(char: str) -> str:
    if char == "\t":
        return " "
    return char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

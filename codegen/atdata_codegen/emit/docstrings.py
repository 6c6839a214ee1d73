"""Docstrings: the safe printer of descriptions."""

from __future__ import annotations

import re
import textwrap

from atdata_codegen.plan.literals import escaped

__all__ = ["docstring"]

_WIDTH = 88
_LONGEST = 4000
_QUOTES = '"""'
_GLUE = "\x00"  # no text holds it once it is escaped
_CODE = re.compile(r"`[^`]{,60}`[.,;]?")
_PROMPT = re.compile(r">(?=>>)")
_LINE_ENDS = re.compile(r"\r\n?|[\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def docstring(text: str, indent: int = 0) -> str:
    r"""A text as a docstring, wrapped; its first line is not indented.

    Nothing in the text can end the docstring or be taken for code: backslashes are doubled, hidden characters
    become escapes, three quotation marks are kept apart, and no line is a prompt that doctest would run.
    A text of more than 4,000 characters is cut: the whole of it stands in the document.

    >>> docstring("One.")[3:-3], docstring('Say "hi"')[3:-3]
    ('One.', 'Say "hi".')
    """
    lines = _wrapped(_PROMPT.sub("> ", _shortened(text.strip())), indent)
    margin = "\n" + " " * indent
    body = "".join(
        (margin if number and line else "\n" * bool(number)) + line
        for number, line in enumerate(lines)
    )
    body = body.replace(_QUOTES, '\\"\\"\\"')
    if body.startswith('"'):
        body = "\\" + body
    if body.endswith(('"', "\\")):
        body += "."
    fits = len(lines) == 1 and indent + len(body) + 2 * len(_QUOTES) <= _WIDTH
    return _QUOTES + body + ("" if fits else margin) + _QUOTES


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST].rstrip() + "…"


def _unbroken(match: re.Match[str]) -> str:
    """A short piece of code with its spaces glued, so that it stays on one line."""
    return match[0].replace(" ", _GLUE)


def _wrapped(text: str, indent: int) -> list[str]:
    """The lines of a text: its own, wrapped, and no more than one empty line between two."""
    lines: list[str] = []
    for line in _LINE_ENDS.split(text):
        wrapped = textwrap.wrap(
            _CODE.sub(_unbroken, escaped(line.expandtabs(4).strip())),
            _WIDTH - indent,
            initial_indent="" if lines else " " * len(_QUOTES),
            break_long_words=False,
            break_on_hyphens=False,
        )
        if wrapped:
            wrapped = [part.replace(_GLUE, " ") for part in wrapped]
            lines.extend(wrapped if lines else [wrapped[0].strip(), *wrapped[1:]])
        elif lines and lines[-1]:
            lines.append("")
    return lines or ["…"]

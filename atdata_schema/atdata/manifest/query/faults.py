"""What is wrong with the text of a condition, shown at its place."""

from __future__ import annotations

import unicodedata
from typing import Final

from atdata.errors import QueryError

__all__ = ["fault"]

_WINDOW: Final = 72  # characters of the text that are shown
_BEFORE: Final = 40


def fault(message: str, text: str | None, at: int = 0, width: int = 1) -> QueryError:
    """An error with the line that it is in and a mark below.

    Args:
        message: what is wrong.
        text: the whole condition; `None` where it was not given as a text.
        at: where in the text, in characters.
        width: how many characters are meant.

    >>> print(fault("a value is missing", "x >  and y", 5, 3))
    a value is missing
        x >  and y
             ^~~
    """
    if text is None:
        return QueryError(message)
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[begin : len(text) if end < 0 else end]
    column = min(at - begin, len(line))
    first = max(0, min(column - _BEFORE, len(line) - _WINDOW))
    part = line[first : first + _WINDOW]
    lead = "..." if first else ""
    tail = "..." if first + _WINDOW < len(line) else ""
    shown = "".join(map(_printed, part))
    gap = len(lead) + sum(map(_columns, shown[: column - first]))
    marked = shown[column - first : column - first + max(width, 1)]
    mark = "^" + "~" * (sum(map(_columns, marked)) - 1)
    return QueryError(f"{message}\n    {lead}{shown}{tail}\n    {' ' * gap}{mark}")


def _printed(char: str) -> str:
    """The character, or one that stands for it: a terminal is to show it and not to obey it."""
    return char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

"""Texts as literals of the language: as JSON has them, with everything escaped that is not printed as itself."""

from __future__ import annotations

import json

__all__ = ["quoted"]


def quoted(text: str) -> str:
    r"""A text in double quotes.

    >>> quoted('a "b" \u2028ü')
    '"a \\"b\\" \\u2028ü"'
    """
    shown = json.dumps(text, ensure_ascii=False)
    if shown.isprintable():
        return shown
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in shown)

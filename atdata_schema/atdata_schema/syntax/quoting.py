"""Foreign text inside messages: short, and without characters that a terminal obeys."""

from __future__ import annotations

__all__ = ["quoted"]

_LONGEST = 64


def quoted(text: str) -> str:
    r"""The text as a message shows it: in quotes, escaped, cut when long.

    >>> quoted("a\x1b[2J")
    "'a\\x1b[2J'"
    >>> quoted("o" * 100)
    "'oooooooooooooooooooooooooooooooooooooooo...' (100 characters)"
    """
    if len(text) <= _LONGEST:
        return repr(text)
    return f"{text[:40] + '...'!r} ({len(text)} characters)"

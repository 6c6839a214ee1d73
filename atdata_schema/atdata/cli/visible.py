"""Foreign text as a terminal may show it: nothing in it is obeyed, and it stays on its line."""

from __future__ import annotations

__all__ = ["cut", "lines_of", "visible"]


def visible(text: str) -> str:
    r"""The text with every character escaped that is not printed as itself.

    Those are control characters, line ends and tabs, marks that turn the direction of writing, characters of
    no width, and lone surrogates.

    >>> visible("a\x1b[2J\tb\u202e")
    'a\\x1b[2J\\tb\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def cut(text: str, most: int) -> str:
    """The text, visible, and at most so many characters of it.

    >>> cut("one two three", 8)
    'one two…'
    """
    # More than is shown is not looked at: a text can be a gigabyte.
    shown = visible(text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1].rstrip()}…"


def lines_of(text: str) -> list[str]:
    r"""The lines of a text of several lines, each visible.

    >>> lines_of("one\ntwo\r")
    ['one', 'two\\r']
    """
    return [visible(line) for line in text.split("\n")]

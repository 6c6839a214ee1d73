"""Long lines as black breaks them, in the cases that every module has.

Black has the last word about every text. But it goes twice over a class in which it changed a line, and once over one
that is in its style: so what is known to be long is broken before. What this does not know is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from atdata_codegen.emit.style import LINE_LENGTH

__all__ = ["broken"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[({]|[\])}]|,')
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_ASSIGNED = re.compile(r"(?P<head>\w+: [\w.]+\[)(?P<type>.+)(?P<tail>\] = [\w.]+\(\"\w+\"\))")


def broken(line: str, indent: int) -> str:
    r"""A statement or an item of a list, broken where it is longer than a line may be.

    Args:
        line: the text, without its indent.
        indent: of the line; those that follow have it written out.

    >>> print("    " + broken('image = v1.Column[' + 'A' * 60 + ']("image")', 4))
        image = v1.Column[AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA](
            "image"
        )
    """
    if _fits(line, indent) or "'" in line or "\n" in line:
        return line
    return f"\n{' ' * indent}".join(_break(line, indent))


def _fits(line: str, indent: int) -> bool:
    return indent + len(line) <= LINE_LENGTH


def _break(line: str, indent: int) -> list[str]:
    """The lines, each with the indent that it has more than the first."""
    if _fits(line, indent):
        return [line]
    comma = "," if line.endswith(",") else ""
    whole = line.removesuffix(",")
    start = _last_bracket(whole)
    if start is None:
        return [line]
    head, inside, tail = whole[: start + 1], whole[start + 1 : -1], whole[-1] + comma
    if not _fits(head, indent):
        return _break_type(line, indent)
    return [head, *(f"    {each}" for each in _broken_inside(inside, indent + 4)), tail]


def _broken_inside(inside: str, indent: int) -> Iterator[str]:
    items = list(_items(inside))
    if _fits(inside, indent) or len(items) == 1:
        yield from _break(inside, indent)
        return
    for item in items:
        yield from _break(f"{item},", indent)


def _break_type(line: str, indent: int) -> list[str]:
    """An annotation with a default, which is broken inside the annotation."""
    match = _ASSIGNED.fullmatch(line)
    if match is None or not _fits(match["type"], indent + 4):
        return [line]
    return [match["head"], f"    {match['type']}", match["tail"]]


def _last_bracket(text: str) -> int | None:
    """Where the bracket opens that a text ends with; None where it does not end with one that holds something."""
    opened: list[int] = []
    start = None
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in _PAIRS:
            opened.append(match.start())
        elif token in _PAIRS.values():
            if not opened or _PAIRS[text[opened[-1]]] != token:
                return None
            start = opened.pop()
            if match.end() == len(text):
                return start if not opened and match.start() > start + 1 else None
    return None


def _items(inside: str) -> Iterator[str]:
    """The parts of a text between its commas, those in brackets apart."""
    depth = begin = 0
    for match in _TOKEN.finditer(inside):
        token = match[0]
        depth += (token in _PAIRS) - (token in _PAIRS.values())
        if token == "," and depth == 0:
            yield inside[begin : match.start()].strip()
            begin = match.end()
    last = inside[begin:].strip()
    if last:
        yield last

"""Foreign text as Markdown shows it: every character stands for itself."""

from __future__ import annotations

import re

from atdata_codegen.plan.literals import HIDDEN

__all__ = ["cell", "code", "fenced", "plain"]

_LINE_START = re.compile(r"^(\s*)([-+=#>:]|\d+[.)])", re.MULTILINE)
_INLINE = re.compile(r"([\\`*_\[\]|~$<>&])")


def plain(text: str) -> str:
    r"""A text of a lexicon as running text: no emphasis, link, tag, list or formula comes of it.

    >>> plain("a *b* <c>"), plain("# no heading")
    ('a \\*b\\* &lt;c&gt;', '\\# no heading')
    """
    shown = HIDDEN.sub(_seen, text.replace("\r\n", "\n"))
    escaped = _INLINE.sub(_escaped, shown)
    return _LINE_START.sub(_quiet, escaped)


def cell(text: str) -> str:
    r"""The same in a cell of a table, where a line ends with the row.

    >>> cell("one\ntwo | three")
    'one two \\| three'
    """
    return " ".join(plain(text).split())


def code(text: str) -> str:
    r"""A text as code in a line, or in a cell of a table.

    >>> code("list[x]"), code("a|b"), code("`")
    ('`list[x]`', '`a\\|b`', '`` ` ``')
    """
    shown = " ".join(HIDDEN.sub(_point, text).split()) or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def fenced(text: str, language: str) -> str:
    """A text as a block of code, ended."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}{fence}\n"


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(char, f"\\{char}")


def _quiet(match: re.Match[str]) -> str:
    mark = match[2]
    return f"{match[1]}{mark[:-1]}\\{mark[-1]}"


def _seen(match: re.Match[str]) -> str:
    """A hidden character, but for the end of a line, as what it is."""
    return "\n" if match[0] == "\n" else " " if match[0] in "\t\xa0" else _point(match)


def _point(match: re.Match[str]) -> str:
    return " " if match[0] in "\n\t\xa0" else f"U+{ord(match[0]):04X}"

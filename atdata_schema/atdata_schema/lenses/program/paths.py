"""Paths to the fields of an object: names, outermost first."""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

from atdata_schema.lenses.limits import MAX_PATH
from atdata_schema.lenses.program.quoting import quoted

__all__ = ["Path", "dotted", "name_of", "name_text", "path_text", "pointer_of", "pointer_text"]

Path: TypeAlias = tuple[str, ...]
"""The names that lead to a field."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+")
_STARTERS: Final = frozenset({"drop", "auto", "const"})
"""Words that begin a clause of their own."""


def name_text(name: str, *, first: bool = False) -> str:
    r"""A name as the language writes it: in backticks where it would be read as something else.

    >>> name_text("label"), name_text("x-ray"), name_text("drop", first=True), name_text("a`b")
    ('label', '`x-ray`', '`drop`', '`a\\`b`')
    """
    if _NAME.fullmatch(name) and not (first and name in _STARTERS):
        return name
    inner = quoted(name)[1:-1].replace('\\"', '"').replace("`", "\\`")
    return f"`{inner}`"


def name_of(token: str) -> str:
    r"""The name that a token spells, in backticks or without.

    >>> name_of("`a\\`b`"), name_of("label")
    ('a`b', 'label')
    """
    if not token.startswith("`"):
        return token
    inner = re.sub(r'(\\.)|"', lambda found: found[1] or '\\"', token[1:-1])
    name: str = json.loads(f'"{inner.replace(chr(92) + "`", "`")}"')
    return name


def path_text(path: Path) -> str:
    """A path as the language writes it.

    >>> path_text(("drop", "site"))
    '`drop`.site'
    """
    return ".".join(name_text(name, first=not index) for index, name in enumerate(path))


def dotted(path: Path) -> str:
    """A path in messages."""
    return ".".join(name_text(name) for name in path)


def pointer_text(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901), which records hold.

    >>> pointer_text(("meta", "a/b"))
    '/meta/a~1b'
    """
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)


def pointer_of(text: str) -> Path:
    """The path of a JSON pointer.

    Raises:
        ValueError: it is none, points to the whole, or is longer than `MAX_PATH` names.
    """
    if not text.startswith("/") or re.search(r"~(?![01])", text):
        raise ValueError(f"{text!r:.80} is no JSON pointer to a field, such as /meta/site")
    names = text.split("/")[1:]
    if len(names) > MAX_PATH:
        raise ValueError(f"a path of {len(names)} names; at most {MAX_PATH} are followed")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in names)

"""The findings of one document while it is read, and how messages show what was given."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import cast

from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.nodes import Pointer
from atdata_schema.lexicon.rules import RULES

__all__ = ["Report", "kind_of", "listed", "nearest", "shown"]

_SHOWN = 60
_SUGGESTIONS = 100
_CANDIDATES = 64
_COMPARED = 80  # difflib is quadratic in the length of a name


class Report:
    """Collects the findings of one document."""

    __slots__ = ("_suggestions", "document", "findings")

    def __init__(self, document: str | None = None) -> None:
        self.document = document
        self.findings: list[Finding] = []
        self._suggestions = _SUGGESTIONS

    def add(self, rule: str, pointer: Pointer, message: str, hint: str | None = None) -> None:
        """Add one finding, with the severity of its rule."""
        severity = RULES[rule].severity
        self.findings.append(Finding(rule, severity, pointer, message, hint, self.document))

    def suggest(self, name: str, known: Iterable[str]) -> str | None:
        """A hint at the known name that was probably meant, or None."""
        near = self.near(name, known)
        return None if near is None else f"did you mean {near!r}?"

    def near(self, name: str, known: Iterable[str]) -> str | None:
        """The known name that was probably meant; after many such questions, None."""
        self._suggestions -= 1
        if self._suggestions < 0:  # comparing is slow, and nobody reads so many hints
            return None
        ends = {name[:1].casefold(), name[-1:].casefold()}
        similar = (k for k in known if k[:1].casefold() in ends or k[-1:].casefold() in ends)
        return nearest(name, islice(similar, _CANDIDATES))


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line, whatever its size.

    >>> shown("a" * 100)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'... (100 characters)"
    >>> shown({"a": 1}), shown(True)
    ('an object', 'true')
    """
    if isinstance(value, str):
        cut = "" if len(value) <= _SHOWN else f"... ({len(value)} characters)"
        return f"{value[:_SHOWN]!r}{cut}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 200 else "an integer of hundreds of digits"
    if isinstance(value, float):
        return repr(value)
    return kind_of(value)


def kind_of(value: object) -> str:
    """The JSON type of a value, with its article.

    >>> kind_of([]), kind_of(1.5), kind_of(None)
    ('an array', 'a number', 'null')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "an integer", float: "a number", list: "an array"}
    return names.get(type(value)) or (
        "an object" if isinstance(value, dict) else f"a Python {type(value).__name__}"
    )


def listed(names: Iterable[str]) -> str:
    """Names as a list of alternatives.

    >>> listed(["a", "b", "c"])
    'a, b or c'
    """
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be, or None.

    >>> nearest("maxlength", ["minLength", "maxLength"]), nearest("colour", ["maxLength"])
    ('maxLength', None)
    """
    return _nearest(name, tuple(known)) if 0 < len(name) <= _COMPARED else None


@lru_cache(maxsize=1024)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    plain = _plain(name)
    for candidate in known:
        if _plain(candidate) == plain and candidate != name:
            return candidate
    return cast("list[str | None]", difflib.get_close_matches(name, known, 1, 0.8) or [None])[0]


def _plain(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")

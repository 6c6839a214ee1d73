"""The kinds of syntax by their Lexicon names, and the check of a text against one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax.instant import broken_datetime
from atdata_schema.syntax.keys import broken_cid, broken_record_key, broken_tid
from atdata_schema.syntax.language import broken_language
from atdata_schema.syntax.names import (
    broken_at_identifier,
    broken_did,
    broken_handle,
    broken_nsid,
)
from atdata_schema.syntax.quoting import quoted
from atdata_schema.syntax.uris import broken_at_uri, broken_uri

__all__ = ["KINDS", "Kind", "check", "is_valid"]

Kind: TypeAlias = Literal[
    "nsid",
    "did",
    "handle",
    "at-identifier",
    "at-uri",
    "tid",
    "record-key",
    "datetime",
    "cid",
    "uri",
    "language",
]

KINDS: tuple[Kind, ...] = get_args(Kind)

_BROKEN: Mapping[Kind, tuple[str, Callable[[str], str | None]]] = MappingProxyType(
    {
        "nsid": ("NSID", broken_nsid),
        "did": ("DID", broken_did),
        "handle": ("handle", broken_handle),
        "at-identifier": ("DID or handle", broken_at_identifier),
        "at-uri": ("AT-URI", broken_at_uri),
        "tid": ("TID", broken_tid),
        "record-key": ("record key", broken_record_key),
        "datetime": ("datetime", broken_datetime),
        "cid": ("CID", broken_cid),
        "uri": ("URI", broken_uri),
        "language": ("language tag", broken_language),
    }
)


def check(kind: Kind, text: str) -> str:
    """Take a text that is of the kind; refuse any other.

    Args:
        kind: a string format of the Lexicon language, one of `KINDS`.
        text: what should be of that format. No white space is stripped.

    Returns:
        The text itself.

    Raises:
        InvalidSyntax: the text breaks a rule of the format, or is no `str`; the message says which.
        ValueError: there is no such kind.

    >>> check("tid", "3jzfcijpj2z2a")
    '3jzfcijpj2z2a'
    >>> check("nsid", "com.example")
    Traceback (most recent call last):
        ...
    atdata_schema.errors.InvalidSyntax: 'com.example' is no NSID: an NSID has at least three \
segments, separated by dots: 'com.example.name'
    """
    name, _ = _rules(kind)
    rule = _broken(kind, text)
    if rule is None:
        return text
    given: object = text  # callers without a type checker give other things
    shown = quoted(given) if isinstance(given, str) else f"a {type(given).__name__}"
    raise InvalidSyntax(f"{shown} is no {name}: {rule}")


def is_valid(kind: Kind, text: object) -> bool:
    """Whether `check` takes the text.

    Raises:
        ValueError: there is no such kind.

    >>> is_valid("record-key", ".."), is_valid("record-key", "self")
    (False, True)
    """
    return _broken(kind, text) is None


def _broken(kind: Kind, text: object) -> str | None:
    _, broken = _rules(kind)
    return broken(text) if isinstance(text, str) else "it has to be a str"


def _rules(kind: Kind) -> tuple[str, Callable[[str], str | None]]:
    try:
        return _BROKEN[kind]
    except (KeyError, TypeError):
        raise ValueError(f"there is no syntax {kind!r}; there are: {', '.join(KINDS)}") from None

"""Language tags.

Source: the Lexicon page of the AT Protocol specification, and RFC 5646, section 2.1, for the form of
subtags. A tag is checked for its form. Whether its subtags are registered, and whether one occurs
twice ("de-DE-1901-1901", which RFC 5646, section 2.2.9, calls well-formed but not valid), is not.
"""

from __future__ import annotations

import re

__all__ = ["broken_language"]

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-zA-Z0-9]{1,8})*|[ixX](?:-[a-zA-Z0-9]{1,8})+")
_FIRST = re.compile(r"[a-z]{2,3}|[ixX]")


def broken_language(text: str) -> str | None:
    """The rule of language tags that the text breaks, or None."""
    if len(text) > 128:
        return "a language tag has at most 128 characters"
    if _LANGUAGE.fullmatch(text):
        return None
    if text in ("i", "x", "X"):
        return "'i' and 'x' are followed by a subtag: 'i-default', 'x-mine'"
    if not _FIRST.fullmatch(text.partition("-")[0]):
        return "a language tag starts with two or three lower-case letters, or with 'i-' or 'x-'"
    return "each subtag of a language tag has 1 to 8 letters and digits, after one hyphen"

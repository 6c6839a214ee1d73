"""Addresses: URIs in general, AT-URIs.

Each function gives the rule that a text breaks, in words that complete "this is no ...: ", or None.
Source: the Lexicon and AT-URI pages of the AT Protocol specification. As a string format an AT-URI
has no query and no fragment.
"""

from __future__ import annotations

import re

from atdata_schema.syntax.keys import broken_record_key
from atdata_schema.syntax.names import broken_at_identifier, broken_nsid

__all__ = ["broken_at_uri", "broken_uri"]

_URI = re.compile(r"[a-z][a-z.-]{0,80}:[!-~]+")
_SCHEME = re.compile(r"[a-z][a-z.-]{0,80}")
_LONGEST = 8192


def broken_uri(text: str) -> str | None:
    """The rule of URIs that the text breaks, or None."""
    if len(text) > _LONGEST:
        return "a URI has at most 8192 characters"
    if _URI.fullmatch(text):
        return None
    scheme, colon, rest = text.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        return "a URI starts with a scheme of lower-case letters, dots and hyphens, and ':'"
    if not rest:
        return "a URI has more than its scheme"
    return "a URI has visible ASCII characters only, and no spaces"


def broken_at_uri(text: str) -> str | None:
    """The rule of AT-URIs that the text breaks, or None."""
    if len(text) > _LONGEST:
        return "an AT-URI has at most 8192 characters"
    if not text.startswith("at://"):
        return "an AT-URI starts with 'at://'"
    parts = text[5:].split("/", 3)
    if len(parts) > 3:
        return "an AT-URI has at most a collection and a record key: 'at://authority/nsid/key'"
    if parts[-1] == "" and len(parts) > 1:
        return "an AT-URI does not end with a slash"
    for broken, part in zip(_PARTS, parts, strict=False):
        rule = broken(part)
        if rule is not None:
            return rule
    return None


_PARTS = (broken_at_identifier, broken_nsid, broken_record_key)

"""Names of accounts and of schemas: DIDs, handles, NSIDs.

Each function gives the rule that a text breaks, in words that complete "this is no ...: ", or None.
Sources: the DID, handle and NSID pages of the AT Protocol specification.
"""

from __future__ import annotations

import re

__all__ = ["broken_at_identifier", "broken_did", "broken_handle", "broken_nsid"]

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_TOP_LABEL = r"[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_NAME = r"[a-zA-Z][a-zA-Z0-9]{0,62}"

_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+{_TOP_LABEL}")
_NSID = re.compile(rf"{_TOP_LABEL}(?:\.{_LABEL})+\.{_NAME}")

_LABEL_RULE = "each segment has 1 to 63 letters, digits and hyphens, and no hyphen at either end"


def broken_did(text: str) -> str | None:
    """The rule of DIDs that the text breaks, or None."""
    if len(text) > 2048:
        return "a DID has at most 2048 characters"
    if _DID.fullmatch(text):
        return None
    if not text.startswith("did:"):
        return "a DID starts with 'did:' in lower case"
    method, colon, rest = text[4:].partition(":")
    if not re.fullmatch(r"[a-z]+", method):
        return "the method of a DID, between its first two colons, has lower-case letters only"
    if not colon or not rest:
        return "a DID has an identifier after its method: 'did:method:identifier'"
    if rest[-1] in ":%":
        return "a DID ends with neither ':' nor '%'"
    return "the identifier of a DID has letters, digits and the characters . _ : % - only"


def broken_handle(text: str) -> str | None:
    """The rule of handles that the text breaks, or None."""
    if len(text) > 253:
        return "a handle has at most 253 characters"
    if _HANDLE.fullmatch(text):
        return None
    labels = text.split(".")
    if len(labels) < 2:
        return "a handle is a domain name of at least two segments, separated by dots"
    if not all(re.fullmatch(_LABEL, label) for label in labels):
        return _LABEL_RULE
    return "the last segment of a handle starts with a letter"


def broken_at_identifier(text: str) -> str | None:
    """The rule that a text breaks which should be a DID or a handle, or None."""
    if text.startswith("did:"):
        return broken_did(text)
    return broken_handle(text)


def broken_nsid(text: str) -> str | None:
    """The rule of NSIDs that the text breaks, or None."""
    if len(text) > 317:
        return "an NSID has at most 317 characters"
    if _NSID.fullmatch(text):
        return None
    segments = text.split(".")
    if len(segments) < 3:
        return "an NSID has at least three segments, separated by dots: 'com.example.name'"
    if not all(re.fullmatch(_LABEL, segment) for segment in segments[:-1]):
        return _LABEL_RULE
    if not re.fullmatch(_TOP_LABEL, segments[0]):
        return "the first segment of an NSID starts with a letter"
    return "the last segment of an NSID has 1 to 63 letters and digits, and starts with a letter"

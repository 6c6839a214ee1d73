"""Keys and content identifiers: TIDs, record keys, CIDs in text.

Each function gives the rule that a text breaks, in words that complete "this is no ...: ", or None.
Sources: the TID and record-key pages of the AT Protocol specification; its Lexicon page for `cid`.
"""

from __future__ import annotations

import re

__all__ = ["broken_cid", "broken_record_key", "broken_tid"]

_TID = re.compile(r"[234567a-j][234567a-z]{12}")
_TID_LETTERS = re.compile(r"[234567a-z]+")
_RECORD_KEY = re.compile(r"[a-zA-Z0-9_~.:-]{1,512}")
_CID = re.compile(r"[a-zA-Z0-9+=]{8,256}")


def broken_tid(text: str) -> str | None:
    """The rule of TIDs that the text breaks, or None."""
    if _TID.fullmatch(text):
        return None
    if len(text) != 13:
        return "a TID has exactly 13 characters"
    if not _TID_LETTERS.fullmatch(text):
        return "a TID has the digits 2 to 7 and lower-case letters only"
    return "the first character of a TID is a digit from 2 to 7 or a letter from a to j"


def broken_record_key(text: str) -> str | None:
    """The rule of record keys that the text breaks, or None."""
    if text in (".", ".."):
        return "'.' and '..' are no record keys"
    if _RECORD_KEY.fullmatch(text):
        return None
    if not 1 <= len(text) <= 512:
        return "a record key has 1 to 512 characters"
    return "a record key has letters, digits and the characters _ ~ . : - only"


def broken_cid(text: str) -> str | None:
    """The rule of the string format `cid` that the text breaks, or None.

    The format is loose on purpose: it bounds the alphabet and the length, whatever the base of the
    text, the codec and the hash. `atdata_schema.data.Link` decodes.
    """
    if not 8 <= len(text) <= 256:
        return "a CID has 8 to 256 characters"
    if not _CID.fullmatch(text):
        return "a CID has letters, digits and the characters + = only"
    if text.startswith("Qmb"):
        return "CIDs of version 0 ('Qmb...') are not supported; use version 1"
    return None

"""What a provider refuses to use as a key, because not every database could hold it.

The Index is stricter about names; this is what keeps tables whole whoever calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeGuard

from atdata.errors import NameRefused
from atdata.index.providers.provider import Lease
from atdata_schema.syntax.quoting import quoted

__all__ = ["LONGEST", "check_digests", "check_lease", "check_text", "check_token", "may_be_text"]

LONGEST: Final = 1024
"""Bytes of a name, a label or an NSID in UTF-8. PostgreSQL's indexes hold rows of 2,700 bytes."""

_TOKEN: Final = re.compile("[0-9a-f]{32}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")


def may_be_text(text: object) -> TypeGuard[str]:
    """Whether a text may stand in a key."""
    if not isinstance(text, str) or not text or "\0" in text:
        return False
    # Most texts are short and ASCII: nothing to encode.
    if text.isascii():
        return len(text) <= LONGEST
    try:
        return len(text.encode("utf-8")) <= LONGEST
    except UnicodeEncodeError:  # half of a surrogate pair, which is no character
        return False


def check_text(what: str, text: object) -> str:
    """A text that may stand in a key.

    Args:
        what: what it is, for the message.
        text: the text.

    Raises:
        NameRefused: it may not.

    >>> check_text("a name", "")
    Traceback (most recent call last):
        ...
    atdata.errors.NameRefused: '' cannot be a name: allowed are texts of 1 to 1024 bytes in UTF-8 without NUL characters
    """
    if may_be_text(text):
        return text
    shown = quoted(text) if isinstance(text, str) else f"a {type(text).__name__}"
    raise NameRefused(
        f"{shown} cannot be {what}: allowed are texts of 1 to {LONGEST} bytes in UTF-8 "
        "without NUL characters"
    )


def check_token(token: object) -> str:
    """The token of a lease.

    Raises:
        NameRefused: it is none.
    """
    if isinstance(token, str) and _TOKEN.fullmatch(token):
        return token
    raise NameRefused(f"{token!r:.80} is no token of a lease, which is 32 digits of 0-9 a-f")


def check_lease(lease: Lease) -> None:
    """A lease, all of whose parts may stand in a table.

    Raises:
        NameRefused: one may not.
    """
    check_token(lease.token)
    check_text("the URL of a store", lease.store)
    check_text("the kind of a lease", lease.kind)
    check_text("the name of a machine", lease.host)


def check_digests(digests: Iterable[str]) -> list[str]:
    """Digests of shards, each once, in order of the alphabet: who locks several does so in one order.

    Raises:
        NameRefused: one is no digest.
    """
    found = sorted(set(digests))
    for digest in found:
        if not _DIGEST.fullmatch(digest):
            raise NameRefused(f"{quoted(digest)} is no sha-256, which is 64 digits of 0-9 a-f")
    return found

"""The keys of a repository's tree, and the layer of the tree that each belongs to.

Source: the repository page of the AT Protocol specification.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from atdata.errors import ProofError
from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import check, is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["HIGHEST", "common_prefix", "is_key", "layer_of", "record_key"]

HIGHEST: Final = 128
"""The layer of a key whose hash is all zeros: no tree is deeper."""

_LONGEST: Final = 1024
_KEY: Final = re.compile(rb"[a-zA-Z0-9_~.:-]+/[a-zA-Z0-9_~.:-]+")


def layer_of(key: bytes) -> int:
    """The layer of a key: how many pairs of zero bits its sha2-256 starts with.

    >>> layer_of(b"app.bsky.feed.post/454397e440ec")
    4
    """
    number = int.from_bytes(hashlib.sha256(key).digest(), "big")
    return (256 - number.bit_length()) // 2


def common_prefix(left: bytes, right: bytes) -> int:
    """How many bytes two keys have in common at their start.

    >>> common_prefix(b"app.bsky.feed.post/3lo", b"app.bsky.feed.like/3lo")
    14
    """
    shorter = min(len(left), len(right))
    for at in range(shorter):
        if left[at] != right[at]:
            return at
    return shorter


def is_key(key: bytes) -> bool:
    """Whether the form of a key is that of a collection and a record key."""
    return len(key) <= _LONGEST and _KEY.fullmatch(key) is not None


def record_key(path: str) -> bytes:
    """The key of a record.

    Args:
        path: `collection/rkey`.

    Raises:
        ProofError: it is no such path.
    """
    collection, slash, rkey = path.partition("/")
    if not slash:
        raise ProofError(f"{quoted(path)} names no record: a record is at 'collection/rkey'")
    try:
        check("nsid", collection)
    except InvalidSyntax as error:
        raise ProofError(f"{quoted(path)} names no record: {error}") from None
    if not is_valid("record-key", rkey):
        raise ProofError(f"{quoted(path)} names no record: {quoted(rkey)} is no record key")
    return path.encode()

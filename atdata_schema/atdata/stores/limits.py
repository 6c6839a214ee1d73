"""How large a small file may be."""

from __future__ import annotations

from typing import Final

from atdata.errors import StoreError

__all__ = ["LARGEST_SMALL", "check_small"]

LARGEST_SMALL: Final = 64 << 20
"""Bytes of a file that is read or written as one piece of memory."""


def check_small(size: int, where: str, key: str) -> None:
    """Refuse a file that is too large to be one piece of memory.

    Raises:
        StoreError: it is.
    """
    if size > LARGEST_SMALL:
        raise StoreError(
            f"{where}: {key}: has {size} bytes, and at most {LARGEST_SMALL} are taken at once: "
            "put a file, or read it as a shard"
        )

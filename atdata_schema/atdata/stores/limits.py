"""What every store refuses alike."""

from __future__ import annotations

from typing import Final

from atdata.errors import StoreError

__all__ = ["LARGEST_SMALL", "came_and_went", "check_small"]

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


def came_and_went(where: str) -> StoreError:
    """The error for a key that was taken when a file was to get it, and free when it was looked at."""
    return StoreError(
        f"{where}: another process put a file there and removed it at the same moment: do this again"
    )

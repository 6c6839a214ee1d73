"""Numbers of things, as objects show them."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "shard"), counted(1437, "sample")
    ('1 shard', '1437 samples')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

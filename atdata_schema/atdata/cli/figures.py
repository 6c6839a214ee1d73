"""Numbers as people read them."""

from __future__ import annotations

from typing import Final

__all__ = ["counted", "day_of", "size_text"]

_UNITS: Final = ("kB", "MB", "GB", "TB", "PB")


def counted(count: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "shard"), counted(1437, "sample"), counted(2, "entry")
    ('1 shard', '1,437 samples', '2 entries')
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1] + 'ies' if noun.endswith('y') else noun + 's'}"


def size_text(size: int) -> str:
    """A number of bytes, in decimal units as `maxsize` takes them.

    >>> size_text(512), size_text(30_166_528), size_text(999_950)
    ('512 B', '30.2 MB', '1.0 MB')
    """
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in _UNITS:
        value /= 1000
        # What would be rounded to 1000.0 is 1.0 of the next unit.
        if round(value, 1) < 1000 or unit == _UNITS[-1]:
            return f"{value:.1f} {unit}"
    raise AssertionError


def day_of(created: str) -> str:
    """The day and the minute of an RFC 3339 time in UTC.

    >>> day_of("2026-11-25T18:31:37.500000Z")
    '2026-11-25 18:31'
    """
    return created[:16].replace("T", " ")

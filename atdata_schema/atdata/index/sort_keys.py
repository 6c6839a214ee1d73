"""Versions as texts that sort as the versions do, so that a database can hold them in order.

    1.10.0       ->  000000001000000010000000000~
    1.10.0-rc.2  ->  0000000010000000100000000001rc!0012!

Compared byte by byte, such texts are in semver's order. Three numbers of nine digits; then `~` for a
release, which stands behind all its pre-releases; or the parts of a pre-release. A part that is a number is
`0`, the number of its digits in two digits, and the digits; any other part is `1`, itself and `!`, which
stands before every character that may follow. Another `!` ends the parts, so that fewer parts stand first.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from atdata.index.versions import Version

__all__ = ["RELEASE", "rank", "sort_key"]

RELEASE: Final = "~"
"""What the key of a release ends in, and no other key."""


@lru_cache(maxsize=4096)
def sort_key(version: str) -> str:
    """The text that sorts as a version does.

    Raises:
        NameRefused: it is no version.

    >>> sort_key("1.10.0")
    '000000001000000010000000000~'
    >>> sorted(["1.10.0", "1.9.0", "1.10.0-rc.2", "1.10.0-rc.10"], key=sort_key)
    ['1.9.0', '1.10.0-rc.2', '1.10.0-rc.10', '1.10.0']
    """
    parsed = Version.of(version)
    numbers = f"{parsed.major:09d}{parsed.minor:09d}{parsed.patch:09d}"
    if not parsed.pre:
        return numbers + RELEASE
    return numbers + "".join(map(_part, parsed.pre)) + "!"


def rank(key: str) -> tuple[bool, str]:
    """What the latest version has most of: it is a release, and then its place in the order.

    >>> max(map(sort_key, ["1.0.0", "2.0.0-rc.1"]), key=rank) == sort_key("1.0.0")
    True
    """
    return key.endswith(RELEASE), key


def _part(part: str) -> str:
    return f"0{len(part):02d}{part}" if part.isdigit() else f"1{part}!"

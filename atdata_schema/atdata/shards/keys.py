"""The keys of samples: which ones we write, which ones we read.

We write keys that every reader of WebDataset shards groups rightly, and that a plain tar header holds. What
others wrote may be any text that can do no harm.
"""

from __future__ import annotations

import re

from atdata.errors import WriteError
from atdata.shards.tar import TarFault

__all__ = ["SUFFIX", "check_key", "check_name", "counter", "key_of", "name_of"]

SUFFIX = ".msgpack"
"""What the name of every sample ends in."""

LONGEST_READ = 1024
"""Bytes of UTF-8 that a key from elsewhere may have."""

_WRITTEN = re.compile(r"[A-Za-z0-9_-]{1,92}")  # with the suffix, the hundred bytes of a ustar name
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def counter(number: int) -> str:
    """The key of a sample that was given none.

    >>> counter(42)
    '000000042'
    """
    return f"{number:09d}"


def check_key(key: str) -> str:
    """The key, if we may write it.

    Raises:
        WriteError: it is not of `A-Z a-z 0-9 _ -`, 1 to 92 of them.

    >>> check_key("cat-0001")
    'cat-0001'
    """
    if _WRITTEN.fullmatch(key) is None:
        raise WriteError(
            f"the key {_short(key)} is not allowed: keys are 1 to 92 of the characters A-Z a-z 0-9 _ -"
        )
    return key


def name_of(key: str) -> str:
    """The name of a sample's member."""
    return key + SUFFIX


def key_of(name: str) -> str:
    """The key in the name of a member.

    Raises:
        TarFault: the name is not `<key>.msgpack`, or could do harm.

    >>> key_of("./69518926-0179-11f1-8000-000000000000.msgpack")
    '69518926-0179-11f1-8000-000000000000'
    """
    key = name.removeprefix("./").removesuffix(SUFFIX)
    if not name.endswith(SUFFIX) or not key:
        raise TarFault(
            f"the member {_short(name)} is no sample: samples are named <key>{SUFFIX}", member=name
        )
    if len(key) > LONGEST_READ or len(key.encode()) > LONGEST_READ:
        raise TarFault(f"the key {_short(key)} has more than {LONGEST_READ} bytes")
    return key


def check_name(name: str) -> None:
    """Refuse member names that could do harm where somebody extracts or prints them.

    Raises:
        TarFault: the name is not UTF-8, is absolute, climbs up with `..` or holds control characters.
    """
    if _SURROGATE.search(name):
        raise TarFault(f"the name {_short(name)} is not UTF-8")
    if _CONTROL.search(name):
        raise TarFault(f"the name {_short(name)} holds control characters")
    if name.startswith("/") or ".." in name:
        raise TarFault(f"the name {_short(name)} leads out of the archive")


def _short(text: str) -> str:
    return repr(text) if len(text) <= 100 else f"{text[:100]!r}..."

"""Lengths of time as people type them."""

from __future__ import annotations

import re
from typing import Final

from atdata.cli.misuse import Misuse

__all__ = ["seconds_of"]

_TEXT: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(s|m|h|d|w)?")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds_of(text: str) -> float:
    """The seconds of a text such as `90`, `10m`, `2h`, `30d`.

    Raises:
        Misuse: it is none.

    >>> seconds_of("1.5h"), seconds_of("90")
    (5400.0, 90.0)
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise Misuse(f"{text!r} is no length of time; give one such as 90s, 10m, 2h, 30d")
    return float(found[1]) * _UNITS[found[2] or "s"]

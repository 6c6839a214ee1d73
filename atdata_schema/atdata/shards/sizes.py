"""Sizes in bytes, as people write them."""

from __future__ import annotations

import operator
import re
from typing import SupportsIndex, cast

from atdata.errors import AtdataError, WriteError

__all__ = ["bytes_of", "count_of"]

_UNITS = {"": 1, "B": 1} | {
    f"{letter}{tail}": step**power
    for tail, step in (("B", 1000), ("IB", 1024))
    for power, letter in enumerate("KMGT", start=1)
}
_TEXT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")


def bytes_of(size: int | str) -> int:
    """A size in bytes, from a number or a text.

    Units are B, kB, MB, GB, TB (powers of 1,000) and KiB, MiB, GiB, TiB (powers of 1,024), in any case.

    Raises:
        WriteError: it is no size, or less than one byte.

    >>> bytes_of("256MB"), bytes_of("1.5 GiB"), bytes_of(4096)
    (256000000, 1610612736, 4096)
    """
    if not isinstance(size, str):
        return count_of("maxsize", size, WriteError)
    count = _parsed(size)
    if count < 1:
        raise WriteError(f"{size!r} is no size: give a number of bytes, or a text such as '256MB'")
    return count


def count_of(name: str, value: object, error: type[AtdataError], least: int = 1) -> int:
    """An argument that counts things.

    Raises:
        AtdataError: of the class `error`: it is no integer, or too small.
    """
    try:
        count = -1 if isinstance(value, bool) else operator.index(cast("SupportsIndex", value))
    except TypeError:
        count = -1
    if count < least:
        raise error(f"{name} is {value!r}: give a number of at least {least}")
    return count


def _parsed(text: str) -> int:
    match = _TEXT.fullmatch(text.strip())
    unit = _UNITS.get(match[2].upper()) if match else None
    # A number of 16 digits or more is no size that somebody meant.
    if match is None or unit is None or len(match[1]) > 15:
        return 0
    return int(float(match[1]) * unit)

"""Datetimes: what RFC 3339 and ISO 8601 both allow, with time zone, seconds and a capital T and Z.

Source: the Lexicon page of the AT Protocol specification. The year 0000 is allowed, which
`datetime.fromisoformat` refuses; an instant that its offset moves before that year is not.
"""

from __future__ import annotations

import re

__all__ = ["broken_datetime"]

_DATETIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,20})?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_FORM = (
    "a datetime looks like 1985-04-12T23:20:50.123Z: four digits of year, seconds, at most 20 "
    "digits of their fraction, and 'Z' or an offset like +01:45"
)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def broken_datetime(text: str) -> str | None:
    """The rule of datetimes that the text breaks, or None."""
    if len(text) > 64:
        return "a datetime has at most 64 characters"
    match = _DATETIME.fullmatch(text)
    if match is None:
        return _FORM
    sign: str | None = match[7]
    year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
    broken = _broken_date(year, month, day) or _broken_time(hour, minute, second)
    if broken is not None or sign is None:
        return broken
    ahead = int(match[8]) * 60 + int(match[9])
    if int(match[8]) > 23 or int(match[9]) > 59:
        return "the offset of a datetime has hours from 00 to 23 and minutes from 00 to 59"
    if sign == "-" and ahead == 0:
        return "the offset -00:00 is not allowed; write Z or +00:00"
    if sign == "+" and (year, month, day) == (0, 1, 1) and hour * 60 + minute < ahead:
        return "in UTC this instant falls before the year 0000"
    return None


def _broken_date(year: int, month: int, day: int) -> str | None:
    if not 1 <= month <= 12:
        return "months are numbered from 01 to 12"
    days = 29 if month == 2 and _is_leap(year) else _DAYS[month - 1]
    if not 1 <= day <= days:
        return f"the month {year:04d}-{month:02d} has days from 01 to {days}"
    return None


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _broken_time(hour: int, minute: int, second: int) -> str | None:
    if hour > 23:
        return "hours go from 00 to 23"
    if minute > 59:
        return "minutes go from 00 to 59"
    return "seconds go from 00 to 59" if second > 59 else None

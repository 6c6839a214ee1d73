"""Instants: text on the wire, aware `datetime.datetime` in Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from atdata_schema import syntax
from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field, Json, given
from atdata_schema.model import DatetimeType
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Datetime", "format_instant", "parse_instant"]

_FRACTION: Final = re.compile(r"\.(\d+)")
_KEEP: Final = 'keep it as text with "x-atdata": {"as": "str"}'


@dataclass(frozen=True, slots=True)
class Datetime(Field[datetime]):
    """An instant with its offset from UTC, to the microsecond.

    >>> Datetime().unpack("2026-11-25T18:31:37.5Z")
    datetime.datetime(2026, 11, 25, 18, 31, 37, 500000, tzinfo=datetime.timezone.utc)
    """

    max_length: int | None = None

    def __str__(self) -> str:
        return str(DatetimeType(max_length=self.max_length))

    def pack(self, value: datetime, out: list[Buffer]) -> None:
        out.append(rows.text(self._checked(value)))

    def unpack(self, value: object) -> datetime:
        if not isinstance(value, str):
            raise DecodeError(f"expected {self}, got {given(value)}")
        return parse_instant(value)

    def to_record(self, value: datetime) -> Json:
        return self._checked(value)

    def from_record(self, value: Any) -> datetime:
        return self.unpack(value)

    def _checked(self, value: object) -> str:
        if not isinstance(value, datetime):
            raise ValidationError(f"expected {self}, got {given(value)}")
        text = format_instant(value)
        if self.max_length is not None and len(text) > self.max_length:
            raise ValidationError(f"expected {self}, got {len(text)} bytes: {text!r}")
        return text


def format_instant(value: datetime) -> str:
    """The text of an instant: `Z` for UTC, microseconds only where there are any.

    Raises:
        ValidationError: the datetime has no time zone, or an offset with seconds.
    """
    offset = value.utcoffset()
    if offset is None:
        raise ValidationError(
            f"{value.isoformat()!r} has no time zone; give one: value.replace(tzinfo=timezone.utc)"
        )
    if offset % timedelta(minutes=1):
        raise ValidationError(
            f"the offset of {value.isoformat()!r} has seconds, which no datetime text holds"
        )
    text = value.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def parse_instant(text: str) -> datetime:
    """The instant of a text.

    Raises:
        DecodeError: no datetime by the lexicon's syntax, or one that Python's `datetime` cannot hold exactly:
            of the year 0, or with digits below the microsecond.
    """
    if not syntax.is_valid("datetime", text):
        raise DecodeError(f"{given(text)} is no datetime such as 2026-01-31T12:00:00.000Z")
    fraction = _FRACTION.search(text)
    if text.startswith("0000") or (fraction and fraction[1][6:].strip("0")):
        raise DecodeError(f"{text!r} is finer or earlier than a Python datetime; {_KEEP}")
    exact = (
        text if fraction is None else text.replace(fraction[0], f".{fraction[1][:6].ljust(6, '0')}")
    )
    try:
        return datetime.fromisoformat(exact)
    except (ValueError, OverflowError):
        raise DecodeError(f"{text!r} is no instant that a Python datetime holds; {_KEEP}") from None

"""How names and values stand in the text of a condition; what is spelt is read as the same again."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from atdata.errors import QueryError
from atdata_schema.data import Link
from atdata_schema.errors import ValidationError
from atdata_schema.fields.instants import format_instant

__all__ = [
    "RESERVED",
    "Path",
    "Value",
    "instant_text",
    "shown",
    "shown_path",
    "spelt_name",
    "spelt_path",
    "spelt_text",
    "value_of",
]

Path: TypeAlias = tuple[str, ...]
"""A field by its name; a field of an object inside a sample by the names on the way to it."""

RESERVED: Final = frozenset({"and", "or", "not", "in", "is", "null", "nan", "inf", "true", "false"})
"""Words of the language, which stand in backticks where they are names."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EAST, _WEST = (timezone(timedelta(hours=hours)) for hours in (23, -23))
_PLAIN: Final = re.compile(r"[^\W\d]\w*")
_SHORT: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_LARGEST: Final = 1024  # bits of an integer: the largest floats have as many

ValueKind: TypeAlias = Literal["integer", "float", "boolean", "text", "instant"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a condition.

    Attributes:
        kind: what it is; `instant` is made of a text once the field is known to be a datetime.
        value: `int`, `float` (never NaN), `bool` or `str`; of an instant its microseconds since 1970.
    """

    kind: ValueKind
    value: Any

    def __str__(self) -> str:
        match self.kind:
            case "text":
                return spelt_text(self.value)
            case "boolean":
                return "true" if self.value else "false"
            case "float":
                return repr(float(self.value))
            case "instant":
                return spelt_text(instant_text(self.value))
            case _:
                return str(self.value)


def value_of(given: object) -> Value:
    r"""The value that an object of Python stands for.

    Raises:
        QueryError: it is none that fields are compared with.

    >>> value_of(0.5), value_of(np.int16(3)), str(value_of("it's"))
    (Value(kind='float', value=0.5), Value(kind='integer', value=3), "'it\\'s'")
    """
    if isinstance(given, Enum):
        given = given.value
    if isinstance(given, np.generic):
        given = given.item()
    if isinstance(given, bool):
        return Value("boolean", given)
    if isinstance(given, int):
        return Value("integer", _bounded(int(given)))
    if isinstance(given, float):
        if math.isnan(given):
            raise QueryError("nothing compares with NaN: ask `x is nan`, or field.is_nan()")
        return Value("float", float(given))
    if isinstance(given, str):
        return Value("text", _plain(given))
    if isinstance(given, Link):
        return Value("text", given.text)
    if isinstance(given, datetime):
        return Value("text", _instant(given))
    if given is None:
        raise QueryError("nothing compares with null: ask `x is null`, or field.is_null()")
    raise QueryError(
        f"a field is compared with a number, a text, a boolean or a datetime, got a {type(given).__name__}"
    )


def instant_text(microseconds: int) -> str:
    """The datetime of some microseconds since 1970, in UTC.

    >>> instant_text(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    for zone in (UTC, _EAST, _WEST):  # the first and the last days have no date in UTC
        with suppress(OverflowError):
            return format_instant(_EPOCH.astimezone(zone) + timedelta(microseconds=microseconds))
    raise QueryError(f"{microseconds} microseconds from 1970 have no date")


def spelt_text(text: str) -> str:
    r"""A text in single quotes, on one line, without characters that do not print.

    >>> print(spelt_text("it's\x1b"))
    'it\'s\x1b'
    """
    return _quoted(text, "'")


def spelt_name(name: str) -> str:
    """One name: as it is where it can, else in backticks.

    >>> print(spelt_name("label"), spelt_name("x-ray"), spelt_name("in"))
    label `x-ray` `in`
    """
    if _PLAIN.fullmatch(name) and name not in RESERVED and name.isprintable():
        return name
    return _quoted(name, "`")


def spelt_path(path: Path) -> str:
    """A name, or names with dots between."""
    return ".".join(map(spelt_name, path))


def shown(names: Sequence[str], most: int = 12) -> str:
    """Some names for a message, none of them long."""
    listed = ", ".join(_cut(spelt_name(name)) for name in names[:most])
    return f"{listed}, ..." if len(names) > most else listed


def shown_path(path: Path) -> str:
    """A field for a message, not long."""
    return _cut(spelt_path(path))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _quoted(text: str, quote: str) -> str:
    return quote + "".join(map(_escaped, text)).replace(quote, "\\" + quote) + quote


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _bounded(number: int) -> int:
    if number.bit_length() > _LARGEST:
        raise QueryError(f"an integer of {number.bit_length()} bits, which no field reaches")
    return number


def _plain(text: str) -> str:
    text = str.__str__(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise QueryError("a text with a lone surrogate, which no sample holds") from None
    return text


def _instant(given: datetime) -> str:
    try:
        return format_instant(given)
    except ValidationError as error:
        raise QueryError(str(error)) from None

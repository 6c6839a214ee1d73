"""JSON text, read strictly."""

from __future__ import annotations

import json
from collections import Counter

from atdata_schema.data.json_form import from_json
from atdata_schema.data.limits import MAX_INTEGER, MAX_JSON_BYTES, MIN_INTEGER
from atdata_schema.data.values import Value
from atdata_schema.data.walk import Refused
from atdata_schema.errors import DataError
from atdata_schema.syntax.quoting import quoted

__all__ = ["parse_json"]


def parse_json(text: str | bytes, *, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Value]:
    """The value of a JSON text, as `from_json` reads it.

    What `json.loads` lets pass is refused: keys that occur twice, NaN and infinities, half surrogates.

    Args:
        text: the text, or its UTF-8.
        max_bytes: how long the text may be, in bytes of UTF-8.

    Raises:
        DataError: it is no JSON, too long, too deep, or outside the data model.

    >>> parse_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    atdata_schema.errors.DataError: the key 'a' occurs twice in one object
    """
    decoded = _decoded(text, max_bytes)
    try:
        obj: object = json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise DataError(f"this is no JSON: {error.msg} ({where})") from None
    except RecursionError:
        raise DataError("this JSON is nested too deep") from None
    if isinstance(obj, Refused):
        raise DataError(obj.reason)
    return from_json(obj)


def _decoded(text: str | bytes, max_bytes: int) -> str:
    if len(text) > max_bytes:
        raise DataError(f"this JSON is too long; it may have {max_bytes} bytes")
    try:
        # Encoding finds half surrogates, which may stand in a `str` unescaped, and the true length.
        raw = text.encode() if isinstance(text, str) else bytes(text)
        decoded = text if isinstance(text, str) else raw.decode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise DataError(f"JSON is UTF-8, and this is not: {error.reason}") from None
    if len(raw) > max_bytes:
        raise DataError(f"this JSON has {len(raw)} bytes and may have {max_bytes}")
    if decoded.startswith("\ufeff"):
        raise DataError("this JSON starts with a byte order mark; remove it")
    return decoded


def _object(pairs: list[tuple[str, object]]) -> object:
    keys = dict(pairs)
    if len(keys) == len(pairs):
        return keys
    twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
    return Refused(f"the key {quoted(twice)} occurs twice in one object")


def _integer(digits: str) -> int | Refused:
    # Python itself refuses thousands of digits, with an error of its own.
    number = int(digits) if len(digits) <= 20 else MAX_INTEGER + 1
    if MIN_INTEGER <= number <= MAX_INTEGER:
        return number
    return Refused(f"{quoted(digits)} is too large; an integer has at most 64 bits")


def _number(digits: str) -> int | Refused:
    """The integer that a number with a fraction or an exponent is, if it is one of 64 bits."""
    rounded = float(digits)
    if rounded.is_integer() and abs(rounded) <= 2.0**63:
        from decimal import Decimal  # here, since next to no data needs it

        exact = Decimal(digits)
        if exact == exact.to_integral_value():
            return _integer(str(int(exact))) if exact else 0
    reason = f"{quoted(digits)} is no integer of 64 bits; the data model has no floats; use a text"
    return Refused(reason)


def _constant(name: str) -> Refused:
    return Refused(f"{name} is no JSON, and the data model has no floats")

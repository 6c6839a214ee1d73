"""Values and the JSON objects that spell them."""

from __future__ import annotations

import binascii
from typing import Any

from atdata_schema.data.faults import Fault
from atdata_schema.data.links import Link
from atdata_schema.data.values import Value
from atdata_schema.data.walk import Walk
from atdata_schema.errors import DataError

__all__ = ["as_value", "from_json", "from_sample", "to_json"]


def from_json(obj: object) -> dict[str, Value]:
    r"""The value of a decoded JSON object.

    Args:
        obj: what `json.loads` gives for an object. A number with an integral fraction, `5.0`, is the
            integer. The argument is not changed, and no part of it is shared.

    Returns:
        The map, with bytes and links where the JSON spells them with `$bytes` and `$link`.

    Raises:
        DataError: it is no object, or something in it is outside the data model.
        IntegerTooLarge: an integer has more than 64 bits.

    >>> from_json({"when": None, "data": {"$bytes": "AAE="}})
    {'when': None, 'data': b'\x00\x01'}
    """
    if not isinstance(obj, dict):
        raise DataError(f"at the top level of data stands an object, not a {type(obj).__name__}")
    value = _walked(obj, Walk(spelled=True, native=False))
    if not isinstance(value, dict):
        raise DataError("at the top level of data stands an object, not bytes or a link")
    return value


def as_value(obj: object) -> Value:
    """The value that an object is, spells in JSON, or mixes of both.

    Unlike `from_json` this takes bytes and `Link`s too, and any value at the top level.

    Raises:
        DataError: something in the object is outside the data model.

    >>> as_value([b"hi", {"$bytes": "aGk"}])
    [b'hi', b'hi']
    """
    return _walked(obj, Walk(spelled=True, native=True))


def from_sample(obj: object) -> Any:
    """The value of a decoded sample form whose type is not known: as `as_value`, but floats stay.

    Its type may have fields that no record has, so keys that the data model reserves are keys as any other.

    Raises:
        DataError: something else in the object is outside the data model.

    >>> from_sample({"score": 1.0})
    {'score': 1.0}
    """
    return _walked(obj, Walk(spelled=True, native=True, sample=True))


def to_json(value: Value) -> object:
    """The JSON objects that spell a value: the inverse of `from_json`.

    Returns:
        Objects for `json.dumps`. Bytes are in base64 without padding.

    Raises:
        DataError: something in it is no value of the data model.

    >>> to_json({"data": bytes([0, 1])})
    {'data': {'$bytes': 'AAE'}}
    """
    return _spelling(_walked(value, Walk(spelled=False, native=True)))


def _walked(obj: object, walk: Walk) -> Value:
    try:
        return walk.value(obj)
    except Fault as fault:
        raise fault.error() from None


def _spelling(value: Value) -> object:
    if isinstance(value, dict):
        return {key: _spelling(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelling(item) for item in value]
    if isinstance(value, bytes):
        text = binascii.b2a_base64(value, newline=False).decode("ascii")
        return {"$bytes": text.rstrip("=")}
    return {"$link": value.text} if isinstance(value, Link) else value

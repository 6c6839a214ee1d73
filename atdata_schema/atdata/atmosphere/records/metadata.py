"""What an author added to a dataset: a msgpack map in the record, a JSON object to everybody else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import msgpack

from atdata.errors import ValidationError
from atdata_schema.data import MAX_INTEGER, MIN_INTEGER

__all__ = ["LONGEST", "metadata_from_record", "metadata_to_bytes"]

LONGEST: Final = 100_000
"""Bytes of metadata in a record."""

_DEEPEST: Final = 32
_NAME: Final = "metadata"


def metadata_from_record(value: object) -> dict[str, Any]:
    """The metadata of a record: the bytes of a msgpack map, or the map itself as the earlier release writes it.

    Raises:
        ValidationError: it is something else, too long, too deep, or no JSON object.

    >>> metadata_from_record(bytes.fromhex("81a573706c6974a5747261696e"))
    {'split': 'train'}
    """
    if value is None:
        return {}
    found = _unpacked(value) if isinstance(value, bytes) else value
    if not isinstance(found, Mapping):
        _refuse(f"a map is needed, not a {type(found).__name__}")
    return {str(key): _json(item, 1) for key, item in _entries(found)}


def metadata_to_bytes(metadata: Mapping[str, Any]) -> bytes:
    """The metadata as it stands in a record; the same for equal metadata.

    Raises:
        ValidationError: it is no JSON object, or too long.
    """
    plain = _sorted(metadata_from_record(dict(metadata)))
    try:
        packed: Any = msgpack.packb(plain, use_bin_type=True)
    except UnicodeEncodeError:
        _refuse("a text holds half of a surrogate pair")
    if len(packed) > LONGEST:
        _refuse(f"{len(packed)} bytes are too many: at most {LONGEST} stand in a record")
    return bytes(packed)


def _unpacked(packed: bytes) -> object:
    if len(packed) > LONGEST:
        _refuse(f"{len(packed)} bytes are too many: at most {LONGEST} stand in a record")
    try:
        # Pairs, so that a key that occurs twice is noticed; lengths are held against the bytes before anything is made.
        return msgpack.unpackb(packed, raw=False, strict_map_key=True, object_pairs_hook=_map)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValidationError) else type(error).__name__
        _refuse(f"this is no msgpack map ({reason})")


def _map(pairs: list[tuple[object, object]]) -> dict[object, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _json(value: object, depth: int) -> Any:
    if depth > _DEEPEST:
        _refuse(f"it is nested more than {_DEEPEST} deep")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if not MIN_INTEGER <= value <= MAX_INTEGER:
            _refuse("an integer has at most 64 bits")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            _refuse(f"{value} is no number of JSON")
        return value
    if isinstance(value, list):
        return [_json(item, depth + 1) for item in value]
    if not isinstance(value, Mapping):
        _refuse(f"a {type(value).__name__} is no value of JSON")
    return {key: _json(item, depth + 1) for key, item in _entries(value)}


def _entries(value: Mapping[Any, object]) -> list[tuple[str, object]]:
    for key in value:
        if not isinstance(key, str):
            _refuse(f"a key is a text, not a {type(key).__name__}")
    return list(value.items())


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _refuse(reason: str) -> NoReturn:
    raise ValidationError(reason, [_NAME])

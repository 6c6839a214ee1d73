"""Whether a condition is true of one sample: what every faster way has to agree with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Final

import numpy as np

from atdata.manifest.query.checking import instant_of
from atdata.manifest.query.conditions import (
    Among,
    Both,
    Compare,
    Condition,
    Either,
    Has,
    Leaf,
    Matches,
    Missing,
    Negated,
    NotANumber,
)
from atdata.manifest.query.kinds import NoSuchField
from atdata.manifest.query.spelling import Path, Value
from atdata_schema.data import Link
from atdata_schema.errors import DecodeError

__all__ = ["ABSENT", "Judge", "judge", "judge_value", "value_at"]

ABSENT: Final = object()
"""Stands for a field that a sample without a type does not have."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_KINDS: Final = {"integer": "number", "float": "number"}


@dataclass(frozen=True, slots=True)
class Judge:
    """A condition as a function of a sample."""

    condition: Condition

    def __call__(self, sample: Any) -> bool:
        """Whether it is true of a sample."""
        return judge(self.condition, sample)


def judge(condition: Condition, sample: Any) -> bool:
    """Whether a condition is true of a sample, typed or not.

    Raises:
        NoSuchField: the sample is of a class that has no such field.
    """
    match condition:
        case Both():
            return all(judge(part, sample) for part in condition.parts)
        case Either():
            return any(judge(part, sample) for part in condition.parts)
        case Negated():
            return not judge(condition.part, sample)
        case Leaf():
            value = value_at(sample, condition.path)
            if value is ABSENT and hasattr(type(sample), "FIELDS"):
                raise NoSuchField(f"a {type(sample).__name__} has no field {condition.name}")
            return judge_value(condition, value)
        case _:
            raise TypeError(type(condition).__name__)


def value_at(sample: Any, path: Path) -> Any:
    """What a sample has in a field: `None` where it has nothing, `ABSENT` where the field is unknown to it."""
    value = sample
    for name in path:
        if value is None:
            return None
        fields = getattr(type(value), "FIELDS", None)
        if fields is not None and name in fields:
            value = getattr(value, fields.attribute(name))
        elif isinstance(value, Mapping) and name in value:
            value = value[name]
        else:
            return ABSENT
    return value


def judge_value(leaf: Leaf, given: Any) -> bool:
    """Whether a condition on one field is true of a value."""
    value = _plain(given)
    match leaf:
        case Missing():
            return (value is None) != leaf.without
        case Compare():
            pair = _pair(value, leaf.value)
            return pair is not None and _OPERATORS[leaf.operator](*pair)
        case Among():
            return (
                _kind(value) is not None
                and any(_equal(value, v) for v in leaf.values) != leaf.without
            )
        case Has():
            if not isinstance(value, list | tuple):
                return False
            return any(_equal(_plain(item), leaf.value) for item in value) != leaf.without
        case Matches():
            return isinstance(value, str) and _matches(leaf, value)
        case NotANumber():
            return isinstance(value, float) and (value != value) != leaf.without
        case _:
            raise TypeError(type(leaf).__name__)


def _matches(leaf: Matches, value: str) -> bool:
    match leaf.how:
        case "startswith":
            return value.startswith(leaf.text)
        case "endswith":
            return value.endswith(leaf.text)
        case _:
            return leaf.text in value


def _equal(value: Any, wanted: Value) -> bool:
    pair = _pair(value, wanted)
    return pair is not None and bool(pair[0] == pair[1])


def _pair(value: Any, wanted: Value) -> tuple[Any, Any] | None:
    """Two values that can be compared; in data without a type they may not be, and then nothing is true of them."""
    if isinstance(value, datetime):
        other = _instant(wanted.value) if wanted.kind == "text" else wanted.value
        known = wanted.kind in ("text", "instant") and other is not None
        return ((value - _EPOCH) // timedelta(microseconds=1), other) if known else None
    if wanted.kind == "instant":
        instant = _instant(value) if isinstance(value, str) else None
        return None if instant is None else (instant, wanted.value)
    return (value, wanted.value) if _kind(value) == _KINDS.get(wanted.kind, wanted.kind) else None


def _kind(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "instant" if isinstance(value, datetime) else None


@lru_cache(maxsize=256)
def _instant(text: str) -> int | None:
    try:
        return instant_of(text)
    except DecodeError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.generic):
        return value.item()
    if value is ABSENT:
        return None
    return value.text if isinstance(value, Link) else value

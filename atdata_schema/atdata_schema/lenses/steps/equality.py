"""When two values are the same, for the laws: NaN is itself, minus zero is zero, an instant has its offset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["attribute_of", "different", "is_object", "names_of", "same", "same_elements"]


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same.

    >>> same(float("nan"), float("nan")), same(1, True), same(np.float32(0), np.float32(-0.0))
    (True, False, True)
    """
    if a is b:
        return True
    a, b = _plain(a), _plain(b)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
            return False
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return bool(same_elements(a, b).all())
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b)
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, datetime) and isinstance(b, datetime):
        return a == b and a.utcoffset() == b.utcoffset()
    if is_object(a) and is_object(b):
        names = set(names_of(a))
        return names == set(names_of(b)) and all(
            same(attribute_of(a, name), attribute_of(b, name)) for name in names
        )
    return bool(a == b)


def _plain(value: Any) -> Any:
    """A scalar of numpy as an array of rank 0."""
    return np.asarray(value) if isinstance(value, np.generic) else value


def same_elements(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Which elements of two arrays of one shape are the same."""
    equal: NDArray[np.bool_] = np.asarray(a == b)
    if a.dtype.kind in "fc" and b.dtype.kind in "fc" and not equal.all():
        equal = equal | ((a != a) & (b != b))
    return equal


def different(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Which elements are not the same; all of them where the shapes differ."""
    if a.shape != b.shape:
        return np.ones(a.shape, np.bool_)
    return ~same_elements(a, b)


def is_object(value: object) -> bool:
    """Whether a value has fields: a mapping, or a sample."""
    return isinstance(value, Mapping) or hasattr(type(value), "FIELDS")


def names_of(value: Any) -> Iterable[str]:
    """The property names of an object; those of a mapping that have a value."""
    if isinstance(value, Mapping):
        return [name for name, item in value.items() if item is not None]
    return [name for name in value.FIELDS.names if attribute_of(value, name) is not None]


def attribute_of(value: Any, name: str) -> Any:
    """A property of an object; `None` where it is missing."""
    cls: Any = type(value)
    attributes = _attributes(cls)
    if attributes is None:
        return value.get(name)
    attribute = attributes.get(name)
    return None if attribute is None else getattr(value, attribute)


@lru_cache(maxsize=512)
def _attributes(cls: Any) -> Mapping[str, str] | None:
    """The attribute of each property of a class; `None` where objects are mappings."""
    if issubclass(cls, Mapping):
        return None
    return dict(zip(cls.FIELDS.names, cls.FIELDS.attributes, strict=True))

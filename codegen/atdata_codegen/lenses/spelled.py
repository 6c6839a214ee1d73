"""Samples as Python spells them: the values of counter-examples in generated tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from atdata_schema.media import Audio, Image

__all__ = ["spelled"]

_LONGEST = 4096


def spelled(value: Any) -> str:
    """An expression for a value, exact to the bit, in terms of `np`, `datetime` and `v1`.

    Raises:
        ValueError: there is none, or it would be too long to read.

    >>> spelled({"a": [1, None, -0.0]}), spelled(float("nan"))
    ('{"a": [1, None, -0.0]}', 'float("nan")')
    >>> import numpy as np
    >>> spelled(np.asarray([[1, 2], [1, 2]], np.uint8))
    'np.resize(np.asarray([1, 2], np.uint8), (2, 2))'
    """
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Image | Audio):
        return f"v1.{type(value).__name__}({_short(repr(bytes(value)))})"
    if isinstance(value, bytes):
        return _short(repr(value))
    if isinstance(value, float | complex):
        return _number(value)
    if isinstance(value, datetime):
        return f'datetime.fromisoformat("{value.isoformat()}")'
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, Any]", value).items()
        return f"{{{', '.join(f'{_key(key)}: {spelled(item)}' for key, item in pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(spelled, value))}]"
    raise ValueError(f"no expression for {type(value).__name__}")


def _key(key: object) -> str:
    """A name of a property, or the path of a field."""
    if isinstance(key, tuple):
        names = cast("tuple[str, ...]", key)
        return f"({', '.join(map(_text, names))}{',' if len(names) == 1 else ''})"
    return _text(str(key))


def _text(text: str) -> str:
    import json

    spelling = json.dumps(text)
    # JSON spells what lies beyond the first plane as two halves, which Python reads as two.
    if any(ord(char) > 0xFFFF for char in text):
        spelling = repr(text)
    return _short(spelling)


def _number(value: complex) -> str:
    if isinstance(value, complex):
        return f"complex({_number(value.real)}, {_number(value.imag)})"
    return repr(float(value)) if math.isfinite(value) else f'float("{value}")'


def _array(value: NDArray[Any]) -> str:
    """An array by the shortest row of elements that it repeats."""
    flat = value.reshape(-1)
    dtype = "np.bool_" if value.dtype == np.bool_ else f"np.{value.dtype.name}"
    if not flat.size:
        return f"np.zeros({value.shape}, {dtype})"
    period = _period(flat)
    row = ", ".join(spelled(element) for element in flat[:period].tolist())
    return _short(f"np.resize(np.asarray([{row}], {dtype}), {value.shape})")


def _period(flat: NDArray[Any]) -> int:
    """How many elements are repeated; all of them where none are."""
    raw = flat.tobytes()
    width = flat.dtype.itemsize
    for period in range(1, min(flat.size, 64) + 1):
        row = raw[: period * width]
        if (row * (len(raw) // len(row) + 1))[: len(raw)] == raw:
            return period
    return int(flat.size)


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"an expression of {len(text)} characters")
    return text

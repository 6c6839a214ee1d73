"""Values that were read, held against what their fields allow beyond what reading itself demands.

Reading always demands kinds, dtypes, shapes and members of enumerations. Ranges, lengths, formats, constants
and finiteness are demanded when a sample is written, and of what others wrote only where that is asked for.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from atdata_schema.batch import Batch
from atdata_schema.errors import ValidationError
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.binary import Bytes
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import CidLink
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import bare
from atdata_schema.fields.text import Choice, Text

__all__ = ["Limits"]


class Limits:
    """The fields of a sample type that allow less than reading demands.

    >>> from types import SimpleNamespace
    >>> limits = Limits(Fields({"age": Integer(minimum=0), "label": Text()}))
    >>> limits
    Limits(age: integer(minimum 0))
    >>> limits.check_sample(SimpleNamespace(age=-1, label="cat"))
    Traceback (most recent call last):
    atdata_schema.errors.ValidationError: age: expected integer(minimum 0), got int -1
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = {name: field for name, field in fields.items() if _is_limited(bare(field))}
        self._attributes = {name: fields.attribute(name) for name in self._fields}

    def __bool__(self) -> bool:
        return bool(self._fields)

    def __repr__(self) -> str:
        return f"Limits({', '.join(f'{name}: {field}' for name, field in self._fields.items())})"

    def check_sample(self, sample: Any) -> None:
        """Hold a sample against its fields.

        Raises:
            ValidationError: a value that its field does not allow.
        """
        for name, field in self._fields.items():
            try:
                field.pack(getattr(sample, self._attributes[name]), [])
            except ValidationError as error:
                error.inside(name)
                raise

    def check_batch(self, batch: Batch) -> None:
        """Hold a batch against the fields of its samples: numbers and arrays at once, other values one by one.

        Raises:
            ValidationError: a value that its field does not allow; the message has the key of its sample.
        """
        for name, field in self._fields.items():
            if _is_sound(batch, name, bare(field)):
                continue
            for number, value in enumerate(batch.column(name)):
                try:
                    field.pack(value, [])
                except ValidationError as error:
                    error.inside(name)
                    error.reason = f"{error.reason} (key {batch.keys[number]!r})"
                    error.args = (error.reason, error.path)
                    raise


def _is_sound(batch: Batch, name: str, field: Field[Any]) -> bool:
    """Whether bounds of a column tell that all its values are allowed."""
    if isinstance(field, ArrayField):
        column = batch.column(name)
        return isinstance(column, np.ndarray) and bool(np.isfinite(column).all())
    extent = batch._source.extent(name)
    if extent is None:
        return False
    low, high = extent
    match field:
        case Integer():
            least, most = field.minimum, field.maximum
            if field.const is not None:
                least = most = field.const
            return (least is None or low >= least) and (most is None or high <= most)
        case Float64() | Float32():
            return math.isfinite(low) and math.isfinite(high)
        case Text():
            return _are_short(low, high, field)
        case _:
            return False


def _are_short(low: int, high: int, field: Text) -> bool:
    """Whether texts of so many bytes are as long as they may be; graphemes are at most as many as bytes."""
    if field.format is not None or field.const is not None:
        return False
    most = [limit for limit in (field.max_length, field.max_graphemes) if limit is not None]
    least = field.min_length or 0
    # A text that is not empty has one grapheme; more are not told by its bytes.
    graphemes = field.min_graphemes or 0
    enough = low >= least and (graphemes == 0 or (graphemes == 1 and low >= 1))
    return enough and (not most or high <= min(most))


def _is_limited(field: Field[Any]) -> bool:
    match field:
        case Integer():
            return any(limit is not None for limit in (field.minimum, field.maximum, field.const))
        case Boolean():
            return field.const is not None
        case Float64() | Float32():
            return field.finite
        case Text():
            return field != Text()
        case ArrayField():
            return field.finite
        case Bytes():
            return field != Bytes()
        case Datetime():
            return field != Datetime()
        case Choice() | CidLink():
            return False
        case _:
            return True

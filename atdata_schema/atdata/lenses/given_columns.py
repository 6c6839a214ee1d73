"""Columns that a function made, as the batch of a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from atdata_schema.batch import Batch
from atdata_schema.errors import LensError, ValidationError
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import Opt, bare
from atdata_schema.lenses.batches.given import GivenColumns
from atdata_schema.lenses.lens import batch_of

__all__ = ["batch_from"]


def batch_from(name: str, cls: type[Any], columns: object, keys: Sequence[str]) -> Batch:
    """The batch of a class whose columns are given.

    Args:
        name: who gives them, for messages.
        cls: the class.
        columns: arrays of all rows, or lists, by the names of attributes or of properties; an optional field may
            be left out.
        keys: the key of each row.

    Raises:
        LensError: a column is missing, unknown, of another length, or of another dtype or rank than its field.
    """
    if not isinstance(columns, Mapping):
        raise LensError(
            f"{name} returned a {type(columns).__name__} for a batch: return a dict with the columns of "
            f"{cls.__name__}, or a batch of it"
        )
    fields: Fields = cls.FIELDS
    found: dict[str, Any] = {
        fields.property_of.get(str(key), str(key)): column for key, column in columns.items()
    }
    unknown = [key for key in found if key not in fields]
    if unknown:
        raise LensError(
            f"{name} returned a column {unknown[0]!r}; {cls.__name__} has {', '.join(fields)}"
        )
    for prop, field in fields.items():
        if prop in found:
            _check(name, prop, field, found[prop], len(keys))
        elif isinstance(field, Opt):
            found[prop] = [None] * len(keys)
        else:
            raise LensError(f"{name} returned no column {prop!r}, which {cls.__name__} requires")
    scalars = frozenset(prop for prop, field in fields.items() if _is_number(field))
    return batch_of(cls, GivenColumns(found, keys, None, scalars, cls))


def _check(name: str, prop: str, field: Field[Any], column: Any, count: int) -> None:
    if not isinstance(column, np.ndarray | list | tuple) or len(column) != count:
        size = f"{len(column)} rows" if hasattr(column, "__len__") else type(column).__name__
        raise LensError(f"{name} returned {size} as the column {prop!r} of a batch of {count}")
    codec = bare(field)
    if not isinstance(codec, ArrayField):
        return
    arrays = [column[0]] if isinstance(column, np.ndarray) and count else list(column)
    for row, array in enumerate(arrays):
        if array is None and isinstance(field, Opt):
            continue
        try:
            codec.checked(array)
        except ValidationError as error:
            raise LensError(
                f"{name} returned a wrong column {prop!r}, row {row}: {error}"
            ) from None


def _is_number(field: Field[Any]) -> bool:
    return isinstance(bare(field), Integer | Float32 | Float64 | Boolean)

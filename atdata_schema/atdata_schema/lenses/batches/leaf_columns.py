"""Fields of many samples as pipes carry them: one array where that is possible, else a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata_schema.batch import Columns
from atdata_schema.lenses.steps.equality import attribute_of
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.refusals import Misplaced, Refused
from atdata_schema.lenses.types.lens_types import Maybe, Nd, Plain, bare
from atdata_schema.model import BytesType, TextType

__all__ = ["column_into", "column_out", "packed", "plain_values", "row_of"]

_NUMBERS: Final[dict[str, type]] = {"b": bool, "i": int, "u": int, "f": float}
_TEXTS: Final[dict[type, type]] = {TextType: str, BytesType: bytes}


def column_into(columns: Columns, leaf: Leaf) -> Any:
    """The values of a field in all rows, as pipes carry them.

    Raises:
        Misplaced: a value is not of the field's type; it names the row.
    """
    kind = bare(leaf.type)
    if len(leaf.path) == 1 and isinstance(kind, Nd):
        array = _at_hand(columns, leaf, kind)
        if array is not None:
            return array
    values = columns.values(leaf.path[0])
    for name in leaf.path[1:]:
        values = _inside(values, name)
    found = _at_once(leaf, values)
    return packed(_each(leaf, values), leaf) if found is None else found


def _at_hand(columns: Columns, leaf: Leaf, kind: Nd) -> NDArray[Any] | None:
    """The column as one array, where it is at hand as such and surely of the type."""
    name = leaf.path[0]
    if not kind.scalar:
        array = columns.stacked(name)
        return array if array is not None and leaf.fits(array, 1) else None
    if isinstance(leaf.type, Maybe) or kind.values is not None:
        return None
    numbers = columns.numbers(name)
    if numbers is None or numbers.dtype != np.dtype(kind.dtype):
        return None
    return numbers if _within(numbers, kind) else None


def _within(numbers: NDArray[Any], kind: Nd) -> bool:
    bounds = kind.bounds
    if bounds is None or not numbers.size or (kind.low is None and kind.high is None):
        return True
    return bounds[0] <= int(numbers.min()) and int(numbers.max()) <= bounds[1]


def _inside(values: Sequence[Any], name: str) -> list[Any]:
    """A property of many objects, `None` where an object is missing."""
    return [None if value is None else attribute_of(value, name) for value in values]


def _at_once(leaf: Leaf, values: Sequence[Any]) -> Any | None:
    """Values that are surely of the type, without a look at each by itself; `None` where that is not sure."""
    classes = set(map(type, values))
    if len(classes) != 1:
        return None
    (cls,), kind = classes, bare(leaf.type)
    if isinstance(kind, Plain):
        return list(values) if cls is _TEXTS.get(type(kind.type)) else None
    if not isinstance(kind, Nd) or not kind.scalar or kind.values is not None:
        return None
    if isinstance(leaf.type, Maybe) or cls is not _NUMBERS.get(kind.kind):
        return None
    try:
        found = np.asarray(values, kind.dtype)
    except OverflowError:
        return None  # the one that does not fit is named
    return found if _within(found, kind) else None


def _each(leaf: Leaf, values: Sequence[Any]) -> list[Any]:
    made: list[Any] = []
    for value in values:
        try:
            made.append(leaf.into(value))
        except Refused as error:
            error.row = len(made)
            raise Misplaced(leaf.path, error) from None
    return made


def packed(values: list[Any], leaf: Leaf) -> Any:
    """Values in one array, where they are numbers, all there, and of one shape."""
    kind = bare(leaf.type)
    if not isinstance(kind, Nd) or not values:
        return values
    if kind.scalar and not isinstance(leaf.type, Maybe):
        return np.asarray(values, kind.dtype)
    if any(value is None for value in values):
        return values
    first = values[0]
    if any(value.shape != first.shape or value.dtype != first.dtype for value in values):
        return values
    return np.stack(values)


def column_out(leaf: Leaf, column: Any) -> Any:
    """A column as batches hold it; held against what types could not prove.

    Raises:
        Misplaced: the field does not allow a value; it names the row.
    """
    if isinstance(column, np.ndarray) and leaf.guard is None:
        return column
    made: list[Any] = []
    for value in column:
        try:
            made.append(leaf.out(value))
        except Refused as error:
            error.row = len(made)
            raise Misplaced(leaf.path, error) from None
    return column if isinstance(column, np.ndarray) else made


def plain_values(leaf: Leaf, column: Any) -> list[Any]:
    """The values of a column one by one, as samples hold them."""
    kind = bare(leaf.type)
    if isinstance(column, np.ndarray):
        scalar = isinstance(kind, Nd) and kind.scalar
        return column.tolist() if scalar else list(column)
    return list(column)


def row_of(column: Any, row: int) -> Any:
    """One row of a column, as pipes carry it: a number is an array of rank 0."""
    return column[row, ...] if isinstance(column, np.ndarray) else column[row]

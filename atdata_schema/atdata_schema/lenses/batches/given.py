"""Columns that are at hand, some in place of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atdata_schema.batch import Columns
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.steps.assembly import changed
from atdata_schema.lenses.steps.objects import made_as

__all__ = ["GivenColumns"]


class GivenColumns:
    """Columns by name: arrays of all rows, or lists of values.

    Args:
        columns: the columns; an array of one axis is one of numbers.
        keys: the key of each row.
        base: where columns come from that are not given.
        scalars: the names of the columns of numbers.
        cls: the class of the rows, where there is no other source; without one they are mappings.
    """

    def __init__(
        self,
        columns: Mapping[str, Any],
        keys: Sequence[str],
        base: Columns | None = None,
        scalars: frozenset[str] = frozenset(),
        cls: type[Any] | None = None,
    ) -> None:
        self._columns = dict(columns)
        self._base = base
        self._scalars = scalars
        self._class = cls
        self.keys: Sequence[str] = keys

    def __len__(self) -> int:
        return len(self.keys)

    def ready(self, name: str) -> Any | None:
        """A column of another source, where that has it at hand."""
        if self._base is None or name in self._columns:
            return None
        return self._base.ready(name)

    def values(self, name: str) -> list[Any]:
        """The values of a column, one a row."""
        if self._base is not None and name not in self._columns:
            return self._base.values(name)
        column = self._columns[name]
        if isinstance(column, np.ndarray):
            return column.tolist() if name in self._scalars else list(column)
        return list(column)

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A column of numbers as one array, where it is at hand as such."""
        if self._base is not None and name not in self._columns:
            return self._base.numbers(name)
        column = self._columns.get(name)
        return column if name in self._scalars and isinstance(column, np.ndarray) else None

    def stacked(self, name: str) -> NDArray[Any] | None:
        """A column of arrays as one array, where it is at hand as such."""
        if self._base is not None and name not in self._columns:
            return self._base.stacked(name)
        column = self._columns.get(name)
        arrays = name not in self._scalars and isinstance(column, np.ndarray)
        return column if arrays else None

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """Bounds of a column of another source."""
        if self._base is None or name in self._columns:
            return None
        return self._base.extent(name)

    def samples(self) -> list[Any]:
        """The rows one by one: of the class, or those of the other source with other values."""
        names = list(self._columns)
        rows = zip(*(self.values(name) for name in names), strict=True)
        made = [dict(zip(names, row, strict=True)) for row in rows]
        if self._base is None:
            return [made_as(self._class, row) for row in made]
        olds = self._base.samples()
        if not names:
            return olds
        return [changed(old, _paths(row)) for old, row in zip(olds, made, strict=True)]


def _paths(row: Mapping[str, Any]) -> dict[Path, Any]:
    return {(name,): value for name, value in row.items()}

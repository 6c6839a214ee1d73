"""The functions of a compiled clause, run for one sample or for a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from atdata_schema.lenses.steps.chain import name_original
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import Values

__all__ = ["COPY", "Copy", "Functions", "Kinds"]

Kinds: TypeAlias = tuple["np.dtype[Any] | None", ...]
"""For each field, the element type where it has one number in every row."""


@dataclass(frozen=True, slots=True)
class Copy:
    """No functions: the view has the very values of the source."""

    @property
    def copies(self) -> bool:
        """It does."""
        return True

    def get(self, values: Values, n: int = 0) -> Values:
        """The same values."""
        return values

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        """The same values."""
        return values


COPY = Copy()


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a clause.

    Attributes:
        there: from the fields of the source to those of the view.
        back: from those of the view, then those of the source, to those of the source; `None` where the source
            says nothing.
        fresh: from those of the view alone.
        rows: whether they take the values of one sample only; else arrays may be of many.
        takes: the numbers among the fields of the source.
        gives: the numbers among those of the view.
    """

    there: Callable[..., Any]
    back: Callable[..., Any] | None
    fresh: Callable[..., Any] | None
    rows: bool
    takes: Kinds
    gives: Kinds

    @property
    def copies(self) -> bool:
        """Not that anybody knows."""
        return False

    def get(self, values: Values, n: int = 0) -> Values:
        """The view of a value, or of a batch.

        Raises:
            Refused: there is none.
        """
        if len(values) == 1 and not self.rows and isinstance(values[0], np.ndarray):
            return _several(self.there(values[0]), self.gives)
        if n and (self.rows or not _are_arrays(values)):
            return _by_rows(self.there, values, self.gives)
        return _several(self.there(*values), self.gives)

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        """The source whose view is `values`; without `source`, a new one.

        Raises:
            Refused: there is none.
        """
        run, given = self.fresh, values
        if source is not None and self.back is not None:
            run, given = self.back, (*values, *source)
        if run is None:
            raise Refused("there is no source to keep the rest of", values[0])
        if n and (self.rows or not _are_arrays(given)):
            return _by_rows(run, given, self.takes)
        try:
            return _several(run(*given), self.takes)
        except Refused as error:
            name_original(error, error.of, values)
            raise


def _several(made: Any, kinds: Kinds) -> Values:
    return (made,) if len(kinds) == 1 else made


def _are_arrays(values: Values) -> bool:
    return all(isinstance(value, np.ndarray) for value in values)


def _by_rows(run: Callable[..., Any], columns: Sequence[Any], kinds: Kinds) -> Values:
    """One row after the other; single numbers come as one array."""
    if len(kinds) == 1:
        made: list[list[Any]] = [[run(*row) for row in zip(*columns, strict=True)]]
    else:
        rows = [run(*row) for row in zip(*columns, strict=True)]
        made = [[row[place] for row in rows] for place in range(len(kinds))]
    return tuple(
        column if kind is None else np.asarray(column, kind)
        for column, kind in zip(made, kinds, strict=True)
    )

"""One operator with its types: the way there and the way back, for a sample and for a batch.

A value in a pipe is what a sample holds, but that numbers are arrays of rank 0. In a batch (`n` is 1) it is one
array with an axis more at the front, where all shapes are equal and nothing is missing, else a list.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np

from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.steps.laws import StepLaws
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.types.lens_types import LensType, Nd, bare, together, with_elements

__all__ = ["NOTHING", "SMALL", "Growth", "Step", "Unary", "Values", "shown"]

Values: TypeAlias = tuple[Any, ...]
"""One value for each input or output of an operator."""

NOTHING: Final = object()
"""In place of a source: there is none. `None` would be one whose value is missing."""

SMALL: Final = 1 << 10
"""Bytes that an operator may make on top of its growth; scalars and texts of any lens fit in them."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How much memory an operator may make: at most `factor` times the bytes it takes, and `constant` more."""

    factor: float = 1.0
    constant: int = SMALL


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """One operator with its types.

    Attributes:
        op: the operator.
        takes: the types of its inputs.
        gives: the types of its outputs.
        laws: what is proved of it.
        growth: how much memory it may make.
        BY_ROWS: whether the rows of a batch go through one by one.
        MOVES: whether it moves elements, and leaves each as it is.
        FRESH: whether what it gives is memory of its own, which nobody else sees.
    """

    op: Op
    takes: tuple[LensType, ...]
    gives: tuple[LensType, ...]
    laws: StepLaws
    growth: Growth = field(default=Growth())
    BY_ROWS: ClassVar[bool] = False
    MOVES: ClassVar[bool] = False
    FRESH: ClassVar[bool] = False

    @abstractmethod
    def forward(self, values: Values, n: int) -> Values:
        """The view of a value; with `n`, of arrays with an axis more.

        Raises:
            Refused: there is none.
        """

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        """The value whose view is `values`; `source` is what was there before.

        Raises:
            Refused: there is none.
        """
        raise Refused(f"{self.op.NAME} has no way back")

    def get(self, values: Values, n: int = 0) -> Values:
        """The view of a value, or of a batch of them."""
        if n and (self.BY_ROWS or not _are_arrays(values)):
            return self._rows(list(zip(*values, strict=True)), None, back=False)
        return self.forward(values, n)

    def overwrite(self, values: Values, n: int = 0) -> Values:
        """The same as `get`, where the memory of what is given is nobody else's and may be used again."""
        return self.get(values, n)

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        """The value whose view is `values`, or a batch of them."""
        if n and (self.BY_ROWS or not _are_arrays(values) or not _are_arrays(source or ())):
            before = None if source is None else list(zip(*source, strict=True))
            return self._rows(list(zip(*values, strict=True)), before, back=True)
        return self.backward(values, source, n)

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        """The types that a view of certain types leads back to, and a value that is refused, in words.

        What is known of the elements stays known where an operator only moves them.
        """
        found = [kind for kind in map(bare, arriving) if isinstance(kind, Nd)]
        if not found:
            return self.takes, self.laws.put_fails
        elements = together(found)
        return tuple(with_elements(kind, elements) for kind in self.takes), self.laws.put_fails

    def _rows(
        self, rows: Sequence[Values], before: Sequence[Values] | None, *, back: bool
    ) -> Values:
        made: list[Values] = []
        for index, row in enumerate(rows):
            try:
                if back:
                    made.append(self.backward(row, None if before is None else before[index], 0))
                else:
                    made.append(self.forward(row, 0))
            except Refused as error:
                error.row = index if error.row is None else error.row
                raise
        kinds = self.takes if back else self.gives
        return tuple(
            _packed([row[place] for row in made], kind) for place, kind in enumerate(kinds)
        )


@dataclass(frozen=True, kw_only=True)
class Unary(Step):
    """An operator of one input and one output."""

    def forward(self, values: Values, n: int) -> Values:
        return (self.there(values[0], n),)

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        return (self.again(values[0], NOTHING if source is None else source[0], n),)

    @abstractmethod
    def there(self, value: Any, n: int) -> Any:
        """The view of a value."""

    def again(self, value: Any, source: Any, n: int) -> Any:
        """The value of a view; `source` is `NOTHING` where there is none."""
        raise Refused(f"{self.op.NAME} has no way back")


def _packed(column: list[Any], kind: LensType) -> Any:
    """A column of single numbers as one array."""
    if isinstance(kind, Nd) and not kind.shape:
        return np.asarray(column, None if kind.dtype == "*" else kind.dtype)
    return column


def _are_arrays(values: Values) -> bool:
    return all(isinstance(value, np.ndarray) for value in values)


def shown(value: object) -> str:
    """A value in messages: short, and no character that a terminal obeys.

    >>> shown(np.float32(0.5)), shown(np.zeros((2, 3), np.uint8)), shown("a" * 100)
    ('0.5', 'uint8[2, 3]', "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'")
    """
    if isinstance(value, np.ndarray):
        if value.ndim:
            return f"{value.dtype.name}{list(value.shape)}"
        value = value[()]
    if isinstance(value, np.generic):
        return str(value)
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:55] + "...")
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."

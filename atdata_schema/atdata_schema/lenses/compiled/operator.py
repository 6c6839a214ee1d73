"""One operator of a compiled lens, which is told by the arrays themselves whether they are of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import Step, Values

__all__ = ["Operator"]


class Operator:
    """One operator, both ways: the one that the interpreter runs.

    Args:
        step: it.
        rank: how many axes the array of one sample has before it; `None` for values that are no arrays.
        after: how many it has after it.
    """

    __slots__ = ("_after", "_rank", "step")

    def __init__(self, step: Step, rank: int | None = None, after: int | None = None) -> None:
        self.step = step
        self._rank = rank
        self._after = rank if after is None else after

    def get(self, *values: Any) -> Any:
        """The view of its inputs: a value, or a tuple where there are several outputs.

        Raises:
            Refused: there is none.
        """
        return _whole(self.step.get(values, _leading(values, self._rank)))

    def put(self, *values: Any) -> Any:
        """What leads to its outputs: those first, then the inputs that were there before.

        Raises:
            Refused: there is none.
        """
        count = len(self.step.gives)
        return _whole(self._back(values[:count], values[count:]))

    def create(self, *views: Any) -> Any:
        """What leads to its outputs, where nothing was there before.

        Raises:
            Refused: there is none.
        """
        return _whole(self._back(views, None))

    def _back(self, views: Values, source: Values | None) -> Values:
        try:
            return self.step.put(views, source, _leading(views, self._after))
        except Refused as error:
            if error.index is not None and error.of is None:
                error.of = getattr(views[0], "shape", None)
            raise

    def __repr__(self) -> str:
        return f"Operator({self.step.op})"


def _whole(values: Values) -> Any:
    return values[0] if len(values) == 1 else values


def _leading(values: Values, rank: int | None) -> int:
    """How many axes stand in front of those of one sample."""
    first = values[0]
    return first.ndim - rank if rank is not None and isinstance(first, np.ndarray) else 0

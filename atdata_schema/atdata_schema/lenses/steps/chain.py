"""Operators one after another: a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.steps.equality import different, same
from atdata_schema.lenses.steps.pouring import pourable, poured
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import Step, Values, shown
from atdata_schema.lenses.types.lens_types import LensType
from atdata_schema.memory import Buffers

__all__ = ["Chain", "Tolerance", "check_same", "name_original"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far off the view may be after a put: `absolute`, and `relative` to the value, and the same in words."""

    text: str
    absolute: float
    relative: float


@dataclass(frozen=True, slots=True)
class Chain:
    """A pipe whose types are known.

    Attributes:
        steps: the operators.
        takes: the types of what goes in.
        gives: the types of what comes out.
        exact: whether the way back is proved to lead to the view that was put; else it is tried.
        tolerance: how far off it may be; `None` where not at all.
        buffers: memory that was used before, for what is computed of large batches.
    """

    steps: tuple[Step, ...]
    takes: tuple[LensType, ...]
    gives: tuple[LensType, ...]
    exact: bool = True
    tolerance: Tolerance | None = None
    buffers: Buffers = field(default_factory=Buffers, repr=False, compare=False)

    @property
    def copies(self) -> bool:
        """Whether there is no operator."""
        return not self.steps

    def get(self, values: Values, n: int = 0) -> Values:
        """The view of a value, or of a batch.

        Raises:
            Refused: there is none.
        """
        own, at = False, 0
        while at < len(self.steps):
            together = pourable(self.steps[at:], values[0], n)
            if together:
                values, own = (poured(together, values[0], n, self.buffers),), True
                at += len(together)
                continue
            step = self.steps[at]
            values = step.overwrite(values, n) if own else step.get(values, n)
            own, at = step.FRESH or (own and step.MOVES), at + 1
        return values

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        """The source whose view is `values`; without `source`, a new one.

        Raises:
            Refused: there is none.
        """
        before = self._inputs(source, n)
        wanted = values
        for step, inputs in zip(reversed(self.steps), reversed(before), strict=True):
            try:
                values = step.put(values, inputs, n)
            except Refused as error:
                name_original(error, getattr(values[0], "shape", None), wanted)
                raise
        if not self.exact:
            check_same(self.get(values, n), wanted, n, self.tolerance)
        return values

    def _inputs(self, source: Values | None, n: int) -> Sequence[Values | None]:
        """What went into each operator; `None` where nobody asks for it."""
        asking = [
            i for i, step in enumerate(self.steps) if step.laws.asks or not step.laws.injective
        ]
        found: list[Values | None] = [None] * len(self.steps)
        if source is None:
            return found
        values = source
        try:
            for index in range(asking[-1] + 1 if asking else 0):
                found[index] = values
                if index < asking[-1]:
                    values = self.steps[index].get(values, n)
        except Refused:
            if any(step.laws.asks for step in self.steps):
                raise
            # The source has no view, so nothing of it can be what the view still is.
            return [None] * len(self.steps)
        return found


def check_same(got: Values, wanted: Values, n: int = 0, tolerance: Tolerance | None = None) -> None:
    """Hold the view of what was put against what was meant.

    Args:
        got: the values of the view now.
        wanted: those that were put.
        n: how many axes stand at the front of arrays.
        tolerance: how far off they may be.

    Raises:
        Refused: they differ by more.
    """
    for mine, given in zip(map(_plain, got), map(_plain, wanted), strict=True):
        if isinstance(mine, np.ndarray) and isinstance(given, np.ndarray):
            _check_arrays(mine, given, n, tolerance)
        elif n:
            for row, (a, b) in enumerate(zip(mine, given, strict=True)):
                _check_one(a, b, row, tolerance)
        else:
            _check_one(mine, given, None, tolerance)


def _plain(value: Any) -> Any:
    """A scalar of numpy as an array of rank 0."""
    return np.asarray(value) if isinstance(value, np.generic) else value


def _check_one(mine: Any, given: Any, row: int | None, tolerance: Tolerance | None) -> None:
    if isinstance(mine, np.ndarray) and isinstance(given, np.ndarray):
        try:
            _check_arrays(mine, given, 0, tolerance)
        except Refused as error:
            error.row = row
            raise
    elif not same(mine, given):
        raise Refused(_nearest(given, mine), given, row)


def _check_arrays(
    mine: NDArray[Any], given: NDArray[Any], n: int, tolerance: Tolerance | None
) -> None:
    off = different(mine, given)
    if tolerance is not None and mine.shape == given.shape and off.any():
        with np.errstate(all="ignore"):
            slack = tolerance.absolute + tolerance.relative * np.abs(given)
            off &= ~(np.abs(mine - given) <= slack)
    if not off.any():
        return
    if mine.shape != given.shape:
        raise Refused(_nearest(given, mine), given)
    first = tuple(int(i) for i in np.argwhere(off)[0])
    raise Refused(_nearest(given[first], mine[first]), given[first], first[0] if n else None)


def name_original(error: Refused, shape: object, wanted: Values) -> None:
    """Say which element of the view it was, where those on the way back stand at the same places.

    Args:
        error: what was refused on the way back.
        shape: the shape of the array that it was refused in.
        wanted: the view.
    """
    if error.index is None or len(wanted) != 1:
        return
    view = wanted[0]
    if isinstance(view, np.ndarray) and shape == view.shape:
        original = view[error.index]
        if shown(original) == shown(error.value):
            return
        error.reason += f"; on the way back, that is what {shown(original)} becomes"
        error.value = original


def _nearest(given: object, mine: object) -> str:
    return f"the source cannot express it; the nearest that it can is {shown(mine)}"

"""Floats times a factor, plus an offset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.ops.scaled import Scaled
from atdata_schema.lenses.steps.elements import Elements, nd_of
from atdata_schema.lenses.steps.rounding import rounded
from atdata_schema.lenses.steps.step import Values

__all__ = ["AffineFloat"]


@dataclass(frozen=True, kw_only=True)
class AffineFloat(Scaled):
    """Floats: times, rounded, then plus, rounded; back by minus and divided.

    Attributes:
        mode: what put does about a view between those that sources have: `error`, `round`, `approx`, or
            `exact` where there is none between.
    """

    mode: str
    FRESH: ClassVar[bool] = True
    CONVERTS: ClassVar[bool] = True

    @property
    def keeps_tolerance(self) -> bool:
        return True

    def overwrite(self, values: Values, n: int = 0) -> Values:
        value = values[0]
        if not isinstance(value, np.ndarray) or not value.ndim or self.fit(value, n) is not None:
            return self.get(values, n)
        scales, offsets = self._numbers(value, n)
        with np.errstate(all="ignore"):
            np.multiply(value, scales, out=value)
            if self._shifts:
                np.add(value, offsets, out=value)
        return (value,)

    def pours(self, shape: tuple[int, ...], n: int) -> bool:
        return self.axis is None or shape[self.axis + n] == len(self.pairs)

    @property
    def passes(self) -> int:
        return 1 + self._shifts

    def pour(self, value: Elements, out: Elements, n: int) -> None:
        scales, offsets = (self._along(numbers, value, n) for numbers in self._numbers(value, n))
        np.multiply(value, scales, out=out, dtype=out.dtype, casting="unsafe")
        if self._shifts:
            np.add(out, offsets, out=out)

    def _along(self, numbers: Any, value: Elements, n: int) -> Any:
        """Numbers of channels that lie side by side in memory, repeated along the axis around them.

        A stretch of a few channels is too short for a loop of numpy to be fast.
        """
        if self.axis is None or value.ndim < n + 2:
            return numbers
        inner, around = sorted(range(value.ndim), key=lambda axis: abs(value.strides[axis]))[:2]
        if inner != self.axis + n or around < n:
            return numbers
        repeated = np.tile(numbers.reshape(-1), (value.shape[around], 1))
        shape = [1] * value.ndim
        shape[inner], shape[around] = value.shape[inner], value.shape[around]
        return (repeated if around < inner else repeated.T).reshape(shape)

    def _numbers(self, value: Elements, n: int) -> tuple[Any, Any]:
        dtype, (scales, offsets) = nd_of(self.takes[0]).dtype, self._rounded
        return (
            self.spread(scales, dtype, value.ndim, n),
            self.spread(offsets, dtype, value.ndim, n),
        )

    @cached_property
    def _rounded(self) -> tuple[list[Any], list[Any]]:
        """The factors and the offsets, each rounded once."""
        dtype = nd_of(self.takes[0]).dtype
        scales = [rounded(scale, dtype) for scale, _ in self.pairs]
        return scales, [rounded(offset, dtype) for _, offset in self.pairs]

    @cached_property
    def _shifts(self) -> bool:
        return bool(np.any(self._rounded[1]))

    def apply(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        misfit = self.fit(value, n)
        if misfit is not None:
            return value, misfit
        scales, offsets = self._numbers(value, n)
        made = np.asarray(value * scales)
        if self._shifts:
            made += offsets
        return made, None

    def invert(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        misfit = self.fit(value, n)
        if misfit is not None:
            return value, misfit
        scales, offsets = self._numbers(value, n)
        made = np.asarray((value - offsets) / scales)
        return made, np.isfinite(value) & ~np.isfinite(made)

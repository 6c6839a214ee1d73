"""What scaling floats and scaling integers have in common: a function, or one for each position of an axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.steps.elements import Elements, ElementStep, nd_of

__all__ = ["Scaled"]

_REAL: Final = {"complex64": "float32", "complex128": "float64"}


@dataclass(frozen=True, kw_only=True)
class Scaled(ElementStep):
    """What both share: one function, or one for each position of an axis."""

    pairs: tuple[tuple[Fraction, Fraction], ...]
    axis: int | None

    @property
    def channels(self) -> int:
        return len(self.pairs)

    def channel(self, index: int) -> Self:
        return replace(self, pairs=(self.pairs[index],), axis=None)

    def spread(self, values: list[Any], dtype: Any, rank: int, n: int) -> NDArray[Any]:
        """Numbers along the axis, as an array that fits one of that rank."""
        made = np.asarray(values, _REAL.get(dtype, dtype))
        if self.axis is None:
            return made[0]  # type: ignore[no-any-return]  # a scalar of the dtype
        return made.reshape(-1, *(1,) * (rank - n - self.axis - 1))

    def fit(self, value: Elements, n: int) -> NDArray[np.bool_] | None:
        """All elements as bad, where the axis is of another size than there are numbers."""
        if self.axis is None or value.shape[self.axis + n] == len(self.pairs):
            return None
        return np.ones(value.shape, np.bool_)

    def why(self, value: str, *, back: bool) -> str:
        if self.axis is not None and self.laws.get_fails:
            return f"an axis of size {len(self.pairs)} is wanted"
        return f"{value} has no source" if back else f"{value} leaves {nd_of(self.gives[0]).dtype}"

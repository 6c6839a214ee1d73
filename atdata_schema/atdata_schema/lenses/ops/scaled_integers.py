"""Integers times a factor, plus an offset, exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.ops.casts import narrowed
from atdata_schema.lenses.ops.scaled import Scaled
from atdata_schema.lenses.steps.elements import Elements, nd_of
from atdata_schema.lenses.types.lens_types import LensType, ends_of, range_of

__all__ = ["AffineInt"]


@dataclass(frozen=True, kw_only=True)
class AffineInt(Scaled):
    """Integers, exactly."""

    def _ends(self) -> tuple[tuple[int, int], tuple[int, int], Any]:
        """The bounds before and after, and a type in which nothing between them overflows."""
        kind = nd_of(self.takes[0])
        have, whole = ends_of(kind), range_of(kind.dtype)
        ends = [int(a) * end + int(b) for a, b in self.pairs for end in whole]
        ends += [int(a) * end for a, b in self.pairs for end in whole]
        ends += [end - int(b) for _, b in self.pairs for end in whole]
        fits = -(2**63) <= min(ends) and max(ends) < 2**63
        return have, whole, np.int64 if fits else object

    def apply(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        misfit = self.fit(value, n)
        if misfit is not None:
            return value, misfit
        _, whole, wide = self._ends()
        scales = self.spread([int(a) for a, _ in self.pairs], wide, value.ndim, n)
        offsets = self.spread([int(b) for _, b in self.pairs], wide, value.ndim, n)
        made = np.asarray(value.astype(wide) * scales + offsets, wide)
        inside = np.asarray((made >= whole[0]) & (made <= whole[1]), np.bool_)
        return np.where(inside, made, 0).astype(value.dtype), ~inside

    def invert(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        misfit = self.fit(value, n)
        if misfit is not None:
            return value, misfit
        have, _, wide = self._ends()
        scales = self.spread([int(a) for a, _ in self.pairs], wide, value.ndim, n)
        offsets = self.spread([int(b) for _, b in self.pairs], wide, value.ndim, n)
        # The dtype is named: of one element, arithmetic of objects leaves a Python integer, which numpy
        # would take for an unsigned one above int64.
        rest = np.asarray(value.astype(wide) - offsets, wide)
        made, odd = np.asarray(rest // scales, wide), np.asarray(rest % scales != 0, np.bool_)
        inside = np.asarray((made >= have[0]) & (made <= have[1]), np.bool_) & ~odd
        return np.where(inside, made, 0).astype(value.dtype), ~inside

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        given, have = ends_of(nd_of(arriving[0])), ends_of(nd_of(self.takes[0]))
        for scale, offset in self.pairs:
            a, b = int(scale), int(offset)
            ends = sorted((a * have[0] + b, a * have[1] + b))
            if given[0] < ends[0] or given[1] > ends[1]:
                return self.takes, str(given[0] if given[0] < ends[0] else given[1])
            if abs(a) > 1 and given[0] < given[1]:
                return self.takes, str(given[0] + 1 if (given[0] - b) % a == 0 else given[0])
            if abs(a) > 1 and (given[0] - b) % a:
                return self.takes, str(given[0])
        sources = [(end - int(b)) // int(a) for a, b in self.pairs for end in given]
        low, high = max(min(sources), have[0]), min(max(sources), have[1])
        return (replace(narrowed(self.takes[0], self.takes[0]), low=low, high=high),), None

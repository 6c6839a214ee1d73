"""The samples that a slice in a split expression names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from atdata.split_expression import SplitPart
from atdata.views.plan import Entry, Numbers, Plan

__all__ = ["Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a split, in samples or per cent, that has to lie within it."""

    part: SplitPart

    calls = False

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers.

        Raises:
            SplitError: the split has fewer samples.
        """
        return np.arange(*self.part.bounds(base.count()), dtype=np.int64)

    def stream(self, base: Plan) -> Iterator[Entry] | None:
        """The samples in one pass, where that needs no count."""
        bounds = (self.part.start, self.part.stop)
        if any(bound is not None and (bound.percent or bound.from_end) for bound in bounds):
            return None
        start, stop = (None if bound is None else bound.number for bound in bounds)
        return self._cut(base, start or 0, stop)

    def _cut(self, base: Plan, start: int, stop: int | None) -> Iterator[Entry]:
        """The samples, counted as they come, so that a split that is too short is found out."""
        least = start if stop is None else max(start, stop)
        count = 0
        for entry in itertools.islice(base.stream(), None if stop is None else least):
            count += 1
            if count > start:
                yield entry
        if count < least:
            self.part.bounds(count)  # which says so

    def __str__(self) -> str:
        return str(self.part).removeprefix(self.part.split)

"""Operators that treat each number by itself: what they do to one, they do to all."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.steps.equality import same_elements
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import NOTHING, Unary, shown
from atdata_schema.lenses.types.lens_types import Nd, bare

__all__ = ["ElementStep", "Elements", "nd_of"]

Elements: TypeAlias = NDArray[Any]
"""Numbers: an array of any shape, rank 0 included."""


def nd_of(kind: Any) -> Nd:
    """The type of numbers that an operator of numbers takes or gives."""
    found = bare(kind)
    assert isinstance(found, Nd)  # such operators are made for nothing else
    return found


@dataclass(frozen=True, kw_only=True)
class ElementStep(Unary):
    """An operator that treats each number by itself.

    A change of one element of the view changes that element of the source and no other: where an element of the
    view is what it was, so is that of the source, exactly.

    Attributes:
        CASTS: whether `pour` is a cast, as numpy casts, and no more.
        CONVERTS: whether `pour` casts what it is given first, so that a cast before it may be left out.
    """

    CASTS: ClassVar[bool] = False
    CONVERTS: ClassVar[bool] = False

    @abstractmethod
    def apply(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        """The view of all elements, and which of them have none."""

    @abstractmethod
    def invert(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        """The nearest source of all elements, and which of them have none."""

    @abstractmethod
    def why(self, value: str, *, back: bool) -> str:
        """Why an element has no view or, on the way back, no source."""

    def pours(self, shape: tuple[int, ...], n: int) -> bool:
        """Whether every element of arrays of a shape has a view, so that `pour` computes it unchecked."""
        return False

    @property
    def passes(self) -> int:
        """How often `pour` goes through all elements."""
        return 1

    def pour(self, value: Elements, out: Elements, n: int) -> None:
        """Compute the view of all elements into memory that is there; it may be that of the value itself."""
        raise NotImplementedError

    @property
    def channels(self) -> int:
        """How many different functions it is, along one axis."""
        return 1

    def channel(self, index: int) -> Self:
        """One of those functions, for elements of any shape."""
        return self

    @property
    def keeps_tolerance(self) -> bool:
        """Whether a value that is nearly right stays so on the way to the view."""
        return False

    def there(self, value: Elements, n: int) -> Elements:
        with np.errstate(all="ignore"):
            made, bad = self.apply(value, n)
        if bad is not None and bad.any():
            self._refuse(value, bad, n, back=False)
        return made

    def again(self, value: Elements, source: Any, n: int) -> Elements:
        with np.errstate(all="ignore"):
            made, bad = self.invert(value, n)
            unsure = not self.laws.injective or (bad is not None and bool(bad.any()))
            if unsure and source is not NOTHING and source.shape == made.shape:
                seen, unseen = self.apply(source, n)
                kept = same_elements(seen, value)
                if unseen is not None:
                    kept &= ~unseen
                made = np.where(kept, source, made)
                bad = None if bad is None else bad & ~kept
        if bad is not None and bad.any():
            self._refuse(value, bad, n, back=True)
        return np.asarray(made)

    def _refuse(self, value: Elements, bad: NDArray[np.bool_], n: int, *, back: bool) -> None:
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        element = value[first]
        reason = self.why(shown(element), back=back)
        raise Refused(reason, element, first[0] if n else None, index=first)

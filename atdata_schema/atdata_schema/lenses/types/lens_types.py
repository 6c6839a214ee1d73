"""The types of a lens: what is known of a value at one point of a pipe.

They say more than the schema model where operators can know more (the range of integers in an array, sizes
that depend on other sizes) and less where a value is only moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, TypeAlias

import numpy as np

from atdata_schema import model
from atdata_schema.lenses.types.sizes import Dimension, Rest, Size

__all__ = [
    "LensType",
    "Many",
    "Maybe",
    "Nd",
    "Obj",
    "Plain",
    "bare",
    "bounds_of",
    "ends_of",
    "is_exact",
    "optional",
    "range_of",
    "together",
    "with_elements",
]

_BITS: Final = {"float16": 11, "float32": 24, "float64": 53, "complex64": 24, "complex128": 53}


@dataclass(frozen=True, slots=True)
class Nd:
    """Numbers: an array of them, or one.

    Attributes:
        dtype: the element type by its numpy name; `*` where it is not known.
        shape: the size of each axis.
        scalar: whether it is one number of Python's, not an array of rank 0.
        low: the least integer, where the elements are integers or booleans.
        high: the greatest one.
        values: all integers that occur, where only some do.
        finite: whether floats are neither NaN nor an infinity.
        peak: what no float is beyond, where that is known.
        labels: the name of each axis, where it has one.
    """

    dtype: str
    shape: tuple[Dimension, ...] = ()
    scalar: bool = False
    low: int | None = None
    high: int | None = None
    values: tuple[int, ...] | None = None
    finite: bool = False
    peak: Fraction | None = None
    labels: tuple[str | None, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of the elements, as numpy has it: `b`, `i`, `u`, `f`, `c`; `*` where unknown."""
        return "*" if self.dtype == "*" else np.dtype(self.dtype).kind

    @property
    def is_integral(self) -> bool:
        """Whether the elements are integers or booleans."""
        return self.kind in "biu"

    @property
    def sizes(self) -> tuple[Size, ...] | None:
        """The size of each axis; `None` where not even their number is known."""
        sizes = tuple(size for size in self.shape if isinstance(size, Size))
        return sizes if len(sizes) == len(self.shape) else None

    @property
    def bounds(self) -> tuple[int, int] | None:
        """The least and the greatest element, where they are integers."""
        whole = bounds_of(self.dtype)
        if whole is None:
            return None
        low = whole[0] if self.low is None else max(self.low, whole[0])
        high = whole[1] if self.high is None else min(self.high, whole[1])
        return low, high

    def shaped(self, shape: tuple[Dimension, ...], labels: tuple[str | None, ...] = ()) -> Nd:
        """The same elements in another shape: an array."""
        names = labels if len(labels) == len(shape) else (None,) * len(shape)
        return replace(self, shape=shape, labels=names, scalar=False)

    def __str__(self) -> str:
        if self.scalar:
            name = {"int64": "integer", "bool": "boolean"}.get(self.dtype, self.dtype)
        else:
            name = f"{self.dtype}[{', '.join(map(str, self.shape))}]"
        return name + self._refinement()

    @property
    def element(self) -> str:
        """One of its numbers, in messages."""
        return str(self) if self.scalar else self.dtype + self._refinement()

    def _refinement(self) -> str:
        if self.values is not None:
            shown = ", ".join(map(str, self.values[:8]))
            return f"({shown}{', ...' if len(self.values) > 8 else ''})"
        whole, bounds = bounds_of(self.dtype), self.bounds
        if whole is not None and bounds is not None and bounds != whole:
            low = "" if bounds[0] == whole[0] else str(bounds[0])
            high = "" if bounds[1] == whole[1] else str(bounds[1])
            return f"({low}..{high})"
        return "(finite)" if self.finite else ""


@dataclass(frozen=True, slots=True)
class Plain:
    """A value that is moved, or changed by operators of its own kind: a text, bytes, an instant, a link, ...

    Attributes:
        type: its type in the schema model.
        home: the model that names in `type` belong to.
    """

    type: model.Type
    home: model.Model | None = None

    def __str__(self) -> str:
        return str(self.type)


@dataclass(frozen=True, slots=True)
class Obj:
    """An object, by its full name in a model."""

    ref: str
    home: model.Model

    @property
    def item(self) -> model.ObjectType:
        """The object."""
        return self.home.object(self.ref)

    def __str__(self) -> str:
        return self.ref

    def __hash__(self) -> int:
        return hash(self.ref)


@dataclass(frozen=True, slots=True)
class Many:
    """A list of values of one type."""

    items: LensType
    min_length: int | None = None
    max_length: int | None = None

    def __str__(self) -> str:
        return model.notation(
            f"list[{self.items}]", minLength=self.min_length, maxLength=self.max_length
        )


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value that may be missing."""

    inner: Nd | Plain | Obj | Many

    def __str__(self) -> str:
        return f"{self.inner}?"


LensType: TypeAlias = Nd | Plain | Obj | Many | Maybe
"""What is known of a value."""


def optional(kind: LensType) -> Maybe:
    """The same value, which may be missing."""
    return kind if isinstance(kind, Maybe) else Maybe(kind)


def bare(kind: LensType) -> Nd | Plain | Obj | Many:
    """The type of the value where it is not missing."""
    return kind.inner if isinstance(kind, Maybe) else kind


def bounds_of(dtype: str) -> tuple[int, int] | None:
    """The least and the greatest value of an integer dtype, or of bool.

    >>> bounds_of("uint8"), bounds_of("bool"), bounds_of("float32")
    ((0, 255), (0, 1), None)
    """
    if dtype == "*":
        return None
    found: np.dtype[Any] = np.dtype(dtype)
    if found.kind == "b":
        return 0, 1
    if found.kind not in "iu":
        return None
    info = np.iinfo(found)
    return int(info.min), int(info.max)


def ends_of(kind: Nd) -> tuple[int, int]:
    """The bounds of integers or booleans.

    Raises:
        TypeError: it is none of them.
    """
    if kind.bounds is None:
        raise TypeError(f"{kind} has no bounds")
    return kind.bounds


def range_of(dtype: str) -> tuple[int, int]:
    """The least and the greatest value of an integer dtype, or of bool.

    Raises:
        TypeError: it is none of them.
    """
    found = bounds_of(dtype)
    if found is None:
        raise TypeError(f"{dtype} has no bounds")
    return found


def is_exact(dtype: str, low: int, high: int) -> bool:
    """Whether a float dtype holds every integer of a range.

    >>> is_exact("float32", -(2**24), 2**24), is_exact("float32", 0, 2**24 + 1)
    (True, False)
    """
    most: int = 2 ** _BITS[dtype]
    return -most <= low and high <= most


def together(kinds: Sequence[Nd]) -> Nd:
    """What is known of the elements of several arrays, taken together."""
    first = kinds[0]
    bounds = [kind.bounds for kind in kinds]
    low = min((found[0] for found in bounds if found is not None), default=None)
    high = max((found[1] for found in bounds if found is not None), default=None)
    values = None
    if all(kind.values is not None for kind in kinds):
        values = tuple(sorted({value for kind in kinds for value in kind.values or ()}))
    finite = all(kind.finite for kind in kinds)
    peaks = [kind.peak for kind in kinds]
    peak = (
        None if None in peaks else max((peak for peak in peaks if peak is not None), default=None)
    )
    return replace(first, low=low, high=high, values=values, finite=finite, peak=peak)


def with_elements(kind: LensType, elements: Nd) -> LensType:
    """A type whose elements are those of another, where both are of one element type."""
    if isinstance(kind, Maybe):
        inner = with_elements(kind.inner, elements)
        return inner if isinstance(inner, Maybe) else Maybe(inner)
    if not isinstance(kind, Nd) or kind.dtype != elements.dtype:
        return kind
    return replace(
        kind,
        low=elements.low,
        high=elements.high,
        values=elements.values,
        finite=elements.finite,
        peak=elements.peak,
    )


def rest_of(shape: tuple[Dimension, ...]) -> Rest | None:
    """The axes of unknown number in a shape, if it has them."""
    return next((item for item in shape if isinstance(item, Rest)), None)

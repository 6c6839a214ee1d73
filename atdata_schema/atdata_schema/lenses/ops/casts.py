"""How casts between kinds of numbers run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.steps.elements import Elements, ElementStep, nd_of
from atdata_schema.lenses.steps.equality import different
from atdata_schema.lenses.types.lens_types import LensType, Nd, bare, ends_of, range_of

__all__ = ["CastStep", "FloatToFloat", "FloatToInt", "IntToFloat", "IntToInt", "ToComplex"]

Bad = NDArray[np.bool_]

_ROUNDINGS: Final[dict[str, Any]] = {
    "nearest_even": np.rint,
    "towards_zero": np.trunc,
    "down": np.floor,
    "up": np.ceil,
}


class How(Protocol):
    """What a cast says about numbers that do not fit."""

    @property
    def round(self) -> str | None: ...
    @property
    def overflow(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class CastStep(ElementStep):
    """A cast between two element types.

    Attributes:
        how: what it does about numbers that do not fit.
        rounds: whether put takes the nearest number that the source can hold.
    """

    how: How
    rounds: bool = False
    FRESH: ClassVar[bool] = True
    CASTS: ClassVar[bool] = True
    CONVERTS: ClassVar[bool] = True

    @property
    def source(self) -> np.dtype[Any]:
        """The element type before."""
        return np.dtype(nd_of(self.takes[0]).dtype)

    @property
    def target(self) -> np.dtype[Any]:
        """The element type after."""
        return np.dtype(nd_of(self.gives[0]).dtype)

    def pour(self, value: Elements, out: Elements, n: int) -> None:
        np.copyto(out, value, casting="unsafe")

    def why(self, value: str, *, back: bool) -> str:
        name = nd_of(self.takes[0]).element if back else self.target
        return f"{value} is no {name}"

    def _within(self, value: Elements) -> Bad:
        """Which integers or floats are within the bounds of the source, exactly."""
        return within(value, *ends_of(nd_of(self.takes[0])))


def within(value: Elements, low: int, high: int) -> Bad:
    """Which numbers lie in a range of integers, compared exactly."""
    if value.dtype.kind == "f":
        least, most = float(low), float(high)
        above = value >= least if Fraction(least) >= low else value > least
        below = value <= most if Fraction(most) <= high else value < most
        return np.asarray(above & below)
    whole = range_of(value.dtype.name)
    inside = np.ones(value.shape, np.bool_)
    if low > whole[0]:
        inside &= value >= min(low, whole[1]) if low <= whole[1] else False
    if high < whole[1]:
        inside &= value <= max(high, whole[0]) if high >= whole[0] else False
    return inside


def narrowed(kind: LensType, arriving: LensType) -> Nd:
    """The integers of a type that can come back from others."""
    mine, other = nd_of(kind), nd_of(bare(arriving))
    have, given = mine.bounds, other.bounds
    if have is None or given is None:
        return mine
    values = None
    if other.values is not None:
        values = tuple(v for v in other.values if have[0] <= v <= have[1])
    return replace(mine, low=max(have[0], given[0]), high=min(have[1], given[1]), values=values)


@dataclass(frozen=True, kw_only=True)
class IntToInt(CastStep):
    """Integers and booleans to integers and booleans."""

    def pours(self, shape: tuple[int, ...], n: int) -> bool:
        have, whole = range_of(self.source.name), range_of(self.target.name)
        return self.target.kind != "b" and whole[0] <= have[0] and have[1] <= whole[1]

    def apply(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        whole = range_of(self.target.name)
        if self.how.overflow == "wrap":
            return wrapped(value, self.target), None
        inside = within(value, *whole)
        if inside.all():
            return value.astype(self.target), None
        if self.how.overflow == "clamp":
            have = range_of(self.source.name)
            low, high = max(whole[0], have[0]), min(whole[1], have[1])
            return np.clip(value, low, high).astype(self.target), None
        return wrapped(value, self.target), ~inside

    def invert(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        made = wrapped(value, self.source)
        if self.how.overflow == "wrap":
            return made, ~self._within(made) | different(wrapped(made, self.target), value)
        return made, ~self._within(value)

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        have, given = ends_of(nd_of(self.takes[0])), ends_of(nd_of(bare(arriving[0])))
        fits = have[0] <= given[0] and given[1] <= have[1]
        if self.how.overflow == "wrap":
            return self.takes, None if fits else self.laws.put_fails
        return (narrowed(self.takes[0], arriving[0]),), None if fits else str(_beyond(have, given))


def _beyond(have: tuple[int, int], given: tuple[int, int]) -> int:
    """A number of the second range that is not in the first."""
    return max(have[1] + 1, given[0]) if given[1] > have[1] else given[0]


def wrapped(value: Elements, target: np.dtype[Any]) -> Elements:
    """Integers as another type, modulo its size; a truth value is 0 or 1."""
    if target.kind == "b":
        return (value.astype(np.uint8) & 1).astype(np.bool_)
    return value.astype(target)


@dataclass(frozen=True, kw_only=True)
class IntToFloat(CastStep):
    """Integers to floats; back to the nearest integer, which is held against the view afterwards."""

    def pours(self, shape: tuple[int, ...], n: int) -> bool:
        return self.laws.get_fails is None

    @property
    def keeps_tolerance(self) -> bool:
        return True

    def apply(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        made = value.astype(self.target)
        return made, ~np.isfinite(made) if self.laws.get_fails else None

    def invert(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        nearest = np.rint(value)
        inside = self._within(nearest)
        return np.where(inside, nearest, 0).astype(self.source), ~inside

    def why(self, value: str, *, back: bool) -> str:
        if not back:
            return f"{value} is beyond the largest {self.target}"
        return f"{value} is near no {nd_of(self.takes[0]).element}"


@dataclass(frozen=True, kw_only=True)
class FloatToInt(CastStep):
    """Floats to integers, rounded."""

    def apply(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        whole = range_of(self.target.name)
        made = _ROUNDINGS[self.how.round or "nearest_even"](value)
        inside = within(made, *whole)
        if self.how.overflow == "clamp":
            # The bounds may be no floats, so the ends are set as integers.
            ints = np.where(inside, made, 0).astype(self.target)
            ints = np.where(
                inside, ints, np.where(made < 0, whole[0], whole[1]).astype(self.target)
            )
            return np.asarray(ints), np.isnan(made)
        return np.where(inside, made, 0).astype(self.target), ~inside

    def invert(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        return value.astype(self.source), None

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        kind = nd_of(self.takes[0])
        return (replace(kind, finite=True),), self.laws.put_fails


@dataclass(frozen=True, kw_only=True)
class FloatToFloat(CastStep):
    """Floats to floats of another width, or complex numbers."""

    def pours(self, shape: tuple[int, ...], n: int) -> bool:
        return self.how.overflow is None

    @property
    def widens(self) -> bool:
        """Whether the view can say more than the source."""
        return self.target.itemsize > self.source.itemsize

    @property
    def keeps_tolerance(self) -> bool:
        return True

    def apply(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        made = value.astype(self.target)
        if self.how.overflow is None:
            return made, None
        lost = np.isfinite(value) & ~np.isfinite(made)
        if self.how.overflow == "clamp":
            most = np.finfo(self.target).max
            return np.where(lost, np.copysign(most, value), made).astype(self.target), None
        return made, lost

    def invert(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        made = value.astype(self.source)
        return made, np.isfinite(value) & ~np.isfinite(made)

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        given = nd_of(bare(arriving[0]))
        return (replace(nd_of(self.takes[0]), finite=given.finite, peak=None),), self.laws.put_fails


@dataclass(frozen=True, kw_only=True)
class ToComplex(CastStep):
    """Real numbers to complex ones."""

    def apply(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        return value.astype(self.target), None

    def invert(self, value: Elements, n: int) -> tuple[Elements, Bad | None]:
        real, odd = np.real(value), np.imag(value) != 0
        if self.source.kind == "f":
            made = real.astype(self.source)
            return made, odd | different(made.astype(real.dtype), real)
        inside = self._within(real) & (np.rint(real) == real)
        return np.where(inside, real, 0).astype(self.source), odd | ~inside

    def why(self, value: str, *, back: bool) -> str:
        return f"{value} is no {self.source}"

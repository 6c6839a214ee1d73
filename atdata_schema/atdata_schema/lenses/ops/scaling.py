"""`affine` and `scale_minmax`: numbers times a factor, plus an offset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.ops.casts import narrowed
from atdata_schema.lenses.ops.site import Site, axis_number, fail, known_rank, numbers
from atdata_schema.lenses.program.argument_kinds import Number, Numbers, Word
from atdata_schema.lenses.program.axis_kinds import Axis, AxisKind
from atdata_schema.lenses.program.numbers import number_text
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.elements import Elements, ElementStep, nd_of
from atdata_schema.lenses.steps.laws import ISO, StepLaws
from atdata_schema.lenses.steps.rounding import most_of, rounded
from atdata_schema.lenses.steps.step import Growth, Step, Values
from atdata_schema.lenses.types.lens_types import LensType, Nd, ends_of, range_of
from atdata_schema.lenses.types.sizes import Size

__all__ = ["Affine", "AffineFloat", "AffineInt", "ScaleMinmax", "affine", "scale_minmax"]

_ZERO = (Fraction(0),)
_ONE = (Fraction(1),)
_REAL: Final = {"complex64": "float32", "complex128": "float64"}
_WIDE: Final = Growth(8.0)
"""Of 64-bit integers that are computed as Python's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine(Op):
    """`affine(scale=1/255, offset=0)`: `x * scale + offset`; with `axis`, a factor for each position of it."""

    NAME: ClassVar[str] = "affine"
    scale: tuple[Fraction, ...] = arg(Numbers(), default=_ONE)
    offset: tuple[Fraction, ...] = arg(Numbers(), default=_ZERO)
    axis: Axis | None = arg(AxisKind(), default=None)
    on_put: str | None = arg(Word(("error", "round", "approx")), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleMinmax(Op):
    """`scale_minmax(low=0, high=255)`: that range to 0 to 1. Short for `affine`, which it is in canonical form."""

    NAME: ClassVar[str] = "scale_minmax"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("low", "high")
    low: Fraction = arg(Number())
    high: Fraction = arg(Number())
    on_put: str | None = arg(Word(("error", "round", "approx")), default=None)


def scale_minmax(op: ScaleMinmax, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at floats."""
    if op.low == op.high:
        fail("LN235", "scale_minmax of a range without extent: low is high")
    scale = 1 / (op.high - op.low)
    meant = Affine(scale=(scale,), offset=(-op.low * scale,), on_put=op.on_put)
    return affine(meant, takes, site)


def affine(op: Affine, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at numbers."""
    kind = numbers(op, takes)
    if kind.kind not in "iufc":
        fail(
            "LN201", f"affine takes integers or floats, not {kind}", help="cast first", actual=kind
        )
    axis = _axis(op, kind)
    count = max(len(op.scale), len(op.offset))
    pairs = tuple(zip(_spread(op.scale, count), _spread(op.offset, count), strict=True))
    if any(not scale for scale, _ in pairs):
        fail("LN235", "affine with a scale of 0 forgets what it scales", actual=kind)
    made = replace(op, axis=axis)
    if kind.is_integral:
        return _integers(made, kind, pairs)
    return _floats(made, kind, pairs, site)


def _axis(op: Affine, kind: Nd) -> int | None:
    lengths = {len(op.scale), len(op.offset)} - {1}
    if op.axis is None:
        if lengths:
            fail(
                "LN003", "affine with a list of numbers names the axis that they run along: axis=0"
            )
        return None
    axis = axis_number(op, kind, op.axis)
    size = known_rank(op, kind)[axis]
    if len(lengths) != 1:
        fail("LN003", "affine along an axis takes one list of scales, or two lists of one length")
    (length,) = lengths
    if size.constant is not None and size.constant != length:
        fail(
            "LN204",
            f"{length} numbers along an axis of size {size}",
            expected=f"a list of {size}",
            actual=kind,
        )
    return axis


def _spread(numbers_: tuple[Fraction, ...], count: int) -> tuple[Fraction, ...]:
    return numbers_ * count if len(numbers_) == 1 else numbers_


def _guarded(kind: Nd, axis: int | None, count: int) -> str | None:
    """An array that fails, where the size of the axis is not known."""
    if axis is None:
        return None
    size = kind.shape[axis]
    fixed = isinstance(size, Size) and size.constant is not None
    return None if fixed else f"an array whose d{axis} is not of size {count}"


def _integers(op: Affine, kind: Nd, pairs: tuple[tuple[Fraction, Fraction], ...]) -> Step:
    odd = next((x for pair in pairs for x in pair if x.denominator != 1), None)
    if odd is not None:
        fail(
            "LN235",
            f"affine of integers by {number_text(odd)} leaves the integers",
            help="cast to a float type first",
            actual=kind,
        )
    if op.on_put is not None:
        fail("LN003", "affine of integers is exact and takes no on_put", help="leave it out")
    have, whole = ends_of(kind), range_of(kind.dtype)
    ends = [int(scale) * end + int(offset) for scale, offset in pairs for end in have]
    low, high = min(ends), max(ends)
    fails = _guarded(kind, op.axis if isinstance(op.axis, int) else None, len(pairs))
    if low < whole[0] or high > whole[1]:
        scale, offset = next(
            pair
            for pair in pairs
            if any(not whole[0] <= pair[0] * e + pair[1] <= whole[1] for e in have)
        )
        fails = str(next(e for e in have if not whole[0] <= scale * e + offset <= whole[1]))
        if not any(
            whole[0] <= int(s) * e + int(o) <= whole[1] for s, o in pairs for e in (*have, 0)
        ):
            fail(
                "LN231",
                f"affine leaves {kind.dtype}: {low} to {high}",
                help="cast to a wider type first",
                actual=kind,
            )
    gives = replace(kind, low=max(low, whole[0]), high=min(high, whole[1]), values=None)
    laws = replace(ISO, get_fails=fails, put_fails="a number that no source gives")
    growth = _WIDE if kind.dtype in ("int64", "uint64") else Growth(4.0)
    axis = _int(op.axis)
    step = AffineInt(
        op=op, takes=(kind,), gives=(gives,), laws=laws, growth=growth, pairs=pairs, axis=axis
    )
    _, refused = step.back((replace(gives, low=None, high=None),))
    return replace(step, laws=replace(laws, put_fails=refused))


def _int(axis: Axis | None) -> int | None:
    assert axis is None or isinstance(axis, int)  # names were looked up
    return axis


def _floats(op: Affine, kind: Nd, pairs: tuple[tuple[Fraction, Fraction], ...], site: Site) -> Step:
    for scale, offset in pairs:
        a, b = rounded(scale, kind.dtype), rounded(offset, kind.dtype)
        if not np.isfinite([a, b]).all() or not a:
            fail(
                "LN235",
                f"{number_text(scale)} and {number_text(offset)} are not within {kind.dtype}",
                actual=kind,
            )
    axis = _int(op.axis)
    trivial = all(abs(scale) == 1 and not offset for scale, offset in pairs)
    peak = None
    if kind.peak is not None:
        peak = max(kind.peak * abs(a) + abs(b) for a, b in pairs) * (1 + Fraction(1, 2**8))
    finite = kind.finite and (
        trivial or (peak is not None and peak <= Fraction(most_of(kind.dtype)))
    )
    gives = replace(kind, finite=finite, peak=peak if finite else None)
    fails = _guarded(kind, axis, len(pairs))
    mode = _mode(op, site)
    if trivial:
        laws = replace(ISO, get_fails=fails)
        op, mode = replace(op, on_put=None), "exact"
    else:
        refused = (
            "a number that no source gives"
            if mode == "error"
            else "a number so large that its source is infinite"
        )
        laws = StepLaws(get_fails=fails, put_fails=refused)
    return AffineFloat(
        op=op,
        takes=(kind,),
        gives=(gives,),
        laws=laws,
        growth=Growth(1.0),
        pairs=pairs,
        axis=axis,
        mode=mode,
    )


def _mode(op: Affine, site: Site) -> str:
    """What put does about a view between those that sources have."""
    if op.on_put == "approx" and site.discrete:
        fail(
            "LN003", "the source cannot be approximated, only rounded to", help="write on_put=round"
        )
    if op.on_put == "round" and not site.discrete:
        fail(
            "LN003",
            "there is nothing to round to: the source has all numbers that the view has",
            help="leave on_put out",
        )
    if op.on_put is not None:
        return op.on_put
    return ("round" if site.rounds else "error") if site.discrete else "approx"


@dataclass(frozen=True, kw_only=True)
class _Affine(ElementStep):
    """What both share: one function, or one for each position of an axis."""

    pairs: tuple[tuple[Fraction, Fraction], ...]
    axis: int | None

    @property
    def channels(self) -> int:
        return len(self.pairs)

    def channel(self, index: int) -> Self:
        return replace(self, pairs=(self.pairs[index],), axis=None)

    def _spread(self, values: list[Any], dtype: Any, rank: int, n: int) -> NDArray[Any]:
        """Numbers along the axis, as an array that fits one of that rank."""
        made = np.asarray(values, _REAL.get(dtype, dtype))
        if self.axis is None:
            return made[0]  # type: ignore[no-any-return]  # a scalar of the dtype
        return made.reshape(-1, *(1,) * (rank - n - self.axis - 1))

    def _fit(self, value: Elements, n: int) -> NDArray[np.bool_] | None:
        """All elements as bad, where the axis is of another size than there are numbers."""
        if self.axis is None or value.shape[self.axis + n] == len(self.pairs):
            return None
        return np.ones(value.shape, np.bool_)

    def why(self, value: str, *, back: bool) -> str:
        if self.axis is not None and self.laws.get_fails:
            return f"an axis of size {len(self.pairs)} is wanted"
        return f"{value} has no source" if back else f"{value} leaves {nd_of(self.gives[0]).dtype}"


@dataclass(frozen=True, kw_only=True)
class AffineFloat(_Affine):
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
        if not isinstance(value, np.ndarray) or not value.ndim or self._fit(value, n) is not None:
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
            self._spread(scales, dtype, value.ndim, n),
            self._spread(offsets, dtype, value.ndim, n),
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
        misfit = self._fit(value, n)
        if misfit is not None:
            return value, misfit
        scales, offsets = self._numbers(value, n)
        made = np.asarray(value * scales)
        if self._shifts:
            made += offsets
        return made, None

    def invert(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        misfit = self._fit(value, n)
        if misfit is not None:
            return value, misfit
        scales, offsets = self._numbers(value, n)
        made = np.asarray((value - offsets) / scales)
        return made, np.isfinite(value) & ~np.isfinite(made)


@dataclass(frozen=True, kw_only=True)
class AffineInt(_Affine):
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
        misfit = self._fit(value, n)
        if misfit is not None:
            return value, misfit
        _, whole, wide = self._ends()
        scales = self._spread([int(a) for a, _ in self.pairs], wide, value.ndim, n)
        offsets = self._spread([int(b) for _, b in self.pairs], wide, value.ndim, n)
        made = np.asarray(value.astype(wide) * scales + offsets, wide)
        inside = np.asarray((made >= whole[0]) & (made <= whole[1]), np.bool_)
        return np.where(inside, made, 0).astype(value.dtype), ~inside

    def invert(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        misfit = self._fit(value, n)
        if misfit is not None:
            return value, misfit
        have, _, wide = self._ends()
        scales = self._spread([int(a) for a, _ in self.pairs], wide, value.ndim, n)
        offsets = self._spread([int(b) for _, b in self.pairs], wide, value.ndim, n)
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

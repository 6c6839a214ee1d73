"""`affine` and `scale_minmax`: numbers times a factor, plus an offset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar, Final

import numpy as np

from atdata_schema.lenses.ops.scaled_floats import AffineFloat
from atdata_schema.lenses.ops.scaled_integers import AffineInt
from atdata_schema.lenses.ops.site import Site, axis_number, fail, known_rank, numbers
from atdata_schema.lenses.program.argument_kinds import Number, Numbers, Word
from atdata_schema.lenses.program.axis_kinds import Axis, AxisKind
from atdata_schema.lenses.program.numbers import number_text
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import ISO, StepLaws
from atdata_schema.lenses.steps.rounding import most_of, rounded
from atdata_schema.lenses.steps.step import Growth, Step
from atdata_schema.lenses.types.lens_types import LensType, Nd, ends_of, range_of
from atdata_schema.lenses.types.sizes import Size

__all__ = ["Affine", "ScaleMinmax", "affine", "scale_minmax"]

_ZERO = (Fraction(0),)
_ONE = (Fraction(1),)
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

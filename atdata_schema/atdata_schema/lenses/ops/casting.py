"""`cast`: another element type. What does not fit is an error unless the lens says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np

from atdata_schema.lenses.ops.casts import (
    CastStep,
    FloatToFloat,
    FloatToInt,
    IntToFloat,
    IntToInt,
    ToComplex,
)
from atdata_schema.lenses.ops.site import Site, fail, numbers
from atdata_schema.lenses.program.argument_kinds import Flag, Word
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import ISO, StepLaws
from atdata_schema.lenses.steps.step import Growth, Step
from atdata_schema.lenses.types.lens_types import (
    LensType,
    Nd,
    bounds_of,
    ends_of,
    is_exact,
    range_of,
)
from atdata_schema.model import DTYPES

__all__ = ["ON_PUT", "Cast", "cast"]

ON_PUT: Final = ("error", "round")
"""What put does about a value between those that the source can express."""

ROUNDINGS: Final = ("nearest_even", "towards_zero", "down", "up")
OVERFLOWS: Final = ("error", "clamp", "wrap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(Op):
    """`cast(float32)`: the same numbers as another element type."""

    NAME: ClassVar[str] = "cast"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("dtype",)
    dtype: str = arg(Word(DTYPES))
    round: str | None = arg(Word(ROUNDINGS), default=None)
    overflow: str | None = arg(Word(OVERFLOWS), default=None)
    lossy: bool = arg(Flag("lossy"), default=False)
    on_put: str | None = arg(Word(ON_PUT), default=None)


def cast(op: Cast, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at numbers that can be cast."""
    kind = numbers(op, takes)
    if kind.dtype == "*":
        fail("LN201", "cast takes numbers of a known element type", actual=kind)
    source, target = kind.kind, np.dtype(op.dtype).kind
    if source in "biu" and target in "biu":
        return _int_to_int(op, kind)
    if source in "biu" and target == "f":
        return _int_to_float(op, kind, site)
    if source == "f" and target in "iu":
        return _float_to_int(op, kind)
    if (source, target) in (("f", "f"), ("c", "c")):
        return _float_to_float(op, kind, site)
    if target != "c":
        lost = "an imaginary part" if source == "c" else "what a truth value cannot say"
        fail("LN234", f"cast {kind.dtype} -> {op.dtype} would drop {lost}", actual=kind)
    return _to_complex(op, kind)


def _made(
    cls: type[CastStep], op: Cast, kind: Nd, gives: Nd, laws: StepLaws, *, rounds: bool = False
) -> CastStep:
    factor = np.dtype(op.dtype).itemsize / np.dtype(kind.dtype).itemsize
    return cls(
        op=op,
        takes=(kind,),
        gives=(gives,),
        laws=laws,
        growth=Growth(factor),
        how=op,
        rounds=rounds,
    )


def _plain(op: Cast, kind: Nd, **also: object) -> Nd:
    """The type with the new elements, nothing known of them."""
    made = replace(kind, dtype=op.dtype, low=None, high=None, values=None, finite=False, peak=None)
    return replace(made, **also)  # type: ignore[arg-type]  # names of its fields


def _int_to_int(op: Cast, kind: Nd) -> Step:
    have, whole = ends_of(kind), range_of(op.dtype)
    _no(op, "round", "lossy", "on_put")
    fits = whole[0] <= have[0] and have[1] <= whole[1]
    low, high = max(have[0], whole[0]), min(have[1], whole[1])
    if fits:
        gives = _plain(op, kind, low=have[0], high=have[1], values=kind.values)
        same = op.dtype == kind.dtype
        laws = ISO if same else replace(ISO, put_fails=_outside(have, whole))
        return _made(IntToInt, replace(op, overflow=None), kind, gives, laws)
    example = have[1] if have[1] > whole[1] else have[0]
    if op.overflow is None:
        fail(
            "LN231",
            f"cast {kind.dtype} -> {op.dtype} can overflow: {example} does not fit",
            help="add overflow=error|clamp|wrap, or declare minimum and maximum in the schema",
            actual=kind,
        )
    gives = _plain(op, kind, low=low, high=high)
    if op.overflow == "wrap":
        gives = _plain(op, kind)
    if low > high:
        gives = _plain(op, kind)
    laws = StepLaws(
        injective=op.overflow == "error" or (op.overflow == "wrap" and _is_wide(op, kind)),
        exact=True,
        get_fails=str(example) if op.overflow == "error" else None,
        put_fails=None if _covers(op, kind) else _outside(have, whole),
    )
    return _made(IntToInt, op, kind, gives, laws)


def _is_wide(op: Cast, kind: Nd) -> bool:
    """Whether different integers stay different modulo the size of the new type."""
    return np.dtype(op.dtype).itemsize >= np.dtype(kind.dtype).itemsize and op.dtype != "bool"


def _covers(op: Cast, kind: Nd) -> bool:
    """Whether every number of the new type comes from one of the old."""
    have, whole = ends_of(kind), range_of(op.dtype)
    if op.overflow == "wrap" and have == bounds_of(kind.dtype):
        return np.dtype(op.dtype).itemsize <= np.dtype(kind.dtype).itemsize
    return have[0] <= whole[0] and whole[1] <= have[1]


def _int_to_float(op: Cast, kind: Nd, site: Site) -> Step:
    have = ends_of(kind)
    _no(op, "round", "overflow")
    exact = is_exact(op.dtype, *have)
    if not exact and not op.lossy:
        first = 2 ** (np.finfo(op.dtype).nmant + 1) + 1
        example, nearest = (first, first - 1) if have[1] >= first else (-first, 1 - first)
        fail(
            "LN232",
            f"cast {kind.dtype} -> {op.dtype} loses precision: {example} becomes {nearest}",
            help="write lossy to take that, or cast to float64",
            actual=kind,
        )
    peak = max(abs(have[0]), abs(have[1]))
    overflows = peak > float(np.finfo(op.dtype).max)
    gives = _plain(op, kind, finite=True, peak=None if overflows else peak)
    rounds = _rounds(op, site)
    laws = StepLaws(
        injective=exact,
        get_fails=str(have[1]) if overflows else None,
        put_fails="inf" if rounds else "0.5",
    )
    return _made(
        IntToFloat, replace(op, lossy=op.lossy and not exact), kind, gives, laws, rounds=rounds
    )


def _float_to_int(op: Cast, kind: Nd) -> Step:
    whole = range_of(op.dtype)
    _no(op, "lossy", "on_put")
    if op.round is None:
        fail(
            "LN233",
            f"cast {kind.dtype} -> {op.dtype} has to round: 0.5 is no {op.dtype}",
            help=f"add round={'|'.join(ROUNDINGS)}",
            actual=kind,
        )
    fits = kind.peak is not None and kind.peak <= min(-whole[0], whole[1])
    if op.overflow is None and not fits:
        fail(
            "LN231",
            f"cast {kind.dtype} -> {op.dtype} can overflow: {whole[1] + 1} does not fit",
            help="add overflow=error|clamp",
            actual=kind,
        )
    if op.overflow == "wrap":
        fail("LN231", "cast of floats does not wrap", help="write overflow=error|clamp")
    exact = is_exact(kind.dtype, *whole)
    fails = None if fits or op.overflow == "clamp" else str(whole[1] + 1)
    laws = StepLaws(
        exact=exact,
        get_fails=fails if kind.finite else "nan",
        put_fails=None if exact else str(whole[1]),
    )
    return _made(FloatToInt, op, kind, _plain(op, kind), laws)


def _float_to_float(op: Cast, kind: Nd, site: Site) -> Step:
    _no(op, "lossy")
    if op.round not in (None, "nearest_even"):
        fail("LN233", f"floats round to nearest_even, not {op.round}", help="leave it out")
    if op.overflow == "wrap":
        fail("LN231", "cast of floats does not wrap", help="write overflow=error|clamp")
    before, after = np.finfo(kind.dtype), np.finfo(op.dtype)
    widens = after.nmant >= before.nmant
    if widens:
        gives = _plain(op, kind, finite=kind.finite, peak=kind.peak)
        same = op.dtype == kind.dtype
        rounds = not same and _rounds(op, site)
        fails = None if same else ("1e300" if rounds else "0.1")
        laws = StepLaws(injective=True, exact=same, put_fails=fails)
        return _made(
            FloatToFloat, replace(op, round=None, overflow=None), kind, gives, laws, rounds=rounds
        )
    _no(op, "on_put")
    fits = kind.peak is not None and kind.peak <= int(after.max)
    finite = kind.finite and (fits or op.overflow in ("error", "clamp"))
    gives = _plain(op, kind, finite=finite, peak=kind.peak if fits else None)
    fails = None if fits or op.overflow != "error" else str(before.max)
    return _made(
        FloatToFloat, replace(op, round=None), kind, gives, StepLaws(exact=True, get_fails=fails)
    )


def _to_complex(op: Cast, kind: Nd) -> Step:
    part = {"complex64": "float32", "complex128": "float64"}[op.dtype]
    _no(op, "round", "overflow", "on_put")
    if kind.kind == "f":
        exact = np.finfo(part).nmant >= np.finfo(kind.dtype).nmant
    else:
        exact = is_exact(part, *ends_of(kind))
    if not exact:
        fail("LN232", f"cast {kind.dtype} -> {op.dtype} loses precision", help="cast to complex128")
    laws = StepLaws(injective=True, exact=True, put_fails="1j")
    return _made(
        ToComplex, replace(op, lossy=False), kind, _plain(op, kind, finite=kind.finite), laws
    )


def _rounds(op: Cast, site: Site) -> bool:
    return op.on_put == "round" or (op.on_put is None and site.rounds)


def _outside(have: tuple[int, int], whole: tuple[int, int]) -> str:
    """An integer of a type that is not within a range."""
    return str(have[1] + 1 if have[1] < whole[1] else have[0] - 1)


def _no(op: Cast, *names: str) -> None:
    """Refuse arguments that mean nothing here."""
    for name in names:
        if getattr(op, name):
            fail("LN003", f"cast to {op.dtype} takes no {name} here", help="leave it out")

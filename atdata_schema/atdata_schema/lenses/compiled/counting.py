"""Operators of numbers, where more than a line of numpy is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from atdata_schema.lenses.compiled.operator import Operator
from atdata_schema.lenses.steps.laws import StepLaws
from atdata_schema.lenses.types.lens_types import LensType, Nd, Plain
from atdata_schema.lenses.types.sizes import known
from atdata_schema.model import TextType

__all__ = ["affine", "affine_whole", "cast", "onehot", "table"]

_FAILS: Final = "some numbers"
_TEXT: Final = Plain(TextType())


@dataclass(frozen=True, slots=True)
class _How:
    """What a cast says about numbers that do not fit."""

    round: str | None = None
    overflow: str | None = None


def cast(
    source: str,
    target: str,
    *,
    low: int | None = None,
    high: int | None = None,
    round: str | None = None,
    overflow: str | None = None,
    injective: bool = True,
    total: bool = True,
) -> Operator:
    """Another element type.

    Args:
        source: the element type before.
        target: the element type after.
        low: the least integer before.
        high: the greatest one.
        round: how floats become integers.
        overflow: what becomes of numbers that do not fit.
        injective: whether different numbers stay different.
        total: whether all numbers fit.
    """
    from atdata_schema.lenses.ops.casting import Cast
    from atdata_schema.lenses.ops.casts import (
        FloatToFloat,
        FloatToInt,
        IntToFloat,
        IntToInt,
        ToComplex,
    )

    whole, becomes = np.dtype(source).kind in "biu", np.dtype(target).kind
    if becomes == "c":
        made: Any = FloatToFloat if np.dtype(source).kind == "c" else ToComplex
    elif whole:
        made = IntToInt if becomes in "biu" else IntToFloat
    else:
        made = FloatToFloat if becomes == "f" else FloatToInt
    step = made(
        op=Cast(dtype=target),
        takes=(Nd(source, low=low, high=high),),
        gives=(Nd(target),),
        laws=StepLaws(injective=injective, get_fails=None if total else _FAILS),
        how=_How(round, overflow),
    )
    return Operator(step)


def affine(
    dtype: str,
    scale: Sequence[str],
    offset: Sequence[str],
    *,
    axis: int | None = None,
    rank: int = 0,
    guarded: bool = False,
    injective: bool = False,
) -> Operator:
    """Floats times a scale, rounded, plus an offset, rounded.

    Args:
        dtype: the element type.
        scale: rational numbers.
        offset: as many.
        axis: the axis that they run along, where they are several.
        rank: how many axes there are.
        guarded: whether the size of that axis is not known.
        injective: whether different numbers stay different.
    """
    from atdata_schema.lenses.ops.scaled_floats import AffineFloat
    from atdata_schema.lenses.ops.scaling import Affine

    step = AffineFloat(
        op=Affine(),
        takes=(Nd(dtype),),
        gives=(Nd(dtype),),
        laws=StepLaws(injective=injective, get_fails=_FAILS if guarded else None),
        pairs=_pairs(scale, offset),
        axis=axis,
        mode="approx",
    )
    return Operator(step, rank)


def affine_whole(
    dtype: str,
    scale: Sequence[str],
    offset: Sequence[str],
    *,
    low: int | None = None,
    high: int | None = None,
    axis: int | None = None,
    rank: int = 0,
    guarded: bool = False,
) -> Operator:
    """Integers times a scale plus an offset, exactly; `low` and `high` are their bounds."""
    from atdata_schema.lenses.ops.scaled_integers import AffineInt
    from atdata_schema.lenses.ops.scaling import Affine

    step = AffineInt(
        op=Affine(),
        takes=(Nd(dtype, low=low, high=high),),
        gives=(Nd(dtype),),
        laws=StepLaws(injective=True, get_fails=_FAILS if guarded else None),
        pairs=_pairs(scale, offset),
        axis=axis,
    )
    return Operator(step, rank)


def _pairs(scale: Sequence[str], offset: Sequence[str]) -> tuple[tuple[Fraction, Fraction], ...]:
    return tuple((Fraction(a), Fraction(b)) for a, b in zip(scale, offset, strict=True))


def table(
    there: Mapping[Any, Any],
    back: Mapping[Any, Any],
    *,
    other: tuple[Any, ...] = (),
    takes: str | None = None,
    gives: str | None = None,
    elements: bool = False,
    injective: bool = True,
) -> Operator:
    """Values to values.

    Args:
        there: from each value of the source that is named.
        back: from each value of the view that leads back.
        other: the value for all that are not named, where there is one.
        takes: the element type of the source, where it is a number.
        gives: the element type of the view, where it is a number.
        elements: whether it is for each element of an array.
        injective: whether different values stay different.
    """
    from atdata_schema.lenses.ops.mapping import Map
    from atdata_schema.lenses.ops.table import MapNumbers, MapValues, Table

    made: Any = MapNumbers if elements else MapValues
    step = made(
        op=Map(pairs=()),
        takes=(_kind(takes),),
        gives=(_kind(gives),),
        laws=StepLaws(injective=injective, exact=True),
        table=Table(there, back, other[:1] if other else None),
    )
    return Operator(step)


def _kind(dtype: str | None) -> LensType:
    return _TEXT if dtype is None else Nd(dtype)


def onehot(source: str, size: int, dtype: str, *, rank: int) -> Operator:
    """A number as a vector with 1 at its place; `rank` is that of what is shown."""
    from atdata_schema.lenses.ops.onehot import Onehot, OnehotStep

    step = OnehotStep(
        op=Onehot(size=size, dtype=dtype),
        takes=(Nd(source),),
        gives=(Nd(dtype, (known(size),)),),
        laws=StepLaws(injective=True, exact=True),
        size=size,
    )
    return Operator(step, rank, rank + 1)

"""Operators of other values: texts, instants, values that may be missing; and those that only show."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from atdata_schema.lenses.compiled.operator import Operator
from atdata_schema.lenses.steps.laws import GETTER, ISO, StepLaws
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.rounding import rounded
from atdata_schema.lenses.types.lens_types import Maybe, Nd, Plain
from atdata_schema.model import DatetimeType, TextType

__all__ = [
    "affix",
    "argmax",
    "dot",
    "epoch",
    "expected",
    "join",
    "maybe",
    "reduce",
    "resize",
    "split",
    "text_of",
    "unwrap",
]

_TEXT: Final = Plain(TextType())
_ARRAY: Final = Nd("*")


def maybe(operator: Operator) -> Operator:
    """An operator of values that may be missing: nothing stays nothing."""
    from atdata_schema.lenses.steps.lifted import lifted

    return Operator(lifted(operator.step), operator._rank, operator._after)


def join(separator: str, count: int) -> Operator:
    """Texts with a separator between them."""
    from atdata_schema.lenses.ops.texts import Join, JoinStep

    step = JoinStep(
        op=Join(separator=separator),
        takes=(_TEXT,) * count,
        gives=(_TEXT,),
        laws=ISO,
        separator=separator,
    )
    return Operator(step)


def split(separator: str, parts: int) -> Operator:
    """The parts of a text; the last one may hold the separator."""
    from atdata_schema.lenses.ops.texts import Split, SplitStep

    step = SplitStep(
        op=Split(separator=separator, parts=parts),
        takes=(_TEXT,),
        gives=(_TEXT,) * parts,
        laws=ISO,
        separator=separator,
        parts=parts,
    )
    return Operator(step)


def affix(prefix: str, suffix: str) -> Operator:
    """A text with more at its ends."""
    from atdata_schema.lenses.ops.texts import Affix, AffixStep

    step = AffixStep(
        op=Affix(prefix=prefix, suffix=suffix),
        takes=(_TEXT,),
        gives=(_TEXT,),
        laws=ISO,
        prefix=prefix,
        suffix=suffix,
    )
    return Operator(step)


def epoch(nanoseconds: int) -> Operator:
    """Whole units since 1970; a unit is so many nanoseconds."""
    from atdata_schema.lenses.ops.instants import Epoch, EpochStep

    step = EpochStep(
        op=Epoch(unit="s"),
        takes=(Plain(DatetimeType()),),
        gives=(Nd("int64", scalar=True),),
        laws=StepLaws(exact=True),
        unit=nanoseconds,
    )
    return Operator(step)


def unwrap(default: Any, dtype: str | None = None, shape: tuple[int, ...] = ()) -> Operator:
    """The value, or a default where it is missing.

    Args:
        default: the default, or each element of it.
        dtype: its element type, where it is a number.
        shape: its shape.
    """
    from atdata_schema.lenses.ops.presence import Unwrap, UnwrapStep
    from atdata_schema.lenses.program.literals import NONE

    inner = _TEXT if dtype is None else Nd(dtype)
    step = UnwrapStep(
        op=Unwrap(default=NONE),
        takes=(Maybe(inner),),
        gives=(inner,),
        laws=StepLaws(exact=True),
        default=default if dtype is None else np.full(shape, default, dtype),
    )
    return Operator(step)


def expected(value: Any) -> Any:
    """A value that has to be there.

    Raises:
        Refused: it is missing.
    """
    if value is None:
        raise Refused("a value is wanted, and it is missing", None)
    return value


def reduce(name: str, axes: Sequence[int], dtype: str) -> Operator:
    """`sum`, `mean`, `min` or `max` over axes."""
    from atdata_schema.lenses.ops.reductions import Max, Mean, Min, ReductionStep, Sum

    ops: dict[str, Any] = {"sum": Sum, "mean": Mean, "min": Min, "max": Max}
    step = ReductionStep(
        op=ops[name](),
        takes=(_ARRAY,),
        gives=(Nd(dtype),),
        laws=GETTER,
        axes=tuple(axes),
        dtype=np.dtype(dtype),
    )
    return Operator(step)


def argmax(axis: int, *, rank: int) -> Operator:
    """Where the greatest of an axis is."""
    from atdata_schema.lenses.ops.reductions import Argmax, ArgmaxStep

    step = ArgmaxStep(
        op=Argmax(axis=axis), takes=(_ARRAY,), gives=(Nd("int64"),), laws=GETTER, axis=axis
    )
    return Operator(step, rank)


def dot(weights: Sequence[str], dtype: str, *, axis: int, rank: int) -> Operator:
    """A weighted sum along an axis; the weights are rational numbers."""
    from atdata_schema.lenses.ops.reductions import Dot, DotStep

    numbers = tuple(map(Fraction, weights))
    step = DotStep(
        op=Dot(axis=axis, weights=numbers),
        takes=(_ARRAY,),
        gives=(Nd(dtype),),
        laws=GETTER,
        axis=axis,
        weights=tuple(rounded(weight, dtype) for weight in numbers),
        dtype=np.dtype(dtype),
    )
    return Operator(step, rank)


def resize(sizes: Sequence[tuple[int, int]], mode: str, *, rank: int) -> Operator:
    """Axes resampled, each to a size: `nearest` or `linear`."""
    from atdata_schema.lenses.ops.resizing import Resize, ResizeStep

    step = ResizeStep(
        op=Resize(sizes=(), mode=mode),
        takes=(_ARRAY,),
        gives=(_ARRAY,),
        laws=GETTER,
        sizes=tuple(sizes),
        linear=mode == "linear",
    )
    return Operator(step, rank)


def text_of() -> Operator:
    """A number as its shortest text."""
    from atdata_schema.lenses.ops.resizing import CastStr, CastStrStep

    return Operator(CastStrStep(op=CastStr(), takes=(_ARRAY,), gives=(_TEXT,), laws=GETTER))

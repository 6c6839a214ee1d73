"""Operators of numbers, as code."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from atdata_codegen.lenses.names import Names
from atdata_codegen.lenses.steps import Expression, StepCode
from atdata_codegen.lenses.values import (
    dtype_literal,
    fraction_literal,
    literal,
    rank_of,
)
from atdata_codegen.plan.literals import text_literal, tuple_literal
from atdata_schema.lenses.ops.casts import CastStep, FloatToFloat, FloatToInt, IntToFloat
from atdata_schema.lenses.ops.onehot import OnehotStep
from atdata_schema.lenses.ops.reductions import ArgmaxStep, DotStep, LengthStep, ReductionStep
from atdata_schema.lenses.ops.resizing import CastStrStep, ResizeStep
from atdata_schema.lenses.ops.scaled_floats import AffineFloat
from atdata_schema.lenses.ops.scaled_integers import AffineInt
from atdata_schema.lenses.ops.table import MapNumbers, MapValues
from atdata_schema.lenses.steps.elements import nd_of
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.lens_types import Nd, bare

__all__ = ["is_plain_cast", "numbers", "scaling"]


def numbers(step: Step, names: Names) -> StepCode | None:
    """The code of an operator of numbers; `None` for others."""
    match step:
        case CastStep():
            return _cast(step, names)
        case AffineFloat() | AffineInt():
            return _affine(step, names)
        case MapNumbers() | MapValues():
            return StepCode("mapped", kernel=_table(step, names))
        case OnehotStep():
            kind = nd_of(step.takes[0])
            dtype = nd_of(step.gives[0]).dtype
            made = (
                f"{names.lens('onehot')}({text_literal(kind.dtype)}, {step.size}, "
                f"{text_literal(dtype)}, rank={rank_of(kind)})"
            )
            return StepCode("onehot", kernel=made)
        case _:
            return _getter(step, names)


def is_plain_cast(step: Step) -> bool:
    """Whether a cast is `astype` and nothing else."""
    if not isinstance(step, CastStep) or step.laws.get_fails is not None or step.how.overflow:
        return False
    narrows = isinstance(step, FloatToFloat) and not step.widens and step.source != step.target
    return not narrows and not isinstance(step, FloatToInt)


def _cast(step: CastStep, names: Names) -> StepCode:
    kind, laws = nd_of(step.takes[0]), step.laws
    bounds = [
        f", {name}={end}"
        for name, end in (("low", kind.low), ("high", kind.high))
        if end is not None
    ]
    said = [
        f", {name}={text_literal(word)}"
        for name, word in (("round", step.how.round), ("overflow", step.how.overflow))
        if word is not None
    ]
    flags = [
        f", {name}=False"
        for name, holds in (("injective", laws.injective), ("total", laws.get_fails is None))
        if not holds
    ]
    types = f"{text_literal(step.source.name)}, {text_literal(step.target.name)}"
    kernel = f"{names.lens('cast')}({types}{''.join((*bounds, *said, *flags))})"
    word = "real" if isinstance(step, IntToFloat) else "cast"
    if not is_plain_cast(step):
        return StepCode(word, kernel=kernel)
    dtype = dtype_literal(step.target.name, names)

    def there(values: Sequence[str]) -> str:
        return f"{values[0]}.astype({dtype})"

    return StepCode(word, there, kernel=kernel, total=True)


def _affine(step: AffineFloat | AffineInt, names: Names) -> StepCode:
    kind = nd_of(step.takes[0])
    scale, offset = (
        tuple_literal(fraction_literal(pair[place]) for pair in step.pairs) for place in (0, 1)
    )
    options: list[str] = []
    if isinstance(step, AffineInt):
        options += [
            f"{name}={end}"
            for name, end in (("low", kind.low), ("high", kind.high))
            if end is not None
        ]
    elif step.laws.injective:
        options.append("injective=True")
    if step.axis is not None:
        options.append(f"axis={step.axis}")
    if rank_of(kind):
        options.append(f"rank={rank_of(kind)}")
    if step.axis is not None and step.laws.get_fails is not None:
        options.append("guarded=True")
    name = "affine" if isinstance(step, AffineFloat) else "affine_whole"
    arguments = ", ".join((text_literal(kind.dtype), scale, offset, *options))
    return StepCode("scaled", kernel=f"{names.lens(name)}({arguments})")


def scaling(step: AffineFloat, names: Names, base: Sequence[str]) -> tuple[list[str], Expression]:
    """The constants of a scale that is applied without a check, and the expression that does it.

    Args:
        step: the operator.
        names: the names of the module.
        base: the words that names of constants begin with.
    """
    kind = nd_of(step.takes[0])
    lines: list[str] = []
    arguments: list[str] = []
    for word, place in (("scale", 0), ("offset", 1)):
        numbers_ = tuple(pair[place] for pair in step.pairs)
        if word == "offset" and not any(numbers_):
            continue
        name = names.constant(*base, word)
        lines.append(f"{name} = {_numbers(numbers_, step, kind, names)}")
        arguments.append(name)

    def there(values: Sequence[str]) -> str:
        dtype = text_literal(kind.dtype)
        return f"{names.lens('scaled')}({', '.join((values[0], dtype, *arguments))})"

    return lines, there


def _numbers(values: tuple[Fraction, ...], step: AffineFloat, kind: Nd, names: Names) -> str:
    dtype = text_literal(kind.dtype)
    if step.axis is None:
        return f"{names.lens('number')}({fraction_literal(values[0])}, {dtype})"
    texts = tuple_literal(map(fraction_literal, values))
    return f"{names.lens('numbers')}({texts}, {dtype}, {rank_of(kind) - step.axis - 1})"


def _table(step: MapNumbers | MapValues, names: Names) -> str:
    options: list[str] = []
    if step.table.other is not None:
        options.append(f"other={tuple_literal([literal(step.table.other[0])])}")
    for name, kind in (("takes", bare(step.takes[0])), ("gives", bare(step.gives[0]))):
        if isinstance(kind, Nd):
            options.append(f"{name}={text_literal(kind.dtype)}")
    if isinstance(step, MapNumbers):
        options.append("elements=True")
    if not step.laws.injective:
        options.append("injective=False")
    there, back = literal(step.table.there), literal(step.table.back)
    return f"{names.lens('table')}({', '.join((there, back, *options))})"


def _getter(step: Step, names: Names) -> StepCode | None:
    match step:
        case LengthStep():
            np = names.use("np")
            return StepCode("count", lambda values: f"{np}.asarray(len({values[0]}), {np}.int64)")
        case ReductionStep():
            name, axes = text_literal(step.op.NAME), tuple_literal(map(str, step.axes))
            dtype = text_literal(step.dtype.name)
            return StepCode("reduced", kernel=f"{names.lens('reduce')}({name}, {axes}, {dtype})")
        case ArgmaxStep():
            rank = rank_of(step.takes[0])
            return StepCode("place", kernel=f"{names.lens('argmax')}({step.axis}, rank={rank})")
        case DotStep():
            weights = tuple_literal(map(fraction_literal, _weights(step)))
            dtype, rank = text_literal(step.dtype.name), rank_of(step.takes[0])
            made = f"{names.lens('dot')}({weights}, {dtype}, axis={step.axis}, rank={rank})"
            return StepCode("product", kernel=made)
        case ResizeStep():
            sizes = tuple_literal(tuple_literal(map(str, pair)) for pair in step.sizes)
            mode, rank = "linear" if step.linear else "nearest", rank_of(step.takes[0])
            made = f"{names.lens('resize')}({sizes}, {text_literal(mode)}, rank={rank})"
            return StepCode("resized", kernel=made)
        case CastStrStep():
            return StepCode("text", kernel=f"{names.lens('text_of')}()")
        case _:
            return None


def _weights(step: DotStep) -> tuple[Fraction, ...]:
    weights: tuple[Fraction, ...] = getattr(step.op, "weights", ())
    return weights

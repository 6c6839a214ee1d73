"""Operators that move elements, where the way back needs more than a line of numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.compiled.operator import Operator
from atdata_schema.lenses.steps.laws import ISO, PART
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.types.lens_types import Nd

__all__ = [
    "concat",
    "cut",
    "order",
    "pad",
    "rearrange",
    "sized",
    "split_at",
    "stack",
    "unstack",
]

_ARRAY: Final = Nd("*")


def rearrange(
    pattern: str,
    *,
    said: Mapping[str, int] | None = None,
    known: Mapping[str, int] | None = None,
    asks: bool = False,
) -> Operator:
    """Axes permuted, merged, split, added and removed.

    Args:
        pattern: the axes before and after: `h w c -> (h w) c`.
        said: the sizes that the lens says.
        known: all sizes that are known before any array is.
        asks: whether the way back takes sizes from the source.
    """
    from atdata_schema.lenses.ops.pattern import Pattern
    from atdata_schema.lenses.ops.rearranging import Rearrange, RearrangeStep

    parsed = Pattern.of_text(pattern)
    step = RearrangeStep(
        op=Rearrange(pattern=parsed),
        takes=(_ARRAY,),
        gives=(_ARRAY,),
        laws=replace(ISO, asks=asks, creates=not asks),
        pattern=parsed,
        fixed=known or {},
        said=said or {},
    )
    return Operator(step, len(parsed.left), len(parsed.right))


def cut(
    key: tuple[Any, ...],
    *,
    least: Sequence[tuple[int, int]] = (),
    fill: np.generic | None = None,
    shape: tuple[int, ...] = (),
) -> Operator:
    """A part of an array: `crop`, `index`, or `take` of some positions.

    Args:
        key: what selects it, an entry for each axis.
        least: the axes that may be too small, and the least size of each.
        fill: what all other elements are where a source is made of a view alone.
        shape: the shape of that source.
    """
    from atdata_schema.lenses.ops.cutting import Crop, CutStep
    from atdata_schema.lenses.ops.filling import Blank

    step = CutStep(
        op=Crop(ranges=()),
        takes=(_ARRAY,),
        gives=(_ARRAY,),
        laws=replace(PART, creates=fill is not None),
        key=tuple(np.asarray(at, np.intp) if isinstance(at, list) else at for at in key),
        least=tuple(least),
        fill=None if fill is None else Blank(shape, fill),
    )
    gone = sum(isinstance(at, int) for at in key)
    return Operator(step, len(key), len(key) - gone)


def order(positions: Sequence[int], *, axis: int, rank: int) -> Operator:
    """All positions of an axis in another order."""
    from atdata_schema.lenses.ops.cutting import PermuteStep, Take

    step = PermuteStep(
        op=Take(picks=()),
        takes=(_ARRAY,),
        gives=(_ARRAY,),
        laws=ISO,
        axis=axis,
        order=tuple(positions),
    )
    return Operator(step, rank)


def pad(widths: Sequence[tuple[int, int]], value: np.generic) -> Operator:
    """A border of one value.

    Args:
        widths: how many elements before and after, for each axis.
        value: the value.
    """
    from atdata_schema.lenses.ops.padding import Pad, PadStep

    step = PadStep(
        op=Pad(widths=()),
        takes=(_ARRAY,),
        gives=(_ARRAY,),
        laws=ISO,
        widths=tuple(widths),
        value=value,
    )
    return Operator(step, len(widths))


def stack(count: int, *, axis: int, rank: int) -> Operator:
    """Several arrays as one with an axis more; `rank` is that of each."""
    from atdata_schema.lenses.ops.joining import Stack, StackStep

    step = StackStep(
        op=Stack(axis=axis),
        takes=(_ARRAY,) * count,
        gives=(_ARRAY,),
        laws=ISO,
        axis=axis,
        count=count,
    )
    return Operator(step, rank, rank + 1)


def unstack(count: int, *, axis: int, rank: int) -> Operator:
    """An array as several with an axis less; `rank` is that of each."""
    from atdata_schema.lenses.ops.joining import Unstack, UnstackStep

    step = UnstackStep(
        op=Unstack(axis=axis),
        takes=(_ARRAY,),
        gives=(_ARRAY,) * count,
        laws=ISO,
        axis=axis,
        count=count,
    )
    return Operator(step, rank + 1, rank)


def concat(sizes: Sequence[int | None], *, axis: int, rank: int) -> Operator:
    """Arrays one behind the other; `sizes` has a number for those whose size along the axis is known."""
    from atdata_schema.lenses.ops.joining import Concat, ConcatStep

    step = ConcatStep(
        op=Concat(axis=axis),
        takes=(_ARRAY,) * len(sizes),
        gives=(_ARRAY,),
        laws=ISO,
        axis=axis,
        sizes=tuple(sizes),
    )
    return Operator(step, rank)


def split_at(cuts: Sequence[int], *, axis: int, rank: int) -> Operator:
    """An array cut at positions of an axis."""
    from atdata_schema.lenses.ops.joining import SplitAt, SplitAtStep

    step = SplitAtStep(
        op=SplitAt(at=tuple(cuts), axis=axis),
        takes=(_ARRAY,),
        gives=(_ARRAY,) * (len(cuts) + 1),
        laws=ISO,
        axis=axis,
        cuts=tuple(cuts),
    )
    return Operator(step, rank)


def sized(value: NDArray[Any], *sizes: int | None) -> None:
    """Hold the last axes of an array against sizes; `None` is any.

    Raises:
        Refused: an axis has another size.
    """
    actual = value.shape[value.ndim - len(sizes) :]
    for size, found in zip(sizes, actual, strict=True):
        if size is not None and size != found:
            raise Refused(f"an axis of size {size} is wanted, not of size {found}", actual)

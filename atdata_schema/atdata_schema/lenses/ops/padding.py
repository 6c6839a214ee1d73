"""`pad`: a border around an array."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any, ClassVar

import numpy as np

from atdata_schema.lenses.limits import MAX_PAD
from atdata_schema.lenses.ops.filling import element
from atdata_schema.lenses.ops.site import (
    Site,
    axis_number,
    fail,
    held,
    known_rank,
    numbers,
    static_shape,
)
from atdata_schema.lenses.program.argument_kinds import Ints, Number
from atdata_schema.lenses.program.axis_kinds import AxisValue, PerAxis
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.equality import different
from atdata_schema.lenses.steps.laws import StepLaws
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import Growth, Step, Unary, shown
from atdata_schema.lenses.types.lens_types import LensType, Nd, ends_of
from atdata_schema.lenses.types.sizes import known

__all__ = ["Pad", "pad"]

_MOST = 1 << 16
_ROOM = 1 << 20
"""Bytes that an array of unknown shape may grow by beyond `MAX_PAD` times its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pad(Op):
    """`pad(h=[2, 2], w=[2, 2], value=0)`: so many elements before and after, all of one value."""

    NAME: ClassVar[str] = "pad"
    widths: tuple[AxisValue[tuple[int, ...]], ...] = arg(
        PerAxis(Ints(0, _MOST), ("before", "after"))
    )
    value: Fraction = arg(Number(), default=Fraction(0))


def pad(op: Pad, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that has the axes."""
    kind = numbers(op, takes, array=True)
    shape = list(known_rank(op, kind))
    widths = [(0, 0)] * len(shape)
    for item in op.widths:
        axis = axis_number(op, kind, item.axis)
        if len(item.value) != 2:
            fail("LN003", "pad takes two numbers an axis, before and after: pad(h=[2, 2])")
        if widths[axis] != (0, 0):
            fail("LN203", "pad names an axis twice", actual=kind)
        widths[axis] = (item.value[0], item.value[1])
        shape[axis] = shape[axis] + known(sum(item.value))
    if not any(map(sum, widths)):
        fail("LN003", "pad names no axis", actual=kind)
    value = element(op, kind, op.value)
    gives, growth, fails = _grown(op, kind, kind.shaped(tuple(shape), kind.labels), value)
    if kind.is_integral:
        gives = _with(gives, int(value))
    kept = tuple(AxisValue(axis, pair) for axis, pair in enumerate(widths) if sum(pair))
    laws = StepLaws(
        injective=True,
        exact=True,
        get_fails=fails,
        put_fails=f"an array whose border is not {shown(value)}",
    )
    return PadStep(
        op=Pad(widths=kept, value=op.value),
        takes=(kind,),
        gives=(gives,),
        laws=laws,
        growth=growth,
        widths=tuple(widths),
        value=value,
    )


def _grown(op: Op, kind: Nd, gives: Nd, value: Any) -> tuple[Nd, Growth, str | None]:
    """How much larger the array becomes; where shapes are not known, that is held against a limit at run time."""
    before, after = static_shape(kind), static_shape(gives)
    if before is None or after is None:
        fails = f"an array that would become more than {MAX_PAD} times as large, and large"
        return gives, Growth(float(MAX_PAD), _ROOM), fails
    held(op, max(0, prod(after) - MAX_PAD * prod(before)), value.dtype.itemsize)
    ratio = max(1.0, prod(after) / max(1, prod(before)))
    return (
        gives,
        Growth(min(ratio, float(MAX_PAD)), held(op, prod(after), value.dtype.itemsize)),
        None,
    )


def _with(kind: Nd, value: int) -> Nd:
    """The type with one value more."""
    bounds = ends_of(kind)
    values = None if kind.values is None else tuple(sorted({*kind.values, value}))
    return replace(kind, low=min(bounds[0], value), high=max(bounds[1], value), values=values)


@dataclass(frozen=True, kw_only=True)
class PadStep(Unary):
    """`pad`, its axes by number."""

    widths: tuple[tuple[int, int], ...]
    value: Any
    FRESH: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        shape = value.shape[n:]
        padded = tuple(size + sum(pair) for size, pair in zip(shape, self.widths, strict=True))
        limit = MAX_PAD * prod(shape) * value.itemsize + _ROOM
        if prod(padded) * value.itemsize > limit:
            raise Refused(f"it would become an array of shape {list(padded)}", value)
        made = np.full((*value.shape[:n], *padded), self.value, value.dtype)
        made[self._inside(made, n)] = value
        return made

    def again(self, value: Any, source: Any, n: int) -> Any:
        if any(size < sum(pair) for size, pair in zip(value.shape[n:], self.widths, strict=True)):
            raise Refused(f"an array of shape {list(value.shape[n:])} has no such border", value)
        inner = self._inside(value, n)
        off = different(value, np.full_like(value, self.value))
        off[inner] = False
        if off.any():
            first = tuple(int(i) for i in np.argwhere(off)[0])
            reason = f"the border is {shown(self.value)} everywhere, and {shown(value[first])} here"
            raise Refused(reason, value[first], first[0] if n else None)
        return value[inner].copy()

    def _inside(self, value: Any, n: int) -> tuple[slice, ...]:
        lead = (slice(None),) * n
        sizes = value.shape[n:]
        return lead + tuple(
            slice(before, size - after)
            for size, (before, after) in zip(sizes, self.widths, strict=True)
        )

"""`resize` and `cast_str`: getters that show a value in another form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar

import numpy as np

from atdata_schema.lenses.ops.site import (
    Site,
    axis_number,
    fail,
    held,
    known_rank,
    numbers,
    static_shape,
)
from atdata_schema.lenses.program.argument_kinds import Int, Word
from atdata_schema.lenses.program.axis_kinds import AxisValue, PerAxis
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import GETTER
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import SMALL, Growth, Step, Unary
from atdata_schema.lenses.types.lens_types import LensType, Plain
from atdata_schema.lenses.types.sizes import known
from atdata_schema.model import TextType

__all__ = ["CastStr", "Resize", "cast_str", "resize"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize(Op):
    """`resize(h=224, w=224, mode=linear)`: axes resampled; pixels are squares, whose centres are looked at."""

    NAME: ClassVar[str] = "resize"
    sizes: tuple[AxisValue[int], ...] = arg(PerAxis(Int(1, 1 << 16), ("size",)))
    mode: str = arg(Word(("nearest", "linear")))


def resize(op: Resize, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that has the axes."""
    kind = numbers(op, takes, array=True)
    if kind.kind not in "iuf" and (op.mode == "linear" or kind.kind not in "biufc"):
        fail("LN201", f"resize takes numbers, not {kind}", actual=kind)
    if op.mode == "linear" and kind.dtype in ("int64", "uint64"):
        fail(
            "LN201",
            f"resize would round {kind.dtype} by way of floats",
            help="cast first",
            actual=kind,
        )
    shape = list(known_rank(op, kind))
    sizes: dict[int, int] = {}
    for item in op.sizes:
        axis = axis_number(op, kind, item.axis)
        if axis in sizes:
            fail("LN203", "resize names an axis twice", actual=kind)
        sizes[axis] = item.value
        shape[axis] = known(item.value)
    if not sizes:
        fail("LN003", "resize names no axis: resize(h=224, w=224, mode=linear)")
    gives = replace(kind.shaped(tuple(shape), kind.labels), values=None)
    after = static_shape(gives)
    if after is not None:
        growth = Growth(8.0, held(op, prod(after), 16) + SMALL)
    else:
        growth = Growth(16.0 * prod(sizes.values()))
    laws = replace(GETTER, get_fails="an array without elements")
    ordered = tuple(sorted(sizes.items()))
    made = Resize(sizes=tuple(AxisValue(axis, size) for axis, size in ordered), mode=op.mode)
    return ResizeStep(
        op=made,
        takes=(kind,),
        gives=(gives,),
        laws=laws,
        growth=growth,
        sizes=ordered,
        linear=op.mode == "linear",
    )


@dataclass(frozen=True, kw_only=True)
class ResizeStep(Unary):
    """`resize`, one axis after the other."""

    sizes: tuple[tuple[int, int], ...]
    linear: bool

    def there(self, value: Any, n: int) -> Any:
        made = value
        if self.linear and value.dtype.kind != "f":
            made = value.astype(np.float64)
        for axis, size in self.sizes:
            if not value.shape[axis + n]:
                raise Refused(
                    f"resize of an array without elements: shape {list(value.shape)}", value
                )
            made = _linear(made, axis + n, size) if self.linear else _nearest(made, axis + n, size)
        if made.dtype == value.dtype:
            return made
        info = np.iinfo(value.dtype)
        return np.clip(np.rint(made), float(info.min), float(info.max)).astype(value.dtype)


def _nearest(value: Any, axis: int, size: int) -> Any:
    have = value.shape[axis]
    return np.take(value, (2 * np.arange(size) + 1) * have // (2 * size), axis)


def _linear(value: Any, axis: int, size: int) -> Any:
    have = value.shape[axis]
    at = np.clip((np.arange(size) + 0.5) * (have / size) - 0.5, 0, have - 1)
    below = np.floor(at).astype(np.intp)
    above = np.minimum(below + 1, have - 1)
    weight = (at - below).astype(value.dtype)
    weight = weight.reshape(-1, *(1,) * (value.ndim - axis - 1))
    first = np.take(value, below, axis)
    return first + (np.take(value, above, axis) - first) * weight


@dataclass(frozen=True, slots=True, kw_only=True)
class CastStr(Op):
    """`cast_str`: a number as its shortest text."""

    NAME: ClassVar[str] = "cast_str"


def cast_str(op: CastStr, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at one number."""
    kind = numbers(op, takes)
    if kind.shape or kind.kind not in "biuf":
        fail("LN201", f"cast_str takes one number, not {kind}", actual=kind)
    return CastStrStep(op=op, takes=takes, gives=(Plain(TextType()),), laws=GETTER)


@dataclass(frozen=True, kw_only=True)
class CastStrStep(Unary):
    """`cast_str`."""

    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> str:
        element = value[()] if isinstance(value, np.ndarray) else value
        if isinstance(element, np.bool_):
            return "true" if element else "false"
        return str(element)

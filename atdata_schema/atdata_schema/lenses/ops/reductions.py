"""Getters that make one number of many: `length`, `sum`, `mean`, `min`, `max`, `argmax`, `dot`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Final

import numpy as np

from atdata_schema.lenses.ops.site import Site, axis_number, fail, known_rank, numbers, single
from atdata_schema.lenses.program.argument_kinds import Numbers
from atdata_schema.lenses.program.axis_kinds import Axes, Axis, AxisKind
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import GETTER
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.rounding import rounded
from atdata_schema.lenses.steps.step import Growth, Step, Unary
from atdata_schema.lenses.types.lens_types import LensType, Many, Nd, Plain
from atdata_schema.model import BytesType, MapType

__all__ = [
    "Argmax",
    "Dot",
    "Length",
    "Max",
    "Mean",
    "Min",
    "Sum",
    "argmax",
    "dot",
    "length",
    "reduction",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(Op):
    """`length`: how many items a list or map has, or how many bytes."""

    NAME: ClassVar[str] = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reduction(Op):
    """Over all axes, or over those named."""

    POSITIONAL: ClassVar[tuple[str, ...]] = ("axes",)
    VARIADIC: ClassVar[bool] = True
    axes: tuple[Axis, ...] = arg(Axes(), default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(_Reduction):
    """`sum(h, w)`: the sum over axes, or over all."""

    NAME: ClassVar[str] = "sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean(_Reduction):
    """`mean(h, w)`: the mean over axes, or over all."""

    NAME: ClassVar[str] = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Min(_Reduction):
    """`min(h, w)`: the least over axes, or over all."""

    NAME: ClassVar[str] = "min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Max(_Reduction):
    """`max(h, w)`: the greatest over axes, or over all."""

    NAME: ClassVar[str] = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Argmax(Op):
    """`argmax(axis=0)`: where the greatest is, the first of them; of a vector without `axis`."""

    NAME: ClassVar[str] = "argmax"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("axis",)
    axis: Axis = arg(AxisKind(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot(Op):
    """`dot(axis=0, weights=[299/1000, 587/1000, 114/1000])`: a weighted sum along an axis."""

    NAME: ClassVar[str] = "dot"
    axis: Axis = arg(AxisKind())
    weights: tuple[Fraction, ...] = arg(Numbers())


def length(op: Length, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a list, a map or bytes."""
    kind = single(op, takes)
    counted = isinstance(kind, Many) or (
        isinstance(kind, Plain) and isinstance(kind.type, MapType | BytesType)
    )
    if not counted:
        fail("LN201", f"length takes a list, a map or bytes, not {kind}", actual=kind)
    low, high = (kind.min_length or 0, kind.max_length) if isinstance(kind, Many) else (0, None)
    gives = Nd("int64", scalar=True, low=low, high=high)
    return LengthStep(op=op, takes=takes, gives=(gives,), laws=GETTER)


@dataclass(frozen=True, kw_only=True)
class LengthStep(Unary):
    """`length`."""

    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        return np.asarray(len(value), np.int64)


def reduction(op: _Reduction, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array of real numbers."""
    kind = numbers(op, takes, array=True)
    if kind.kind not in "biuf":
        fail("LN201", f"{op.NAME} takes real numbers, not {kind}", actual=kind)
    if op.NAME == "sum" and kind.dtype == "uint64":
        fail(
            "LN201",
            "sum of uint64 may be beyond an integer",
            help="cast to float64 first",
            actual=kind,
        )
    rank = len(known_rank(op, kind))
    axes = tuple(sorted({axis_number(op, kind, axis) for axis in op.axes}))
    if len(axes) != len(op.axes):
        fail("LN203", f"{op.NAME} names an axis twice", actual=kind)
    kept = [axis for axis in range(rank) if axes and axis not in axes]
    shape, labels = tuple(kind.shape[i] for i in kept), tuple(kind.labels[i] for i in kept)
    dtype = _result(op.NAME, kind)
    made = replace(kind, dtype=dtype, finite=False, peak=None)
    if dtype != kind.dtype:
        made = replace(made, low=None, high=None, values=None)
    gives = made.shaped(shape, labels)
    gives = replace(gives, scalar=not kept)
    laws = replace(GETTER, get_fails=None if op.NAME == "sum" else "an array without elements")
    made_op = replace(op, axes=axes if len(axes) < rank else ())
    return ReductionStep(
        op=made_op,
        takes=(kind,),
        gives=(replace(gives, scalar=True) if not shape else gives,),
        laws=laws,
        growth=Growth(8.0),
        axes=axes or tuple(range(rank)),
        dtype=np.dtype(dtype),
    )


def _result(name: str, kind: Nd) -> str:
    if name in ("min", "max"):
        return kind.dtype
    if name == "sum" and kind.is_integral:
        return "int64"
    return "float32" if kind.dtype == "float32" else "float64"


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "sum": np.sum,
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
}


@dataclass(frozen=True, kw_only=True)
class ReductionStep(Unary):
    """A reduction. Sums depend on their order, so a batch goes row by row and gives what samples give."""

    axes: tuple[int, ...]
    dtype: np.dtype[Any]
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        name = self.op.NAME
        if not value.size and name != "sum":
            raise Refused(f"{name} of an array without elements: shape {list(value.shape)}", value)
        array = np.ascontiguousarray(value)
        if name == "sum" and self.dtype.kind == "i":
            return self._whole(array)
        with np.errstate(all="ignore"):
            if name in ("sum", "mean"):
                made = _FUNCTIONS[name](array, axis=self.axes, dtype=np.float64)
            else:
                made = _FUNCTIONS[name](array, axis=self.axes)
            return np.asarray(made).astype(self.dtype)

    def _whole(self, array: Any) -> Any:
        """A sum of integers, never wrapped."""
        rough = np.sum(np.abs(array.astype(np.float64)), axis=self.axes)
        if np.all(rough < 2.0**62):
            return np.asarray(np.sum(array, axis=self.axes, dtype=np.int64))
        exact = np.asarray(np.sum(array.astype(object), axis=self.axes), object)
        if not all(-(2**63) <= total < 2**63 for total in exact.flat):
            raise Refused("the sum is beyond 64 bits", array)
        return exact.astype(np.int64)


def argmax(op: Argmax, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that has the axis."""
    kind = numbers(op, takes, array=True)
    if kind.kind not in "biuf":
        fail("LN201", f"argmax takes real numbers, not {kind}", actual=kind)
    axis = axis_number(op, kind, op.axis)
    size = known_rank(op, kind)[axis].constant
    shape = (*kind.shape[:axis], *kind.shape[axis + 1 :])
    labels = (*kind.labels[:axis], *kind.labels[axis + 1 :])
    high = None if size is None else max(size - 1, 0)
    gives = Nd("int64", low=0, high=high).shaped(shape, labels)
    laws = replace(GETTER, get_fails="an array without elements" if not size else None)
    return ArgmaxStep(
        op=Argmax(axis=axis),
        takes=(kind,),
        gives=(replace(gives, scalar=not shape),),
        laws=laws,
        growth=Growth(8.0),
        axis=axis,
    )


@dataclass(frozen=True, kw_only=True)
class ArgmaxStep(Unary):
    """`argmax`."""

    axis: int

    def there(self, value: Any, n: int) -> Any:
        if not value.shape[self.axis + n]:
            raise Refused("argmax of an axis without elements", value)
        return np.asarray(np.argmax(value, self.axis + n), np.int64)


def dot(op: Dot, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array whose axis has one weight for each position."""
    kind = numbers(op, takes, array=True)
    if kind.kind not in "biuf":
        fail("LN201", f"dot takes real numbers, not {kind}", actual=kind)
    axis = axis_number(op, kind, op.axis)
    size = known_rank(op, kind)[axis].constant
    count = len(op.weights)
    if size is not None and size != count:
        fail("LN204", f"{count} weights along an axis of size {size}", actual=kind)
    dtype = "float32" if kind.dtype == "float32" else "float64"
    shape = (*kind.shape[:axis], *kind.shape[axis + 1 :])
    labels = (*kind.labels[:axis], *kind.labels[axis + 1 :])
    made = replace(kind, dtype=dtype, low=None, high=None, values=None, finite=False, peak=None)
    laws = replace(GETTER, get_fails=f"an axis not of size {count}" if size is None else None)
    return DotStep(
        op=Dot(axis=axis, weights=op.weights),
        takes=(kind,),
        gives=(replace(made.shaped(shape, labels), scalar=not shape),),
        laws=laws,
        growth=Growth(16.0),
        axis=axis,
        weights=tuple(rounded(weight, dtype) for weight in op.weights),
        dtype=np.dtype(dtype),
    )


@dataclass(frozen=True, kw_only=True)
class DotStep(Unary):
    """`dot`: one product after the other, so a batch gives what samples give."""

    axis: int
    weights: tuple[Any, ...] = field(default=())
    dtype: np.dtype[Any]

    def there(self, value: Any, n: int) -> Any:
        axis = self.axis + n
        if value.shape[axis] != len(self.weights):
            raise Refused(
                f"an axis of size {len(self.weights)} is wanted, not of size {value.shape[axis]}",
                value,
            )
        with np.errstate(all="ignore"):
            total = np.take(value, 0, axis).astype(self.dtype) * self.weights[0]
            for index, weight in enumerate(self.weights[1:], 1):
                total = total + np.take(value, index, axis).astype(self.dtype) * weight
        return np.asarray(total)

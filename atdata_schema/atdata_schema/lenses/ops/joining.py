"""`stack`, `unstack`, `concat` and `split_at`: several arrays and one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from atdata_schema.lenses.limits import MAX_PATH, MAX_RANK
from atdata_schema.lenses.ops.site import Site, axis_number, fail, known_rank, numbers
from atdata_schema.lenses.program.argument_kinds import Ints
from atdata_schema.lenses.program.axis_kinds import Axis, AxisKind
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import ISO
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import Step, Values
from atdata_schema.lenses.types.lens_types import LensType, Nd, together
from atdata_schema.lenses.types.sizes import Size, known

__all__ = ["Concat", "SplitAt", "Stack", "Unstack", "concat", "split_at", "stack", "unstack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack(Op):
    """`(r, g, b) | stack(axis=0)`: arrays of one shape, along a new axis."""

    NAME: ClassVar[str] = "stack"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("axis",)
    axis: Axis = arg(AxisKind(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstack(Op):
    """`unstack(axis=0)`: the arrays along an axis."""

    NAME: ClassVar[str] = "unstack"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("axis",)
    axis: Axis = arg(AxisKind(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat(Op):
    """`(a, b) | concat(axis=0)`: arrays one behind the other."""

    NAME: ClassVar[str] = "concat"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("axis",)
    axis: Axis = arg(AxisKind(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitAt(Op):
    """`split_at([3], axis=0)`: an array cut at positions of an axis."""

    NAME: ClassVar[str] = "split_at"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("at",)
    at: tuple[int, ...] = arg(Ints(1))
    axis: Axis = arg(AxisKind(), default=0)


def stack(op: Stack, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at arrays of one type."""
    kinds, fails = _alike(op, takes)
    first = kinds[0]
    rank = len(known_rank(op, first))
    axis = op.axis
    if not isinstance(axis, int) or axis > rank or rank >= MAX_RANK:
        fail("LN203", f"stack makes an axis of number 0 to {rank}", actual=first)
    shape = (*first.shape[:axis], known(len(kinds)), *first.shape[axis:])
    labels = (*first.labels[:axis], None, *first.labels[axis:])
    gives = together(kinds).shaped(shape, labels)
    laws = replace(ISO, get_fails=fails)
    return StackStep(op=op, takes=takes, gives=(gives,), laws=laws, axis=axis, count=len(kinds))


def unstack(op: Unstack, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array whose axis has a size that is known."""
    kind = numbers(op, takes, array=True)
    axis = axis_number(op, kind, op.axis)
    sizes = known_rank(op, kind)
    count = sizes[axis].constant
    if count is None or not 1 <= count <= MAX_PATH:
        fail(
            "LN205",
            f"unstack needs an axis of a known size from 1 to {MAX_PATH}, and d{axis} is of size {sizes[axis]}",
            actual=kind,
        )
    rest = kind.shaped(
        (*sizes[:axis], *sizes[axis + 1 :]), (*kind.labels[:axis], *kind.labels[axis + 1 :])
    )
    made = replace(
        rest, scalar=len(sizes) == 1 and kind.dtype in ("int64", "bool", "float32", "float64")
    )
    return UnstackStep(
        op=Unstack(axis=axis),
        takes=(kind,),
        gives=(made,) * count,
        laws=ISO,
        axis=axis,
        count=count,
    )


def concat(op: Concat, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at arrays that differ in one axis at most."""
    kinds = _numbers(op, takes)
    axis = axis_number(op, kinds[0], op.axis)
    parts = [known_rank(op, kind)[axis] if axis < len(kind.shape) else None for kind in kinds]
    others = [replace(kind, shape=_without(kind, axis), labels=()) for kind in kinds]
    _, fails = _alike(op, tuple(others))
    sizes = [size for size in parts if size is not None]
    total = sizes[0]
    for size in sizes[1:]:
        total = total + size
    first = kinds[0]
    shape = (*first.shape[:axis], total, *first.shape[axis + 1 :])
    fixed = [size.constant for size in sizes]
    asks = sum(size is None for size in fixed) > 1
    laws = replace(ISO, get_fails=fails, asks=asks, creates=not asks)
    if any(size is None for size in fixed):
        laws = replace(laws, put_fails="an array of another size along the axis")
    return ConcatStep(
        op=Concat(axis=axis),
        takes=takes,
        gives=(together(kinds).shaped(shape, first.labels),),
        laws=laws,
        axis=axis,
        sizes=tuple(fixed),
    )


def split_at(op: SplitAt, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that is long enough."""
    kind = numbers(op, takes, array=True)
    axis = axis_number(op, kind, op.axis)
    size = known_rank(op, kind)[axis]
    cuts = op.at
    if list(cuts) != sorted(set(cuts)) or not 1 <= len(cuts) < MAX_PATH:
        fail("LN003", "split_at takes rising positions: split_at([3, 6])")
    if size.constant is not None and size.constant < cuts[-1]:
        fail("LN204", f"split_at {cuts[-1]} of an axis of size {size}", actual=kind)
    fails = f"an array whose d{axis} is below {cuts[-1]}" if size.constant is None else None
    lengths = [b - a for a, b in zip((0, *cuts), cuts, strict=False)]
    sizes: list[Size] = [*map(known, lengths), size - known(cuts[-1])]
    gives = tuple(
        kind.shaped((*kind.shape[:axis], part, *kind.shape[axis + 1 :]), kind.labels)
        for part in sizes
    )
    laws = replace(ISO, get_fails=fails)
    return SplitAtStep(
        op=SplitAt(at=cuts, axis=axis), takes=(kind,), gives=gives, laws=laws, axis=axis, cuts=cuts
    )


def _numbers(op: Op, takes: tuple[LensType, ...]) -> list[Nd]:
    if len(takes) < 2:
        fail("LN108", f"{op.NAME} takes several arrays: (a, b) | {op.NAME}(axis=0)")
    return [numbers(op, (kind,)) for kind in takes]


def _alike(op: Op, takes: tuple[LensType, ...]) -> tuple[list[Nd], str | None]:
    """Arrays of one dtype and shape; and arrays that fail, where only sizes can tell."""
    kinds = _numbers(op, takes)
    first, fails = kinds[0], None
    for kind in kinds[1:]:
        if kind.dtype != first.dtype or len(kind.shape) != len(first.shape):
            fail(
                "LN208",
                f"{op.NAME} joins arrays of one element type and rank, not {first} and {kind}",
                help="cast them first",
                expected=first,
                actual=kind,
            )
        for a, b in zip(known_rank(op, first), known_rank(op, kind), strict=True):
            if a.constant is not None and b.constant is not None and a != b:
                fail(
                    "LN208",
                    f"{op.NAME} of {first} and {kind}: {a} is not {b}",
                    expected=first,
                    actual=kind,
                )
            if a != b:
                fails = f"arrays whose sizes differ: {a} and {b}"
    return kinds, fails


def _without(kind: Nd, axis: int) -> tuple[Any, ...]:
    return (*kind.shape[:axis], *kind.shape[axis + 1 :])


@dataclass(frozen=True, kw_only=True)
class StackStep(Step):
    """`stack`."""

    axis: int
    count: int

    def forward(self, values: Values, n: int) -> Values:
        _same_shapes(values)
        return (np.stack(values, self.axis + n),)

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        return _unstacked(values[0], self.axis + n, self.count)


@dataclass(frozen=True, kw_only=True)
class UnstackStep(Step):
    """`unstack`."""

    axis: int
    count: int

    def forward(self, values: Values, n: int) -> Values:
        return _unstacked(values[0], self.axis + n, self.count)

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        _same_shapes(values)
        return (np.stack(values, self.axis + n),)


@dataclass(frozen=True, kw_only=True)
class ConcatStep(Step):
    """`concat`; `sizes` are those that are known."""

    axis: int
    sizes: tuple[int | None, ...]

    def forward(self, values: Values, n: int) -> Values:
        return (_concatenated(values, self.axis + n),)

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        axis = self.axis + n
        whole = values[0].shape[axis]
        if sum(size is None for size in self.sizes) > 1:
            if source is None:
                raise Refused("there is no source that says how long each part is", values[0])
            sizes = [part.shape[axis] for part in source]
        else:
            rest = whole - sum(size for size in self.sizes if size is not None)
            sizes = [rest if size is None else size for size in self.sizes]
        if sum(sizes) != whole or min(sizes) < 0:
            raise Refused(f"parts of {sizes} elements are wanted, and there are {whole}", values[0])
        cuts = [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)]
        return tuple(np.split(values[0], cuts, axis))


@dataclass(frozen=True, kw_only=True)
class SplitAtStep(Step):
    """`split_at`."""

    axis: int
    cuts: tuple[int, ...]

    def forward(self, values: Values, n: int) -> Values:
        size = values[0].shape[self.axis + n]
        if size < self.cuts[-1]:
            raise Refused(
                f"an axis of size {self.cuts[-1]} at least is wanted, not of size {size}", values[0]
            )
        return tuple(np.split(values[0], self.cuts, self.axis + n))

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        wanted = [b - a for a, b in zip((0, *self.cuts), self.cuts, strict=False)]
        for part, size in zip(values, wanted, strict=False):
            if part.ndim <= self.axis + n or part.shape[self.axis + n] != size:
                raise Refused(
                    f"a part of {size} elements is wanted, not of shape {list(part.shape)}", part
                )
        return (_concatenated(values, self.axis + n),)


def _same_shapes(values: Values) -> None:
    for value in values[1:]:
        if value.shape != values[0].shape:
            raise Refused(
                f"arrays of one shape are wanted, not {list(values[0].shape)} and {list(value.shape)}",
                value,
            )


def _unstacked(value: Any, axis: int, count: int) -> Values:
    if value.shape[axis] != count:
        raise Refused(f"an axis of size {count} is wanted, not of size {value.shape[axis]}", value)
    return tuple(np.take(value, index, axis) for index in range(count))


def _concatenated(values: Values, axis: int) -> Any:
    try:
        return np.concatenate(values, axis)
    except ValueError:
        shapes = " and ".join(str(list(value.shape)) for value in values)
        raise Refused(
            f"arrays that differ in one axis only are wanted, not {shapes}", values[0]
        ) from None

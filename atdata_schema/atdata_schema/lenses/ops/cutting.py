"""`crop`, `index` and `take`: a part of an array; the rest stays in the source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from atdata_schema.lenses.ops.filling import Blank, filled
from atdata_schema.lenses.ops.site import Site, axis_number, fail, known_rank, named_axis, numbers
from atdata_schema.lenses.program.argument_kinds import Int, Ints, Number
from atdata_schema.lenses.program.axis_kinds import AxisValue, PerAxis, Stretch
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.program.values import Slice
from atdata_schema.lenses.steps.laws import GETTER, ISO, PART
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import NOTHING, SMALL, Growth, Step, Unary
from atdata_schema.lenses.types.lens_types import LensType, Nd
from atdata_schema.lenses.types.sizes import Size, known

__all__ = ["Crop", "Index", "Take", "crop", "index", "take"]

_POSITION = Int(-(2**31), 2**31 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop(Op):
    """`crop(h=16:240, w=0:320)`: a stretch of some axes."""

    NAME: ClassVar[str] = "crop"
    ranges: tuple[AxisValue[Slice], ...] = arg(PerAxis(Stretch()))
    fill: Fraction | None = arg(Number(), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Op):
    """`index(t=0)`: one position of some axes, which are gone then."""

    NAME: ClassVar[str] = "index"
    at: tuple[AxisValue[int], ...] = arg(PerAxis(_POSITION, ("index",)))
    fill: Fraction | None = arg(Number(), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take(Op):
    """`take(c=[2, 1, 0])`: some positions of one axis, in an order."""

    NAME: ClassVar[str] = "take"
    picks: tuple[AxisValue[tuple[int, ...]], ...] = arg(PerAxis(Ints(), ("indices",), many=False))
    fill: Fraction | None = arg(Number(), default=None)


def crop(op: Crop, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that has the axes."""
    kind = numbers(op, takes, array=True)
    shape = list(known_rank(op, kind))
    found: list[AxisValue[Slice]] = []
    needs: list[tuple[int, int]] = []
    for item in op.ranges:
        axis = axis_number(op, kind, item.axis)
        found.append(AxisValue(axis, item.value))
        shape[axis], least = _stretched(op, kind, axis, item.value, shape[axis])
        needs.append((axis, least))
    ranges = _each_once(op, kind, found)
    key = tuple(slice(None) for _ in shape)
    for item in ranges:
        stretch = slice(item.value.start, item.value.stop, item.value.step)
        key = (*key[: item.axis], stretch, *key[item.axis + 1 :])
    return _cut(
        Crop(ranges=ranges, fill=op.fill), kind, kind.shaped(tuple(shape), kind.labels), key, needs
    )


def index(op: Index, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that has the axes."""
    kind = numbers(op, takes, array=True)
    known_rank(op, kind)
    found = [AxisValue(axis_number(op, kind, item.axis), item.value) for item in op.at]
    found = _each_once(op, kind, found)
    at = {int(item.axis): item.value for item in found}
    for axis, position in at.items():
        size = kind.shape[axis]
        fixed = size.constant if isinstance(size, Size) else None
        if fixed is not None and not -fixed <= position < fixed:
            _beyond(op, kind, axis, position)
    kept = [axis for axis in range(len(kind.shape)) if axis not in at]
    gives = kind.shaped(tuple(kind.shape[i] for i in kept), tuple(kind.labels[i] for i in kept))
    key = tuple(at.get(axis, slice(None)) for axis in range(len(kind.shape)))
    needs = [(axis, p + 1 if p >= 0 else -p) for axis, p in at.items()]
    return _cut(Index(at=found, fill=op.fill), kind, gives, key, needs)


def take(op: Take, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that has the axis."""
    kind = numbers(op, takes, array=True)
    if len(op.picks) != 1:
        fail("LN003", "take names one axis: take(c=[2, 1, 0])")
    axis, picked = axis_number(op, kind, op.picks[0].axis), op.picks[0].value
    size = known_rank(op, kind)[axis]
    most = max(picked, default=-1)
    if size.constant is not None and most >= size.constant:
        _beyond(op, kind, axis, most)
    shape = (*kind.shape[:axis], known(len(picked)), *kind.shape[axis + 1 :])
    gives = kind.shaped(shape, kind.labels)
    made = Take(picks=(AxisValue(axis, picked),), fill=op.fill)
    if len(picked) == size.constant and len(set(picked)) == len(picked):
        return PermuteStep(
            op=replace(made, fill=None),
            takes=(kind,),
            gives=(gives,),
            laws=ISO,
            axis=axis,
            order=picked,
        )
    key = (*(slice(None),) * axis, np.asarray(picked, np.intp))
    step = _cut(made, kind, gives, key, [(axis, most + 1)])
    factor = float(max(1, len(picked)))
    if len(set(picked)) < len(picked):
        return replace(
            step, laws=replace(GETTER, get_fails=step.laws.get_fails), growth=Growth(factor)
        )
    return step


def _each_once(op: Op, kind: Nd, found: list[AxisValue[Any]]) -> Any:
    if not found:
        fail("LN003", f"{op.NAME} names no axis", actual=kind)
    if len({item.axis for item in found}) != len(found):
        fail("LN203", f"{op.NAME} names an axis twice", actual=kind)
    return tuple(sorted(found, key=lambda item: item.axis))


def _stretched(op: Op, kind: Nd, axis: int, stretch: Slice, size: Size) -> tuple[Size, int]:
    """The size of a stretch of an axis, and the least size that the axis must have."""
    start, stop, step = stretch.start or 0, stretch.stop, stretch.step or 1
    fixed = size.constant
    if fixed is not None:
        least = max(start if start >= 0 else -start, 0 if stop is None else abs(stop))
        length = len(range(fixed)[start:stop:step])
        if least > fixed or not length:
            name = named_axis(kind, axis)
            fail(
                "LN204",
                f"{name}={stretch} of an axis of size {fixed}",
                expected=f"a stretch of 0:{fixed}",
                actual=kind,
            )
        return known(length), 0
    if step != 1 or (start < 0 and stop is not None and stop >= 0):
        fail("LN205", f"{stretch} of an axis whose size is not known", actual=kind)
    first = known(start) if start >= 0 else size + known(start)
    last = size if stop is None else known(stop) if stop >= 0 else size + known(stop)
    extent = last - first
    if extent.constant is not None and extent.constant <= 0:
        fail("LN204", f"{named_axis(kind, axis)}={stretch} is empty", actual=kind)
    return extent, _least(start, stop)


def _least(start: int, stop: int | None) -> int:
    """The least size of an axis for which a stretch is what it is for all larger ones."""
    from_start = start if start >= 0 else 0
    from_end = -start if start < 0 else 0
    if stop is not None:
        from_start = max(from_start, stop) if stop >= 0 else from_start
        from_end = max(from_end, -stop) if stop < 0 else from_end
    mixed = (start >= 0) != (stop is None or stop < 0)
    return max(from_start, from_end) if mixed else from_start + from_end


def _beyond(op: Op, kind: Nd, axis: int, position: int) -> None:
    fail(
        "LN204",
        f"{op.NAME} of position {position} of an axis of size {kind.shape[axis]}",
        actual=kind,
    )


def _cut(
    op: Any, kind: Nd, gives: Nd, key: tuple[Any, ...], needs: list[tuple[int, int]]
) -> CutStep:
    unsure = [(axis, least) for axis, least in needs if least > 0 and _constant(kind, axis) is None]
    fails = None
    if unsure:
        axis, least = unsure[0]
        fails = f"an array whose {named_axis(kind, axis)} is below {least}"
    fill = filled(op, kind, op.fill)
    laws = replace(PART, get_fails=fails, creates=fill is not None)
    growth = Growth(1.0, SMALL if fill is None else fill.bytes)
    return CutStep(
        op=op,
        takes=(kind,),
        gives=(gives,),
        laws=laws,
        growth=growth,
        key=key,
        least=tuple(unsure),
        fill=fill,
    )


def _constant(kind: Nd, axis: int) -> int | None:
    size = kind.shape[axis]
    return size.constant if isinstance(size, Size) else None


@dataclass(frozen=True, kw_only=True)
class CutStep(Unary):
    """A part of an array, which `key` selects behind `n` axes."""

    MOVES: ClassVar[bool] = True
    key: tuple[Any, ...]
    least: tuple[tuple[int, int], ...]
    fill: Blank | None

    def there(self, value: Any, n: int) -> Any:
        for axis, least in self.least:
            size = value.shape[n + axis]
            if size < least:
                raise Refused(
                    f"an axis of size {least} at least is wanted, not of size {size}", value
                )
        return value[(*(slice(None),) * n, *self.key)]

    def again(self, value: Any, source: Any, n: int) -> Any:
        if source is NOTHING:
            if self.fill is None:
                raise Refused("there is no source to keep the rest of", value)
            whole = self.fill.array(value.shape[:n])
        else:
            self.there(source, n)  # refuses a source that is too small
            whole = source.copy()
        place = (*(slice(None),) * n, *self.key)
        if whole[place].shape != value.shape:
            raise Refused(
                f"an array of shape {list(whole[place].shape[n:])} is wanted, not {list(value.shape[n:])}",
                value,
            )
        whole[place] = value
        return whole


@dataclass(frozen=True, kw_only=True)
class PermuteStep(Unary):
    """All positions of an axis in another order."""

    MOVES: ClassVar[bool] = True
    axis: int
    order: tuple[int, ...]

    def there(self, value: Any, n: int) -> Any:
        return self._taken(value, n, self.order)

    def again(self, value: Any, source: Any, n: int) -> Any:
        return self._taken(value, n, tuple(int(i) for i in np.argsort(self.order)))

    def _taken(self, value: Any, n: int, order: tuple[int, ...]) -> Any:
        if value.shape[n + self.axis] != len(order):
            raise Refused(f"an axis of size {len(order)} is wanted", value)
        return np.take(value, order, self.axis + n)

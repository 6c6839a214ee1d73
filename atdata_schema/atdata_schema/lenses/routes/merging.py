"""Two operators in a row that are exactly one, or none: nothing that rounds is ever merged."""

from __future__ import annotations

from collections.abc import Sequence

from atdata_schema.lenses.ops.casting import Cast
from atdata_schema.lenses.ops.cutting import Crop
from atdata_schema.lenses.ops.mapping import Map, Pair
from atdata_schema.lenses.ops.pattern import Group, Pattern
from atdata_schema.lenses.ops.rearranging import Flip, Rearrange
from atdata_schema.lenses.program.axis_kinds import AxisValue
from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.program.values import Slice
from atdata_schema.lenses.steps.elements import nd_of
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.lens_types import Nd, bare

__all__ = ["merged"]


def merged(steps: Sequence[Step]) -> tuple[Op, ...]:
    """The operators of a pipe in canonical form, those that cancel or join brought together."""
    made: list[tuple[Op, Step]] = []
    for step in steps:
        made.append((step.op, step))
        while len(made) > 1:
            found = _pair(made[-2], made[-1])
            if found is None:
                break
            made[-2:] = [(op, made[-2][1]) for op in found]
    return tuple(op for op, _ in made)


def _pair(first: tuple[Op, Step], second: tuple[Op, Step]) -> list[Op] | None:
    """What stands in place of two operators; `None` where both stay."""
    a, b = first[0], second[0]
    if isinstance(a, Rearrange) and isinstance(b, Rearrange):
        return _rearranged(a, b)
    if isinstance(a, Flip) and isinstance(b, Flip):
        axes = tuple(sorted({*map(str, a.axes)} ^ {*map(str, b.axes)}))
        return [Flip(axes=tuple(map(int, axes)))] if axes else []
    if isinstance(a, Crop) and isinstance(b, Crop):
        return _cropped(a, b)
    if isinstance(a, Map) and isinstance(b, Map):
        return _mapped(a, b)
    if isinstance(a, Cast) and isinstance(b, Cast):
        return _cast_back(first[1], second[1])
    return None


def _rearranged(a: Rearrange, b: Rearrange) -> list[Op] | None:
    """One pattern for two, where the second takes axes as the first leaves them."""
    if a.sizes or b.sizes or len(a.pattern.right) != len(b.pattern.left):
        return None
    meaning: dict[str, Group] = {}
    for left, group in zip(b.pattern.left, a.pattern.right, strict=True):
        if len(left) != 1:
            return None
        meaning[left[0]] = group
    right = tuple(
        tuple(name for atom in group for name in meaning[atom]) for group in b.pattern.right
    )
    if any(
        len(group) > 1 and any(len(meaning[atom]) != 1 for atom in group)
        for group in b.pattern.right
    ):
        return None
    if a.pattern.left == right:
        return []
    pattern, _ = Pattern(a.pattern.left, right).renamed()
    return [Rearrange(pattern=pattern)]


def _cropped(a: Crop, b: Crop) -> list[Op] | None:
    """One stretch for two, counted from the beginning of an axis."""
    if a.fill != b.fill or a.fill is not None:
        return None
    found = {item.axis: item.value for item in a.ranges}
    for item in b.ranges:
        outer = found.get(item.axis, Slice())
        joined = _within(outer, item.value)
        if joined is None:
            return None
        found[item.axis] = joined
    ordered = sorted(found.items(), key=lambda entry: str(entry[0]).zfill(3))
    return [Crop(ranges=tuple(AxisValue(axis, value) for axis, value in ordered))]


def _within(outer: Slice, inner: Slice) -> Slice | None:
    ends = (outer.start or 0, outer.stop or 0, inner.start or 0, inner.stop or 0)
    if min(ends) < 0 or outer.step is not None or inner.step is not None:
        return None
    start = (outer.start or 0) + (inner.start or 0)
    stop = outer.stop if inner.stop is None else (outer.start or 0) + inner.stop
    return Slice(start or None, stop)


def _mapped(a: Map, b: Map) -> list[Op] | None:
    """One table for two, where the second names all that the first gives."""
    if a.otherwise is not None or b.otherwise is not None:
        return None
    views = {(pair.source.kind, pair.source.value): pair for pair in b.pairs}
    pairs: list[Pair] = []
    for pair in a.pairs:
        then = views.get((pair.view.kind, pair.view.value))
        if then is None:
            return None
        pairs.append(Pair(pair.source, then.view, pair.put and then.put))
    return [Map(pairs=_preferring(pairs))]


def _preferring(pairs: list[Pair]) -> tuple[Pair, ...]:
    """The same table with one way back for each value at most: tables that merge values have no more."""
    seen: set[tuple[str, object]] = set()
    made: list[Pair] = []
    for pair in pairs:
        key = (pair.view.kind, pair.view.value)
        made.append(Pair(pair.source, pair.view, pair.put and key not in seen))
        seen |= {key} if pair.put else set()
    return tuple(made)


def _cast_back(first: Step, second: Step) -> list[Op] | None:
    """Nothing, for a cast to a wider type and back."""
    before, after = bare(first.takes[0]), bare(second.gives[0])
    if not isinstance(before, Nd) or not isinstance(after, Nd) or before.dtype != after.dtype:
        return None
    between = nd_of(first.gives[0])
    wide = first.laws.injective and first.laws.get_fails is None
    return [] if wide and second.laws.two_way and between.dtype != before.dtype else None

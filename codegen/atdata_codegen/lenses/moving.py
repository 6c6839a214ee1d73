"""Operators that move elements, as code. Axes are counted from the end, so that batches go the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from atdata_codegen.lenses.names import Names
from atdata_codegen.lenses.steps import Expression, StepCode
from atdata_codegen.lenses.values import rank_of, scalar_literal
from atdata_codegen.plan.literals import text_literal, tuple_literal
from atdata_schema.lenses.ops.cutting import CutStep, PermuteStep
from atdata_schema.lenses.ops.joining import ConcatStep, SplitAtStep, StackStep, UnstackStep
from atdata_schema.lenses.ops.padding import PadStep
from atdata_schema.lenses.ops.pattern import Group
from atdata_schema.lenses.ops.rearranging import FlipStep, RearrangeStep
from atdata_schema.lenses.steps.step import Step

__all__ = ["moving"]


def moving(step: Step, names: Names) -> StepCode | None:
    """The code of an operator that moves elements; `None` for others."""
    match step:
        case RearrangeStep():
            return _rearrange(step, names)
        case FlipStep():
            return _flip(step, names)
        case CutStep():
            return _cut(step, names)
        case PermuteStep():
            return _permute(step, names)
        case PadStep():
            widths = tuple_literal(tuple_literal(map(str, pair)) for pair in step.widths)
            value = scalar_literal(step.value, names)
            return StepCode("padded", kernel=f"{names.lens('pad')}({widths}, {value})")
        case _:
            return _joining(step, names)


def _joining(step: Step, names: Names) -> StepCode | None:
    match step:
        case StackStep():
            rank = rank_of(step.takes[0])
            made = f"{names.lens('stack')}({step.count}, axis={step.axis}, rank={rank})"
            return StepCode("stacked", kernel=made)
        case UnstackStep():
            rank = rank_of(step.takes[0]) - 1
            made = f"{names.lens('unstack')}({step.count}, axis={step.axis}, rank={rank})"
            return StepCode("part", kernel=made)
        case ConcatStep():
            sizes, rank = tuple_literal(map(str, step.sizes)), rank_of(step.takes[0])
            made = f"{names.lens('concat')}({sizes}, axis={step.axis}, rank={rank})"
            return StepCode("joined", kernel=made)
        case SplitAtStep():
            cuts, rank = tuple_literal(map(str, step.cuts)), rank_of(step.takes[0])
            made = f"{names.lens('split_at')}({cuts}, axis={step.axis}, rank={rank})"
            return StepCode("part", kernel=made)
        case _:
            return None


def _rearrange(step: RearrangeStep, names: Names) -> StepCode:
    pattern, np = step.pattern, names.use("np")
    options = "".join(
        f", {name}={_sizes_literal(sizes)}"
        for name, sizes in (("said", step.said), ("known", step.fixed))
        if sizes
    )
    options += ", asks=True" if step.laws.asks else ""
    kernel = f"{names.lens('rearrange')}({text_literal(str(pattern))}{options})"
    if step.laws.get_fails is not None:
        return StepCode("arranged", kernel=kernel)
    there = _arranged(pattern.left, pattern.right, step.fixed, np)
    if any(len(group) != 1 for group in (*pattern.left, *pattern.right)):
        return StepCode("arranged", there, kernel=kernel, total=True)
    sizes = tuple(step.fixed.get(group[0]) for group in pattern.right)
    back = _arranged(pattern.right, pattern.left, step.fixed, np)
    return StepCode("arranged", there, back, sizes, total=True)


def _sizes_literal(sizes: Mapping[str, int]) -> str:
    pairs = (f"{text_literal(name)}: {size}" for name, size in sorted(sizes.items()))
    return f"{{{', '.join(pairs)}}}"


def _arranged(
    left: Sequence[Group], right: Sequence[Group], fixed: Mapping[str, int], np: str
) -> Expression:
    """Axes split, moved, and merged: what of it there is to do."""
    before = [name for group in left for name in group]
    after = [name for group in right for name in group]
    split = any(len(group) != 1 for group in left)
    merged = any(len(group) != 1 for group in right)

    def expression(values: Sequence[str]) -> str:
        whole = values[0]
        lead = f"*{whole}.shape[:-{len(left)}]" if left else f"*{whole}.shape"
        sizes = _axis_sizes(left, fixed, whole)
        made = whole
        if split:
            made = f"{made}.reshape({', '.join((lead, *(sizes[name] for name in before)))})"
        if before != after:
            made = _moved(made, before, after, np)
        if merged:
            shape = [" * ".join(sizes[name] for name in group) or "1" for group in right]
            made = f"{made}.reshape({', '.join((lead, *shape))})"
        return made

    return expression


def _axis_sizes(left: Sequence[Group], fixed: Mapping[str, int], whole: str) -> dict[str, str]:
    """The size of each name, as a number or from the shape of the array."""
    made: dict[str, str] = {}
    for place, group in enumerate(left):
        inside = prod(fixed[name] for name in group if name in fixed)
        for name in group:
            size = f"{whole}.shape[-{len(left) - place}]"
            made[name] = str(fixed.get(name, size if inside == 1 else f"{size} // {inside}"))
    return made


def _moved(value: str, before: list[str], after: list[str], np: str) -> str:
    """Axes in another order: one that moves, where that is all."""
    for name in before:
        rest = [other for other in before if other != name]
        at = after.index(name)
        if [*rest[:at], name, *rest[at:]] == after:
            start, end = before.index(name) - len(before), at - len(before)
            return f"{np}.moveaxis({value}, {start}, {end})"
    order = tuple_literal(str(before.index(name) - len(before)) for name in after)
    places = tuple_literal(str(place - len(after)) for place in range(len(after)))
    return f"{np}.moveaxis({value}, {order}, {places})"


def _flip(step: FlipStep, names: Names) -> StepCode:
    rank, np = rank_of(step.takes[0]), names.use("np")
    axes = [str(axis - rank) for axis in step.axes]
    spelled = axes[0] if len(axes) == 1 else tuple_literal(axes)

    def flipped(values: Sequence[str]) -> str:
        return f"{np}.flip({values[0]}, {spelled})"

    return StepCode("flipped", flipped, flipped, total=True)


def _cut(step: CutStep, names: Names) -> StepCode:
    key = [_at(at) for at in step.key]
    options = ""
    if step.least:
        least = tuple_literal(tuple_literal(map(str, pair)) for pair in step.least)
        options += f", least={least}"
    if step.fill is not None:
        shape = tuple_literal(map(str, step.fill.shape))
        options += f", fill={scalar_literal(step.fill.value, names)}, shape={shape}"
    places = tuple_literal(map(_place, step.key))
    kernel = f"{names.lens('cut')}({places}{options})"
    if step.least:
        return StepCode("cut", kernel=kernel)
    first = next((i for i, at in enumerate(key) if at != ":"), len(key))

    def there(values: Sequence[str]) -> str:
        return f"{values[0]}[{', '.join(('...', *key[first:]))}]"

    return StepCode("cut", there, kernel=kernel, total=True)


def _at(at: Any) -> str:
    """An entry of an index, in square brackets."""
    if isinstance(at, slice):
        ends = ["" if end is None else str(end) for end in (at.start, at.stop)]
        return ":".join(ends) + ("" if at.step in (None, 1) else f":{at.step}")
    return str(at) if isinstance(at, int) else str(at.tolist())


def _place(at: Any) -> str:
    """The same as an expression."""
    if isinstance(at, slice):
        ends = [at.stop] if at.start is None and at.step is None else [at.start, at.stop]
        steps = [] if at.step in (None, 1) else [at.step]
        return f"slice({', '.join(map(str, (*ends, *steps)))})"
    return _at(at)


def _permute(step: PermuteStep, names: Names) -> StepCode:
    rank, np = rank_of(step.takes[0]), names.use("np")
    order = tuple_literal(map(str, step.order))
    kernel = f"{names.lens('order')}({order}, axis={step.axis}, rank={rank})"

    def there(values: Sequence[str]) -> str:
        return f"{np}.take({values[0]}, {order}, {step.axis - rank})"

    return StepCode("ordered", there, kernel=kernel, total=True)

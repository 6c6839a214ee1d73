"""`rearrange` and `flip`: the same elements in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar, Self

import numpy as np

from atdata_schema.lenses.ops.pattern import Group, NamedSizes, Pattern, PatternKind
from atdata_schema.lenses.ops.site import Site, axis_number, fail, known_rank, numbers
from atdata_schema.lenses.program.axis_kinds import Axes, Axis
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.program.values import Argument, ArgumentError
from atdata_schema.lenses.steps.laws import ISO
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import NOTHING, Step, Unary
from atdata_schema.lenses.types.lens_types import LensType
from atdata_schema.lenses.types.sizes import Size, known, product

__all__ = ["Flip", "Rearrange", "flip", "rearrange"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rearrange(Op):
    """`rearrange[h w c -> c h w]`: axes permuted, merged, split, added and removed."""

    NAME: ClassVar[str] = "rearrange"
    pattern: Pattern = arg(PatternKind())
    sizes: tuple[tuple[str, int], ...] = arg(NamedSizes(), default=())

    @classmethod
    def of_arguments(cls, arguments: Sequence[Argument]) -> Self:
        raise ArgumentError("rearrange needs a pattern: rearrange[h w c -> c h w]")

    def __str__(self) -> str:
        sizes = f"({NamedSizes().text(self.sizes)})" if self.sizes else ""
        return f"rearrange[{self.pattern}]{sizes}"


def rearrange(op: Rearrange, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array whose shape it matches."""
    kind = numbers(op, takes, array=True)
    sizes = known_rank(op, kind)
    pattern = op.pattern
    if len(sizes) != len(pattern.left):
        fail(
            "LN207",
            f"the pattern has {len(pattern.left)} axes on the left, {kind} has {len(sizes)}",
            expected=f"an array of {len(pattern.left)} axes",
            actual=kind,
        )
    solving = _Solving(dict(op.sizes), str(kind))
    for group, size in zip(pattern.left, sizes, strict=True):
        solving.group(group, size)
    found = solving.sizes
    shape = tuple(product(found[name] for name in group) for group in pattern.right)
    labels = tuple(group[0] if len(group) == 1 else None for group in pattern.right)
    fixed = {name: c for name, size in found.items() if (c := size.constant) is not None}
    asks = any(sum(name not in fixed for name in group) > 1 for group in pattern.right)
    laws = replace(ISO, get_fails=solving.fails, asks=asks, creates=not asks)
    if _splits(pattern, fixed):
        laws = replace(laws, put_fails="an array whose sizes the pattern does not divide into")
    canonical, new = pattern.renamed()
    kept = tuple((new[name], size) for name, size in sorted(op.sizes) if name in solving.telling)
    return RearrangeStep(
        op=Rearrange(pattern=canonical, sizes=tuple(sorted(kept))),
        takes=takes,
        gives=(kind.shaped(shape, labels),),
        laws=laws,
        pattern=pattern,
        fixed=fixed,
        said=dict(op.sizes),
    )


class _Solving:
    """The sizes of the names of a pattern, from those of the axes."""

    def __init__(self, given: Mapping[str, int], kind: str) -> None:
        self._given = given
        self._kind = kind
        self.sizes: dict[str, Size] = {}
        self.fails: str | None = None
        self.telling: set[str] = set()

    def group(self, names: Group, size: Size) -> None:
        """Take one axis of the left side."""
        given = [name for name in names if name in self._given]
        inside = prod(self._given[name] for name in given)
        self.sizes |= {name: known(self._given[name]) for name in given}
        unknown = [name for name in names if name not in self._given]
        if len(unknown) > 1:
            fail(
                "LN207",
                f"the sizes of {' and '.join(unknown)} are not known",
                help=f"give all but one of them: rearrange[...]({unknown[0]}=2)",
                actual=self._kind,
            )
        if unknown:
            self._divided(unknown[0], size, inside, given)
        elif size.constant is None:
            self.telling |= set(given)
            self.fails = self.fails or f"an array whose axis of size {size} is not of size {inside}"
        elif size.constant != inside:
            wanted = "*".join(names) or "1"
            fail(
                "LN207", f"{wanted} is {inside}, and the axis is of size {size}", actual=self._kind
            )
        elif len(names) > 1:
            self.telling |= set(given)

    def _divided(self, name: str, size: Size, inside: int, given: list[str]) -> None:
        self.telling |= set(given)
        rest = size.divided(known(inside))
        if size.constant is not None and size.constant % inside:
            fail("LN207", f"{inside} does not divide the size {size}", actual=self._kind)
        if rest is None:
            fail("LN207", f"the size {size} cannot be divided by {inside}", actual=self._kind)
        if not rest.is_whole:
            self.fails = self.fails or f"an array whose size {size} is no multiple of {inside}"
        self.sizes[name] = rest


def _splits(pattern: Pattern, fixed: Mapping[str, int]) -> bool:
    """Whether going back splits an axis, or removes one, that the view could have in another size."""
    return any(
        len(group) != 1 and (not group or any(name not in fixed for name in group))
        for group in pattern.right
        if group
    )


@dataclass(frozen=True, kw_only=True)
class RearrangeStep(Unary):
    """`rearrange`, with the sizes that are known before any array is."""

    MOVES: ClassVar[bool] = True
    pattern: Pattern
    fixed: Mapping[str, int]
    said: Mapping[str, int]

    def there(self, value: Any, n: int) -> Any:
        shape = value.shape[n:]
        sizes = _sizes(self.pattern.left, shape, self.said, None)
        return _moved(value, n, self.pattern.left, self.pattern.right, sizes)

    def again(self, value: Any, source: Any, n: int) -> Any:
        before = None
        if source is not NOTHING:
            before = _sizes(self.pattern.left, source.shape[n:], self.said, None)
        sizes = _sizes(self.pattern.right, value.shape[n:], self.fixed, before)
        return _moved(value, n, self.pattern.right, self.pattern.left, sizes)


def _sizes(
    side: Sequence[Group],
    shape: Sequence[int],
    known_sizes: Mapping[str, int],
    before: Mapping[str, int] | None,
) -> dict[str, int]:
    """The size of every name, from the shape of an array and what else is known.

    Raises:
        Refused: the shape is not one that the pattern matches.
    """
    found: dict[str, int] = {}
    if len(side) != len(shape):
        raise Refused(f"an array of {len(side)} axes is wanted, not of shape {list(shape)}", shape)
    for group, size in zip(side, shape, strict=True):
        unknown = [name for name in group if name not in known_sizes]
        if len(unknown) > 1 and before is not None:
            found |= {name: before[name] for name in group}
        else:
            found |= {name: known_sizes[name] for name in group if name in known_sizes}
            inside = prod(found[name] for name in group if name in found)
            if len(unknown) == 1 and inside and size % inside == 0:
                found[unknown[0]] = size // inside
        if not set(group) <= set(found) or prod(found[name] for name in group) != size:
            wanted = "*".join(str(found.get(name, name)) for name in group) or "1"
            raise Refused(f"an axis of size {wanted} is wanted, not of size {size}", shape)
    return found


def _moved(
    value: Any, n: int, side: Sequence[Group], other: Sequence[Group], sizes: Mapping[str, int]
) -> Any:
    lead = value.shape[:n]
    names = [name for group in side for name in group]
    target = [name for group in other for name in group]
    split = value.reshape(*lead, *(sizes[name] for name in names))
    turned = split.transpose(*range(n), *(n + names.index(name) for name in target))
    return turned.reshape(*lead, *(prod(sizes[name] for name in group) for group in other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip(Op):
    """`flip(h, w)`: axes the other way round."""

    NAME: ClassVar[str] = "flip"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("axes",)
    VARIADIC: ClassVar[bool] = True
    axes: tuple[Axis, ...] = arg(Axes())


def flip(op: Flip, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at an array that has the axes."""
    kind = numbers(op, takes, array=True)
    axes = tuple(sorted({axis_number(op, kind, axis) for axis in op.axes}))
    if len(axes) != len(op.axes) or not axes:
        fail("LN203", "flip names axes, each once", actual=kind)
    return FlipStep(op=Flip(axes=axes), takes=takes, gives=(kind,), laws=ISO, axes=axes)


@dataclass(frozen=True, kw_only=True)
class FlipStep(Unary):
    """`flip`, its axes by number."""

    MOVES: ClassVar[bool] = True
    axes: tuple[int, ...]

    def there(self, value: Any, n: int) -> Any:
        return np.flip(value, tuple(axis + n for axis in self.axes))

    def again(self, value: Any, source: Any, n: int) -> Any:
        return self.there(value, n)

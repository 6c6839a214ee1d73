"""All operators of dlens/1: the closed set that a lens is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from atdata_schema.lenses.ops import (
    casting,
    cutting,
    externs,
    instants,
    joining,
    mapping,
    nesting,
    onehot,
    padding,
    presence,
    rearranging,
    reductions,
    resizing,
    scaling,
    texts,
)
from atdata_schema.lenses.ops.hole import Hole
from atdata_schema.lenses.ops.site import Site, fail
from atdata_schema.lenses.program.op import Op, record_name
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.lens_types import LensType

__all__ = ["BY_NAME", "BY_RECORD", "OPERATORS", "Rule", "typed"]

Rule: TypeAlias = Callable[[Any, tuple[LensType, ...], Site], Step]
"""From an operator, the types that it takes, and its place, to the operator with its types."""


def _hole(op: Op, takes: tuple[LensType, ...], site: Site) -> Step:
    fail("LN009", "a hole is to be filled", help="write what is meant in place of ???")


_RULES: dict[type[Op], Rule] = {
    rearranging.Rearrange: rearranging.rearrange,
    rearranging.Flip: rearranging.flip,
    cutting.Crop: cutting.crop,
    cutting.Index: cutting.index,
    cutting.Take: cutting.take,
    padding.Pad: padding.pad,
    joining.Stack: joining.stack,
    joining.Unstack: joining.unstack,
    joining.Concat: joining.concat,
    joining.SplitAt: joining.split_at,
    casting.Cast: casting.cast,
    scaling.Affine: scaling.affine,
    scaling.ScaleMinmax: scaling.scale_minmax,
    onehot.Onehot: onehot.onehot,
    mapping.Map: mapping.value_map,
    presence.Unwrap: presence.unwrap,
    presence.Some: presence.some,
    presence.Expect: presence.expect,
    texts.Join: texts.join,
    texts.Split: texts.split,
    texts.Affix: texts.affix,
    instants.Epoch: instants.epoch,
    nesting.Each: nesting.each,
    nesting.With: nesting.with_,
    externs.ExternOp: externs.extern,
    reductions.Length: reductions.length,
    reductions.Dot: reductions.dot,
    reductions.Sum: reductions.reduction,
    reductions.Mean: reductions.reduction,
    reductions.Min: reductions.reduction,
    reductions.Max: reductions.reduction,
    reductions.Argmax: reductions.argmax,
    resizing.CastStr: resizing.cast_str,
    resizing.Resize: resizing.resize,
    Hole: _hole,
}

OPERATORS: Final[Mapping[type[Op], Rule]] = MappingProxyType(_RULES)
"""Each operator and its rule."""

BY_NAME: Final[Mapping[str, type[Op]]] = {cls.NAME: cls for cls in OPERATORS}
"""The operators by their name in the language."""

_SUGAR: Final = (scaling.ScaleMinmax, Hole)
"""Operators that the canonical form, and so a record, does not have."""

BY_RECORD: Final[Mapping[str, type[Op]]] = {
    record_name(cls.NAME): cls for cls in OPERATORS if cls not in _SUGAR
}
"""The operators by their name in the lexicon."""


def typed(op: Op, takes: tuple[LensType, ...], site: Site) -> Step:
    """An operator with its types.

    Raises:
        Fault: it cannot stand there.
    """
    rule: Rule = OPERATORS[type(op)]
    return rule(op, takes, site)

"""Operators of texts, instants, and values that may be missing, as code."""

from __future__ import annotations

from collections.abc import Sequence

from atdata_codegen.lenses.names import Names
from atdata_codegen.lenses.steps import Expression, StepCode
from atdata_codegen.lenses.values import literal
from atdata_codegen.plan.literals import text_literal, tuple_literal
from atdata_schema.lenses.ops.instants import EpochStep
from atdata_schema.lenses.ops.presence import ExpectStep, SomeStep, UnwrapStep
from atdata_schema.lenses.ops.texts import AffixStep, JoinStep, SplitStep
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.lens_types import Nd, bare

__all__ = ["others"]


def others(step: Step, names: Names) -> StepCode | None:
    """The code of an operator of texts, instants, or values that may be missing; `None` for others."""
    match step:
        case UnwrapStep():
            return StepCode("value", kernel=_unwrap(step, names))
        case SomeStep():
            return StepCode("value", _same, _expected(names), total=True)
        case ExpectStep():
            return StepCode("value", _expected(names), _same)
        case JoinStep():
            made = f"{names.lens('join')}({text_literal(step.separator)}, {len(step.takes)})"
            return StepCode("joined", kernel=made)
        case SplitStep():
            made = f"{names.lens('split')}({text_literal(step.separator)}, {step.parts})"
            return StepCode("part", kernel=made)
        case AffixStep():
            return _affix(step, names)
        case EpochStep():
            return StepCode("count", kernel=f"{names.lens('epoch')}({step.unit:_})")
        case _:
            return None


def _same(values: Sequence[str]) -> str:
    return values[0]


def _expected(names: Names) -> Expression:
    def expected(values: Sequence[str]) -> str:
        return f"{names.lens('expected')}({values[0]})"

    return expected


def _unwrap(step: UnwrapStep, names: Names) -> str:
    kind = bare(step.gives[0])
    if not isinstance(kind, Nd):
        return f"{names.lens('unwrap')}({literal(step.default)})"
    shape, dtype = step.default.shape, text_literal(kind.dtype)
    value = literal(step.default.flat[0] if step.default.size else 0)
    whole = f", {tuple_literal(map(str, shape))}" if shape else ""
    return f"{names.lens('unwrap')}({value}, {dtype}{whole})"


def _affix(step: AffixStep, names: Names) -> StepCode:
    prefix, suffix = text_literal(step.prefix), text_literal(step.suffix)

    def there(values: Sequence[str]) -> str:
        before = [prefix] if step.prefix else []
        after = [suffix] if step.suffix else []
        return " + ".join((*before, values[0], *after))

    kernel = f"{names.lens('affix')}({prefix}, {suffix})"
    return StepCode("affixed", there, kernel=kernel, total=True)

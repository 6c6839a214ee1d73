"""How far off a view may be after a put: the sum of what each operator of a pipe rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from atdata_schema.lenses.ops.casts import CastStep, FloatToFloat, IntToFloat
from atdata_schema.lenses.ops.scaled_floats import AffineFloat
from atdata_schema.lenses.program.numbers import NotANumber, number_text
from atdata_schema.lenses.steps.chain import Tolerance
from atdata_schema.lenses.steps.elements import ElementStep, nd_of
from atdata_schema.lenses.steps.lifted import Lifted
from atdata_schema.lenses.steps.rounding import least_of, rounded, ulp_of
from atdata_schema.lenses.steps.step import Step

__all__ = ["elements_of", "tolerance_of"]

_ULPS = 4
"""A minus, a division, a product and a sum round, each by half an ulp of the larger operand at most."""


@dataclass(frozen=True, slots=True)
class _Slack:
    """How far off a value may be: `step` exactly, because of rounding to what the source can hold, and a bit."""

    step: Fraction = Fraction(0)
    absolute: float = 0.0
    relative: float = 0.0
    narrow: str | None = None


def elements_of(steps: Sequence[Step]) -> list[ElementStep]:
    """The operators of a pipe that change numbers, also where a value may be missing."""
    inner = [step.inner if isinstance(step, Lifted) else step for step in steps]
    return [step for step in inner if isinstance(step, ElementStep)]


def tolerance_of(steps: Sequence[Step]) -> Tolerance | None:
    """The tolerance of a pipe; `None` where its view is exact after every put."""
    slack: _Slack | None = None
    for step in elements_of(steps):
        slack = _after(step, slack)
    if slack is None:
        return None
    return Tolerance(_text(slack), float(slack.step) + slack.absolute, slack.relative)


def _after(step: ElementStep, slack: _Slack | None) -> _Slack | None:
    match step:
        case IntToFloat() if step.rounds:
            return _Slack(step=Fraction(1, 2))
        case FloatToFloat() if step.rounds:
            name = step.source.name
            return _Slack(absolute=least_of(name), relative=ulp_of(name), narrow=name)
        case AffineFloat() if step.mode == "approx" or slack is not None:
            return _scaled(step, slack or _Slack())
        case CastStep() if slack is not None and step.keeps_tolerance:
            name = step.target.name
            relative = slack.relative + ulp_of(name)
            return _Slack(slack.step, slack.absolute + least_of(name), relative, slack.narrow)
        case _:
            return None  # integers and tables are right or wrong, not near


def _scaled(step: AffineFloat, slack: _Slack) -> _Slack:
    if step.mode == "exact":
        return slack
    dtype = nd_of(step.takes[0]).dtype
    scale = max(abs(a) for a, _ in step.pairs)
    offset = max(abs(float(rounded(b, dtype))) for _, b in step.pairs)
    ulp, factor = ulp_of(dtype), float(scale)
    absolute = slack.absolute * factor + _ULPS * ulp * offset + (1 + factor) * least_of(dtype)
    return _Slack(slack.step * scale, absolute, slack.relative + _ULPS * ulp, slack.narrow)


def _text(slack: _Slack) -> str:
    if slack.step:
        try:
            return number_text(slack.step)
        except NotANumber:
            return repr(float(slack.step))
    if slack.narrow is not None:
        return f"an ulp of {slack.narrow}"
    return f"{_ULPS} ulp"

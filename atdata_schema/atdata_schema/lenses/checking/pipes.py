"""Pipes typed, operator by operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atdata_schema.lenses.findings import Finding, Pointer
from atdata_schema.lenses.ops.casting import Cast
from atdata_schema.lenses.ops.casts import FloatToFloat, IntToFloat
from atdata_schema.lenses.ops.registry import typed
from atdata_schema.lenses.ops.scaling import Affine, ScaleMinmax
from atdata_schema.lenses.ops.site import BlockMaker, Fault, Implementation, Site, Unfinished
from atdata_schema.lenses.program.clauses import Extern
from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.report import Report
from atdata_schema.lenses.steps.elements import ElementStep
from atdata_schema.lenses.steps.lifted import Lifted, lifted
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.lens_types import LensType, Maybe, bare

__all__ = ["Piping", "pipe", "trace"]


@dataclass(frozen=True)
class Piping:
    """What a pipe needs to know of the lens around it.

    Attributes:
        report: takes the findings.
        block: makes the body of a block at a place.
        externs: the declared externs.
        code: the code of those that have some.
    """

    report: Report
    block: Blocks
    externs: Mapping[str, Extern]
    code: Mapping[str, Implementation]


class Blocks:
    """Makes bodies of blocks; the place is known only where the operator stands."""

    def at(self, pointer: Pointer) -> BlockMaker:
        """The maker for an operator at that place."""
        raise NotImplementedError


def pipe(
    piping: Piping,
    names: str,
    ops: tuple[Op, ...],
    takes: tuple[LensType, ...],
    wanted: tuple[LensType, ...],
    at: Pointer,
    *,
    two_way: bool,
) -> tuple[Step, ...] | None:
    """The operators with their types, or `None` after a finding.

    Args:
        piping: the lens around it.
        names: what is read, for messages.
        ops: the operators.
        takes: the types of what goes in.
        wanted: the types of the view's fields.
        at: the clause.
        two_way: whether it is written back.
    """
    steps: list[Step] = []
    first = takes
    for index, op in enumerate(ops):
        pointer = (*at, "ops", index)
        site = Site(
            two_way=two_way,
            wanted=wanted if index + 1 == len(ops) else None,
            discrete=_is_discrete(steps),
            rounds=_rounds(ops[index + 1 :]),
            block=piping.block.at(pointer),
            externs=piping.externs,
            code=piping.code,
            warn=_warning(piping.report, pointer),
        )
        try:
            step = _typed(op, takes, site)
        except Fault as fault:
            piping.report.add(_finding(fault, pointer, trace(names, first, steps)))
            return None
        except Unfinished:
            return None
        except OverflowError as error:
            piping.report.error("LN260", str(error), pointer)
            return None
        if two_way and not step.laws.two_way:
            piping.report.error(
                "LN240",
                f"`{op.NAME}` is get-only and cannot appear in a two-way (`<->`) clause",
                pointer,
                "write `->` to make the view field read-only",
            )
            return None
        steps.append(step)
        takes = step.gives
    return tuple(steps)


def _typed(op: Op, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator with its types; where a value may be missing, it is left missing."""
    if op.sees_missing or not any(isinstance(kind, Maybe) for kind in takes):
        return typed(op, takes, site)
    first, *others = takes
    if others:
        raise Fault(
            "LN201",
            f"{op.NAME} takes values that are always there, not {_listed(takes)}",
            help="only one value may be missing, and it stays so; bring it to the view by itself",
        )
    step = typed(op, (bare(first),), site)
    if len(step.gives) > 1:
        raise Fault(
            "LN201",
            f"{op.NAME} makes several values of one that may be missing",
            help="add unwrap(default=...) or expect before it",
        )
    return lifted(step)


def _warning(report: Report, pointer: Pointer) -> Warned:
    return Warned(report, pointer)


@dataclass(frozen=True)
class Warned:
    """Takes the warnings of one operator."""

    report: Report
    pointer: Pointer

    def __call__(self, rule: str, message: str, help: str | None = None) -> None:
        """Take a warning."""
        self.report.say("warning", rule, message, self.pointer, help)


def trace(names: str, takes: tuple[LensType, ...], steps: Sequence[Step]) -> tuple[str, ...]:
    """Each point of a pipe with its type."""
    lines = [f"| {step.op.NAME}: {_listed(step.gives)}" for step in steps]
    return (f"{names}: {_listed(takes)}", *lines) if takes else ()


def _finding(fault: Fault, pointer: Pointer, pipe_: tuple[str, ...]) -> Finding:
    return Finding(
        rule=fault.rule,
        severity="error",
        message=fault.message,
        pointer=pointer,
        help=fault.help,
        expected=fault.expected,
        actual=fault.actual,
        pipe=pipe_,
    )


def _is_discrete(steps: list[Step]) -> bool:
    """Whether elements were integers, and are floats since."""
    for step in reversed(steps):
        inner = step.inner if isinstance(step, Lifted) else step
        if isinstance(inner, IntToFloat) or (isinstance(inner, FloatToFloat) and inner.widens):
            return True
        if isinstance(inner, ElementStep) and not inner.keeps_tolerance:
            return False
    return False


def _rounds(ops: tuple[Op, ...]) -> bool:
    """Whether an operator that follows says that put rounds."""
    return any(isinstance(op, Affine | ScaleMinmax | Cast) and op.on_put == "round" for op in ops)


def _listed(kinds: tuple[LensType, ...]) -> str:
    shown = ", ".join(map(str, kinds))
    return shown if len(kinds) == 1 else f"({shown})"

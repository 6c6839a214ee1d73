"""Pipes between fields typed, and held against both ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from atdata_schema.fields.field import Field
from atdata_schema.lenses.checking.chains import Ends, chain_of
from atdata_schema.lenses.checking.draft import Draft
from atdata_schema.lenses.checking.fields import Found, find
from atdata_schema.lenses.checking.pipes import Piping, pipe, trace
from atdata_schema.lenses.checking.shapes import Shapes
from atdata_schema.lenses.findings import Finding, Pointer
from atdata_schema.lenses.program.clauses import Bind, Derive
from atdata_schema.lenses.program.paths import dotted
from atdata_schema.lenses.steps.leaves import Leaf, guard_of
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.fit import fit
from atdata_schema.lenses.types.lens_types import LensType, Nd, Obj, bare
from atdata_schema.lenses.types.sizes import VIEW

__all__ = ["Binding"]


@dataclass(frozen=True)
class _Fitted:
    """How what a pipe gives fits one field of the view."""

    leaf: Leaf
    fails: str | None
    refused: str | None
    guards_shape: bool


@dataclass(frozen=True)
class Binding:
    """The typing of pipes between two objects.

    Attributes:
        piping: the lens around them.
        source: the object that is looked at.
        view: the object that is seen.
        shapes: the shapes of the view met so far.
    """

    piping: Piping
    source: Obj
    view: Obj
    shapes: Shapes

    def draft(self, clause: Bind | Derive, at: Pointer) -> Draft | None:
        """A pipe typed, or `None` after a finding."""
        two_way = isinstance(clause, Bind)
        src = [find(self.source, path, "") for path in clause.src]
        dst = [find(self.view, path, VIEW) for path in clause.dst]
        takes, wanted = tuple(f.type for f in src), tuple(f.type for f in dst)
        names = ", ".join(map(dotted, clause.src))
        steps = pipe(self.piping, names, clause.ops, takes, wanted, at, two_way=two_way)
        if steps is None:
            return None
        fitted = self._fit(names, takes, steps, dst, at)
        if fitted is None:
            return None
        made = tuple(step.op for step in steps)
        ends = Ends(takes, wanted, _first(f.fails for f in fitted), _refused(src, fitted))
        chain, trial = chain_of(steps, ends)
        kind = Bind if two_way else Derive
        return Draft(
            clause=kind(clause.src, made, clause.dst),
            src=tuple(Leaf(f.path, f.type, _source_guard(f), f.needed) for f in src),
            dst=tuple(item.leaf for item in fitted),
            chain=chain,
            trial=trial,
            ends=ends,
            guards_shape=any(item.guards_shape for item in fitted),
        )

    def _fit(
        self,
        names: str,
        takes: tuple[LensType, ...],
        steps: Sequence[Step],
        dst: list[Found],
        at: Pointer,
    ) -> list[_Fitted] | None:
        """Hold what a pipe gives against the fields of the view."""
        gives = steps[-1].gives if steps else takes
        message = help = None
        if len(gives) != len(dst):
            message = f"{len(gives)} values lead to {len(dst)} fields of the view"
            self._error("LN108", message, at, trace(names, takes, steps))
            return None
        made: list[_Fitted] = []
        for index, (given, found) in enumerate(zip(gives, dst, strict=True)):
            pointer = (*at, "dst", index)
            whole = fit(given, found.type)
            problem, fails, refused = whole.problem, None, None
            if problem is None:
                problem, fails, refused = self.shapes.match(given, found.type)
            if problem is not None:
                message = f"the view wants {found.type}, and the pipe gives {given}: {problem}"
                help = whole.help
                pipe_ = trace(names, takes, steps)
                self._error("LN202", message, pointer, pipe_, help, given, found.type)
                return None
            self._warn("LN252", whole.fails, found, pointer)
            self._warn("LN251", fails, found, pointer)
            guard = None if whole.fails is None else guard_of(found.type, found.field.type)
            leaf = Leaf(found.path, found.type, guard)
            made.append(_Fitted(leaf, whole.fails or fails, refused, fails is not None))
        return made

    def _warn(self, rule: str, failing: str | None, found: Found, at: Pointer) -> None:
        if failing is not None:
            name = dotted(found.path)
            message = f"get can fail: the view's {name} is {found.type}, and {failing} has no view"
            self.piping.report.say("warning", rule, message, at)

    def _error(
        self,
        rule: str,
        message: str,
        at: Pointer,
        pipe_: tuple[str, ...],
        help: str | None = None,
        given: LensType | None = None,
        wanted: LensType | None = None,
    ) -> None:
        self.piping.report.add(
            Finding(
                rule=rule,
                severity="error",
                message=message,
                pointer=at,
                help=help,
                expected=None if wanted is None else str(wanted),
                actual=None if given is None else str(given),
                pipe=pipe_,
            )
        )


def _first(texts: Any) -> str | None:
    return next((text for text in texts if text is not None), None)


def _refused(src: list[Found], fitted: list[_Fitted]) -> str | None:
    """A view without a source, as far as shapes and missing objects tell."""
    lacking = next((found.path[:-1] for found in src if found.loose), None)
    if lacking is not None:
        return f"a value where the source has no {dotted(lacking)}"
    return _first(item.refused for item in fitted)


def _source_guard(found: Found) -> Field[Any] | None:
    """What checks a value that was put: what the schema says beyond what a pipe's type does."""
    inner = bare(found.type)
    if isinstance(inner, Nd) and not inner.scalar and not inner.finite:
        return None
    return guard_of(found.type, found.field.type)

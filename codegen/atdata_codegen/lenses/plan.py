"""From checked lenses to the plan of a module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from atdata_codegen.lenses.functions import FunctionPlan, clause_code
from atdata_codegen.lenses.moving import moving
from atdata_codegen.lenses.names import Names
from atdata_codegen.lenses.numbers import numbers
from atdata_codegen.lenses.others import others
from atdata_codegen.lenses.outside import ExternPlan, Outside
from atdata_codegen.lenses.steps import StepCode
from atdata_codegen.lenses.unit import LensUnit
from atdata_codegen.lenses.values import literal, paths_literal
from atdata_codegen.plan.docs import sentence, titled
from atdata_codegen.plan.literals import number_literal, text_literal, tuple_literal
from atdata_schema.lenses import Lens
from atdata_schema.lenses.ops.externs import ExternStep
from atdata_schema.lenses.ops.nesting import EachStep, WithStep
from atdata_schema.lenses.steps.body import Body, Joint
from atdata_schema.lenses.steps.lifted import Lifted
from atdata_schema.lenses.steps.step import Step
from atdata_schema.names import attribute_name

__all__ = ["Group", "LensPlan", "UnitPlan", "plan_unit"]


@dataclass(frozen=True, slots=True)
class Group:
    """The code of one clause, or what binds those of a block.

    Attributes:
        constants: lines that define what its functions use.
        functions: its functions.
    """

    constants: tuple[str, ...]
    functions: tuple[FunctionPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class LensPlan:
    """One lens as a class.

    Attributes:
        name: the name of the class.
        constant: the name of its only object.
        base: its base, with the classes that it leads between.
        doc: its docstring.
        groups: what stands before it: the code of its clauses.
        members: its attributes.
        run: the lines of the expression that makes its clauses.
    """

    name: str
    constant: str
    base: str
    doc: str
    groups: tuple[Group, ...]
    members: tuple[tuple[str, str], ...]
    run: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A module of lenses.

    Attributes:
        source: the file that it is made from.
        doc: its docstring.
        imports: the import lines in blocks.
        exports: the names that it offers, as literals.
        externs: what somebody else writes; `None` where there is nothing.
        lenses: its lenses.
        final: the module's name for `Final`.
    """

    source: str
    doc: str
    imports: tuple[tuple[str, ...], ...]
    exports: tuple[str, ...]
    externs: ExternPlan | None
    lenses: tuple[LensPlan, ...]
    final: str


def plan_unit(unit: LensUnit) -> UnitPlan:
    """The plan of a module.

    Raises:
        KeyError: the unit lacks the class of a type.
    """
    names = Names(unit)
    titles = [(names.define(_class_name(lens.name)), lens) for lens in unit.lenses]
    constants = [names.define(attribute_name(lens.name)) for lens in unit.lenses]
    outside = Outside(unit, names)
    lenses = tuple(
        _Lens(lens, names, outside, alone=len(titles) == 1).plan(title, constant)
        for (title, lens), constant in zip(titles, constants, strict=True)
    )
    externs = outside.plan()
    exports = [lens.name for lens in lenses] + [lens.constant for lens in lenses]
    exports += [] if externs is None else [externs.name]
    final = names.use("Final")
    return UnitPlan(
        source=unit.nsid.replace(".", "/") + ".lens",
        doc=_about(unit),
        imports=names.imports(),
        exports=tuple(text_literal(name) for name in sorted(exports)),
        externs=externs,
        lenses=lenses,
        final=final,
    )


def _about(unit: LensUnit) -> str:
    title = f"Compiled from the lenses `{unit.nsid}`."
    described = unit.description or next(
        (lens.program.description for lens in unit.lenses if lens.program.description), ""
    )
    text = titled(described, title)
    return text if text.startswith(title) else f"{sentence(text)}\n\n{title}"


def _class_name(name: str) -> str:
    """The class of a lens: its words, each with a capital.

    >>> _class_name("frame_to_train"), _class_name("2d"), _class_name("none")
    ('FrameToTrain', 'N2d', 'None_')
    """
    words = attribute_name(name).strip("_").split("_")
    made = "".join(word[:1].upper() + word[1:] for word in words if word) or "Lens"
    return f"{made}_" if made in ("None", "True", "False") else made


class _Lens:
    """The plan of one lens, being made."""

    def __init__(
        self, lens: Lens[Any, Any], names: Names, outside: Outside, *, alone: bool
    ) -> None:
        self._lens = lens
        self._names = names
        self._outside = outside
        self._words = () if alone else (attribute_name(lens.name),)
        self._groups: list[Group] = []

    def plan(self, name: str, constant: str) -> LensPlan:
        lens, names = self._lens, self._names
        source, view = lens.program.source.id, lens.program.view.id
        classes = [names.class_of(source), names.class_of(view)]
        batches = [names.batch_of(source), names.batch_of(view)]
        kind = "CompiledLens" if lens.two_way else "ReadOnlyLens"
        run = self._run(lens.body, self._words)
        members = (
            ("name", text_literal(lens.name)),
            ("source_class", classes[0]),
            ("view_class", classes[1]),
            ("source_cid", literal(lens.program.source.cid or "")),
            ("view_cid", literal(lens.program.view.cid or "")),
            ("cid", text_literal(lens.cid)),
            ("kind", text_literal(lens.kind)),
            ("two_way", number_literal(lens.two_way)),
            ("creates", number_literal(lens.creates)),
            ("renames", literal(dict(lens.renames))),
        )
        title = f"`{source}` seen as `{view}`."
        return LensPlan(
            name=name,
            constant=constant,
            base=f"{names.use('v1')}.{kind}[{', '.join((*classes, *batches))}]",
            doc=titled(lens.program.description, title),
            groups=tuple(self._groups),
            members=members,
            run=run,
        )

    def _run(self, body: Body, words: tuple[str, ...]) -> tuple[str, ...]:
        """The lines of the expression that makes the clauses between two objects."""
        names = self._names
        classes = [names.class_of(body.source.ref), names.class_of(body.view.ref)]
        clauses = [self._clause(joint, words) for joint in body.joints]
        options = ["creates=True"] if body.creates else []
        options += ["unsure=True"] if body.seen_dims is not None else []
        arguments = (*classes, *clauses, *options)
        return (f"{names.lens('run')}(", *(f"    {item}," for item in arguments), ")")

    def _clause(self, joint: Joint, words: tuple[str, ...]) -> str:
        names = self._names
        src = paths_literal(tuple(leaf.path for leaf in joint.src)) if joint.src else ""
        dst = paths_literal(tuple(leaf.path for leaf in joint.dst)) if joint.dst else ""
        if joint.direction == "fixed":
            return f"{names.lens('const')}({literal(joint.dst[0].out(joint.constant))}, {dst})"
        if joint.direction == "dropped":
            if not joint.creates:
                return f"{names.lens('drop')}({src}, creates=False)"
            rest = "" if joint.constant is None else f", {literal(joint.constant)}"
            return f"{names.lens('drop')}({src}{rest})"
        name = names.lens("both" if joint.direction == "both" else "derived")
        return f"{name}({', '.join((src, dst, *self._functions(joint, words)))})"

    def _functions(self, joint: Joint, words: tuple[str, ...]) -> list[str]:
        """The functions of a clause as arguments."""
        guarded = [str(i) for i, leaf in enumerate(joint.dst) if leaf.guard is not None]
        rest = [f"guarded={tuple_literal(guarded)}"] if guarded else []
        if joint.chain is None or not joint.chain.steps:
            return rest
        base = (*words, *(attribute_name(name) for name in joint.dst[0].path))
        code = clause_code(joint, self._names, base, self._coded)
        self._groups.append(Group(code.constants, code.functions))
        made = [code.get]
        if code.put is None and code.create is not None:
            made.append(f"back={code.create}")
        elif code.put is not None:
            made += [code.put, *([] if code.create is None else [code.create])]
        return [*made, *(["rows=True"] if code.rows else []), *rest]

    def _coded(self, step: Step, names: Names, words: Sequence[str]) -> StepCode:
        """The code of any operator."""
        if isinstance(step, Lifted):
            return _lifted(self._coded(step.inner, names, words), names)
        if isinstance(step, EachStep | WithStep):
            return self._nested(step, tuple(words))
        if isinstance(step, ExternStep):
            return StepCode("made", kernel=self._outside.use(step))
        for coder in (moving, numbers, others):
            found = coder(step, names)
            if found is not None:
                return found
        raise TypeError(f"no code for {step.op.NAME}")

    def _nested(self, step: EachStep | WithStep, words: tuple[str, ...]) -> StepCode:
        body = step.body
        assert isinstance(body, Body)  # the interpreter's
        run = self._run(body, words)
        name = self._names.constant(*words, "clauses")
        self._groups.append(Group((f"{name} = {run[0]}", *run[1:])))
        kind = "each" if isinstance(step, EachStep) else "within"
        word = "items" if isinstance(step, EachStep) else "inner"
        return StepCode(word, kernel=f"{self._names.lens(kind)}({name})")


def _lifted(code: StepCode, names: Names) -> StepCode:
    """The code of an operator for values that may be missing."""
    kernel = None if code.kernel is None else f"{names.lens('maybe')}({code.kernel})"
    there = code.there

    def lifted(values: Sequence[str]) -> str:
        assert there is not None  # tested below
        return f"None if {values[0]} is None else {there(values)}"

    return StepCode(code.word, None if there is None else lifted, kernel=kernel, total=code.total)

"""The functions of a clause: there, back, and made anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from atdata_codegen.lenses.names import Names
from atdata_codegen.lenses.numbers import is_plain_cast, scaling
from atdata_codegen.lenses.steps import StepCode
from atdata_codegen.lenses.values import annotation, literal
from atdata_codegen.plan.literals import tuple_literal
from atdata_codegen.plan.scope import distinct
from atdata_schema.lenses.ops.scaled_floats import AffineFloat
from atdata_schema.lenses.program.printing import clause_text
from atdata_schema.lenses.steps.body import Joint
from atdata_schema.lenses.steps.chain import Chain
from atdata_schema.lenses.steps.lifted import Lifted
from atdata_schema.lenses.steps.step import Step
from atdata_schema.lenses.types.lens_types import LensType

__all__ = ["ClauseCode", "Coder", "FunctionPlan", "clause_code"]

Coder = Callable[[Step, Names, Sequence[str]], StepCode]
"""From an operator to its code; the words are those that names of its constants begin with."""


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """A function of the module.

    Attributes:
        name: its name.
        parameters: its parameters, with their types.
        returns: the type of what it gives.
        doc: its docstring.
        lines: its body.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    returns: str
    doc: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClauseCode:
    """A clause as code.

    Attributes:
        constants: lines that define what its functions use.
        functions: its functions.
        get: the name of the one that leads to the view.
        put: the one that leads back, where the source as it was says something.
        create: the one that leads back from the view alone.
        rows: whether they take the values of one sample only.
    """

    constants: tuple[str, ...]
    functions: tuple[FunctionPlan, ...]
    get: str
    put: str | None
    create: str | None
    rows: bool


@dataclass
class _Writing:
    """The functions of one clause, being written."""

    chain: Chain
    joint: Joint
    names: Names
    base: tuple[str, ...]
    coder: Coder
    constants: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        steps = self.chain.steps
        self.codes = [self._coded(index, step) for index, step in enumerate(steps)]
        self.kernels: dict[int, str] = {}
        asking = [i for i, step in enumerate(steps) if step.laws.asks or not step.laws.injective]
        self.asked = asking[-1] + 1 if asking else 0
        """How many operators get what went into them before."""
        self.keeps = any(step.laws.asks for step in steps)
        local = self.names.locals((*self._sources(), *self._views()))
        self.sources = [local[path] for path in self._sources()]
        self.views = [local[path] for path in self._views()]

    def _sources(self) -> list[tuple[str, ...]]:
        return [("source", *leaf.path) for leaf in self.joint.src]

    def _views(self) -> list[tuple[str, ...]]:
        return [("view", *leaf.path) for leaf in self.joint.dst]

    def _coded(self, index: int, step: Step) -> StepCode:
        """The code of an operator; a scale that follows a plain cast takes that along."""
        if isinstance(step, AffineFloat) and step.laws.get_fails is None:
            code = self.coder(step, self.names, self.base)
            lines, there = scaling(step, self.names, self.base)
            self.constants += lines
            return StepCode(code.word, there, kernel=code.kernel, total=True)
        return self.coder(step, self.names, self.base)

    def kernel(self, index: int) -> str:
        """The constant that holds the kernel function of an operator."""
        if index not in self.kernels:
            made = self.codes[index].kernel
            assert made is not None  # it has no expressions for both ways
            step = self.chain.steps[index]
            word = step.op.NAME
            name = self.kernels[index] = self.names.constant(*self.base, word)
            self.constants.append(f"{name} = {made}")
        return self.kernels[index]

    def taken_along(self, index: int) -> bool:
        """Whether the next operator does this cast on its way."""
        steps = self.chain.steps
        if index + 1 >= len(steps) or not is_plain_cast(steps[index]):
            return False
        following = steps[index + 1]
        return isinstance(following, AffineFloat) and following.laws.get_fails is None

    def forward(self, count: int, body: _Body) -> list[list[str]]:
        """Lines that run the first operators; what went into each, and what came out of the last.

        Args:
            count: how many operators.
            body: takes the lines.
        """
        values, found = self.sources, [self.sources]
        whole = count == len(self.chain.steps)
        for index in range(count):
            step, code = self.chain.steps[index], self.codes[index]
            if whole and self.taken_along(index):
                found.append(values)  # the scale takes what this cast would
                continue
            if code.there is not None:
                made = code.there(values)
            else:
                made = f"{self.kernel(index)}.get({', '.join(values)})"
            words = [code.word] * len(step.gives)
            values = body.let(words, step.gives, made, plain=code.there is not None)
            found.append(values)
        return found

    def backward(self, before: list[list[str]], body: _Body) -> list[str]:
        """Lines that run all operators back; what comes out."""
        values = self.views
        for index in reversed(range(len(self.chain.steps))):
            step, code = self.chain.steps[index], self.codes[index]
            source = before[index] if index < len(before) else []
            if code.back is not None:
                if any(size is not None for size in code.sizes):
                    sizes = ", ".join(map(literal, code.sizes))
                    body.add(f"{self.names.lens('sized')}({values[0]}, {sizes})")
                made = code.back(values)
            else:
                name = "put" if source else "create"
                made = f"{self.kernel(index)}.{name}({', '.join((*values, *source))})"
            last = index == 0
            words = self.sources if last else [self.codes[index - 1].word] * len(step.takes)
            if last:
                words = [f"new_{word}" for word in words] if source or body.takes(words) else words
            values = body.let(words, step.takes, made, plain=code.back is not None)
        return values


class _Body:
    """The lines of a function."""

    def __init__(self, names: Names, taken: Sequence[str]) -> None:
        self._names = names
        self._taken = set(taken)
        self.lines: list[str] = []

    def within(self) -> _Body:
        """Other lines of the same function."""
        made = _Body(self._names, ())
        made._taken = self._taken
        return made

    def takes(self, words: Sequence[str]) -> bool:
        """Whether some names are in use."""
        return any(word in self._taken for word in words)

    def add(self, line: str) -> None:
        """Take a line."""
        self.lines.append(line)

    def let(
        self,
        words: Sequence[str],
        kinds: Sequence[LensType],
        made: str,
        *,
        plain: bool,
    ) -> list[str]:
        """Name what an expression makes."""
        if made in self._taken:
            return [made]
        names = [distinct(word, self._taken) for word in words]
        if len(names) == 1:
            typed = "" if plain else f": {annotation(kinds[0], self._names)}"
            self.lines.append(f"{names[0]}{typed} = {made}")
        else:
            self.lines.append(f"{', '.join(names)} = {made}")
        return names


def clause_code(joint: Joint, names: Names, base: tuple[str, ...], coder: Coder) -> ClauseCode:
    """The functions of a clause that has operators.

    Args:
        joint: the clause.
        names: the names of the module.
        base: the words that the names of its functions begin with.
        coder: makes the code of operators.
    """
    assert joint.chain is not None  # it has operators
    writing = _Writing(joint.chain, joint, names, base, coder)
    get = names.function(*base, "get")
    functions = [_getting(writing, get)]
    put = create = None
    if joint.direction == "both":
        asked = writing.asked > 0
        if not asked or joint.laws.creates or not writing.keeps:
            create = names.function(*base, "create" if asked else "put")
        if asked:
            put = names.function(*base, "put")
            functions.append(_putting(writing, put, get, create))
        if create is not None:
            functions.append(_creating(writing, create, get))
    rows = any(_by_rows(step) for step in joint.chain.steps)
    return ClauseCode(tuple(writing.constants), tuple(functions), get, put, create, rows)


def _by_rows(step: Step) -> bool:
    return _by_rows(step.inner) if isinstance(step, Lifted) else step.BY_ROWS


def _getting(writing: _Writing, name: str) -> FunctionPlan:
    joint, names, chain = writing.joint, writing.names, writing.chain
    body = _Body(names, (*writing.sources, *writing.views))
    found = writing.forward(len(writing.chain.steps), body)
    return FunctionPlan(
        name=name,
        parameters=_parameters(writing.sources, chain.takes, names),
        returns=_returned(chain.gives, names),
        doc=f"`{clause_text(joint.clause).rstrip(';')}`.",
        lines=_finished(body.lines, found[-1]),
    )


def _creating(writing: _Writing, name: str, get: str) -> FunctionPlan:
    names, chain = writing.names, writing.chain
    body = _Body(names, writing.views)
    made = writing.backward([], body)
    _held(writing, get, made, body)
    doc = "The way back." if writing.asked == 0 else "The way back, where there is no source."
    return FunctionPlan(
        name=name,
        parameters=_parameters(writing.views, chain.gives, names),
        returns=_returned(chain.takes, names),
        doc=doc,
        lines=_finished(body.lines, made),
    )


def _putting(writing: _Writing, name: str, get: str, create: str | None) -> FunctionPlan:
    names, chain = writing.names, writing.chain
    body = _Body(names, (*writing.views, *writing.sources))
    inner = body.within()
    found = writing.forward(writing.asked - 1, inner)
    total = all(code.total for code in writing.codes[: writing.asked - 1])
    if inner.lines and not total and not writing.keeps and create is not None:
        body.add("try:")
        body.lines += [f"    {line}" for line in inner.lines]
        body.add(f"except {names.lens('Refused')}:")
        body.add(f"    return {create}({', '.join(writing.views)})  # the source has no view")
    else:
        body.lines += inner.lines
    made = writing.backward(found[: writing.asked], body)
    _held(writing, get, made, body)
    return FunctionPlan(
        name=name,
        parameters=_parameters(
            (*writing.views, *writing.sources), (*chain.gives, *chain.takes), names
        ),
        returns=_returned(chain.takes, names),
        doc="The way back; what the view has not changed stays as it is.",
        lines=_finished(body.lines, made),
    )


def _held(writing: _Writing, get: str, made: list[str], body: _Body) -> None:
    """Where the way back is not proved to lead to the view that was put, try it."""
    chain = writing.chain
    if chain.exact:
        return
    tolerance = ""
    if chain.tolerance is not None:
        name = writing.kernels.get(-1)
        if name is None:
            name = writing.kernels[-1] = writing.names.constant(*writing.base, "tolerance")
            parts = (chain.tolerance.text[:80], chain.tolerance.absolute, chain.tolerance.relative)
            made_ = f"{writing.names.lens('Tolerance')}({', '.join(map(literal, parts))})"
            writing.constants.append(f"{name} = {made_}")
        tolerance = f", tolerance={name}"
    again = f"{get}({', '.join(made)})"
    got = tuple_literal([again]) if len(writing.views) == 1 else again
    views = tuple_literal(writing.views)
    body.add(f"{writing.names.lens('check_same')}({got}, {views}{tolerance})")


def _parameters(
    names: Sequence[str], kinds: Sequence[LensType], scope: Names
) -> tuple[tuple[str, str], ...]:
    pairs = zip(names, kinds, strict=True)
    return tuple((name, annotation(kind, scope)) for name, kind in pairs)


def _returned(kinds: Sequence[LensType], names: Names) -> str:
    texts = [annotation(kind, names) for kind in kinds]
    return texts[0] if len(texts) == 1 else f"tuple[{', '.join(texts)}]"


def _finished(lines: list[str], values: list[str]) -> tuple[str, ...]:
    """The lines with the return at the end; an expression that has just been named is returned itself."""
    named = f"{values[0]} = "
    if len(values) == 1 and lines and lines[-1].startswith(named):
        return (*lines[:-1], f"return {lines[-1].removeprefix(named)}")
    return (*lines, f"return {', '.join(values)}")

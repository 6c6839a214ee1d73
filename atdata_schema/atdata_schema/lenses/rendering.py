"""Findings and lenses as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from atdata_schema.lenses.findings import Finding, Span, printable
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.program.clauses import Bind, Clause, Const, Derive, Drop
from atdata_schema.lenses.program.paths import dotted
from atdata_schema.lenses.steps.body import Joint
from atdata_schema.lenses.steps.laws import WORDS, ClauseLaws

__all__ = ["render", "show"]

_WINDOW = 96


def render(findings: Iterable[Finding], text: str = "", path: str = "<lens>") -> str:
    """Findings with the lines that they are about, the types along the pipe, and help.

    Args:
        findings: what was found.
        text: the text of the file.
        path: its name.
    """
    return "\n".join(_one(finding, text, path) for finding in findings)


def _one(finding: Finding, text: str, path: str) -> str:
    span = finding.span
    if span is None:
        where = f"{path}#/{'/'.join(map(str, finding.pointer))}" if finding.pointer else path
    else:
        where = f"{path}:{span.line}:{span.column}"
    lines = [f"{where}: {finding.severity}[{finding.rule}]: {printable(finding.message)}"]
    margin = "  "
    if span is not None and text:
        number, line, caret = _excerpt(text, span)
        margin = " " * len(number)
        lines += [f"{margin} |", f"{number} | {line}".rstrip(), f"{margin} | {caret}"]
    lines += [f"{margin} = {printable(point)}" for point in finding.pipe]
    if finding.expected is not None:
        lines.append(f"{margin} = wanted: {printable(finding.expected)}")
    for other, said in finding.related:
        if other is not None:
            lines.append(f"{margin} = {path}:{other.line}:{other.column}: {printable(said)}")
    if finding.help is not None:
        lines.append(f"{margin} = help: {printable(finding.help)}")
    return "\n".join(lines) + "\n"


def _excerpt(text: str, span: Span) -> tuple[str, str, str]:
    """The number of a line, the line, and carets under a stretch of it."""
    line = text.split("\n")[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(line) + 1
    first = 0 if len(line) <= _WINDOW else max(0, span.column - 1 - _WINDOW // 3)
    shown = printable(line[first : first + _WINDOW].replace("\t", " "))
    width = max(1, min(end - span.column, len(shown) - (span.column - 1 - first)))
    return str(span.line), shown, " " * (span.column - 1 - first) + "^" * width


def show(lens: Lens[object, object]) -> str:
    """A lens with the types along its pipes, and the class of each clause and of the whole."""
    program = lens.program
    lines = [
        f"{lens.name}: {program.source.id} -> {program.view.id}",
        f"  {_class(lens.laws)}",
        f"  create: {'yes' if lens.creates else 'no'}",
        (
            f"  memory: at most {lens.growth.factor:.0f} times what a field holds, "
            f"and {lens.growth.constant} bytes"
        ),
        f"  cid: {lens.cid}",
    ]
    for joint in lens.clauses:
        lines += ["", *_clause(joint)]
    return "\n".join(lines) + "\n"


def _class(laws: ClauseLaws) -> str:
    said = f"{laws.kind} ({WORDS[laws.kind]})"
    return f"{said}, within {laws.tolerance}" if laws.tolerance is not None else said


def _clause(joint: Joint) -> list[str]:
    clause = joint.clause
    match clause:
        case Bind() | Derive():
            return _pipe(joint, clause)
        case Const():
            return [f"const {clause.value} -> {dotted(clause.dst)}: {joint.dst[0].type}"]
        case Drop():
            return [_dropped(joint, clause)]
        case _:
            return []


def _dropped(joint: Joint, clause: Clause) -> str:
    leaf = joint.src[0]
    default = f"default {joint.constant!r:.60}" if joint.creates else "no default, so no create"
    return f"drop {dotted(leaf.path)}: {leaf.type}, {default}"


def _pipe(joint: Joint, clause: Bind | Derive) -> list[str]:
    sources = ", ".join(f"{dotted(leaf.path)}: {leaf.type}" for leaf in joint.src)
    views = ", ".join(f"{dotted(leaf.path)}: {leaf.type}" for leaf in joint.dst)
    lines = [sources]
    steps = () if joint.chain is None else joint.chain.steps
    lines += [f"  | {step.op}  =>  {', '.join(map(str, step.gives))}" for step in steps]
    lines.append(f"  {'<->' if isinstance(clause, Bind) else '->'} {views}")
    lines.append(f"  {_class(joint.laws)}")
    lines += [f"    {text}" for text in _remarks(joint.laws)]
    return [printable(line) for line in lines]


def _remarks(laws: ClauseLaws) -> list[str]:
    """What is not as good as it could be, each with an example where there is one."""
    found: list[str] = []
    for name, proof in (("get", laws.get_total), ("put", laws.put_total)):
        if not proof.holds and (name == "get" or laws.two_way):
            found.append(
                f"{name} refuses, for example: {proof.example}"
                if proof.example
                else f"{name} may refuse"
            )
    if laws.two_way and not laws.put_put.holds:
        found.append(f"the last put need not win: {laws.put_put.example or 'not proved'}")
    return found

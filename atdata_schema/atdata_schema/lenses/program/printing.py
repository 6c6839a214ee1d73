"""Clauses as text: one line each, or several where it would be long."""

from __future__ import annotations

from atdata_schema.lenses.program.clauses import (
    Auto,
    Bind,
    Block,
    Clause,
    Const,
    Derive,
    Drop,
    DropRest,
)
from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.program.paths import Path, path_text

__all__ = ["LINE", "block_text", "clause_lines", "clause_text"]

LINE = 100
"""Columns of a line."""


def clause_text(clause: Clause) -> str:
    """A clause in one line."""
    head, ops, tail = _parts(clause)
    return " ".join([head, *(f"| {op}" for op in ops), *tail]) + ";"


def clause_lines(clause: Clause, indent: int = 2) -> list[str]:
    """A clause in as few lines as it fits in; each operator begins one where one does not do."""
    margin = " " * indent
    whole = margin + clause_text(clause)
    head, ops, tail = _parts(clause)
    if len(whole) <= LINE or not ops:
        return [whole]
    lines = [margin + head, *(f"{margin}    | {op}" for op in ops)]
    end = f" {' '.join(tail)};"
    if len(lines[-1]) + len(end) <= LINE:
        lines[-1] += end
    else:
        lines.append(f"{margin}   {end}")
    return lines


def block_text(block: Block) -> str:
    """A block in one line."""
    if block.name is not None:
        return block.name
    inner = " ".join(map(clause_text, block.clauses))
    return f"{{ {inner} }}" if inner else "{ }"


def _parts(clause: Clause) -> tuple[str, tuple[Op, ...], list[str]]:
    match clause:
        case Bind() | Derive():
            arrow = "<->" if isinstance(clause, Bind) else "->"
            ops = (
                clause.ops if clause.src else clause.ops[1:]
            )  # the first one stands for what is read
            return _paths(clause.src), ops, [arrow, _paths(clause.dst)]
        case Const():
            said = "" if clause.type is None else f": {clause.type}"
            return f"const {clause.value}{said}", (), ["->", path_text(clause.dst)]
        case Drop():
            last = [] if clause.default is None else ["default", str(clause.default)]
            return f"drop {path_text(clause.path)}", (), last
        case DropRest():
            return "drop *", (), []
        case Auto():
            paths = ", ".join(map(path_text, clause.exclude))
            return "auto", (), ["except", paths] if paths else []


def _paths(paths: tuple[Path, ...]) -> str:
    if len(paths) == 1:
        return path_text(paths[0])
    return f"({', '.join(map(path_text, paths))})" if paths else "???"

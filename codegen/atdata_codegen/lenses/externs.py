"""The code of externs, which is the user's: what of it is missing, and a module to begin with.

The module is read and never run. It is created once, when there is none, and never touched again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.lenses.checking import CheckedFile
from atdata_codegen.lenses.placing import span_of
from atdata_codegen.lenses.protocols import Function, functions_of
from atdata_codegen.source.span import Span
from atdata_schema.lenses import parse
from atdata_schema.lenses.language.tree import ExternNode

__all__ = ["Externs", "externs_of", "module_text", "problems_of_externs"]


@dataclass(frozen=True, slots=True)
class Externs:
    """The functions that the lenses of a project need, and those that are written.

    Attributes:
        module: the import name of the module that has to have them.
        path: its file.
        wanted: each function and the file of lenses that needs it.
        written: the functions that the module has, each with its line, and whether it is more than a skeleton.
        problem: why the module cannot be read; None where it can, or where there is none.
        exists: whether there is a module.
    """

    module: str
    path: Path
    wanted: tuple[tuple[Function, CheckedFile], ...]
    written: Mapping[str, tuple[int, bool]]
    problem: Diagnostic | None
    exists: bool

    @property
    def missing(self) -> tuple[tuple[Function, CheckedFile], ...]:
        """The functions that the module does not have."""
        return tuple(each for each in self.wanted if each[0].name not in self.written)


def externs_of(
    module: str, path: Path, files: Sequence[tuple[CheckedFile, bytes]]
) -> Externs | None:
    """The externs of a project; None where no lens has any.

    Args:
        module: the import name of the user's module.
        path: its file.
        files: the files of lenses, each with its compiled module.
    """
    wanted = [(function, checked) for checked, source in files for function in functions_of(source)]
    if not wanted:
        return None
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Externs(module, path, tuple(wanted), {}, None, False)
    except OSError as error:
        problem = _unreadable(path, None, f"cannot be read: {error.strerror or error}")
        return Externs(module, path, tuple(wanted), {}, problem, True)
    try:
        written = dict(_written(ast.parse(data)))
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        text = data.decode("utf-8", "replace")
        problem = _unreadable(path, text, f"is not Python: {error}", line)
        return Externs(module, path, tuple(wanted), {}, problem, True)
    return Externs(module, path, tuple(wanted), written, None, True)


def problems_of_externs(externs: Externs) -> list[Diagnostic]:
    """What is missing, what clashes, and what nobody needs."""
    if externs.problem is not None:
        return [externs.problem]
    found = list(_clashes(externs))
    found += [_missing(externs, function, checked) for function, checked in externs.missing]
    if externs.exists:
        found += _of_module(externs, externs.path.read_text("utf-8", errors="replace"))
    return found


def module_text(externs: Externs, functions: Sequence[Function]) -> str:
    """A module with skeletons of functions, before it is formatted.

    Args:
        externs: the externs of the project.
        functions: those that it begins.
    """
    distinct = {function.name: function for function in functions}
    imports = dict.fromkeys(line for each in distinct.values() for line in each.imports)
    doc = '"""The code of the externs of lenses. This file is yours: it was created once."""'
    skeletons = "\n\n".join(each.skeleton for each in distinct.values())
    lines = "\n".join(sorted(imports, key=lambda line: (line.startswith("from"), line)))
    return f"{doc}\n\nfrom __future__ import annotations\n\n{lines}\n\n\n{skeletons}"


def _written(tree: ast.Module) -> Iterator[tuple[str, tuple[int, bool]]]:
    """The names that a module binds at its top, and whether each is more than a skeleton."""
    for node in _statements(tree.body):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, (node.lineno, not _is_skeleton(node))
            case ast.ClassDef():
                yield node.name, (node.lineno, True)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield alias.asname or alias.name, (node.lineno, True)
            case ast.Assign():
                for target in node.targets:
                    for part in ast.walk(target):
                        if isinstance(part, ast.Name):
                            yield part.id, (node.lineno, True)
            case ast.AnnAssign(target=ast.Name(id=name)) if node.value is not None:
                yield name, (node.lineno, True)
            case _:
                pass


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those in `if` and `try` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def _is_skeleton(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function does nothing but say that it is not written."""
    body = [each for each in node.body if not _is_constant(each)]
    if not body:
        return True
    only = body[0]
    if len(body) > 1 or not isinstance(only, ast.Raise) or only.exc is None:
        return isinstance(only, ast.Pass) and len(body) == 1
    raised = only.exc.func if isinstance(only.exc, ast.Call) else only.exc
    return ast.unparse(raised) == "NotImplementedError"


def _is_constant(node: ast.stmt) -> bool:
    """A docstring, or `...`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _clashes(externs: Externs) -> Iterator[Diagnostic]:
    owners: dict[str, tuple[Function, CheckedFile]] = {}
    for function, checked in externs.wanted:
        first, other = owners.setdefault(function.name, (function, checked))
        if first.signature != function.signature:
            yield _at_declaration(
                checked,
                function.extern,
                "extern-clash",
                f"extern {function.extern} is {function.signature} here, and {first.signature} in "
                f"{other.file.nsid}",
                "rename one of them: all externs of a project are functions of one module",
            )


def _missing(externs: Externs, function: Function, checked: CheckedFile) -> Diagnostic:
    there = "has no" if externs.exists else "is not there; it needs"
    return _at_declaration(
        checked,
        function.extern,
        "missing-extern",
        f"{externs.module} {there} {function.name}{function.signature}",
        (
            f"`atdata-gen lens stubs` prints a skeleton; write it into {externs.module}"
            if externs.exists
            else "`atdata-gen build` creates it with skeletons to fill; from then on it is yours"
        ),
    )


def _at_declaration(
    checked: CheckedFile, extern: str, rule: str, message: str, hint: str
) -> Diagnostic:
    tree = parse(checked.file.text).tree
    items = () if tree is None else tree.items
    nodes = (item for item in items if isinstance(item, ExternNode) and item.name == extern)
    node = next(nodes, None)
    return diagnose(
        checked.file.path,
        None if node is None else span_of(node.span),
        checked.file.text,
        severity="error",
        rule=rule,
        message=message,
        hint=hint,
    )


def _of_module(externs: Externs, text: str) -> Iterator[Diagnostic]:
    """Skeletons that nobody has filled, and functions that nobody needs."""
    wanted = {function.name for function, _ in externs.wanted}
    for name, (line, filled) in externs.written.items():
        span = Span(line, 1, line + 1, 1)
        if name in wanted and not filled:
            yield diagnose(
                str(externs.path),
                span,
                text,
                severity="error",
                rule="missing-extern",
                message=f"{name} is not written yet",
                hint="write it; a lens that uses it would fail as it runs",
            )
        elif name not in wanted and name.endswith(("_get", "_put")) and not name.startswith("_"):
            yield diagnose(
                str(externs.path),
                span,
                text,
                severity="warning",
                rule="orphaned-extern",
                message=f"{name} is named as the code of an extern, and no lens declares one",
                hint="remove it, or begin its name with _",
            )


def _unreadable(path: Path, text: str | None, why: str, line: int = 1) -> Diagnostic:
    return diagnose(
        str(path),
        Span(line, 1, line + 1, 1),
        text,
        severity="error",
        rule="missing-extern",
        message=f"the module of externs {why}",
        hint="its functions are looked up without running it, so it has to be Python",
    )

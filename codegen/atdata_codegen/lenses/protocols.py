"""What a compiled module of lenses asks of others, read from its source: the functions of its externs, its lenses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from atdata_codegen.emit.docstrings import docstring

__all__ = ["Function", "functions_of", "instances_of"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that somebody else writes.

    Attributes:
        name: its name.
        signature: what stands between its name and its colon.
        doc: its docstring.
        imports: the lines that import what the signature names.
    """

    name: str
    signature: str
    doc: str
    imports: tuple[str, ...]

    @property
    def extern(self) -> str:
        """The extern that it is a way of."""
        return self.name.rpartition("_")[0]

    @property
    def skeleton(self) -> str:
        """A beginning of it."""
        head = f"def {self.name}{self.signature}:"
        return f"{head}\n    {docstring(self.doc, 4)}\n    raise NotImplementedError\n"


def functions_of(source: bytes) -> tuple[Function, ...]:
    """The functions of the protocol of a compiled module; none where its lenses have no externs.

    Args:
        source: the module.
    """
    tree = ast.parse(source)
    imports = dict(_imports(tree))
    return tuple(
        _function(node, imports)
        for cls in tree.body
        if isinstance(cls, ast.ClassDef) and any(_is_protocol(base) for base in cls.bases)
        for node in cls.body
        if isinstance(node, ast.FunctionDef)
    )


def instances_of(source: bytes) -> dict[str, str]:
    """The lenses that a compiled module offers: the CID of each, and its name there.

    Args:
        source: the module.
    """
    tree = ast.parse(source)
    cids = {
        cls.name: cid for cls in tree.body if isinstance(cls, ast.ClassDef) for cid in _cids(cls)
    }
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
            cid = cids.get(ast.unparse(node.value.func))
            if cid is not None:
                found[cid] = ast.unparse(node.target)
    return found


def _cids(cls: ast.ClassDef) -> Iterator[str]:
    for node in cls.body:
        value = node.value if isinstance(node, ast.Assign) else None
        if isinstance(value, ast.Constant) and ast.unparse(node).startswith("cid = "):
            yield str(value.value)


def _is_protocol(base: ast.expr) -> bool:
    return ast.unparse(base).rpartition(".")[2] == "Protocol"


def _function(node: ast.FunctionDef, imports: dict[str, str]) -> Function:
    arguments = node.args
    first = arguments.posonlyargs or arguments.args
    del first[0]  # self
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    signature = f"({ast.unparse(arguments)}){returns}"
    named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    used = tuple(imports[name] for name in sorted(named) if name in imports)
    return Function(node.name, signature, ast.get_docstring(node) or node.name, used)


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that a module imports, and the line that imports it alone."""
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            name = alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"
            origin = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            yield alias.asname or alias.name.partition(".")[0], f"{origin}import {name}"

"""Compiling documents to a package that tests can import, and reading what its code may do."""

from __future__ import annotations

import ast
import importlib
import itertools
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from atdata_codegen.emit import Compiled, compile_documents
from atdata_schema.lexicon import Catalog

__all__ = [
    "ALLOWED_MODULES",
    "calls_of",
    "catalog_of",
    "compile_all",
    "imported",
    "imports_of",
    "module_of",
]

ALLOWED_MODULES = frozenset(
    {"__future__", "builtins", "dataclasses", "datetime", "enum", "typing", "collections.abc"}
    | {"numpy", "numpy.typing", "atdata_schema"}
)
"""What generated code may import besides generated packages."""

_NUMBERS = itertools.count()


def catalog_of(*documents: Mapping[str, object]) -> Catalog:
    catalog = Catalog()
    for document in documents:
        catalog.add(document)
    return catalog


def compile_all(*documents: Mapping[str, object], package: str = "pkg") -> Compiled:
    catalog = catalog_of(*documents)
    return compile_documents(catalog, list(catalog), package)


@contextmanager
def imported(root: Path, *documents: Mapping[str, object]) -> Generator[ModuleType]:
    """The package of some documents, on disk and imported; its modules are forgotten afterwards."""
    package = f"compiled_{next(_NUMBERS)}"
    compiled = compile_all(*documents, package=package)
    assert compiled.findings == []
    for name, data in compiled.files.items():
        path = root / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(package)
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]


def module_of(package: ModuleType, nsid: str) -> Any:
    return importlib.import_module(package.LEXICONS[nsid])


def imports_of(source: bytes) -> set[str]:
    """The modules that a source imports or imports from."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def calls_of(source: bytes) -> set[str]:
    """What a source calls, as it writes it, type arguments left out."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {ast.unparse(_bare(call.func)) for call in calls}


def _bare(node: ast.expr) -> ast.expr:
    return _bare(node.value) if isinstance(node, ast.Subscript) else node

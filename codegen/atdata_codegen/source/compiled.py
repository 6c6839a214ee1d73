"""What a compiled package holds: its index and its documents, read and, where they are no literals, imported."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from atdata_codegen.source.literals import document_in, file_of, index_in

__all__ = ["document_of", "index_of"]


def index_of(package: str, note: Callable[[str], object] | None = None) -> Mapping[str, str]:
    """NSID to module of everything that a package has compiled.

    Args:
        package: its import name.
        note: is told each file that is looked at.

    Raises:
        Exception: whatever a package raises that cannot be read or imported.
    """
    index = index_in(_noted(file_of(package), note))
    return dict(_imported(package, note).LEXICONS) if index is None else index


def document_of(module: str, note: Callable[[str], object] | None = None) -> Mapping[str, Any]:
    """The document of a compiled module.

    Args:
        module: its import name.
        note: is told each file that is looked at.

    Raises:
        Exception: whatever a module raises that cannot be read or imported.
    """
    document = document_in(_noted(file_of(module), note))
    return dict(_imported(module, note).LEXICON.document) if document is None else document


def _imported(name: str, note: Callable[[str], object] | None) -> Any:
    module = importlib.import_module(name)
    _noted(module.__file__, note)
    return module


def _noted(path: str | None, note: Callable[[str], object] | None) -> str | None:
    if path is not None and note is not None:
        note(path)
    return path

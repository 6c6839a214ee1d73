"""Lexicons that installed packages have compiled: the entry point group `atdata.lexicons`.

An entry point names an import package whose `LEXICONS` maps each NSID to the module that defines it; that
module's `LEXICON` has the document. Packages are imported only when a reference leaves the project.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from atdata_codegen.diagnostics import Diagnostic

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "External", "Installed"]

GROUP = "atdata.lexicons"


@dataclass(frozen=True, slots=True)
class External:
    """A document of an installed package.

    Attributes:
        module: the module that defines it.
        document: the lexicon, as decoded from JSON.
    """

    module: str
    document: Mapping[str, Any]


@dataclass(slots=True)
class Installed:
    """The lexicons of installed packages, imported when asked for.

    Attributes:
        own: the package that is being compiled, which is never imported.
        problems: packages that could not be used.
        files: the files of the modules that were imported.
    """

    own: str | None
    problems: list[Diagnostic] = field(default_factory=list[Diagnostic])
    files: set[str] = field(default_factory=set[str])
    _indices: dict[str, str] | None = None

    @property
    def outside(self) -> tuple[str, ...] | None:
        """The files that were read; None if no reference left the project."""
        return None if self._indices is None else tuple(sorted(self.files))

    def find(self, nsid: str) -> External | None:
        """The document of an NSID, from the first package that has it."""
        module = self._index().get(nsid)
        if module is None:
            return None
        document = self._try(module, lambda: self._document(module))
        return None if document is None else External(module, document)

    def _document(self, name: str) -> Mapping[str, Any]:
        module = importlib.import_module(name)
        self._note(module)
        return dict(module.LEXICON.document)

    def _index(self) -> dict[str, str]:
        if self._indices is None:
            self._indices = {}
            for point in _points():
                if point.value != self.own:
                    found = self._try(point.value, functools.partial(self._read, point))
                    for nsid, module in found or ():
                        self._indices.setdefault(nsid, module)
        return self._indices

    def _read(self, point: EntryPoint) -> list[tuple[str, str]]:
        package = importlib.import_module(point.value)
        self._note(package)
        return [(str(nsid), str(module)) for nsid, module in dict(package.LEXICONS).items()]

    def _note(self, module: ModuleType) -> None:
        if module.__file__ is not None:
            self.files.add(module.__file__)

    def _try(self, name: str, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except Exception as error:  # whatever a foreign package does is its fault, and said so
            message = f"{name} cannot be used: {type(error).__name__}: {error}"
            self.problems.append(
                Diagnostic(
                    path=f"<{name}>",
                    severity="error",
                    rule="installed-package",
                    message=message,
                    hint="install it again, or compile its lexicons in this project",
                )
            )
            return None


def _points() -> list[EntryPoint]:
    from importlib.metadata import (
        entry_points,
    )  # slow, and only for references that leave the project

    return sorted(entry_points(group=GROUP), key=lambda point: point.value)

"""Lexicons that installed packages have compiled: the entry point group `atdata.lexicons`.

An entry point names an import package whose `LEXICONS` maps each NSID to the module that defines it; that
module's `LEXICON` has the document. Compiled packages are read and not imported: see `compiled`.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.source.compiled import document_of, index_of

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "Claim", "External", "Installed"]

GROUP = "atdata.lexicons"


@dataclass(frozen=True, slots=True)
class Claim:
    """One package that has compiled a lexicon.

    Attributes:
        module: the module that defines it.
        package: the import package.
        distribution: the name of what was installed; empty where that is not known.
        version: its version.
    """

    module: str
    package: str
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """The claim as people read it."""
        owner = f"{self.distribution} {self.version}".strip()
        return f"{owner} ({self.package})" if owner else self.package


@dataclass(frozen=True, slots=True)
class External:
    """A document of an installed package.

    Attributes:
        module: the module that defines it.
        document: the lexicon, as decoded from JSON.
        claim: whose it is.
    """

    module: str
    document: Mapping[str, Any]
    claim: Claim


@dataclass(slots=True)
class Installed:
    """The lexicons of installed packages, read when asked for.

    Attributes:
        own: the package that is being compiled, which is left out.
        problems: packages that could not be used.
        files: the files that were read.
    """

    own: str | None
    problems: list[Diagnostic] = field(default_factory=list[Diagnostic])
    files: set[str] = field(default_factory=set[str])
    _claims: dict[str, list[Claim]] | None = None
    _documents: dict[str, Mapping[str, Any] | None] = field(
        default_factory=dict[str, "Mapping[str, Any] | None"]
    )

    @property
    def outside(self) -> tuple[str, ...] | None:
        """The files that were read; None if nobody asked for anything."""
        return None if self._claims is None else tuple(sorted(self.files))

    def names(self) -> tuple[str, ...]:
        """The NSIDs of all lexicons that are installed, sorted."""
        return tuple(sorted(self._index()))

    def claims(self, nsid: str) -> tuple[Claim, ...]:
        """The packages that have compiled a lexicon, by name; more than one is an error."""
        return tuple(self._index().get(nsid, ()))

    def find(self, nsid: str) -> External | None:
        """The document of an NSID, from the first package that has it."""
        for claim in self.claims(nsid):
            return self.read(claim)
        return None

    def read(self, claim: Claim) -> External | None:
        """The document of a claim; None if it cannot be had, which is a problem then."""
        name = claim.module
        if name not in self._documents:
            self._documents[name] = self._try(name, lambda: document_of(name, self.files.add))
        document = self._documents[name]
        return None if document is None else External(name, document, claim)

    def _index(self) -> dict[str, list[Claim]]:
        if self._claims is None:
            self._claims = {}
            importlib.invalidate_caches()  # `--watch` may outlive what was installed when it began
            for point in _points():
                if point.value != self.own:
                    found = self._try(point.value, functools.partial(self._read, point))
                    for nsid, claim in found or ():
                        known = self._claims.setdefault(nsid, [])
                        if claim.module not in {other.module for other in known}:
                            known.append(claim)
        return self._claims

    def _read(self, point: EntryPoint) -> list[tuple[str, Claim]]:
        index = index_of(point.value, self.files.add)
        owner = (point.dist.name, point.dist.version) if point.dist is not None else ("", "")
        return [
            (str(nsid), Claim(str(module), point.value, *owner)) for nsid, module in index.items()
        ]

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
    from importlib.metadata import entry_points  # slow, and only where something is compiled

    return sorted(entry_points(group=GROUP), key=lambda point: point.value)

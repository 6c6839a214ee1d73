"""What a module is made from: every document that has a say in it, its surroundings, and the compiler itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from atdata_codegen.incremental.compiler import compiler_digest
from atdata_codegen.incremental.facts import Facts, digest_of
from atdata_codegen.plan import Modules
from atdata_schema.names import module_path
from atdata_schema.references import references
from atdata_schema.shared_types import TYPES

__all__ = ["Inputs"]


class Inputs:
    """Describes what modules are made from, each document read once.

    Args:
        modules: all of them.
        facts: what is known of documents already.
    """

    def __init__(self, modules: Modules, facts: Mapping[str, Facts] | None = None) -> None:
        self._modules = modules
        known = facts or {}
        self._digests = {nsid: found.digest for nsid, found in known.items()}
        self._lines: dict[str, str] = {}
        self._references: dict[str, Collection[str]] = {
            nsid: found.references for nsid, found in known.items()
        }

    def of(self, nsid: str) -> str:
        """A text that differs whenever the module of a lexicon could."""
        return "\n".join(
            (self._around(nsid), *(self._document(other) for other in sorted(self._reached(nsid))))
        )

    def other(self, nsid: str, source: str) -> str:
        """The same for a module that is not that of a lexicon."""
        return f"{self._around(nsid)}\n{source}"

    def _around(self, nsid: str) -> str:
        """One line about the compiler and the place of a module."""
        below = sorted(self._modules.below(module_path(nsid)))
        return f"{compiler_digest()} {self._modules.package} {nsid} {below}"

    def _document(self, nsid: str) -> str:
        """One line about a document: NSIDs and names of modules hold no blanks."""
        if nsid not in self._lines:
            module = self._modules.external.get(nsid, "")
            self._lines[nsid] = f"{nsid} {self._digest(nsid)} {module}"
        return self._lines[nsid]

    def _reached(self, nsid: str) -> set[str]:
        found: set[str] = set()
        pending = [nsid]
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending.extend(other for other in self._referred(name) if other not in found)
        return found

    def _referred(self, nsid: str) -> Collection[str]:
        if nsid not in self._references:
            document = self._modules.catalog.get(nsid)
            self._references[nsid] = set() if document is None else references(document.raw)
        return self._references[nsid]

    def _digest(self, nsid: str) -> str:
        if nsid not in self._digests:
            document = self._modules.catalog.get(nsid)
            raw = document.raw if document is not None else TYPES if nsid == TYPES["id"] else None
            self._digests[nsid] = digest_of(raw or {})
        return self._digests[nsid]

"""What a module is made from: every document that has a say in it, its surroundings, and the compiler itself."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import atdata_codegen
import atdata_schema
from atdata_codegen.plan import Modules
from atdata_schema.names import module_path
from atdata_schema.references import references
from atdata_schema.shared_types import TYPES

__all__ = ["Inputs"]


class Inputs:
    """Describes what modules are made from, each document read once."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._digests: dict[str, str] = {}
        self._references: dict[str, set[str]] = {}

    def of(self, nsid: str) -> str:
        """A text that differs whenever the module of a lexicon could."""
        modules = self._modules
        reached = sorted(self._reached(nsid))
        documents = [(other, self._digest(other), modules.external.get(other)) for other in reached]
        below = sorted(modules.below(module_path(nsid)))
        return json.dumps([compiler_digest(), modules.package, nsid, below, documents])

    def other(self, nsid: str, source: str) -> str:
        """The same for a module that is not that of a lexicon."""
        below = sorted(self._modules.below(module_path(nsid)))
        return json.dumps([compiler_digest(), self._modules.package, nsid, below, source])

    def _reached(self, nsid: str) -> set[str]:
        found: set[str] = set()
        pending = [nsid]
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending.extend(self._referred(name) - found)
        return found

    def _referred(self, nsid: str) -> set[str]:
        if nsid not in self._references:
            document = self._modules.catalog.get(nsid)
            self._references[nsid] = set() if document is None else references(document.raw)
        return self._references[nsid]

    def _digest(self, nsid: str) -> str:
        if nsid not in self._digests:
            document = self._modules.catalog.get(nsid)
            raw = document.raw if document is not None else TYPES if nsid == TYPES["id"] else None
            self._digests[nsid] = sha256(json.dumps(raw).encode()).hexdigest()
        return self._digests[nsid]


@lru_cache(maxsize=1)
def compiler_digest() -> str:
    """A digest of the compiler's source and of the tools that it uses."""
    total = sha256(f"{version('black')} {version('jinja2')}".encode())
    for package in (atdata_codegen, atdata_schema):
        for folder in map(Path, package.__path__):
            files = sorted(
                file for kind in ("py", "j2", "lark") for file in folder.rglob(f"*.{kind}")
            )
            for file in files:
                total.update(
                    f"\n{file.relative_to(folder).as_posix()}\n".encode() + file.read_bytes()
                )
    return total.hexdigest()

"""The types that lenses of a project lead between: the project's own, and those of installed packages."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from atdata_schema.errors import AtdataError
from atdata_schema.lenses import Finding, Program
from atdata_schema.lenses.program.clauses import SchemaRef
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema

__all__ = ["Types", "named_in"]

_RECORDS = "/com.atproto.lexicon.schema/"


@dataclass(slots=True)
class Types:
    """Looks types up in a catalog, each once.

    Attributes:
        catalog: every document that there is.
        broken: the documents that have errors.
    """

    catalog: Catalog
    broken: frozenset[str] = frozenset()
    _found: dict[str, Schema | Finding] = field(default_factory=dict[str, "Schema | Finding"])

    def find(self, name: str) -> Schema | Finding:
        """The type of a full name, or why there is none."""
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def of(self, ref: SchemaRef) -> Schema | Finding:
        """The type that a lens names."""
        return self.find(name_of(ref))

    def _look(self, name: str) -> Schema | Finding:
        nsid = name.partition("#")[0]
        document = self.catalog.get(nsid)
        if document is None:
            near = difflib.get_close_matches(nsid, list(self.catalog), 1)
            hint = f"did you mean {near[0]}?" if near else _FETCH
            return _lost(f"there is no lexicon {nsid}" if nsid else "no type is named", hint)
        if nsid in self.broken:
            return _lost(
                f"the lexicon {nsid} has errors of its own", "`atdata-gen lint` tells them"
            )
        try:
            schema = Schema.of(self.catalog, name)
            _ = schema.model
            return schema
        except AtdataError as error:
            return _lost(f"{name} is no type of samples: {error}", "name a definition of an object")


_FETCH = "put its lexicon into the folder of lexicons, or install a package that has it compiled"


def _lost(message: str, hint: str) -> Finding:
    return Finding(rule="LN112", severity="error", message=message, help=hint)


def name_of(ref: SchemaRef) -> str:
    """The full name of the type that a reference means; empty where a record does not say.

    >>> name_of(SchemaRef("", uri="at://did:web:example.org/com.atproto.lexicon.schema/org.example.frame"))
    'org.example.frame'
    """
    if ref.id or ref.uri is None:
        return ref.id
    _, found, nsid = ref.uri.partition(_RECORDS)
    return nsid if found else ref.uri


def named_in(program: Program) -> tuple[str, str]:
    """The NSIDs of the documents that a lens names."""
    source, view = (name_of(ref).partition("#")[0] for ref in (program.source, program.view))
    return source, view

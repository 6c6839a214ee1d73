"""What is around a document, and what was asked of it while the document was judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from atdata_codegen.rules.site import Json, Lexicons
from atdata_schema.lexicon import Catalog, Document

__all__ = ["Asking", "Surroundings", "Trace"]


@dataclass(frozen=True, slots=True)
class Trace:
    """Questions about what is around a document, and their answers.

    Attributes:
        documents: NSIDs that were looked up, to the digest of the document; empty where there was none.
        groups: names that were looked up among groups, to the document inside; empty where there was none.
        linted: NSIDs of which it was asked whether they are the project's own.
        names: a digest of all NSIDs, where somebody went through them; else empty.
    """

    documents: dict[str, str] = field(default_factory=dict[str, str])
    groups: dict[str, str] = field(default_factory=dict[str, str])
    linted: dict[str, bool] = field(default_factory=dict[str, bool])
    names: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All documents of a project and those around it.

    Attributes:
        catalog: the documents.
        lexicons: the same as rules see them.
        digests: NSID to the digest of the document.
        names: a digest of all NSIDs, in order.
    """

    catalog: Catalog
    lexicons: Lexicons
    digests: Mapping[str, str]
    names: str

    @classmethod
    def of(cls, catalog: Catalog, own: Collection[str], digests: Mapping[str, str]) -> Surroundings:
        """The surroundings that a catalogue makes.

        Args:
            catalog: every document.
            own: the NSIDs of the project's.
            digests: of every document.
        """
        names = sha256("\n".join(catalog).encode("utf-8", "surrogatepass")).hexdigest()
        return cls(catalog, Lexicons.of(_Contents(catalog), own), digests, names)

    def agree(self, trace: Trace) -> bool:
        """Whether the same questions have the same answers here."""
        digests, lexicons = self.digests, self.lexicons
        return (
            all(digests.get(nsid, "") == digest for nsid, digest in trace.documents.items())
            and all((lexicons.inside(name) or "") == one for name, one in trace.groups.items())
            and all(lexicons.is_linted(nsid) == own for nsid, own in trace.linted.items())
            and trace.names in ("", self.names)
        )


class Asking:
    """Surroundings that note what they are asked, as checks and rules ask it.

    Attributes:
        lexicons: what rules ask.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._noted = Trace()
        self._names = ""
        self.lexicons: Lexicons = _Asked(self, around.lexicons, self._noted)

    @property
    def trace(self) -> Trace:
        """What was asked so far."""
        noted = self._noted
        return Trace(noted.documents, noted.groups, noted.linted, self._names)

    def get(self, nsid: str) -> Document | None:
        """A document."""
        self._noted.documents[nsid] = self._around.digests.get(nsid, "")
        return self._around.catalog.get(nsid)

    def __iter__(self) -> Iterator[str]:
        self._names = self._around.names
        return iter(self._around.catalog)


class _Asked(Lexicons):
    """What rules ask, noted."""

    def __init__(self, asking: Asking, lexicons: Lexicons, noted: Trace) -> None:
        super().__init__({}, frozenset(), {})  # nothing that could be asked past the methods
        self._asking = asking
        self._lexicons = lexicons
        self._noted = noted

    def get(self, nsid: str) -> Json | None:
        document = self._asking.get(nsid)
        return None if document is None else document.raw

    def is_linted(self, nsid: str) -> bool:
        found = self._noted.linted[nsid] = self._lexicons.is_linted(nsid)
        return found

    def inside(self, group: str) -> str | None:
        found = self._lexicons.inside(group)
        self._noted.groups[group] = found or ""
        return found


class _Contents(Mapping[str, Json]):
    """The documents of a catalogue as decoded from JSON."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def __getitem__(self, nsid: str) -> Json:
        document = self._catalog.get(nsid)
        if document is None:
            raise KeyError(nsid)
        return document.raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._catalog)

    def __len__(self) -> int:
        return len(self._catalog)

"""The documents that refer to each other, under their NSIDs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from atdata_schema import shared_types
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon.checks_cycles import check_cycles, needs_of
from atdata_schema.lexicon.checks_refs import check_refs, hint_at
from atdata_schema.lexicon.checks_walk import target
from atdata_schema.lexicon.findings import Finding, errors_of
from atdata_schema.lexicon.nodes import Document, Node
from atdata_schema.lexicon.parse import parse
from atdata_schema.lexicon.parse_folder import read_folder
from atdata_schema.lexicon.parse_report import Report, shown

if TYPE_CHECKING:
    from atdata_schema.model import Model

__all__ = ["Catalog"]

_LISTED = 20


class Catalog:
    """Lexicon documents by NSID.

    Iterating gives the NSIDs in the order in which they were added; `in` asks for one.

    >>> catalog = Catalog()
    >>> flag = {"lexicon": 1, "id": "org.example.flag", "defs": {"on": {"type": "boolean"}}}
    >>> catalog.add(flag).id
    'org.example.flag'
    >>> "org.example.flag" in catalog, list(catalog), len(catalog)
    (True, ['org.example.flag'], 1)
    """

    def __init__(self) -> None:
        self._documents: dict[str, Document | None] = {}
        self._deferred: dict[str, Callable[[], Document]] = {}

    @classmethod
    def read(cls, folder: str | Path) -> Catalog:
        """A catalogue of every `*.json` below a folder.

        References are not followed; `check` does.

        Raises:
            LexiconError: there is no such folder, or a document is wrong; everything wrong in any
                file is in its findings.
        """
        path = Path(folder)
        if not path.is_dir():
            raise LexiconError(f"there is no folder {str(path)!r} to read lexicons from")
        documents, findings = read_folder(path)
        catalog = cls()
        for document in documents:
            findings.extend(catalog._insert(document))
        _refuse(findings, f"the lexicons below {str(path)!r}")
        return catalog

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents, in the order in which they were added."""
        return tuple(self._there(nsid) for nsid in self._documents)

    def add(self, document: object) -> Document:
        """Add one document.

        Args:
            document: a lexicon as decoded from JSON. A `Document` that `parse` made is taken as it
                is, even with errors, so that a linter can hold it against others.

        Returns:
            The document; the one that is there already if the same is added twice.

        Raises:
            LexiconError: the document is wrong, or another one has its NSID.

        >>> Catalog().add({"lexicon": 1, "id": "org.example.flag", "defs": {}})
        Traceback (most recent call last):
            ...
        atdata_schema.errors.LexiconError: the lexicon has 1 error:
          org.example.flag: defs: error[empty-defs]: the document defines nothing
        """
        if isinstance(document, Document):
            added = document
        else:
            parsed, findings = parse(document)
            _refuse(findings, "the lexicon")
            assert parsed is not None  # parse says why it made nothing
            added = parsed
        _refuse(self._insert(added), "the lexicon")
        return self._there(added.id)

    def defer(self, nsid: str, read: Callable[[], Document]) -> None:
        """Add a document that is read when it is first asked for.

        Args:
            nsid: its NSID, which no other document of the catalogue has.
            read: gives the document.

        >>> catalog = Catalog()
        >>> flag = {"lexicon": 1, "id": "org.example.flag", "defs": {"on": {"type": "boolean"}}}
        >>> catalog.defer("org.example.flag", lambda: Catalog().add(flag))
        >>> list(catalog), catalog.get("org.example.flag").id
        (['org.example.flag'], 'org.example.flag')
        """
        self._documents[nsid] = None
        self._deferred[nsid] = read

    def _there(self, nsid: str) -> Document:
        """A document that the catalogue has."""
        found = self._documents[nsid]
        if found is None:
            found = self._documents[nsid] = self._deferred.pop(nsid)()
        return found

    def _insert(self, document: Document) -> list[Finding]:
        if document.id not in self._documents:
            self._documents[document.id] = document
        present = self._there(document.id)
        if present is document or _content(present) == _content(document):
            return []
        report = Report(document.id)
        message = f"another document has the NSID {document.id} and differs"
        report.add("duplicate-nsid", ("id",), message, "keep one of them")
        return report.findings

    def get(self, nsid: str) -> Document | None:
        """The document of an NSID, or None.

        `dev.atdata.types` is there without being added.
        """
        return self._there(nsid) if nsid in self._documents else _built_in(nsid)

    def __contains__(self, nsid: object) -> bool:
        return nsid in self._documents

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def resolve(self, ref: str, base: str | None = None) -> tuple[str, Node]:
        """What a reference leads to.

        Args:
            ref: `nsid`, `nsid#name`, or `#name` of the document `base`.
            base: the NSID of the document that holds the reference.

        Returns:
            The full reference, which never ends in `#main`, and the definition.

        Raises:
            LexiconError: it leads nowhere; the finding is `unresolved-ref`.

        >>> catalog = Catalog()
        >>> flag = {"lexicon": 1, "id": "org.example.flag", "defs": {"main": {"type": "boolean"}}}
        >>> _ = catalog.add(flag)
        >>> catalog.resolve("#main", base="org.example.flag")[0]
        'org.example.flag'
        """
        report = Report(base)
        if ref.startswith("#") and base is None:
            message = f"{shown(ref)} is local, and it is not said to which document"
            report.add("unresolved-ref", (), message, "give the NSID of its document as base")
        else:
            full, node = target(self, ref, base or "")
            if node is not None:
                return full, node
            hint = hint_at(self, full, report)
            message = f"{shown(ref)} leads to nothing in the catalogue"
            report.add("unresolved-ref", (), message, hint)
        raise LexiconError(str(report.findings[0]), report.findings)

    def check(self) -> list[Finding]:
        """Everything wrong or doubtful between documents: references, and types that require themselves."""
        findings = [f for document in self.documents for f in check_refs(self, document)]
        needs = {
            full: needed
            for document in self.documents
            for full, needed in needs_of(document).items()
        }
        return findings + check_cycles(needs)

    def validate(self, ref: str, value: object, key: str | None = None) -> None:
        """Check data against a definition.

        Args:
            ref: the definition: `nsid` or `nsid#name`.
            value: the data, as decoded from JSON or as data values; both may be mixed.
            key: the record key, to be checked where the definition is a record.

        Raises:
            ValidationError: the data is not allowed; `path` says where.
            LexiconError: the definition, or one that it refers to, is not in the catalogue.

        >>> catalog = Catalog()
        >>> flag = {"lexicon": 1, "id": "org.example.flag", "defs": {"main": {"type": "boolean"}}}
        >>> _ = catalog.add(flag)
        >>> catalog.validate("org.example.flag", 1)
        Traceback (most recent call last):
            ...
        atdata_schema.errors.ValidationError: an integer where a boolean is required
        """
        from atdata_schema.lexicon.validate import validate

        validate(self, ref, value, key)

    def model(self, nsid: str) -> Model:
        """The schema model of the main definition of a document.

        Raises:
            LexiconError: there is no such document, or it is no type of samples.
        """
        from atdata_schema.lexicon.lower import lower

        return lower(self, nsid)


@lru_cache(maxsize=1)
def _shared_types() -> Document:
    document, _ = parse(shared_types.TYPES)
    assert document is not None  # a test holds it against the rules
    return document


def _built_in(nsid: str) -> Document | None:
    return _shared_types() if nsid == shared_types.TYPES["id"] else None


def _content(document: Document) -> dict[str, object]:
    return {key: value for key, value in document.raw.items() if key != "$type"}


def _refuse(findings: Sequence[Finding], what: str) -> None:
    errors = errors_of(findings)
    if not errors:
        return
    count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
    lines = [f"{what} {'has' if what.endswith('lexicon') else 'have'} {count}:"]
    lines += [f"  {error}" for error in errors[:_LISTED]]
    if len(errors) > _LISTED:
        lines.append(f"  ... and {len(errors) - _LISTED} more")
    raise LexiconError("\n".join(lines), findings)

"""What one file says by itself, whatever lies beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.incremental.opened import Opened
from atdata_codegen.placing import place_findings
from atdata_codegen.source.discover import LexiconFile, path_of
from atdata_schema.lexicon import Document, Finding
from atdata_schema.lexicon.checks_cycles import Need, needs_of
from atdata_schema.references import references
from atdata_schema.shared_types import TYPES
from atdata_schema.syntax import is_valid

__all__ = ["Facts", "about_id", "digest_of", "facts_of", "misplaced"]

_SHARED = "dev.atdata.types"


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file says.

    Attributes:
        id: the NSID of its document; None where there is none.
        digest: of the document, by its meaning as JSON; empty where there is none.
        references: the documents that it refers to, sorted.
        needs: what each of its definitions cannot be without, by full name.
        misread: what is wrong with the file as JSON, which no project leaves out.
        found: what is wrong or doubtful otherwise.
    """

    id: str | None = None
    digest: str = ""
    references: tuple[str, ...] = ()
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict[str, "tuple[Need, ...]"])
    misread: tuple[Diagnostic, ...] = ()
    found: tuple[Diagnostic, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something of the document is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self.found)


def facts_of(opened: Opened) -> Facts:
    """What a file says; it is read and parsed for that."""
    document, findings = opened.parsed
    misread = opened.source.diagnostics
    if document is not None:
        findings = [*findings, *misplaced(document, opened.file), *_rebuilt(document, opened.file)]
    found = place_findings(findings, {opened.file.path: opened.source})
    if document is None:
        return Facts(misread=misread, found=found)
    return Facts(
        document.id,
        digest_of(document.raw),
        tuple(sorted(references(document.raw))),
        needs_of(document),
        misread,
        found,
    )


def digest_of(raw: Mapping[str, object]) -> str:
    """A digest of a document: two files that differ in blanks alone have one."""
    return sha256(json.dumps(raw).encode()).hexdigest()


def misplaced(document: Document, file: LexiconFile) -> list[Finding]:
    """What is wrong with the place of a file."""
    if document.id == file.nsid or not is_valid("nsid", document.id):
        return []
    message = f"the id is {document.id!r}, and the path stands for {file.nsid!r}"
    hint = f"move the file to {path_of(document.id)}"
    return [about_id("nsid-path-mismatch", message, hint, file)]


def _rebuilt(document: Document, file: LexiconFile) -> list[Finding]:
    """What is wrong with a document that has the name of the one that is built in."""
    plain = {key: value for key, value in document.raw.items() if key != "$type"}
    if document.id != _SHARED or plain == TYPES:
        return []
    message = f"{_SHARED} is built in, and this is another document"
    return [about_id("duplicate-nsid", message, "remove the file: refs need no copy", file)]


def about_id(rule: str, message: str, hint: str, file: LexiconFile) -> Finding:
    """An error of the NSID that a file claims."""
    return Finding(rule, "error", ("id",), message, hint, file.path)

"""The files of a project as documents: whose NSID is whose, and what each file says by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.incremental.facts import Facts, about_id, misplaced
from atdata_codegen.incremental.kept import Kept
from atdata_codegen.incremental.opened import Opened
from atdata_codegen.placing import place_findings
from atdata_codegen.source.discover import Discovery
from atdata_schema.lexicon import Finding

__all__ = ["RawDocuments", "Reading", "read_files"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The files as documents.

    Attributes:
        facts: NSID to what the file says whose document has it.
        documents: NSID to that file.
        files: every file, by path and by NSID.
        misread: what could not be read, and what is no JSON; no project leaves that out.
        found: what is wrong or doubtful otherwise.
        broken: documents that have errors: their NSIDs, or their paths where they have no NSID of their own.
    """

    facts: dict[str, Facts]
    documents: dict[str, Opened]
    files: dict[str, Opened]
    misread: list[Diagnostic]
    found: list[Diagnostic]
    broken: set[str]


def read_files(discovery: Discovery, root: Path, kept: Kept) -> Reading:
    """Read files, in order: where two claim one NSID, the first has it.

    Args:
        discovery: the files.
        root: the folder that messages name files relative to.
        kept: what is known of them.
    """
    reading = Reading({}, {}, {}, list(discovery.diagnostics), [], set())
    for file in discovery.files:
        opened = Opened(file)
        facts = kept.facts(opened)
        reading.files[file.path] = opened
        reading.misread.extend(facts.misread)
        if facts.id is None:
            _note(reading, file.path, facts)
        elif facts.id not in reading.facts:
            reading.facts[facts.id] = facts
            reading.documents[facts.id] = reading.files[facts.id] = opened
            _note(reading, facts.id, facts)
            if facts.misread:  # a key that stands twice
                reading.broken.add(facts.id)
        else:
            _add_duplicate(reading, opened, root)
    return reading


def _note(reading: Reading, name: str, facts: Facts) -> None:
    reading.found.extend(facts.found)
    if facts.failed:
        reading.broken.add(name)


def _add_duplicate(reading: Reading, opened: Opened, root: Path) -> None:
    """What is wrong with a file whose NSID another has already; nothing if it says the same."""
    file, document = opened.file, opened.document
    present = reading.documents[document.id]
    if present.document.raw == document.raw:
        return
    other = os.path.relpath(present.file.path, root)
    message = f"{other} has the id {document.id!r} already, and the two differ"
    twice = about_id("duplicate-nsid", message, "keep one of them", file)
    findings: list[Finding] = [*opened.parsed[1], *misplaced(document, file), twice]
    reading.found.extend(place_findings(findings, {file.path: opened.source}))
    reading.broken.add(file.path)


class RawDocuments(Mapping[str, Mapping[str, object]]):
    """Documents as decoded from JSON, each read when it is looked at."""

    def __init__(self, documents: Mapping[str, Opened]) -> None:
        self._documents = documents

    def __getitem__(self, nsid: str) -> Mapping[str, object]:
        return self._documents[nsid].document.raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

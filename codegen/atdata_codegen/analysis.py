"""The documents and lenses of a project: read, parsed and checked by the kernel, and linted.

All findings of all documents are collected; one bad document does not hide what is wrong with another.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from atdata_codegen.diagnostics import Diagnostic, in_order
from atdata_codegen.placing import place_findings
from atdata_codegen.project import Project
from atdata_codegen.rules.ignoring import Ignoring, ignoring
from atdata_codegen.rules.lint import lint
from atdata_codegen.rules.site import Lexicons
from atdata_codegen.source.claims import claimed_by_others, claimed_twice, depending_in_circles
from atdata_codegen.source.discover import Discovery, LexiconFile
from atdata_codegen.source.installed import External, Installed
from atdata_codegen.source.reader import Source, read
from atdata_schema.lexicon import Catalog, Document, Finding, parse
from atdata_schema.references import references
from atdata_schema.shared_types import TYPES
from atdata_schema.syntax import is_valid

if TYPE_CHECKING:  # the language of lenses, where there are any
    from atdata_codegen.lenses.checking import CheckedFile
    from atdata_codegen.lenses.reading import LensFile

__all__ = ["Analysis", "analyse"]

_SHARED = "dev.atdata.types"


@dataclass(frozen=True, slots=True)
class Analysis:
    """A project as the compiler understands it.

    Attributes:
        catalog: every document, those of installed packages and the shared types included.
        nsids: the project's own documents, sorted.
        broken: those of them that have errors.
        external: the modules of documents of installed packages that references lead to, by NSID.
        sources: the files, by NSID and by path.
        ignored: the rules that are left out.
        diagnostics: what was found, in order.
        installed: which packages were read.
        lenses: the files of lenses, held against their types.
    """

    catalog: Catalog
    nsids: tuple[str, ...]
    broken: frozenset[str]
    external: Mapping[str, str]
    sources: Mapping[str, Source]
    ignored: Ignoring
    diagnostics: tuple[Diagnostic, ...]
    installed: Installed
    lenses: tuple[CheckedFile, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    def place(self, findings: Iterable[Finding]) -> tuple[Diagnostic, ...]:
        """Findings of a later stage, with their places."""
        return place_findings(self.ignored.keep(findings), self.sources)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The files as documents; findings name documents by NSID or, where two claim one, by path."""

    root: Path
    documents: dict[str, Document]
    sources: dict[str, Source]
    findings: list[Finding]
    diagnostics: list[Diagnostic]
    broken: set[str]


def analyse(
    project: Project,
    discovery: Discovery,
    extra: Sequence[LensFile] = (),
    names: Iterable[str] = (),
) -> Analysis:
    """Read and judge every document.

    Args:
        project: the configuration.
        discovery: the files.
        extra: files of lenses that lie elsewhere, whose types are needed too.
        names: further types that are asked for.
    """
    ignored = ignoring(project)
    lenses = _read_lenses(discovery)
    lens_types = {name for file in (*lenses, *extra) for name in file.types}
    reading = _read_all(discovery, project.root)
    installed = Installed(project.package)
    raw = {nsid: document.raw for nsid, document in reading.documents.items()}
    external = _follow(raw, installed, {*lens_types, *names})
    catalog = _catalog(reading.documents, external)
    findings = list(reading.findings)
    if project.compiles and project.package is not None:  # or one of the packages may be this one
        findings += claimed_by_others(raw, installed)
    findings += [finding for finding in catalog.check() if finding.document in raw]
    everything = {**{document.id: document.raw for document in catalog.documents}, **raw}
    lexicons = Lexicons.of(everything, raw)
    for nsid in raw:
        findings += lint(nsid, lexicons)
    diagnostics = [*reading.diagnostics, *ignored.diagnostics, *claimed_twice(external, installed)]
    diagnostics += [*depending_in_circles(raw, external), *installed.problems]
    diagnostics += place_findings(ignored.keep(findings), reading.sources)
    wrong = {f.document for f in findings if f.severity == "error" and f.document is not None}
    broken = frozenset(wrong | reading.broken)
    checked, about = _check_lenses(lenses, catalog, broken, raw) if lenses else ((), ())
    diagnostics += ignored.keep_placed(about)
    modules = {nsid: found.module for nsid, found in external.items()}
    return Analysis(
        catalog,
        tuple(sorted(raw)),
        broken,
        modules,
        reading.sources,
        ignored,
        in_order(diagnostics),
        installed,
        checked,
    )


def _read_lenses(discovery: Discovery) -> tuple[LensFile, ...]:
    if not discovery.lenses:
        return ()
    from atdata_codegen.lenses.reading import read_file

    return tuple(map(read_file, discovery.lenses))


def _check_lenses(
    files: Sequence[LensFile], catalog: Catalog, broken: frozenset[str], own: Collection[str]
) -> tuple[tuple[CheckedFile, ...], list[Diagnostic]]:
    """The files of lenses held against their types and their places, and what was found."""
    from atdata_codegen.lenses.checking import check_file
    from atdata_codegen.lenses.places import check_places, distinct
    from atdata_codegen.lenses.types import Types

    types = Types(catalog, broken)
    checked = tuple(check_file(file, types) for file in distinct(files))
    found = [one for file in checked for one in file.diagnostics]
    return checked, [*found, *check_places(files, own)]


def _read_all(discovery: Discovery, root: Path) -> _Reading:
    reading = _Reading(root, {}, {}, [], list(discovery.diagnostics), set())
    for file in discovery.files:
        source = read(file.path, file.data)
        reading.sources[file.path] = source
        reading.diagnostics.extend(source.diagnostics)
        if source.value is not None or not source.diagnostics:
            _take(reading, file, source)
    return reading


def _take(reading: _Reading, file: LexiconFile, source: Source) -> None:
    document, findings = parse(source.value, file.path)
    if document is None:
        reading.findings.extend(findings)
        return
    present = reading.documents.get(document.id)
    if present is not None and present.raw == document.raw:
        return
    findings += _claims(document, file, reading)
    if present is not None:
        reading.findings.extend(findings)
        return
    reading.documents[document.id] = document
    reading.sources[document.id] = source
    reading.findings.extend(replace(finding, document=document.id) for finding in findings)
    if source.diagnostics:  # a key that stands twice
        reading.broken.add(document.id)


def _claims(document: Document, file: LexiconFile, reading: _Reading) -> list[Finding]:
    """What is wrong with the NSID that a file claims."""
    found: list[Finding] = []
    if document.id != file.nsid and is_valid("nsid", document.id):
        message = f"the id is {document.id!r}, and the path stands for {file.nsid!r}"
        wanted = f"{document.id.replace('.', '/')}.json"
        found.append(_about_id("nsid-path-mismatch", message, f"move the file to {wanted}", file))
    present = reading.sources.get(document.id)
    if present is not None:
        other = os.path.relpath(present.path, reading.root)
        message = f"{other} has the id {document.id!r} already, and the two differ"
        found.append(_about_id("duplicate-nsid", message, "keep one of them", file))
    elif document.id == _SHARED and not _is_shared(document.raw):
        message = f"{_SHARED} is built in, and this is another document"
        found.append(
            _about_id("duplicate-nsid", message, "remove the file: refs need no copy", file)
        )
    return found


def _about_id(rule: str, message: str, hint: str, file: LexiconFile) -> Finding:
    return Finding(rule, "error", ("id",), message, hint, file.path)


def _is_shared(raw: Mapping[str, object]) -> bool:
    return {key: value for key, value in raw.items() if key != "$type"} == TYPES


def _follow(
    documents: Mapping[str, Mapping[str, object]], installed: Installed, named: Iterable[str]
) -> dict[str, External]:
    """The documents of installed packages that the project refers to, and those they refer to.

    Args:
        documents: the project's own.
        installed: the installed packages.
        named: what its lenses name.
    """
    external: dict[str, External] = {}
    missing: set[str] = set()
    waiting = [name for document in documents.values() for name in references(document)]
    waiting += sorted(set(named) - {""})
    while waiting:
        name = waiting.pop()
        if name in documents or name in external or name in missing or name == _SHARED:
            continue
        found = installed.find(name)
        if found is None:
            missing.add(name)
        else:
            external[name] = found
            waiting += references(found.document)
    return external


def _catalog(documents: Mapping[str, Document], external: Mapping[str, External]) -> Catalog:
    catalog = Catalog()
    for document in documents.values():
        catalog.add(document)
    others = {nsid: found.document for nsid, found in external.items()}
    for nsid, raw in {**others, _SHARED: TYPES}.items():
        parsed, _ = parse(raw, nsid)
        if nsid not in catalog and parsed is not None:
            catalog.add(parsed)
    return catalog

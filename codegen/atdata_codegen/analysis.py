"""The documents and lenses of a project: read, parsed and checked by the kernel, and linted.

All findings of all documents are collected; one bad document does not hide what is wrong with another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from atdata_codegen.diagnostics import Diagnostic, in_order
from atdata_codegen.incremental.facts import Facts, digest_of
from atdata_codegen.incremental.kept import Kept
from atdata_codegen.incremental.opened import Opened, Sources
from atdata_codegen.incremental.reading import RawDocuments, Reading, read_files
from atdata_codegen.incremental.surroundings import Surroundings
from atdata_codegen.placing import place_findings
from atdata_codegen.project import Project
from atdata_codegen.rules.ignoring import Ignoring, ignoring
from atdata_codegen.source.claims import claimed_by_others, claimed_twice, depending_in_circles
from atdata_codegen.source.discover import Discovery
from atdata_codegen.source.installed import External, Installed
from atdata_codegen.source.reader import Source
from atdata_schema.lexicon import Catalog, Finding, parse
from atdata_schema.lexicon.checks_cycles import Need, check_cycles, needs_of
from atdata_schema.references import references
from atdata_schema.shared_types import TYPES

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
        facts: what the files of the project's documents say by themselves, by NSID.
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
    facts: Mapping[str, Facts]

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    def place(self, findings: Iterable[Finding]) -> tuple[Diagnostic, ...]:
        """Findings of a later stage, with their places."""
        return place_findings(self.ignored.keep(findings), self.sources)


def analyse(
    project: Project,
    discovery: Discovery,
    extra: Sequence[LensFile] = (),
    names: Iterable[str] = (),
    kept: Kept | None = None,
) -> Analysis:
    """Read and judge every document.

    Args:
        project: the configuration.
        discovery: the files.
        extra: files of lenses that lie elsewhere, whose types are needed too.
        names: further types that are asked for.
        kept: what earlier builds found out about the files; what this one finds out is added.
    """
    known = Kept() if kept is None else kept
    ignored = ignoring(project)
    lenses = _read_lenses(discovery)
    lens_types = {name for file in (*lenses, *extra) for name in file.types}
    reading = read_files(discovery, project.root, known)
    sources = Sources(reading.files)
    installed = Installed(project.package)
    external = _follow(reading.facts, installed, {*lens_types, *names})
    catalog = _catalog(reading.documents, external)
    findings: list[Finding] = []
    if project.compiles and project.package is not None:  # or one of the packages may be this one
        findings += claimed_by_others(RawDocuments(reading.documents), installed)
    findings += _circles(reading.facts, catalog)
    found, wrong = _judge(reading, catalog, external, known)
    found += [*reading.found, *place_findings(findings, sources)]
    wrong |= {f.document for f in findings if f.severity == "error" and f.document is not None}
    broken = frozenset(wrong | reading.broken)
    diagnostics = [*reading.misread, *ignored.diagnostics, *claimed_twice(external, installed)]
    references = {nsid: facts.references for nsid, facts in reading.facts.items()}
    diagnostics += [*depending_in_circles(references, external), *installed.problems]
    diagnostics += ignored.keep_placed(found)
    checked, about = _check_lenses(lenses, catalog, broken, reading.facts) if lenses else ((), ())
    diagnostics += ignored.keep_placed(about)
    modules = {nsid: other.module for nsid, other in external.items()}
    return Analysis(
        catalog,
        tuple(sorted(reading.facts)),
        broken,
        modules,
        sources,
        ignored,
        in_order(diagnostics),
        installed,
        checked,
        reading.facts,
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


def _follow(
    own: Mapping[str, Facts], installed: Installed, named: Iterable[str]
) -> dict[str, External]:
    """The documents of installed packages that the project refers to, and those they refer to, sorted.

    Args:
        own: the project's documents.
        installed: the installed packages.
        named: what its lenses name.
    """
    external: dict[str, External] = {}
    missing: set[str] = set()
    waiting = {name for facts in own.values() for name in facts.references} | (set(named) - {""})
    while waiting:
        name = waiting.pop()
        if name in own or name in external or name in missing or name == _SHARED:
            continue
        found = installed.find(name)
        if found is None:
            missing.add(name)
        else:
            external[name] = found
            waiting |= references(found.document)
    return dict(sorted(external.items()))


def _catalog(documents: Mapping[str, Opened], external: Mapping[str, External]) -> Catalog:
    catalog = Catalog()
    for nsid, opened in documents.items():
        catalog.defer(nsid, partial(getattr, opened, "document"))
    others = {nsid: found.document for nsid, found in external.items()}
    for nsid, raw in {**others, _SHARED: TYPES}.items():
        parsed, _ = parse(raw, nsid)
        if nsid not in catalog and parsed is not None:
            catalog.add(parsed)
    return catalog


def _judge(
    reading: Reading, catalog: Catalog, external: Mapping[str, External], kept: Kept
) -> tuple[list[Diagnostic], set[str]]:
    """What is found where documents are held against each other, and which of them have errors."""
    digests = {nsid: digest_of(found.document) for nsid, found in external.items()}
    digests |= {_SHARED: "built in"} | {nsid: f.digest for nsid, f in reading.facts.items()}
    around = Surroundings.of(catalog, reading.facts, digests)
    found: list[Diagnostic] = []
    wrong: set[str] = set()
    for nsid, opened in reading.documents.items():
        judged = kept.judged(opened, around)
        found += judged.found
        if judged.failed:
            wrong.add(nsid)
    return found, wrong


def _circles(own: Mapping[str, Facts], catalog: Catalog) -> list[Finding]:
    """The definitions of the project that require themselves."""
    needs: dict[str, tuple[Need, ...]] = {}
    for nsid in catalog:
        document = None if nsid in own else catalog.get(nsid)
        needs |= own[nsid].needs if document is None else needs_of(document)
    return [finding for finding in check_cycles(needs) if finding.document in own]

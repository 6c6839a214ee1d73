"""From a catalogue to the files of a package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from atdata_codegen.emit.formatting import format_all
from atdata_codegen.emit.inputs import Inputs
from atdata_codegen.emit.memo import Memo
from atdata_codegen.emit.render import render_module, render_package
from atdata_codegen.incremental.cache_files import cache_folder
from atdata_codegen.incremental.facts import Facts
from atdata_codegen.plan import Modules, module_clashes, plan_packages, plan_within
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog, Finding

__all__ = ["Compiled", "OtherModule", "compile_documents"]


@dataclass(frozen=True, slots=True)
class OtherModule:
    """A module of the package that is not that of a lexicon.

    Attributes:
        nsid: what it is of; it lies where a lexicon of this name would.
        source: a text that differs whenever the module could.
        render: its source, before black has seen it.
    """

    nsid: str
    source: str
    render: Callable[[Modules], str]


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a build makes.

    Attributes:
        files: path below the package's folder, with `/`, to content.
        findings: why some documents have no module.
    """

    files: dict[str, bytes]
    findings: list[Finding]


def compile_documents(
    catalog: Catalog,
    nsids: Iterable[str],
    package: str,
    external: Mapping[str, str] | None = None,
    existing: Mapping[str, bytes] | None = None,
    others: Sequence[OtherModule] = (),
    facts: Mapping[str, Facts] | None = None,
) -> Compiled:
    """Compile documents to the files of a package.

    Args:
        catalog: all documents, those that they refer to among them.
        nsids: those to compile; each other one that they refer to is in `external`.
        package: the full name of the package, which modules use to import each other.
        external: NSID to module of the lexicons that other packages hold compiled.
        existing: what is on disk now, by path; it is only used to find what need not be formatted again.
        others: modules beside those of the documents, which clash with none of them.
        facts: what is known of documents, so that those need not be read whose modules are there.

    Returns:
        The files, and the findings of documents that cannot be compiled, which have no file.
    """
    wanted = sorted(set(nsids))
    findings = list(module_clashes(wanted))
    clashing = {finding.document for finding in findings}
    sound = [nsid for nsid in wanted if nsid not in clashing]
    named = frozenset(other.nsid for other in others)
    modules = Modules(catalog, package, external or {}, frozenset(sound), named)
    folder = cache_folder()
    inputs = Inputs(modules, facts)
    build = _Build(modules, inputs, existing or {}, Memo.read(folder), findings)
    files = build.files(sound, others)
    build.memo.write(folder)
    return Compiled(files, findings)


@dataclass(frozen=True, slots=True)
class _Build:
    """One build under way: `findings` grows."""

    modules: Modules
    inputs: Inputs
    existing: Mapping[str, bytes]
    memo: Memo
    findings: list[Finding]

    def files(self, nsids: Iterable[str], others: Sequence[OtherModule]) -> dict[str, bytes]:
        """The files of the documents that can be compiled, of the other modules, and those around them."""
        files = {"py.typed": b""}
        texts: dict[str, str] = {}
        sources: dict[str, str] = {}
        done = []
        for nsid in nsids:
            path, source = self.modules.file(nsid), self.inputs.of(nsid)
            found = self.memo.recall(source, self.existing.get(path))
            if found is not None:
                files[path] = found
            elif (text := self._text(nsid)) is not None:
                texts[path], sources[path] = text, source
            else:
                continue
            done.append(nsid)
        for other in others:
            path, source = self.modules.file(other.nsid), self.inputs.other(
                other.nsid, other.source
            )
            found = self.memo.recall(source, self.existing.get(path))
            if found is not None:
                files[path] = found
            else:
                texts[path], sources[path] = other.render(self.modules), source
        for package in plan_packages(self.modules, done):
            texts[package.path] = render_package(package)
        files |= format_all(texts, self.existing, self.memo)
        for path, source in sources.items():
            self.memo.note(source, files[path])
        return files

    def _text(self, nsid: str) -> str | None:
        """The source of a module, `None` where its document cannot be compiled."""
        try:
            return render_module(plan_within(self.modules, nsid))
        except LexiconError as error:
            reason = Finding("no-sample-form", "error", (), str(error), None, nsid)
            self.findings.extend(error.findings or [reason])
            return None

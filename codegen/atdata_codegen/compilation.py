"""From a project to the files of its package, and everything that was found on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from atdata_codegen.analysis import Analysis, analyse
from atdata_codegen.diagnostics import Diagnostic, blocks, in_order
from atdata_codegen.incremental.kept import Kept
from atdata_codegen.project import Project
from atdata_codegen.source.discover import Discovery
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Finding
from atdata_schema.names import module_path

if TYPE_CHECKING:  # templates and black
    from atdata_codegen.emit import OtherModule
    from atdata_codegen.lenses.checking import CheckedFile
    from atdata_codegen.lenses.externs import Externs
    from atdata_codegen.plan import Modules

__all__ = ["Compilation", "compile_all", "compile_project"]


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a build would write.

    Attributes:
        files: path below the package to content; empty if there are errors.
        diagnostics: everything that was found, in order.
        outside: files of installed packages that were read, and None where no reference left the project.
        analysis: what it was made from.
        lock: what `lenses.lock` would say; empty where there are no lenses.
        tests: tests of the lenses, by path below their folder; none where none are wanted.
        externs: the code that lenses need of the user; None where they need none.
        targets: the files of each other target that is wanted, by path below its folder; none if there are errors.
    """

    files: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    outside: tuple[str, ...] | None
    analysis: Analysis
    lock: bytes = b""
    tests: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    externs: Externs | None = None
    targets: tuple[Mapping[str, bytes], ...] = ()


def compile_all(
    project: Project,
    discovery: Discovery,
    existing: Mapping[str, bytes],
    existing_tests: Mapping[str, bytes] | None = None,
    kept: Kept | None = None,
) -> Compilation:
    """Judge and render everything that the project makes, the package and other targets; nothing is written.

    The arguments are those of `compile_project`.
    """
    if project.compiles:
        made = compile_project(project, discovery, existing, existing_tests, kept)
    else:
        analysis = analyse(project, discovery, kept=kept)
        outside = analysis.installed.outside
        made = Compilation({}, analysis.diagnostics, outside, analysis)
    if not project.targets or blocks(made.diagnostics):
        return made
    from atdata_codegen.targets.running import run_targets

    others = run_targets(project, made.analysis, _sound(made.analysis))
    if not others.diagnostics:
        return replace(made, targets=others.files)
    diagnostics = in_order([*made.diagnostics, *others.diagnostics])
    return replace(made, files={}, diagnostics=diagnostics, lock=b"", tests={}, externs=None)


def compile_project(
    project: Project,
    discovery: Discovery,
    existing: Mapping[str, bytes],
    existing_tests: Mapping[str, bytes] | None = None,
    kept: Kept | None = None,
) -> Compilation:
    """Judge and render everything; nothing is written.

    Documents with errors, and those that refer to them, are left out; the others are
    planned all the same, so that what is wrong with their names is found too.

    Args:
        project: the configuration.
        discovery: the files.
        existing: compiled files on disk, by path below the package; they are looked at to save work only.
        existing_tests: the same of the tests of lenses, by path below their folder.
        kept: what earlier builds found out about the files; what this one finds out is added.

    Raises:
        ProjectError: if the project does not say where the package goes.
    """
    package = project.import_name()
    analysis = analyse(project, discovery, kept=kept)
    sound = _sound(analysis)
    files: Mapping[str, bytes] = {}
    if analysis.failed:
        findings = _plan(analysis, sound, package)
    else:
        from atdata_codegen.emit import compile_documents  # templates and black

        compiled = compile_documents(
            analysis.catalog,
            sound,
            package,
            analysis.external,
            existing,
            _lens_modules(analysis, project),
            analysis.facts,
        )
        files, findings = compiled.files, compiled.findings
    diagnostics = analysis.diagnostics
    if findings:
        diagnostics = in_order([*diagnostics, *analysis.place(findings)])
    if blocks(diagnostics):
        files = {}
    outside = analysis.installed.outside
    if not files or not analysis.lenses:
        return Compilation(files, diagnostics, outside, analysis)
    externs = _externs(analysis, project, files)
    if externs is not None:
        from atdata_codegen.lenses.externs import problems_of_externs

        about = analysis.ignored.keep_placed(problems_of_externs(externs))
        diagnostics = in_order([*diagnostics, *about])
    if blocks(diagnostics):
        return Compilation({}, diagnostics, outside, analysis)
    tests = _tests(analysis, project, files, existing_tests or {})
    return Compilation(files, diagnostics, outside, analysis, _lock(analysis), tests, externs)


def _lens_modules(analysis: Analysis, project: Project) -> list[OtherModule]:
    if not analysis.lenses:
        return []
    from atdata_codegen.emit import OtherModule
    from atdata_codegen.lenses.render import render_lens_module
    from atdata_codegen.lenses.units import source_of, unit_of

    externs, external = project.externs_name(), dict(analysis.external)

    def render(checked: CheckedFile) -> Callable[[Modules], str]:
        return lambda modules: render_lens_module(unit_of(checked, modules, externs))

    return [
        OtherModule(checked.file.nsid, source_of(checked, external, externs), render(checked))
        for checked in analysis.lenses
    ]


def _externs(analysis: Analysis, project: Project, files: Mapping[str, bytes]) -> Externs | None:
    from atdata_codegen.lenses.externs import externs_of

    compiled = [(checked, _module_of(checked.file.nsid, files)) for checked in analysis.lenses]
    return externs_of(project.externs_name(), project.externs_file(), compiled)


def _tests(
    analysis: Analysis,
    project: Project,
    files: Mapping[str, bytes],
    existing: Mapping[str, bytes],
) -> Mapping[str, bytes]:
    """The tests of all lenses, where the project wants them; those of unchanged lenses as they are."""
    if project.lens_tests is None:
        return {}
    from atdata_codegen.emit.formatting import format_all
    from atdata_codegen.emit.memo import Memo
    from atdata_codegen.incremental.cache_files import cache_folder
    from atdata_codegen.lenses.law_tests import file_of, render_tests
    from atdata_codegen.lenses.units import tests_source_of

    memo = Memo.read(cache_folder())
    package, externs = project.import_name(), project.externs_name()
    made: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    sources: dict[str, str] = {}
    for checked in analysis.lenses:
        path = file_of(checked.file.nsid)
        compiled = _module_of(checked.file.nsid, files)
        source = tests_source_of(checked, compiled, externs)
        found = memo.recall(source, existing.get(path))
        if found is not None:
            made[path] = found
            continue
        module = ".".join((package, *module_path(checked.file.nsid)))
        texts[path] = render_tests(checked, module, compiled, externs)
        sources[path] = source
    made |= format_all(texts, existing, memo)
    for path, source in sources.items():
        memo.note(source, made[path])
    memo.write(cache_folder())
    return made


def _module_of(nsid: str, files: Mapping[str, bytes]) -> bytes:
    path = "/".join(module_path(nsid))
    return files.get(f"{path}.py") or files[f"{path}/__init__.py"]


def _lock(analysis: Analysis) -> bytes:
    from atdata_codegen.lenses.lock import locked_of, render_lock

    return render_lock(
        {name: locked_of(lens) for file in analysis.lenses for name, lens in file.lenses}
    )


def _plan(analysis: Analysis, sound: tuple[str, ...], package: str) -> list[Finding]:
    """What rendering would find, without rendering: there will be no files."""
    from atdata_codegen.emit.inputs import Inputs
    from atdata_codegen.emit.memo import Memo
    from atdata_codegen.incremental.cache_files import cache_folder
    from atdata_codegen.plan import Modules, module_clashes, plan_within

    findings = list(module_clashes(sound))
    clashing = {finding.document for finding in findings}
    named = [nsid for nsid in sound if nsid not in clashing]
    modules = Modules(analysis.catalog, package, analysis.external, frozenset(named))
    inputs, memo = Inputs(modules, analysis.facts), Memo.read(cache_folder())
    for nsid in named:
        source = inputs.of(nsid)
        if memo.knows(source):  # nothing was found then
            continue
        try:
            plan_within(modules, nsid)
            memo.note_planned(source)
        except LexiconError as error:
            reason = Finding("no-sample-form", "error", (), str(error), None, nsid)
            findings += error.findings or [reason]
    memo.write(cache_folder())
    return findings


def _sound(analysis: Analysis) -> tuple[str, ...]:
    """The project's documents that neither have errors nor refer to one that has."""
    users: dict[str, list[str]] = {}
    for nsid, facts in analysis.facts.items():
        for target in facts.references:
            users.setdefault(target, []).append(nsid)
    tainted: set[str] = set()
    waiting = [nsid for nsid in analysis.broken if nsid in analysis.facts]
    while waiting:
        nsid = waiting.pop()
        if nsid not in tainted:
            tainted.add(nsid)
            waiting += users.get(nsid, [])
    return tuple(nsid for nsid in analysis.nsids if nsid not in tainted)

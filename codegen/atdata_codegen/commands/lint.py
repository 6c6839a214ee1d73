"""`atdata-gen lint`: say what is wrong or doubtful in the lexicons and lenses."""

from __future__ import annotations

from atdata_codegen.cache import key_of, load_entry, store_entry
from atdata_codegen.commands.options import Reporter, parser_for, project_of
from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.project import Project, ProjectError
from atdata_codegen.source.discover import Discovery, discover

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = "Say what is wrong or doubtful in the lexicons and lenses of the project."
    arguments = parser_for("lint", description).parse_args(argv)
    reporter = Reporter(arguments)
    try:
        diagnostics, count = _judge(project_of(arguments))
    except ProjectError as error:
        return reporter.wrong_usage(error)
    status = reporter.findings(diagnostics)
    reporter.closing(diagnostics, count)
    return status


def _judge(project: Project) -> tuple[tuple[Diagnostic, ...], str]:
    discovery = discover(project.lexicons)
    key = key_of(project, discovery, "lint")
    entry = load_entry(key)
    if entry is not None:
        return entry.diagnostics, _account(discovery)
    from atdata_codegen.analysis import analyse  # the kernel
    from atdata_codegen.incremental.kept import Kept

    kept = Kept.of(project)
    analysis = analyse(project, discovery, kept=kept)
    kept.write()
    store_entry(key, {}, analysis.diagnostics, analysis.installed.outside)
    return analysis.diagnostics, _account(discovery)


def _account(discovery: Discovery) -> str:
    lexicons, lenses = len(discovery.files), len(discovery.lenses)
    counted = f"{lexicons} lexicon{'' if lexicons == 1 else 's'}"
    files = f"{lenses} file{'' if lenses == 1 else 's'} of lenses"
    return f"{counted}, {files}" if lenses else counted

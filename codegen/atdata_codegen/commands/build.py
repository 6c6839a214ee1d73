"""`atdata-gen build`: compile the lexicons into the package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from atdata_codegen.building import Built, make
from atdata_codegen.commands.options import Reporter, parser_for, project_of, without_notes
from atdata_codegen.diagnostics import Diagnostic, in_order
from atdata_codegen.outputs import Changes, edited_of, problems_of
from atdata_codegen.project import Project, ProjectError, find_pyproject
from atdata_codegen.writing import apply

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    parser = parser_for("build", "Compile the lexicons of the project into its package.")
    parser.add_argument(
        "--watch", action="store_true", help="build again whenever a lexicon changes"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace compiled files that were edited"
    )
    what = "print the schema model of each sample type as JSON, and write nothing"
    parser.add_argument("--emit", choices=["model"], help=what)
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    try:
        if arguments.watch:
            return _watch(arguments, reporter)
        project = project_of(arguments)
        if arguments.emit:
            return _emit(project, reporter)
        return build(project, reporter, force=arguments.force)
    except ProjectError as error:
        return reporter.wrong_usage(error)


def build(project: Project, reporter: Reporter, *, force: bool) -> int:
    """Compile once; the exit status."""
    built = make(project)
    problems = _problems(built, force)
    if not problems and built.changes is not None:
        problems = _write(built.changes)
    diagnostics = in_order([*built.diagnostics, *problems])
    status = reporter.findings(without_notes(diagnostics))
    done = built.changes is not None and not problems
    reporter.closing(
        diagnostics, _account(built.changes) if done and built.changes else "nothing written"
    )
    return status


def _problems(built: Built, force: bool) -> list[Diagnostic]:
    if built.changes is None:
        return []
    problems = problems_of(built.changes, built.owned)
    return problems if force else [*problems, *edited_of(built.changes)]


def _write(changes: Changes) -> list[Diagnostic]:
    try:
        apply(changes)
    except OSError as error:
        path = str(error.filename or changes.folder)
        message = f"cannot be written: {error.strerror or error}"
        hint = "what was written is whole; the next build continues"
        return [
            Diagnostic(
                path=path, severity="error", rule="unwritable-output", message=message, hint=hint
            )
        ]
    return []


def _account(changes: Changes) -> str:
    parts = [
        f"{len(paths)} {word}"
        for paths, word in ((changes.write, "written"), (changes.remove, "removed"))
        if paths
    ]
    parts.append(f"{len(changes.same)} up to date")
    total = len(changes.same) + len(changes.write)
    return f"{total} file{'' if total == 1 else 's'}: {', '.join(parts)}"


def _watch(arguments: argparse.Namespace, reporter: Reporter) -> int:
    from atdata_codegen.watch import watch

    def once() -> None:
        try:
            build(project_of(arguments), reporter, force=arguments.force)
        except ProjectError as error:
            reporter.wrong_usage(error)

    def roots() -> list[Path]:
        pyproject = find_pyproject(Path.cwd())
        known = [] if pyproject is None else [pyproject]
        try:
            return [*project_of(arguments).lexicons, *known]
        except ProjectError:  # said by `once`; mended in pyproject.toml
            return known or [Path.cwd() / "pyproject.toml"]

    return watch(roots, once)


def _emit(project: Project, reporter: Reporter) -> int:
    from atdata_codegen.printing import print_models

    diagnostics, text = print_models(project)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        return reporter.findings(diagnostics)
    sys.stdout.write(text)
    return 0

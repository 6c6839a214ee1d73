"""`atdata-gen build`: compile the lexicons and lenses into the package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from atdata_codegen.building import Built, folders_of, make
from atdata_codegen.commands.options import Reporter, parser_for, project_of, without_notes
from atdata_codegen.commands.targeting import add_target, targeted
from atdata_codegen.diagnostics import in_order
from atdata_codegen.finishing import finish
from atdata_codegen.project import Project, ProjectError, find_pyproject

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    parser = parser_for("build", "Compile the lexicons and lenses of the project into its package.")
    parser.add_argument(
        "--watch", action="store_true", help="build again whenever a lexicon changes"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace compiled files that were edited"
    )
    what = "check lenses against the types as they are now, and write that to lenses.lock"
    parser.add_argument("--update-lenses", action="store_true", help=what)
    what = "write tests of the laws of the lenses into a folder (tests/lenses)"
    parser.add_argument("--tests", nargs="?", const="tests/lenses", metavar="DIR", help=what)
    what = "print the schema model of each sample type as JSON, and write nothing"
    parser.add_argument("--emit", choices=["model"], help=what)
    add_target(parser)
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    try:
        if arguments.watch:
            return _watch(arguments, reporter)
        project = targeted(arguments)
        if arguments.emit:
            return _emit(project, reporter)
        return build(
            project, reporter, force=arguments.force, update_lenses=arguments.update_lenses
        )
    except ProjectError as error:
        return reporter.wrong_usage(error)


def build(project: Project, reporter: Reporter, *, force: bool, update_lenses: bool = False) -> int:
    """Compile once; the exit status."""
    built = make(project, update_lenses=update_lenses)
    problems = finish(built, force=force)
    diagnostics = in_order([*built.diagnostics, *problems]) if problems else built.diagnostics
    status = reporter.findings(without_notes(diagnostics))
    done = built.changes is not None and not problems
    reporter.closing(diagnostics, _account(built) if done else "nothing written")
    return status


def _account(built: Built) -> str:
    folders = [changes for changes, _ in folders_of(built)]
    written = sum(len(changes.write) for changes in folders)
    written += sum(file.stale and file.data is not None for file in built.beside)
    removed = sum(len(changes.remove) for changes in folders)
    removed += sum(file.stale and file.data is None for file in built.beside)
    same = sum(len(changes.same) for changes in folders)
    same += sum(not file.stale for file in built.beside)
    counted = ((written, "written"), (removed, "removed"))
    parts = [f"{count} {word}" for count, word in counted if count]
    parts.append(f"{same} up to date")
    total = same + written
    return f"{total} file{'' if total == 1 else 's'}: {', '.join(parts)}"


def _watch(arguments: argparse.Namespace, reporter: Reporter) -> int:
    from atdata_codegen.watch import watch

    def once() -> None:
        try:
            build(
                targeted(argparse.Namespace(**vars(arguments))),
                reporter,
                force=arguments.force,
                update_lenses=arguments.update_lenses,
            )
        except ProjectError as error:
            reporter.wrong_usage(error)

    def roots() -> list[Path]:
        pyproject = find_pyproject(Path.cwd())
        known = [] if pyproject is None else [pyproject]
        try:
            return [*_watched(project_of(arguments)), *known]
        except ProjectError:  # said by `once`; mended in pyproject.toml
            return known or [Path.cwd() / "pyproject.toml"]

    return watch(roots, once)


def _watched(project: Project) -> list[Path]:
    """The folders of lexicons, and the code of externs where there is some."""
    if project.output is None or project.package is None:
        return list(project.lexicons)
    return [*project.lexicons, project.externs_file()]


def _emit(project: Project, reporter: Reporter) -> int:
    from atdata_codegen.printing import print_models

    diagnostics, text = print_models(project)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        return reporter.findings(diagnostics)
    sys.stdout.write(text)
    return 0

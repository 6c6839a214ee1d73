"""`atdata-gen check`: say whether the package is up to date; nothing is written."""

from __future__ import annotations

import sys

from atdata_codegen.building import Built, make
from atdata_codegen.commands.options import Reporter, parser_for, project_of, without_notes
from atdata_codegen.diagnostics import Diagnostic, in_order, shown_path
from atdata_codegen.outputs import MANIFEST, Changes, content, edited_of, problems_of
from atdata_codegen.project import ProjectError
from atdata_codegen.writing import diff

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = (
        "Compile the lexicons, and say how the package differs from that. Nothing is written."
    )
    arguments = parser_for("check", description).parse_args(argv)
    reporter = Reporter(arguments)
    try:
        built = make(project_of(arguments))
    except ProjectError as error:
        return reporter.wrong_usage(error)
    diagnostics = in_order([*built.diagnostics, *_differences(built)])
    status = reporter.findings(without_notes(diagnostics))
    if built.changes is not None and reporter.form == "text":
        for line in diff(built.changes, shown_path(str(built.changes.folder))):
            sys.stdout.write(line + "\n")
    reporter.closing(diagnostics, _account(built.changes))
    return status


def _differences(built: Built) -> list[Diagnostic]:
    if built.changes is None:
        return []
    changes = built.changes
    found = [*problems_of(changes, built.owned), *edited_of(changes)]
    for paths, message in (
        (changes.write, "this file is not what the lexicons compile to"),
        (changes.remove, "no lexicon compiles to this file any more"),
    ):
        for path in paths:
            if path not in changes.edited:
                missing = content(changes.folder, path) is None
                found.append(_stale(changes, path, "this file is missing" if missing else message))
    if changes.owned and not found:
        found.append(_stale(changes, MANIFEST, "the list of compiled files is not up to date"))
    return found


def _stale(changes: Changes, path: str, message: str) -> Diagnostic:
    return Diagnostic(
        path=str(changes.folder / path),
        severity="error",
        rule="stale-output",
        message=message,
        hint="run `atdata-gen build`",
    )


def _account(changes: Changes | None) -> str:
    if changes is None:
        return "the package was not compared"
    if changes.stale:
        return "the package is not up to date"
    count = len(changes.same)
    return f"{count} file{'' if count == 1 else 's'} up to date"

"""`atdata-gen check`: say whether the package is up to date; nothing is written."""

from __future__ import annotations

import sys
from pathlib import Path

from atdata_codegen.building import Built, folders_of, make
from atdata_codegen.commands.options import Reporter, parser_for, without_notes
from atdata_codegen.commands.targeting import add_target, targeted
from atdata_codegen.diagnostics import Diagnostic, in_order, shown_path
from atdata_codegen.outputs import MANIFEST, Changes, Owned, content, edited_of, problems_of
from atdata_codegen.project import ProjectError
from atdata_codegen.writing import diff, diff_beside

__all__ = ["run"]

_SIDE = "this file is not what a build would make it"


def run(argv: list[str]) -> int:
    """Run the command."""
    description = (
        "Compile the lexicons, and say how the package differs from that. Nothing is written."
    )
    parser = parser_for("check", description)
    add_target(parser)
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    try:
        built = make(targeted(arguments))
    except ProjectError as error:
        return reporter.wrong_usage(error)
    differences = _differences(built)
    diagnostics = in_order([*built.diagnostics, *differences]) if differences else built.diagnostics
    status = reporter.findings(without_notes(diagnostics))
    if reporter.form == "text":
        for changes, _ in folders_of(built):
            for line in diff(changes, shown_path(str(changes.folder))):
                sys.stdout.write(line + "\n")
        for file in built.beside:
            for line in diff_beside(file, shown_path(str(file.path))):
                sys.stdout.write(line + "\n")
    reporter.closing(diagnostics, _account(built))
    return status


def _differences(built: Built) -> list[Diagnostic]:
    found = [one for folder in folders_of(built) for one in _differing(*folder)]
    return [*found, *(_stale(file.path, _SIDE) for file in built.beside if file.stale)]


def _differing(changes: Changes, owned: Owned) -> list[Diagnostic]:
    found = [*problems_of(changes, owned), *edited_of(changes)]
    for paths, message in (
        (changes.write, "this file is not what the lexicons compile to"),
        (changes.remove, "no lexicon compiles to this file any more"),
    ):
        for path in paths:
            if path not in changes.edited:
                missing = content(changes.folder, path) is None
                said = "this file is missing" if missing else message
                found.append(_stale(changes.folder / path, said))
    if changes.owned and not found:
        said = "the list of compiled files is not up to date"
        found.append(_stale(changes.folder / MANIFEST, said))
    return found


def _stale(path: Path, message: str) -> Diagnostic:
    return Diagnostic(
        path=str(path),
        severity="error",
        rule="stale-output",
        message=message,
        hint="run `atdata-gen build`",
    )


def _account(built: Built) -> str:
    if built.changes is None:
        return "the package was not compared"
    folders = [changes for changes, _ in folders_of(built)]
    stale = [*(changes.stale for changes in folders), *(file.stale for file in built.beside)]
    if any(stale):
        return "the package is not up to date"
    count = sum(len(changes.same) for changes in folders) + len(built.beside)
    return f"{count} file{'' if count == 1 else 's'} up to date"

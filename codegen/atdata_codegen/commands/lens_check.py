"""`atdata-gen lens check`: say what is wrong or doubtful in lenses, and what holds for them."""

from __future__ import annotations

from typing import Any

from atdata_codegen.commands.lens_options import Given, judge, lens_parser
from atdata_codegen.commands.options import Reporter
from atdata_codegen.diagnostics import in_order
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_schema.lenses import Lens

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = (
        "Hold lenses against their types, and tell the class of each. Nothing is built or written."
    )
    parser = lens_parser("check", description)
    what = "files of lenses, or lenses as records (.json); without any, all of the project"
    parser.add_argument("files", nargs="*", metavar="FILE", help=what)
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    try:
        given = judge(arguments, arguments.files)
    except ProjectError as error:
        return reporter.wrong_usage(error)
    diagnostics = in_order(given.diagnostics)
    status = reporter.findings(diagnostics)
    for name, lens in given.lenses:
        reporter.line(_line(name, lens))
    reporter.closing(diagnostics, _account(given))
    return status


def _line(name: str, lens: Lens[Any, Any]) -> str:
    creates = "creates" if lens.creates else "cannot create"
    said = f"{lens.kind} ({lens.word}), {creates}"
    ends = f"{lens.program.source.id} -> {lens.program.view.id}"
    return printable(f"{name}: {ends}: {said}")


def _account(given: Given) -> str:
    count = len(given.lenses)
    return f"{count} lens{'' if count == 1 else 'es'} without errors"

"""`atdata-gen lens stubs`: print what is missing of the code of externs."""

from __future__ import annotations

import sys

from atdata_codegen.commands.lens_options import lens_parser
from atdata_codegen.commands.options import Reporter, project_of
from atdata_codegen.diagnostics import blocks
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_codegen.source.discover import discover

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = (
        "Print skeletons of the functions that externs still need, to be put into the module of externs. "
        "Nothing is written."
    )
    parser = lens_parser("stubs", description)
    parser.add_argument("--all", action="store_true", help="print those that are written, too")
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    from atdata_codegen.compilation import compile_project

    try:
        project = project_of(arguments)
        made = compile_project(project, discover(project.lexicons), {})
    except ProjectError as error:
        return reporter.wrong_usage(error)
    if blocks(made.diagnostics):
        return reporter.findings([one for one in made.diagnostics if one.severity == "error"])
    externs = made.externs
    wanted = () if externs is None else externs.wanted if arguments.all else externs.missing
    if externs is None or not wanted:
        said = "no lens has externs" if externs is None else f"{externs.module} has them all"
        sys.stderr.write(f"atdata-gen: {printable(said)}\n")
        return 0
    from atdata_codegen.emit.formatting import format_text
    from atdata_codegen.lenses.externs import module_text

    sys.stdout.write(format_text(module_text(externs, [function for function, _ in wanted])))
    return 0

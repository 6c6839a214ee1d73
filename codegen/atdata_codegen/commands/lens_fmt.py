"""`atdata-gen lens fmt`: write lenses in one form."""

from __future__ import annotations

from atdata_codegen.commands.fmt import formatting
from atdata_codegen.commands.lens_options import file_of, lens_parser
from atdata_codegen.commands.options import Reporter, project_of
from atdata_codegen.project import ProjectError
from atdata_codegen.source.discover import Discovery, discover

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = "Write lenses in one form, which changes none of them; comments are kept."
    parser = lens_parser("fmt", description)
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="files of lenses; without any, all of the project",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; end with 1 if a file would change"
    )
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    try:
        project = project_of(arguments)
        files = tuple(file_of(path, project) for path in arguments.files)
    except ProjectError as error:
        return reporter.wrong_usage(error)
    if files:
        return formatting(Discovery((), (), files), reporter, check=arguments.check)
    found = discover(project.lexicons)
    of_lenses = Discovery((), found.diagnostics, found.lenses)
    return formatting(of_lenses, reporter, check=arguments.check)

"""`atdata-gen new object|record NSID`: begin a lexicon."""

from __future__ import annotations

import sys
from pathlib import Path

from atdata_codegen.commands.options import Reporter, parser_for, project_of
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_codegen.source.discover import path_of

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = "Begin a lexicon in the first folder of lexicons, at the path of its NSID."
    parser = parser_for("new", description)
    parser.add_argument(
        "kind", choices=["object", "record"], help="a sample type, or a repository record"
    )
    parser.add_argument("nsid", help="its name, such as org.example.photograph")
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    from atdata_schema.syntax import is_valid

    if not is_valid("nsid", arguments.nsid):
        wanted = "at least three segments, such as org.example.photograph"
        return _refuse(f"'{printable(arguments.nsid)}' is no NSID: {wanted}", 2)
    try:
        folder = project_of(arguments).lexicons[0]
    except ProjectError as error:
        return reporter.wrong_usage(error)
    return _create(folder, arguments.kind, arguments.nsid)


def _create(folder: Path, kind: str, nsid: str) -> int:
    from atdata_codegen.canonical import format_document
    from atdata_codegen.templates import object_template, record_template

    document = object_template(nsid) if kind == "object" else record_template(nsid)
    place = folder / path_of(nsid)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8", newline="\n") as file:
            file.write(format_document(document))
    except FileExistsError:
        return _refuse(f"{_shown(place)} is there already; it was left as it is", 1)
    except OSError as error:
        return _refuse(f"{_shown(place)} cannot be written: {error.strerror}", 1)
    sys.stdout.write(f"{_shown(place)}\n")
    return 0


def _shown(path: Path) -> str:
    from atdata_codegen.diagnostics import shown_path

    return shown_path(str(path))


def _refuse(message: str, status: int) -> int:
    sys.stderr.write(f"atdata-gen: {message}\n")
    return status

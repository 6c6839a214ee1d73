"""`atdata-gen lens derive A B`: write a lens between two types, to be reviewed."""

from __future__ import annotations

import sys
from pathlib import Path

from atdata_codegen.commands.lens_options import judge, lens_parser, refuse
from atdata_codegen.commands.options import Reporter
from atdata_codegen.diagnostics import shown_path
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_codegen.source.discover import LENS, path_of
from atdata_schema.errors import LensError
from atdata_schema.lenses import Finding, derive

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = (
        "Write a lens between two types: fields of equal names and aliases, and conversions that lose nothing. "
        "Where something could be lost it has a hole ???, which does not compile until somebody fills it."
    )
    parser = lens_parser("derive", description)
    parser.add_argument("source", help="the type to lead from: its NSID, or nsid#name")
    parser.add_argument("view", help="the type to lead to")
    what = "a field of the view, and the field of the source that it comes from; repeatable"
    parser.add_argument("--hint", action="append", default=[], metavar="VIEW=SOURCE", help=what)
    what = "write it to the first folder of lexicons under this NSID, instead of printing it"
    parser.add_argument("--save", metavar="NSID", help=what)
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    names = [arguments.source, arguments.view]
    try:
        given = judge(arguments, names=names)
        hints = dict(map(_hint, arguments.hint))
    except ProjectError as error:
        return reporter.wrong_usage(error)
    ends = [given.types.find(name) for name in names]
    if isinstance(ends[0], Finding) or isinstance(ends[1], Finding):
        lost = next(found for found in ends if isinstance(found, Finding))
        return refuse(f"{printable(lost.message)}: {printable(lost.help or '')}", 1)
    if arguments.save is not None and not _is_name(arguments.save):
        return refuse(f"'{printable(arguments.save)}' is no NSID, such as org.example.oldToNew", 2)
    try:
        text = derive(ends[0], ends[1], hints=hints, name=_name(arguments.save))
    except LensError as error:
        return refuse(printable(str(error)), 1)
    if arguments.save is None:
        sys.stdout.write(text)
        return 0
    return _save(given.project.lexicons[0] / path_of(arguments.save, LENS), text)


def _hint(text: str) -> tuple[str, str]:
    view, _, source = text.partition("=")
    if not view or not source:
        raise ProjectError(
            f"--hint {printable(text)} is not VIEW=SOURCE, such as camera.name=model"
        )
    return view, source


def _is_name(nsid: str) -> bool:
    from atdata_codegen.lenses.naming import is_name

    return is_name(nsid)


def _name(nsid: str | None) -> str | None:
    """What a lens is called in the file that is named for it."""
    from atdata_codegen.lenses.naming import names_of

    return None if nsid is None else names_of(nsid)[0]


def _save(place: Path, text: str) -> int:
    shown = shown_path(str(place))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return refuse(f"{shown} is there already; it was left as it is", 1)
    except OSError as error:
        return refuse(f"{shown} cannot be written: {error.strerror}", 1)
    sys.stdout.write(f"{shown}\n")
    holes = text.count("???")
    if holes:
        sys.stdout.write(f"{holes} hole{'' if holes == 1 else 's'} ??? to fill\n")
    return 0

"""What several commands take, and how they report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from atdata_codegen.diagnostics import (
    FORMATS,
    Diagnostic,
    Format,
    exit_code,
    render,
    summary,
)
from atdata_codegen.excerpt import printable
from atdata_codegen.project import Options, Project, ProjectError, load_project

__all__ = ["Reporter", "parser_for", "project_of", "without_notes"]


def parser_for(name: str, description: str, *, project: bool = True) -> argparse.ArgumentParser:
    """A parser with the options that all commands share.

    Args:
        name: of the command.
        description: one sentence.
        project: whether it also takes the options that stand for [tool.atdata-gen].
    """
    parser = argparse.ArgumentParser(
        f"atdata-gen {name}", description=description, allow_abbrev=False
    )
    form = (
        "how findings are printed: for people, as a JSON array, or as commands of a GitHub workflow"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help=form)
    parser.add_argument("--strict", action="store_true", help="end with 1 on warnings too")
    if project:
        _add_project(parser)
    return parser


def _add_project(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("instead of [tool.atdata-gen] in pyproject.toml")
    group.add_argument(
        "--lexicons", action="append", metavar="DIR", help="a folder of lexicons; repeatable"
    )
    group.add_argument(
        "--output", metavar="DIR", help="the source root that the package is put into"
    )
    group.add_argument("--package", metavar="NAME", help="the import name of the package")
    group.add_argument(
        "--ignore", action="append", metavar="RULE=REASON", help="leave a rule out; repeatable"
    )


def project_of(arguments: argparse.Namespace) -> Project:
    """The project of the current folder, options first.

    Raises:
        ProjectError: if there is none, or it is wrong.
    """
    pairs = [_reason(text) for text in arguments.ignore or ()]
    options = Options(
        tuple(arguments.lexicons or ()),
        arguments.output,
        arguments.package,
        tuple(pairs),
        getattr(arguments, "tests", None),
    )
    return load_project(Path.cwd(), options)


def _reason(text: str) -> tuple[str, str]:
    rule, _, reason = text.partition("=")
    if not reason.strip():
        raise ProjectError(
            f"--ignore {printable(rule)} needs a reason: --ignore {printable(rule)}=WHY"
        )
    return rule, reason


class Reporter:
    """Prints what a command has to say, in the form that was asked for.

    Attributes:
        form: `text`, `json` or `github`.
        strict: whether warnings make the command fail.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.form: Format = arguments.format
        self.strict = bool(arguments.strict)

    def findings(self, diagnostics: Sequence[Diagnostic]) -> int:
        """Print them all; the exit status that they lead to."""
        sys.stdout.write(render(diagnostics, self.form))
        sys.stdout.flush()
        return exit_code(diagnostics, strict=self.strict)

    def closing(self, diagnostics: Sequence[Diagnostic], text: str) -> None:
        """Print a last line for people: how many findings, and what was done."""
        self.line("; ".join(part for part in (summary(diagnostics), text) if part))

    def line(self, text: str) -> None:
        """Print a line for people; the other forms hold findings alone."""
        if self.form == "text":
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def wrong_usage(self, error: ProjectError) -> int:
        """Say what is wrong with the configuration or the options; the exit status."""
        if error.diagnostics:
            sys.stdout.write(render(error.diagnostics, self.form))
        sys.stderr.write(f"atdata-gen: {printable(str(error))}\n")
        return 2


def without_notes(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What stands in the way of a build; advice is what `lint` is for."""
    return [diagnostic for diagnostic in diagnostics if diagnostic.severity != "note"]

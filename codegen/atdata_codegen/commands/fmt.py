"""`atdata-gen fmt`: write lexicons and lenses in one form."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from atdata_codegen.commands.options import Reporter, parser_for, project_of
from atdata_codegen.diagnostics import Diagnostic, in_order, shown_path
from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError
from atdata_codegen.source.discover import LENS, Discovery, LexiconFile, discover

__all__ = ["formatting", "run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    description = (
        "Write the lexicons and lenses of the project in one form, which changes none of them."
    )
    parser = parser_for("fmt", description)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; end with 1 if a file would change"
    )
    what = "write x-atdata as the last line of descriptions, for parsers that refuse unknown keys"
    parser.add_argument("--portable", action="store_true", help=what)
    arguments = parser.parse_args(argv)
    reporter = Reporter(arguments)
    try:
        discovery = discover(project_of(arguments).lexicons)
    except ProjectError as error:
        return reporter.wrong_usage(error)
    return formatting(discovery, reporter, check=arguments.check, portable=arguments.portable)


def formatting(
    discovery: Discovery, reporter: Reporter, *, check: bool, portable: bool = False
) -> int:
    """Write files in their one form, or say which are not; the exit status.

    Args:
        discovery: the lexicons and lenses.
        reporter: where it is said.
        check: write nothing.
        portable: write the extensions of lexicons as lines of descriptions.
    """
    diagnostics = list(discovery.diagnostics)
    changed: dict[str, tuple[str, str]] = {}
    for file in (*discovery.files, *discovery.lenses):
        texts, problems = _formatted(file, portable=portable)
        diagnostics += problems
        if texts is not None and texts[0] != texts[1]:
            changed[file.path] = texts
    for path, texts in changed.items():
        diagnostics += _checked(path, texts, reporter) if check else _written(path, texts[1])
    status = reporter.findings(in_order(diagnostics))
    verb = "would change" if check else "changed"
    count = len(discovery.files) + len(discovery.lenses)
    reporter.closing(diagnostics, f"{len(changed)} of {count} files {verb}")
    return status


def _formatted(
    file: LexiconFile, *, portable: bool
) -> tuple[tuple[str, str] | None, tuple[Diagnostic, ...]]:
    """The text of a file as it is and as it should be; nothing for a file that is not sound."""
    if file.path.endswith(LENS):
        from atdata_codegen.lenses.formatted import formatted

        return formatted(file)
    from atdata_codegen import canonical
    from atdata_codegen.placing import place_findings
    from atdata_codegen.source.reader import read
    from atdata_schema.lexicon.findings import Finding
    from atdata_schema.lexicon.parse_report import Report
    from atdata_schema.lexicon.parse_scan import scan

    source = read(file.path, file.data)
    if source.diagnostics or not isinstance(source.value, dict):
        return None, source.diagnostics
    report = Report(file.path)
    scan(source.value, report)  # what would not survive: floats, half characters, too many levels
    document = cast("Mapping[str, object]", source.value)
    findings = [finding for finding in report.findings if finding.severity == "error"]
    try:
        if portable and not findings:
            document = canonical.portable(document)
    except ValueError as error:
        findings = [Finding("x-atdata-conflict", "error", (), str(error), None, file.path)]
    if findings:
        return None, place_findings(findings, {file.path: source})
    return (source.text, canonical.format_document(document)), ()


def _checked(path: str, texts: tuple[str, str], reporter: Reporter) -> list[Diagnostic]:
    shown = shown_path(path)
    if reporter.form == "text":
        old, new = (text.split("\n") for text in texts)
        for line in difflib.unified_diff(old, new, shown, shown, lineterm=""):
            sys.stdout.write(printable(line) + "\n")
    message = "this file is not in the one form"
    hint = "run `atdata-gen fmt`"
    return [Diagnostic(path=path, severity="error", rule="format", message=message, hint=hint)]


def _written(path: str, text: str) -> list[Diagnostic]:
    from atdata_codegen.writing import write_file

    target = Path(path).resolve()  # a link stays a link
    try:
        write_file(target.parent, target.name, text.encode())
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        return [Diagnostic(path=path, severity="error", rule="unwritable-output", message=message)]
    return []

"""What is wrong or doubtful in a file, and where; and how it is shown.

A diagnostic is a finding that has found its file. Text from documents is never shown as it is: a
character that a terminal would obey, or that would reorder the line, is escaped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from atdata_codegen.excerpt import excerpt_of, pointed, printable
from atdata_codegen.source.span import Span

if TYPE_CHECKING:  # what is printed again from the cache needs no kernel
    from atdata_schema.lexicon.findings import Severity

__all__ = [
    "FORMATS",
    "Diagnostic",
    "Format",
    "blocks",
    "diagnose",
    "exit_code",
    "in_order",
    "render",
    "summary",
]

Format: TypeAlias = Literal["text", "json", "github"]
"""How findings are printed."""

FORMATS: tuple[Format, ...] = ("text", "json", "github")

_FAR = f"..{os.sep}" * 3
_GITHUB_LEVEL = {"error": "error", "warning": "warning", "note": "notice"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding and its place.

    Attributes:
        path: the file, absolute; or a name such as `<options>` for what is no file.
        line: the line, from 1; 0 where the finding is about the file as a whole.
        column: the character in the line, from 1; 0 likewise.
        end_line: the line of the end.
        end_column: the character just behind the end.
        severity: `error`, `warning` or `note`.
        rule: what `atdata-gen explain` explains.
        message: what was given and what is allowed.
        hint: the remedy, where there is one.
        excerpt: the line of the file, shortened around the column.
        caret: where `column` is in the excerpt, in cells of a terminal, from 0.
        width: how many cells it covers.
        notes: what else helps to understand it, a line each: the types along a pipe, other places.
    """

    path: str
    severity: Severity
    rule: str
    message: str
    hint: str | None = None
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    excerpt: str | None = None
    caret: int = 0
    width: int = 1
    notes: tuple[str, ...] = ()


def diagnose(
    path: str,
    span: Span | None,
    text: str | None,
    *,
    severity: Severity,
    rule: str,
    message: str,
    hint: str | None = None,
    notes: tuple[str, ...] = (),
) -> Diagnostic:
    """A diagnostic about a stretch of a text, with its excerpt.

    >>> print(render([diagnose("/a.json", Span(1, 2, 1, 4), "[NaN]", severity="error",
    ...     rule="json-syntax", message="NaN is no JSON")], "text", base="/"), end="")
    a.json:1:2: error[json-syntax]: NaN is no JSON
      |
    1 | [NaN]
      |  ^^
    """
    if span is None:
        return Diagnostic(
            path=path, severity=severity, rule=rule, message=message, hint=hint, notes=notes
        )
    shown = None if text is None else excerpt_of(text, span)
    return Diagnostic(
        path=path,
        severity=severity,
        rule=rule,
        message=message,
        hint=hint,
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        excerpt=None if shown is None else shown.line,
        caret=0 if shown is None else shown.caret,
        width=1 if shown is None else shown.width,
        notes=notes,
    )


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, line and column; each finding once."""
    return tuple(sorted(set(diagnostics), key=_order))


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    at = diagnostic
    return at.path, at.line, at.column, at.rule, at.message


def exit_code(diagnostics: Iterable[Diagnostic], *, strict: bool) -> int:
    """1 if there is an error, or with `strict` a warning; else 0.

    >>> exit_code([], strict=True)
    0
    """
    failing = {"error", "warning"} if strict else {"error"}
    return int(any(diagnostic.severity in failing for diagnostic in diagnostics))


def blocks(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether nothing may be written because of them: every error, but for code that the user has yet to write.

    The compiled package says what that code has to look like, so it is written all the same.
    """
    return any(
        found.severity == "error" and found.rule != "missing-extern" for found in diagnostics
    )


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many there are of each severity, as in `2 errors, 1 warning`; empty if there are none.

    >>> summary([])
    ''
    """
    parts: list[str] = []
    for severity in ("error", "warning", "note"):
        count = sum(1 for diagnostic in diagnostics if diagnostic.severity == severity)
        if count:
            parts.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return ", ".join(parts)


def render(diagnostics: Sequence[Diagnostic], form: Format, *, base: str | None = None) -> str:
    r"""All of them as one text, each line ended.

    Args:
        diagnostics: in the order in which they are to be shown.
        form: `text` for people; `json`, one array; `github`, commands of a GitHub workflow.
        base: the folder that paths are shown relative to; without it, the current one, and for `github` that of
            the checkout, in which GitHub looks for the files.

    >>> render([], "json")
    '[]\n'
    """
    folder = _base(form) if base is None else base
    if form == "json":
        return _json(diagnostics, folder)
    one = _text if form == "text" else _github
    return "".join(
        one(diagnostic, shown_path(diagnostic.path, folder)) for diagnostic in diagnostics
    )


def _base(form: Format) -> str:
    checkout = os.environ.get("GITHUB_WORKSPACE", "") if form == "github" else ""
    return checkout or str(Path.cwd())


def shown_path(path: str, base: str | None = None) -> str:
    """The path as people know it: relative to `base` (the current folder) if it lies within, or close by.

    >>> shown_path("/home/ada/lexicons/a.json", "/home/ada")
    'lexicons/a.json'
    """
    if not Path(path).is_absolute():
        return printable(path)
    relative = os.path.relpath(path, base or Path.cwd())
    return printable(path if relative.startswith(_FAR) else relative)


def _text(diagnostic: Diagnostic, path: str) -> str:
    place = f"{path}:{diagnostic.line}:{diagnostic.column}" if diagnostic.line else path
    head = f"{place}: {diagnostic.severity}[{diagnostic.rule}]: {printable(diagnostic.message)}\n"
    margin = " " * len(str(diagnostic.line))
    hint = "".join(f"{margin} = {printable(note)}\n" for note in diagnostic.notes)
    hint += f"{margin} = hint: {printable(diagnostic.hint)}\n" if diagnostic.hint else ""
    if diagnostic.excerpt is None:
        return head + hint
    line = f"{margin} |\n{diagnostic.line} | {diagnostic.excerpt}".rstrip() + "\n"
    return head + line + f"{margin} | {pointed(diagnostic.caret, diagnostic.width)}\n" + hint


def _json(diagnostics: Sequence[Diagnostic], base: str) -> str:
    if not diagnostics:
        return "[]\n"
    rows = [_row(diagnostic, base) for diagnostic in diagnostics]
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n]\n"


def _row(diagnostic: Diagnostic, base: str) -> dict[str, object]:
    row: dict[str, object] = asdict(diagnostic)
    row["path"] = shown_path(diagnostic.path, base)
    del row["caret"], row["width"]
    if not diagnostic.notes:
        del row["notes"]
    return row


def _github(diagnostic: Diagnostic, path: str) -> str:
    place = [f"file={_property(path)}"]
    if diagnostic.line:
        place += [f"line={diagnostic.line}", f"endLine={diagnostic.end_line}"]
        place += [f"col={diagnostic.column}", f"endColumn={diagnostic.end_column}"]
    place.append(f"title={_property(diagnostic.rule)}")
    message = "\n".join(map(printable, (diagnostic.message, *diagnostic.notes)))
    if diagnostic.hint:
        message += f"\nhint: {printable(diagnostic.hint)}"
    return f"::{_GITHUB_LEVEL[diagnostic.severity]} {','.join(place)}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""What is wrong or doubtful in a lens, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Finding", "Pointer", "Severity", "Span", "errors_of", "printable"]

Severity: TypeAlias = Literal["error", "warning", "note"]
"""How bad a finding is: only an error keeps a lens from being used."""

Pointer: TypeAlias = tuple[str | int, ...]
"""A part of a lens: steps into its record form, as in `("clauses", 3, "ops", 1)`."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text: lines and columns count characters from 1, offsets from 0; ends are just behind it."""

    line: int
    column: int
    end_line: int
    end_column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or doubtful.

    Attributes:
        rule: the identifier of the rule, a key of `atdata_schema.lenses.rules.RULES`.
        severity: `error`, `warning` or `note`.
        message: what was given and what is allowed.
        pointer: the part of the lens, in its record form.
        span: its place in the text, where the lens came from one.
        help: the remedy, where there is one.
        expected: the type that is wanted there.
        actual: the type that the pipe has there.
        pipe: each point of the pipe before it, with its type.
        related: other places that have to do with it, each with what is there.
        lens: the name of the lens.
    """

    rule: str
    severity: Severity
    message: str
    pointer: Pointer = ()
    span: Span | None = None
    help: str | None = None
    expected: str | None = None
    actual: str | None = None
    pipe: tuple[str, ...] = ()
    related: tuple[tuple[Span | None, str], ...] = ()
    lens: str | None = None

    def __str__(self) -> str:
        if self.span is not None:
            where = f"{self.span.line}:{self.span.column}: "
        else:
            where = f"/{'/'.join(map(str, self.pointer))}: " if self.pointer else ""
        hint = f" ({self.help})" if self.help else ""
        return printable(f"{where}{self.severity}[{self.rule}]: {self.message}{hint}")


def printable(text: str) -> str:
    r"""A text in one line, without characters that a terminal obeys.

    >>> printable("a\x1b[2J\nb")
    'a\\x1b[2J\\nb'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those findings that keep a lens from being used."""
    return [finding for finding in findings if finding.severity == "error"]

"""Findings about lenses as the compiler prints findings: with the file, the types along the pipe, other places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from atdata_codegen.diagnostics import Diagnostic, diagnose, shown_path
from atdata_codegen.source.span import Span
from atdata_schema.lenses import Finding
from atdata_schema.lenses import Span as KernelSpan

__all__ = ["placed", "span_of"]


def placed(findings: Iterable[Finding], path: str, text: str) -> Iterator[Diagnostic]:
    """Findings about one file.

    Args:
        findings: what the kernel found.
        path: the file, absolute.
        text: what it holds.
    """
    for finding in findings:
        yield diagnose(
            path,
            None if finding.span is None else span_of(finding.span),
            text,
            severity=finding.severity,
            rule=finding.rule,
            message=finding.message,
            hint=finding.help,
            notes=tuple(_notes(finding, path)),
        )


def span_of(span: KernelSpan) -> Span:
    """A stretch of a text as the compiler has it."""
    return Span(span.line, span.column, span.end_line, span.end_column)


def _notes(finding: Finding, path: str) -> Iterator[str]:
    yield from finding.pipe
    if finding.expected is not None:
        yield f"wanted: {finding.expected}"
    if finding.actual is not None and not finding.pipe:
        yield f"given: {finding.actual}"
    for place, said in finding.related:
        if place is not None:
            yield f"{shown_path(path)}:{place.line}:{place.column}: {said}"

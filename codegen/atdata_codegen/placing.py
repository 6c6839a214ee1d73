"""From findings, which know a JSON pointer, to diagnostics, which know a line and a column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import cast

from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.source.reader import Source
from atdata_codegen.source.span import Place, Span
from atdata_schema.lexicon.findings import Finding
from atdata_schema.lexicon.nodes import Pointer

__all__ = ["place_findings"]

_ABOUT_KEYS = frozenset(
    {"unknown-key", "unexpected-field", "permission-unknown-key", "misplaced-extension"}
    | {"reserved-property", "x-atdata-key", "x-atdata-place", "format-and-length"}
)
"""Rules that speak of a key rather than of the value behind it."""


def place_findings(
    findings: Iterable[Finding], sources: Mapping[str, Source]
) -> tuple[Diagnostic, ...]:
    """Find the place of each finding; all findings of one document by one scan.

    Args:
        findings: their `document` is a key of `sources`.
        sources: files by NSID or path.
    """
    by_document: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_document[finding.document or ""].append(finding)
    return tuple(
        diagnostic
        for document, group in by_document.items()
        for diagnostic in _place(group, sources.get(document))
    )


def _place(findings: list[Finding], source: Source | None) -> Iterable[Diagnostic]:
    places = source.locate({finding.pointer for finding in findings}) if source is not None else {}
    for finding in findings:
        yield diagnose(
            source.path if source is not None else f"<{finding.document or 'project'}>",
            _span(finding, places, source),
            source.text if source is not None else None,
            severity=finding.severity,
            rule=finding.rule,
            message=finding.message,
            hint=finding.hint,
        )


def _span(finding: Finding, places: Mapping[Pointer, Place], source: Source | None) -> Span | None:
    """The place of what the pointer leads to, or of the nearest thing around it."""
    for length in range(len(finding.pointer), -1, -1):
        pointer = finding.pointer[:length]
        place = places.get(pointer)
        if place is None:
            continue
        about_key = finding.rule in _ABOUT_KEYS and length == len(finding.pointer)
        on_key = about_key or _is_container(source.value if source else None, pointer)
        return place.key if on_key and place.key is not None else place.value
    return None


def _is_container(value: object, pointer: Pointer) -> bool:
    for step in pointer:
        value = cast("dict[str | int, object]", value)[step]
    return isinstance(value, (dict, list))

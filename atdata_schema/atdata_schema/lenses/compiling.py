"""From a file of lenses to lenses that run, in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atdata_schema.errors import LensError
from atdata_schema.lenses.checked import check
from atdata_schema.lenses.findings import Finding, errors_of
from atdata_schema.lenses.language.reading import read
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.ops.site import Implementation
from atdata_schema.lenses.program.clauses import SchemaRef
from atdata_schema.schema import Schema

__all__ = ["compile_text"]


def compile_text(
    text: str,
    schemas: Mapping[str, Schema],
    *,
    externs: Mapping[str, Implementation] | None = None,
) -> tuple[Lens[Any, Any], ...]:
    """The lenses of a text, read and checked.

    Args:
        text: a file in the language.
        schemas: the types by full name.
        externs: the code of the externs in it.

    Raises:
        LensError: there are errors; all of them are told.
    """
    found = read(text)
    findings: list[Finding] = list(found.findings)
    lenses: list[Lens[Any, Any]] = []
    for item in found.lenses:
        if errors_of(item.findings):
            continue
        source = schemas.get(item.program.source.id)
        view = schemas.get(item.program.view.id)
        if source is None or view is None:
            lost = item.program.source if source is None else item.program.view
            findings.append(_unknown(lost, schemas, item.program.name))
            continue
        checked = check(item.program, source, view, externs=externs, places=item.places)
        findings += checked.findings
        if checked.result is not None:
            lenses.append(checked.result)
    if errors_of(findings):
        raise LensError.of(findings)
    return tuple(lenses)


def _unknown(ref: SchemaRef, schemas: Mapping[str, Schema], lens: str) -> Finding:
    return Finding(
        rule="LN112",
        severity="error",
        message=f"the type {ref.id or ref.uri} is not known; there are {', '.join(schemas) or 'none'}",
        lens=lens,
    )

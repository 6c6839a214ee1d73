"""The schema model of each sample type as JSON: what the compiler understood, for people and tools."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, cast

from atdata_codegen.analysis import analyse
from atdata_codegen.diagnostics import Diagnostic, in_order
from atdata_codegen.project import Project
from atdata_codegen.source.discover import discover
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Finding
from atdata_schema.lexicon.lower import lower_document

__all__ = ["print_models"]


def print_models(project: Project) -> tuple[tuple[Diagnostic, ...], str]:
    """The objects of every document, by their full names, and what was found.

    The text is one JSON object: full name to the object's fields in field order, each with its type.
    """
    analysis = analyse(project, discover(project.lexicons))
    models: dict[str, Any] = {}
    findings: list[Finding] = []
    for nsid in analysis.nsids:
        if nsid in analysis.broken:
            continue
        try:
            for found in lower_document(analysis.catalog, nsid):
                models[found.ref] = _plain(found)
        except LexiconError as error:
            findings += error.findings
    diagnostics = in_order([*analysis.diagnostics, *analysis.place(findings)])
    return diagnostics, json.dumps(models, indent=2) + "\n"


def _plain(value: object) -> Any:
    """A value of the model as JSON: its class is `kind`, and what is not set is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__.removesuffix("Type").removesuffix("Model").lower()
        found: dict[str, Any] = {"kind": kind}
        for field in dataclasses.fields(value):
            part = getattr(value, field.name)
            if part is not None and part != () and part is not False:
                found[field.name] = _plain(part)
        return found
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in cast("Mapping[Any, object]", value).items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in cast("list[object]", value)]
    return value

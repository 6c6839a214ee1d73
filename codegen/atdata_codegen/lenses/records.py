"""Lenses as records `dev.atdata.lens` in files of JSON: checked as those of strangers are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.lenses.types import Types
from atdata_codegen.source.discover import LexiconFile
from atdata_codegen.source.reader import Source, read
from atdata_schema.lenses import Finding, Lens, check_record

__all__ = ["check_record_file", "types_in"]


def types_in(file: LexiconFile) -> tuple[str, ...]:
    """The full names of the types that a record names; none where it is no record."""
    value = read(file.path, file.data).value
    return tuple(name for side in ("source", "view") if (name := _named(value, side)))


def check_record_file(
    file: LexiconFile, types: Types
) -> tuple[Lens[Any, Any] | None, list[Diagnostic]]:
    """The lens of a record, if it is what it claims to be, and what was found.

    Args:
        file: the file.
        types: where its types are looked up.
    """
    source = read(file.path, file.data)
    if source.value is None or source.diagnostics:
        return None, list(source.diagnostics)
    ends = [types.find(_named(source.value, side)) for side in ("source", "view")]
    if isinstance(ends[0], Finding) or isinstance(ends[1], Finding):
        lost = [found for found in ends if isinstance(found, Finding)]
        # The form of the record comes first: what has none names no types.
        empty = not all(_named(source.value, side) for side in ("source", "view"))
        if not empty:
            return None, [_placed(found, source) for found in lost]
        return None, [_placed(_FORM, source)]
    checked = check_record(source.value, ends[0], ends[1])
    return checked.result, [_placed(found, source) for found in checked.findings]


_FORM = Finding(
    rule="LN006",
    severity="error",
    message="this is no record of a lens: `source` and `view` are objects with the id and the cid of a type",
    help="a record has $type dev.atdata.lens, lang, name, source, view and clauses",
)


def _named(value: object, side: str) -> str:
    end = cast("Mapping[str, object]", value).get(side) if isinstance(value, Mapping) else None
    name = cast("Mapping[str, object]", end).get("id") if isinstance(end, Mapping) else None
    return name if isinstance(name, str) else ""


def _placed(finding: Finding, source: Source) -> Diagnostic:
    """A finding at the part of the record that it is about, or the nearest around it."""
    places = source.locate({finding.pointer[:end] for end in range(len(finding.pointer) + 1)})
    pointer = finding.pointer
    while pointer and pointer not in places:
        pointer = pointer[:-1]
    place = places.get(pointer)
    notes = (*finding.pipe, *([f"wanted: {finding.expected}"] if finding.expected else []))
    return diagnose(
        source.path,
        None if place is None else place.key or place.value,
        source.text,
        severity=finding.severity,
        rule=finding.rule,
        message=finding.message,
        hint=finding.help,
        notes=notes,
    )

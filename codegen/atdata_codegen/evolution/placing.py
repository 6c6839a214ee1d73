"""From a change, which knows JSON pointers of both sides, to its line in the file as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

from atdata_codegen.analysis import Analysis
from atdata_codegen.diagnostics import Diagnostic, shown_path
from atdata_codegen.evolution.change import READERS, Change, Part
from atdata_codegen.placing import place_findings
from atdata_schema.lexicon import Finding, nodes
from atdata_schema.lexicon.nodes import Pointer

__all__ = ["place_change"]

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "range-changed": ("minimum", "maximum"),
    "length-changed": ("minLength", "maxLength"),
    "graphemes-changed": ("minGraphemes", "maxGraphemes"),
    "format-changed": ("format",),
    "enum-changed": ("enum",),
    "const-changed": ("const",),
    "default-changed": ("default",),
    "known-values-changed": ("knownValues",),
    "accept-changed": ("accept",),
    "size-changed": ("maxSize",),
    "description-changed": ("description",),
    "dtype-changed": ("x-atdata",),
    "shape-changed": ("x-atdata",),
    "dims-renamed": ("x-atdata",),
    "sizes-tied": ("x-atdata",),
    "classes-changed": ("x-atdata",),
    "classes-renamed": ("x-atdata",),
    "aliases-changed": ("x-atdata",),
    "finite-changed": ("x-atdata",),
    "member-added": ("refs",),
    "member-removed": ("refs",),
    "union-closed": ("closed",),
    "union-opened": ("refs",),
    "record-key": ("key",),
    "type-changed": ("type",),
}
"""The keys of a definition that a kind of change is about."""


def place_change(part: Part, old: Analysis, new: Analysis) -> Change:
    """A change with its place: in the file as it is or, where that is gone, as it was.

    Args:
        part: the change.
        old: the lexicons as they were.
        new: the lexicons as they are.
    """
    here = part.document in new.sources
    side, pointer = (new, part.new) if here else (old, part.old)
    notes = [f"breaks {_readers(part)} ({', '.join(part.categories)})"] if part.breaks else []
    notes += [part.remark] if part.remark is not None else []
    before = _before(part, old) if here else None
    notes += [before] if before is not None and part.new is None else []
    found = _found(part, side, pointer if pointer is not None else _owner(part, side))
    shown = replace(found, notes=tuple(notes))
    return Change(
        shown.path,
        shown.line,
        shown.column,
        part.rule,
        part.place,
        part.message,
        part.document,
        part.breaks,
        part.categories,
        shown,
    )


def _found(part: Part, side: Analysis, pointer: Pointer) -> Diagnostic:
    source = side.sources.get(part.document)
    exact = pointer if source is None else _exact(source.value, pointer, part.rule)
    finding = Finding(part.rule, part.severity, exact, part.message, None, part.document)
    (placed,) = place_findings([finding], side.sources)
    return placed


def _readers(part: Part) -> str:
    return " and ".join(READERS[reader] for reader in part.breaks)


def _before(part: Part, old: Analysis) -> str | None:
    """Where it stood, for what is no longer there."""
    if part.old is None or part.document not in old.sources:
        return None
    found = _found(part, old, part.old)
    return f"it was in {shown_path(found.path)}:{found.line}:{found.column}"


def _owner(part: Part, side: Analysis) -> Pointer:
    """The properties, or the definition, that it belonged to."""
    name = (part.place.partition("#")[2] or "main").partition(".")[0].partition("[")[0]
    document = side.catalog.get(part.document)
    if document is None or name not in document.defs:
        return ("id",)
    node = document.defs[name]
    inside = ("record",) if isinstance(node, nodes.Record) else ()
    held = isinstance(node, nodes.Object | nodes.Record) and part.place.partition("#")[2] != name
    return ("defs", name, *inside, "properties") if held else ("defs", name)


def _exact(value: object, pointer: Pointer, rule: str) -> Pointer:
    """The key that the change is about, where the definition has it."""
    node = value
    for step in pointer:
        if not isinstance(node, dict | list):
            return pointer
        try:
            node = cast("dict[str | int, object]", node)[step]
        except (KeyError, IndexError, TypeError):
            return pointer
    if not isinstance(node, dict):
        return pointer
    own = [key for key in _KEYS.get(rule, ()) if key in node]
    return (*pointer, own[0]) if own else pointer

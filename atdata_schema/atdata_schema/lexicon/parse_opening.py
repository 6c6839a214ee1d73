"""What every definition begins with: its place, its type, its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, cast

from atdata_schema.lexicon.nodes import Pointer
from atdata_schema.lexicon.parse_keys import EXTENSION, KNOWN_KEYS, Keys
from atdata_schema.lexicon.parse_report import Report, kind_of, listed, shown
from atdata_schema.lexicon.parse_scan import MAX_DEPTH

__all__ = ["Common", "Place", "common", "open_definition"]


class Common(TypedDict):
    """What every definition has, as keyword arguments."""

    description: str | None
    pointer: Pointer
    extension: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition stands, and which types may stand there."""

    name: str
    allowed: tuple[str, ...]


_SUGGESTED = {
    "number": "dev.atdata.types#float64",
    "float": "dev.atdata.types#float64",
    "double": "dev.atdata.types#float64",
    "float64": "dev.atdata.types#float64",
    "float32": "dev.atdata.types#float32",
    "ndarray": "dev.atdata.types#ndarray",
    "tensor": "dev.atdata.types#ndarray",
    "map": "dev.atdata.types#map",
    "image": "dev.atdata.types#image",
}


def open_definition(
    raw: object, pointer: Pointer, report: Report, place: Place
) -> tuple[str, Keys] | None:
    """The type of a definition and its keys, or None if it is none or may not stand there."""
    if len(pointer) >= MAX_DEPTH:  # `scan` has reported it
        return None
    if not isinstance(raw, dict):
        report.add("schema-json-parse", pointer, f"a definition is an object, not {kind_of(raw)}")
        return None
    keys = Keys(cast("dict[str, object]", raw), pointer, report)
    if "type" not in keys.raw:
        report.add("schema-json-parse", pointer, "the definition has no type")
        return None
    kind = keys.text("type")
    if kind is None:
        return None
    if kind not in KNOWN_KEYS:
        _report_unknown(kind, keys)
        return None
    if kind not in place.allowed:
        message = (
            f"{place.name} cannot be of the type {kind!r}: allowed are {listed(place.allowed)}"
        )
        keys.wrong(message, "type")
        return None
    keys.warn_unknown(kind)
    return kind, keys


def _report_unknown(kind: str, keys: Keys) -> None:
    shared = _SUGGESTED.get(kind.casefold())
    hint: str | None
    if shared is not None:
        hint = f'write {{"type": "ref", "ref": "{shared}"}}'
    else:
        hint = keys.report.suggest(kind, KNOWN_KEYS)
    message = f"unknown type {shown(kind)}: the language has {listed(KNOWN_KEYS)}"
    keys.report.add("schema-json-parse", keys.at("type"), message, hint)


def common(keys: Keys) -> Common:
    """What every definition has."""
    extension = keys.mapping(EXTENSION) if EXTENSION in keys.raw else None
    return {
        "description": keys.text("description"),
        "pointer": keys.pointer,
        "extension": extension,
    }

"""A run of some parts takes its place in the results of an earlier one, and says when it was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.results import Results

__all__ = ["merged"]

_OF_PARTS = {
    "write": ("writing", "write", "hash"),
    "single": ("single", "length"),
    "stages": ("stages",),
    "loader": ("threads", "copies", "transform", "burning", "handing"),
    "remote": ("remote",),
    "managed": ("managed", "catalogue", "where", "lenses"),
    "compile": ("compile",),
}
_ALONE = {aspect for aspects in _OF_PARTS.values() for aspect in aspects}


def merged(earlier: Results, later: Results, parts: tuple[str, ...]) -> Results:
    """The earlier results, with those parts replaced that the later run has measured.

    Args:
        earlier: of a whole run.
        later: of a run of some parts.
        parts: which; workloads, and names of other measurements. One without a result is left as it was.
    """
    found = [part for part in parts if part in later.reading or _has(later, part)]
    aspects: dict[str, list[dict[str, Any]]] = {}
    for name in dict.fromkeys((*earlier.aspects, *later.aspects)):
        kept = [row for row in earlier.aspects.get(name, []) if _part(name, row) not in found]
        new = [row for row in later.aspects.get(name, []) if _part(name, row) in found]
        aspects[name] = sorted([*kept, *new], key=lambda row: str(row.get("workload", "")))
    said = {
        key: later.about[key]
        for key in ("date", "revision", "command", "load", "rounds", "seconds")
    }
    about = earlier.about | {
        "parts": earlier.about.get("parts", {}) | dict.fromkeys(found, said),
        "versions": earlier.about["versions"],
    }
    return replace(
        earlier,
        about=about,
        reading=earlier.reading
        | {name: later.reading[name] for name in found if name in later.reading},
        cut=earlier.cut
        | {name: later.cut.get(name, {}) for name in found if name in later.reading},
        gates=earlier.gates
        | {name: later.gates.get(name, {}) for name in found if name in later.reading},
        aspects=aspects,
        missing=[
            *(said for said in earlier.missing if not said.startswith(tuple(found))),
            *later.missing,
        ],
    )


def _has(results: Results, part: str) -> bool:
    return any(results.aspects.get(name) for name in _OF_PARTS.get(part, ()))


def _part(aspect: str, row: dict[str, Any]) -> str:
    """Which part of a run a figure is of."""
    if aspect in _ALONE:
        return next(part for part, aspects in _OF_PARTS.items() if aspect in aspects)
    return str(row["workload"])

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
    failed = tuple(part for part in parts if part not in found)
    aspects: dict[str, list[dict[str, Any]]] = {}
    for name in dict.fromkeys((*earlier.aspects, *later.aspects)):
        kept = [row for row in earlier.aspects.get(name, []) if _part(name, row) not in found]
        new = [row for row in later.aspects.get(name, []) if _part(name, row) in found]
        aspects[name] = sorted([*kept, *new], key=lambda row: str(row.get("workload", "")))
    said = {
        key: later.about[key]
        for key in ("date", "revision", "command", "machine", "load", "rounds", "seconds")
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
            *(said for said in earlier.missing if not _is_past(said, found, aspects)),
            # What a part says that came to nothing is no word on the figures that stay.
            *(said for said in later.missing if not said.startswith(failed)),
        ],
    )


def _is_past(said: str, found: list[str], aspects: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether something that gave no figure was measured again, or has one by now."""
    if said.startswith(tuple(found)):
        return True
    return any(
        said.startswith(f"{row.get('workload')} {name}, {row.get('contender')}:")
        for name, rows in aspects.items()
        for row in rows
    )


def _has(results: Results, part: str) -> bool:
    return any(results.aspects.get(name) for name in _OF_PARTS.get(part, ()))


def _part(aspect: str, row: dict[str, Any]) -> str:
    """Which part of a run a figure is of."""
    if aspect in _ALONE:
        return next(part for part, aspects in _OF_PARTS.items() if aspect in aspects)
    return str(row["workload"])

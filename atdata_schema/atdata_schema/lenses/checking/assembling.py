"""How the objects of a type are put together, from which of their fields clauses have taken."""

from __future__ import annotations

from atdata_schema.lenses.checking.fields import inside
from atdata_schema.lenses.checking.marks import Marks
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.steps.assembly import Assembly
from atdata_schema.lenses.types.lens_types import Obj

__all__ = ["assembly_of"]


def assembly_of(owner: Obj, marks: Marks, path: Path = (), optional: bool = False) -> Assembly:
    """How an object is put together."""
    leaves: list[tuple[str, bool]] = []
    parts: list[tuple[str, Assembly]] = []
    for found in inside(owner, path, ""):
        if marks.is_taken(found.path):
            leaves.append((found.path[-1], found.needed))
        elif not marks.is_open(found.path):
            inner = assembly_of(owner, marks, found.path, not found.needed)
            parts.append((found.path[-1], inner))
    return Assembly(path, optional, tuple(leaves), tuple(parts))

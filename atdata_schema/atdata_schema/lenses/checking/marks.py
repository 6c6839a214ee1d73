"""Which fields of a type clauses have taken: each at most once, an object and a field in it being the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from atdata_schema.lenses.checking.fields import Found, inside
from atdata_schema.lenses.findings import Pointer
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.types.lens_types import Obj, bare

__all__ = ["Marks"]


@dataclass
class Marks:
    """The fields that are taken, and by which clause.

    Attributes:
        taken: the clause of each path.
        holding: the paths around those, each with one that lies in it.
    """

    taken: dict[Path, Pointer] = field(default_factory=dict[Path, Pointer])
    holding: dict[Path, Path] = field(default_factory=dict[Path, Path])

    def take(self, path: Path, by: Pointer) -> tuple[Path, Pointer] | None:
        """Take a field; where it, or a part or a whole of it, is taken already, by which clause."""
        for length in range(1, len(path) + 1):
            first = self.taken.get(path[:length])
            if first is not None:
                return path[:length], first
        if path in self.holding:
            inner = self.holding[path]
            return inner, self.taken[inner]
        self.taken[path] = by
        for length in range(1, len(path)):
            self.holding.setdefault(path[:length], path)
        return None

    def is_taken(self, path: Path) -> bool:
        """Whether a field is taken as a whole."""
        return path in self.taken

    def is_open(self, path: Path) -> bool:
        """Whether nothing of a field is taken."""
        return path not in self.taken and path not in self.holding

    def rest(self, owner: Obj, scope: str, at: Path = ()) -> list[Found]:
        """The largest parts of a type that nobody has taken, in field order."""
        open_: list[Found] = []
        for found in inside(owner, at, scope):
            if self.is_taken(found.path):
                continue
            if self.is_open(found.path):
                open_.append(found)
            elif isinstance(bare(found.type), Obj):
                open_ += self.rest(owner, scope, found.path)
        return open_

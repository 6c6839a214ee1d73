"""Where two types differ: the path that people read, and the fields of both sides that it leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place in an old and a new type.

    Attributes:
        path: the fields that lead to it, `boxes[].x`; empty for the type itself.
        old: the full name of the old object that holds it, and its field there; empty for the object itself.
        new: the same of the new object.
        free: whether the old field is optional and has no constraint: the one that may be given its first.
    """

    path: str
    old: tuple[str, str]
    new: tuple[str, str]
    free: bool = False

    def field(self, old: str, new: str, *, free: bool = False) -> Place:
        """A field of the object at this place: its name on either side, empty where it is not there."""
        name = new or old
        path = f"{self.path}.{name}" if self.path else name
        return Place(path, (self.old[0], old), (self.new[0], new), free)

    def step(self, text: str) -> Place:
        """What lies inside the values here: items, or a member of a union."""
        return replace(self, path=f"{self.path}{text}", free=False)

    def object(self, old: str, new: str) -> Place:
        """The object that the values here are."""
        return Place(self.path, (old, ""), (new, ""))

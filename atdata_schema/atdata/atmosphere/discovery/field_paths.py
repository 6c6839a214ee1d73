"""The fields of a type by their paths: `image`, `camera.site`, `boxes[].x`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from atdata_schema.model import ListType, MapType, Model, ObjectType, RefType, Type

__all__ = ["MOST_FIELDS", "FieldPath", "field_paths"]

MOST_FIELDS: Final = 1024
"""Fields of one type that are looked for; those nearest to the top come first."""

_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A field of a type, or of an object in it.

    Attributes:
        path: the names on the way, with `[]` behind a list and `{}` behind a map.
        type: what its values are.

    >>> print(FieldPath("boxes[].x", RefType("org.example.point")))
    boxes[].x: org.example.point
    """

    path: str
    type: Type

    @property
    def name(self) -> str:
        """The last name of the path, with what stands behind it."""
        return self.path.rpartition(".")[2]

    def __str__(self) -> str:
        return f"{self.path}: {self.type}"


def field_paths(model: Model) -> list[FieldPath]:
    """The fields of a type and of the objects in it, the nearest to the top first.

    The items of a list stand beside the list, as `boxes` and `boxes[]`. A type within itself is not entered
    again, and members of unions are not entered at all: a sample need not have them.
    """
    objects = {item.ref: item for item in model.objects}
    found: list[FieldPath] = []
    pending = deque([("", model.main, frozenset({model.main.ref}))])
    while pending:
        prefix, item, within = pending.popleft()
        for path, type in _own(prefix, item):
            if len(found) == MOST_FIELDS:
                return found
            found.append(FieldPath(path, type))
            inner = objects.get(type.target) if isinstance(type, RefType) else None
            if inner is not None and inner.ref not in within and len(within) < _DEEPEST:
                pending.append((f"{path}.", inner, within | {inner.ref}))
    return found


def _own(prefix: str, item: ObjectType) -> Iterator[tuple[str, Type]]:
    for field in item.fields:
        path, type = prefix + field.name, field.type
        yield path, type
        for _ in range(_DEEPEST):
            if isinstance(type, ListType):
                path, type = f"{path}[]", type.items
            elif isinstance(type, MapType):
                path, type = f"{path}{{}}", type.values
            else:
                break
            yield path, type

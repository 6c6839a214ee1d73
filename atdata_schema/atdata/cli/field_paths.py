"""The fields of a type, those of objects inside it too, each with its path."""

from __future__ import annotations

from collections.abc import Iterator

from atdata_schema.model import FieldModel, ListType, MapType, Model, RefType, Type, UnionType

__all__ = ["field_paths"]

_DEEPEST = 4  # objects inside objects that are shown


def field_paths(model: Model) -> Iterator[tuple[str, FieldModel]]:
    """Every field with its path, those of an object behind the field that holds it.

    An object that holds itself is shown once on its way.

    >>> from atdata_schema.model import IntegerType, ObjectType
    >>> boxes = FieldModel("boxes", ListType(RefType("a.b.c#box")), required=True)
    >>> box = ObjectType("a.b.c#box", (FieldModel("x", IntegerType(), required=True),))
    >>> [path for path, _ in field_paths(Model("a.b.c", (ObjectType("a.b.c", (boxes,)), box)))]
    ['boxes', 'boxes[].x']
    """
    return _inside(model, model.id, "", ())


def _inside(
    model: Model, ref: str, path: str, above: tuple[str, ...]
) -> Iterator[tuple[str, FieldModel]]:
    if ref in above or len(above) > _DEEPEST:
        return
    for field in model.object(ref).fields:
        own = f"{path}.{field.name}" if path else field.name
        yield own, field
        for mark, target in _targets(field.type):
            yield from _inside(model, target, f"{own}{mark}", (*above, ref))


def _targets(kind: Type) -> Iterator[tuple[str, str]]:
    """The objects in a type, each with what stands behind the field's name."""
    match kind:
        case RefType():
            yield "", kind.target
        case ListType():
            yield from ((f"[]{mark}", target) for mark, target in _targets(kind.items))
        case MapType():
            yield from ((f"[]{mark}", target) for mark, target in _targets(kind.values))
        case UnionType():
            yield from ((f"({target})", target) for target in kind.targets)
        case _:
            return

"""From the schema model to the types of a lens."""

from __future__ import annotations

from atdata_schema import model
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.types.lens_types import LensType, Many, Maybe, Nd, Obj, Plain
from atdata_schema.lenses.types.sizes import Dimension, Rest, known, symbol

__all__ = ["field_type", "type_of"]


def field_type(field: model.FieldModel, home: model.Model, path: Path, scope: str = "") -> LensType:
    """The type of a field that stands at a path: optional where a value may be missing.

    Args:
        field: the field.
        home: the model that it is of.
        path: where it stands.
        scope: what names of dimensions begin with: `VIEW` for those of the view, which are others.
    """
    kind = type_of(field.type, home, path, scope)
    if (field.required and not field.nullable) or isinstance(kind, Maybe):
        return kind
    return Maybe(kind)


def type_of(kind: model.Type, home: model.Model, path: Path, scope: str = "") -> LensType:
    """The type of a value that stands at a path. Its dimensions are named for the object that they are in."""
    match kind:
        case model.BooleanType():
            only = None if kind.const is None else int(kind.const)
            return Nd("bool", scalar=True, low=only, high=only)
        case model.IntegerType():
            return _integer(kind)
        case model.FloatType():
            return Nd(f"float{kind.bits}", scalar=True, finite=kind.finite)
        case model.ArrayType():
            return _array(kind, path, scope)
        case model.ListType():
            items = type_of(kind.items, home, path, scope)
            return Many(items, kind.min_length, kind.max_length)
        case model.RefType():
            return Obj(kind.target, home)
        case _:
            return Plain(kind, home)


def _integer(kind: model.IntegerType) -> Nd:
    values = kind.enum if kind.const is None else (kind.const,)
    if values is None:
        return Nd("int64", scalar=True, low=kind.minimum, high=kind.maximum)
    low, high = kind.minimum, kind.maximum
    kept = sorted(
        value
        for value in set(values)
        if (low is None or low <= value) and (high is None or value <= high)
    )
    if not kept:
        return Nd("int64", scalar=True, low=1, high=0, values=())
    return Nd("int64", scalar=True, low=kept[0], high=kept[-1], values=tuple(kept))


def _array(kind: model.ArrayType, path: Path, scope: str) -> Nd:
    shape = ("...",) if kind.shape is None else kind.shape
    place, owner = dotted(path), path[:-1]
    sizes = tuple(_dimension(dim, index, place, owner, scope) for index, dim in enumerate(shape))
    names = [dim.lower() if isinstance(dim, str) and dim[0].isalpha() else None for dim in shape]
    labels = tuple(name if names.count(name) == 1 else None for name in names)
    return Nd(kind.dtype, sizes, finite=kind.finite, labels=labels)


def _dimension(dim: model.Dim, index: int, place: str, owner: Path, scope: str) -> Dimension:
    if isinstance(dim, int):
        return known(dim)
    if dim == "...":
        return Rest(scope + place)
    if dim == "*":
        return symbol(f"*{scope}{place}.{index}")
    return symbol(scope + dotted((*owner, dim)))

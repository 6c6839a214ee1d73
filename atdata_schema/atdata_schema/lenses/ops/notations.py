"""Types as they are written, held against the types of values."""

from __future__ import annotations

from typing import Final

from atdata_schema import model
from atdata_schema.lenses.program.notation import (
    ArrayNotation,
    ListNotation,
    MapNotation,
    NamedNotation,
    Notation,
)
from atdata_schema.lenses.types.lens_types import LensType, Many, Maybe, Nd, Obj, Plain
from atdata_schema.lenses.types.sizes import Dimension, Rest, Size, known, symbol

__all__ = ["matched", "named"]

_NAMED: Final[dict[str, Nd | Plain]] = {
    "boolean": Nd("bool", scalar=True),
    "integer": Nd("int64", scalar=True),
    "float32": Nd("float32", scalar=True),
    "float64": Nd("float64", scalar=True),
    "string": Plain(model.TextType()),
    "bytes": Plain(model.BytesType()),
    "datetime": Plain(model.DatetimeType()),
    "image": Plain(model.MediaType("image")),
    "audio": Plain(model.MediaType("audio")),
}


def matched(notation: Notation, kind: LensType, sizes: dict[str, Size]) -> str | bool | None:
    """Whether a value of a type is one of a notation; names of dimensions are bound to its sizes.

    Returns:
        `False` where it is none; where only sizes can tell, an array that is none, in words; else `None`.
    """
    if notation.optional:
        return matched(_required(notation), kind.inner if isinstance(kind, Maybe) else kind, sizes)
    match notation:
        case ArrayNotation():
            if not isinstance(kind, Nd) or kind.scalar or notation.dtype not in ("*", kind.dtype):
                return False
            return _shaped(notation.shape, kind.shape, sizes)
        case ListNotation():
            return matched(notation.items, kind.items, sizes) if isinstance(kind, Many) else False
        case MapNotation():
            return (
                None if isinstance(kind, Plain) and isinstance(kind.type, model.MapType) else False
            )
        case NamedNotation():
            return _by_name(notation.name, kind)


def _required(notation: Notation) -> Notation:
    match notation:
        case ArrayNotation():
            return ArrayNotation(notation.dtype, notation.shape)
        case ListNotation():
            return ListNotation(notation.items)
        case MapNotation():
            return MapNotation(notation.values)
        case NamedNotation():
            return NamedNotation(notation.name)


def _by_name(name: str, kind: LensType) -> str | bool | None:
    if isinstance(kind, Obj):
        return None if kind.ref == name else False
    wanted = _NAMED.get(name)
    if isinstance(wanted, Nd):
        right = isinstance(kind, Nd) and kind.scalar and kind.dtype == wanted.dtype
        return None if right else False
    if isinstance(wanted, Plain) and isinstance(kind, Plain):
        return None if type(kind.type) is type(wanted.type) else False
    return False


def _shaped(
    dims: tuple[model.Dim, ...], shape: tuple[Dimension, ...], sizes: dict[str, Size]
) -> str | bool | None:
    if "..." in dims:
        return None
    if len(dims) != len(shape) or any(isinstance(size, Rest) for size in shape):
        return False
    fails: str | None = None
    for dim, size in zip(dims, shape, strict=True):
        assert isinstance(size, Size)  # no rest among them
        wanted = known(dim) if isinstance(dim, int) else None
        if isinstance(dim, str) and dim != "*":
            wanted = sizes.setdefault(dim, size)
        if wanted is None or wanted == size:
            continue
        if wanted.constant is not None and size.constant is not None:
            return False
        fails = f"an array whose size {size} is not {wanted}"
    return fails


def named(notation: Notation, owner: str, sizes: dict[str, Size]) -> LensType | None:
    """The type that a notation names; sizes that are not bound are those that code gives."""
    made: LensType | None
    match notation:
        case ArrayNotation():
            if notation.dtype not in model.DTYPES:
                return None
            shape = tuple(
                _size(dim, f"{owner}.{index}", sizes) for index, dim in enumerate(notation.shape)
            )
            made = Nd(notation.dtype, shape, labels=(None,) * len(shape))
        case ListNotation():
            items = named(notation.items, owner, sizes)
            made = None if items is None else Many(items)
        case MapNotation():
            made = None
        case NamedNotation():
            made = _NAMED.get(notation.name)
    if made is None or isinstance(made, Maybe):
        return made
    return Maybe(made) if notation.optional else made


def _size(dim: model.Dim, place: str, sizes: dict[str, Size]) -> Dimension:
    if isinstance(dim, int):
        return known(dim)
    if dim == "...":
        return Rest(place)
    return sizes.get(dim, symbol(f"*{place}"))

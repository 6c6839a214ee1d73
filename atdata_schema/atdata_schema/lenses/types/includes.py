"""Whether every value of one type is one of another, for kinds that a lens only moves."""

from __future__ import annotations

from functools import lru_cache

from atdata_schema import model
from atdata_schema.compare import differences
from atdata_schema.errors import ValidationError
from atdata_schema.fields.field import Field
from atdata_schema.fields.of_model import field_of
from atdata_schema.lenses.types.lens_types import Obj, Plain

__all__ = ["object_differences", "plain_problem", "uncovered"]


def object_differences(a: Obj, b: Obj) -> tuple[str, ...]:
    """In what two objects differ, names apart; nothing where a value of one is one of the other."""
    if a.home is b.home and a.ref == b.ref:
        return ()
    return _differences(a.home, a.ref, b.home, b.ref)


@lru_cache(maxsize=256)
def _differences(
    home: model.Model, ref: str, other: model.Model, other_ref: str
) -> tuple[str, ...]:
    first, second = model.Model(ref, home.objects), model.Model(other_ref, other.objects)
    return tuple(differences(first, second))


def plain_problem(given: Plain, wanted: Plain) -> str | None:
    """Why a value of one kind can never be one of another, in words."""
    a, b = given.type, wanted.type
    if type(a) is not type(b):
        return f"{a} is no {b}"
    if isinstance(a, model.MediaType) and isinstance(b, model.MediaType):
        return None if a.kind == b.kind else f"{a} is no {b}"
    if isinstance(a, model.UnionType | model.MapType):
        found = _structural(given, wanted)
        return found[0] if found else None
    return None


def _structural(given: Plain, wanted: Plain) -> tuple[str, ...]:
    """In what unions or maps differ."""
    if given.home is wanted.home and given.type == wanted.type:
        return ()
    return tuple(differences(_holding(given), _holding(wanted)))


def _holding(kind: Plain) -> model.Model:
    """A model of one field of that type."""
    item = model.ObjectType("holder", (model.FieldModel("value", kind.type, required=True),))
    others = () if kind.home is None else kind.home.objects
    return model.Model("holder", (item, *others))


def uncovered(given: model.Type, wanted: model.Type) -> str | None:
    """A value of the first type that is none of the second, in words; both are of one kind."""
    if given == wanted:
        return None
    match given, wanted:
        case model.TextType(), model.TextType():
            return _text(given, wanted)
        case model.DatetimeType(), model.DatetimeType():
            most = wanted.max_length
            short = most is None or (given.max_length is not None and given.max_length <= most)
            return None if short else f"a datetime of more than {most} bytes"
        case model.BytesType(), model.BytesType():
            return _lengths(
                (given.min_length, given.max_length),
                (wanted.min_length, wanted.max_length),
                "bytes",
            )
        case model.MediaType(), model.MediaType():
            return _accepted(given.accept, wanted.accept)
        case model.BlobType(), model.BlobType():
            most = wanted.max_size
            if most is not None and (given.max_size is None or given.max_size > most):
                return f"a blob of more than {most} bytes"
            return _accepted(given.accept, wanted.accept)
        case _:
            return None


def _text(given: model.TextType, wanted: model.TextType) -> str | None:
    values = (given.const,) if given.const is not None else given.enum
    if values is not None:
        field: Field[str] = field_of(wanted, _nobody)
        for value in values:
            try:
                field.pack(value, [])
            except ValidationError:
                return repr(value)
        return None
    if wanted.const is not None or wanted.enum is not None:
        return "a text that is none of those"
    if wanted.format is not None and wanted.format != given.format:
        return f"a text that is no {wanted.format}"
    bytes_ = (given.min_length, given.max_length), (wanted.min_length, wanted.max_length)
    graphemes = (given.min_graphemes, given.max_graphemes), (
        wanted.min_graphemes,
        wanted.max_graphemes,
    )
    return _lengths(*bytes_, "bytes") or _lengths(*graphemes, "graphemes")


def _nobody(ref: str) -> type[object]:
    raise LookupError(ref)


def _lengths(
    given: tuple[int | None, int | None], wanted: tuple[int | None, int | None], unit: str
) -> str | None:
    if wanted[1] is not None and (given[1] is None or given[1] > wanted[1]):
        return f"one of more than {wanted[1]} {unit}"
    if wanted[0] and (given[0] is None or given[0] < wanted[0]):
        return f"one of fewer than {wanted[0]} {unit}"
    return None


def _accepted(given: tuple[str, ...] | None, wanted: tuple[str, ...] | None) -> str | None:
    if wanted is None or "*/*" in wanted:
        return None
    others = [
        kind for kind in given or ("*/*",) if kind not in wanted and not _covered(kind, wanted)
    ]
    return f"a file of type {others[0]}" if others else None


def _covered(kind: str, wanted: tuple[str, ...]) -> bool:
    return f"{kind.partition('/')[0]}/*" in wanted

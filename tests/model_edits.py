"""Random edits of models, and classes made of models without documents: for the laws of comparing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from atdata.samples.build_class import batch_type, live_type
from atdata_schema.fields.of_model import fields_of
from atdata_schema.model import (
    DTYPES,
    ArrayType,
    BlobType,
    BooleanType,
    BytesType,
    DatetimeType,
    FieldModel,
    FloatType,
    IntegerType,
    LinkType,
    ListType,
    MapType,
    MediaType,
    Model,
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
    UnknownType,
)

__all__ = ["classes_of", "edited"]

Draw = st.DrawFn
_DIMS: Final = (2, 3, "H", "W", "*")
_KINDS: Final[tuple[Type, ...]] = (
    BooleanType(),
    IntegerType(),
    FloatType(),
    FloatType(32),
    TextType(),
    DatetimeType(),
    BytesType(),
    MediaType("image"),
    ArrayType("float32", ("H", "W")),
    ArrayType(),
    LinkType(),
    BlobType(),
    UnknownType(),
    ListType(IntegerType()),
    MapType(TextType()),
)


def classes_of(model: Model) -> dict[str, Any]:
    """A live class for each object of a model."""
    classes: dict[str, Any] = {}
    for item in model:
        cls: Any = live_type(item)
        cls.FIELDS = fields_of(item, classes.__getitem__)
        batch_type(cls)
        classes[item.ref] = cls
    return classes


@st.composite
def edited(draw: Draw, model: Model, most: int = 4) -> Model:
    """A model after a few edits."""
    objects = {item.ref: item for item in model}
    for _ in range(draw(st.integers(1, most))):
        ref = draw(st.sampled_from(sorted(objects)))
        objects[ref] = _in_order(draw(_object(objects[ref], sorted(objects))))
    main, *rest = model.objects
    return Model(model.id, (objects[main.ref], *(objects[item.ref] for item in rest)))


def _in_order(item: ObjectType) -> ObjectType:
    """Required fields first, as in every model."""
    return replace(item, fields=tuple(sorted(item.fields, key=lambda field: not field.required)))


@st.composite
def _object(draw: Draw, item: ObjectType, refs: Sequence[str]) -> ObjectType:
    fields = list(item.fields)
    kind = draw(st.sampled_from(("change", "change", "change", "add", "remove", "rename", "order")))
    if kind == "order":
        return replace(item, fields=tuple(draw(st.permutations(fields))))
    if kind == "add" or not fields:
        name = draw(st.sampled_from(("added", "extra", "labels", "more")))
        required, nullable = draw(st.tuples(st.booleans(), st.booleans()))
        field = FieldModel(name, draw(_kind(refs)), required, nullable)
        return _with(item, [old for old in fields if old.name != name] + [field])
    at = draw(st.integers(0, len(fields) - 1))
    if kind == "remove":
        return _with(item, fields[:at] + fields[at + 1 :])
    if kind == "rename":
        name = fields[at].name + draw(st.sampled_from(("", "s", "Renamed")))
        aliases = draw(st.sampled_from(((), (fields[at].name,))))
        fields[at] = replace(
            fields[at], name=name, aliases=aliases if name != fields[at].name else ()
        )
        return _with(item, fields)
    fields[at] = draw(_field(fields[at], refs))
    return _with(item, fields)


def _with(item: ObjectType, fields: Sequence[FieldModel]) -> ObjectType:
    """The object with these fields, each name once."""
    return replace(item, fields=tuple({field.name: field for field in fields}.values()))


@st.composite
def _field(draw: Draw, field: FieldModel, refs: Sequence[str]) -> FieldModel:
    match draw(st.sampled_from(("required", "nullable", "type", "type", "type", "kind"))):
        case "required":
            return replace(field, required=not field.required)
        case "nullable":
            return replace(field, nullable=not field.nullable)
        case "kind":
            return replace(field, type=draw(_kind(refs)))
        case _:
            return replace(field, type=draw(_changed(field.type, refs)))


def _kind(refs: Sequence[str]) -> st.SearchStrategy[Type]:
    def union(drawn: tuple[list[str], bool]) -> Type:
        return UnionType(tuple(drawn[0]), drawn[1])

    members = st.lists(st.sampled_from(refs), min_size=1, max_size=3, unique=True)
    unions = st.tuples(members, st.booleans()).map(union)
    return st.one_of(st.sampled_from(_KINDS), unions)


_BOUND: Final = st.none() | st.integers(0, 9)


def _lengths(low: str, high: str) -> Callable[[Any], st.SearchStrategy[Any]]:
    def strategy(kind: Any) -> st.SearchStrategy[Any]:
        def bounded(pair: tuple[int | None, int | None]) -> Any:
            first, second = pair
            if first is not None and second is not None:
                first, second = sorted((first, second))
            return replace(kind, **{low: first, high: second})

        return st.tuples(_BOUND, _BOUND).map(bounded)

    return strategy


def _one(**options: st.SearchStrategy[Any]) -> Callable[[Any], st.SearchStrategy[Any]]:
    """Another value for one of a type's constraints."""

    def strategy(kind: Any) -> st.SearchStrategy[Any]:
        def changed(name: str) -> Callable[[Any], Any]:
            return lambda value: replace(kind, **{name: value})

        return st.one_of([values.map(changed(name)) for name, values in options.items()])

    return strategy


_CLASSES: Final = st.sampled_from((None, ("cat", "dog"), ("cat", "dog", "cow"), ("dog", "cat")))
_CHANGES: Final[dict[type[Any], tuple[Callable[[Any], st.SearchStrategy[Any]], ...]]] = {
    BooleanType: (_one(const=st.none() | st.booleans()),),
    IntegerType: (
        _lengths("minimum", "maximum"),
        _one(
            enum=st.none()
            | st.lists(st.integers(-3, 3), min_size=1, max_size=4, unique=True).map(tuple),
            const=st.none() | st.integers(-3, 3),
            classes=_CLASSES,
        ),
    ),
    FloatType: (_one(bits=st.sampled_from((32, 64)), finite=st.booleans()),),
    TextType: (
        _lengths("min_length", "max_length"),
        _lengths("min_graphemes", "max_graphemes"),
        _one(
            enum=st.none()
            | st.lists(
                st.sampled_from(("a", "bb", "猫", "did:web:a.b")), min_size=1, unique=True
            ).map(tuple),
            const=st.none() | st.sampled_from(("a", "bb", "it's")),
            format=st.sampled_from((None, "did", "handle", "at-identifier", "nsid", "datetime")),
        ),
    ),
    DatetimeType: (_one(max_length=st.sampled_from((None, 20, 32, 64, 100))),),
    BytesType: (_lengths("min_length", "max_length"),),
    MediaType: (
        _one(
            kind=st.sampled_from(("image", "audio")),
            accept=st.sampled_from((None, ("image/*",), ("image/png",), ("audio/*",), ("*/*",))),
        ),
    ),
    ArrayType: (
        _one(
            dtype=st.sampled_from(("*", *DTYPES)),
            shape=st.none()
            | st.lists(st.sampled_from(_DIMS), max_size=3).map(tuple)
            | st.sampled_from((("...",), ("...", 2), ("H", "..."), ("H", "...", "H"))),
            finite=st.booleans(),
        ),
    ),
    BlobType: (
        _one(
            accept=st.sampled_from((None, ("image/*",), ("image/png",), ("*/*",))),
            max_size=st.sampled_from((None, 10, 1000)),
        ),
    ),
    LinkType: (),
    UnknownType: (),
}


@st.composite
def _changed(draw: Draw, kind: Type, refs: Sequence[str]) -> Type:
    """The type with another constraint, or with something else inside."""
    match kind:
        case ListType():
            if draw(st.booleans()):
                return replace(kind, items=draw(_changed(kind.items, refs)))
            lengths: ListType = draw(_lengths("min_length", "max_length")(kind))
            return lengths
        case MapType():
            return MapType(draw(_changed(kind.values, refs)))
        case RefType():
            return RefType(draw(st.sampled_from(refs)))
        case UnionType():
            if draw(st.booleans()):
                return replace(kind, closed=not kind.closed)
            return draw(_kind(refs).filter(lambda other: isinstance(other, UnionType)))
        case _:
            ways = _CHANGES[type(kind)]
            changed: Type = draw(draw(st.sampled_from(ways))(kind)) if ways else kind
            return changed

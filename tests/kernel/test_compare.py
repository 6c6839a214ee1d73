"""Two models side by side."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from atdata_schema.compare import differences
from atdata_schema.model import (
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


def model(*fields: FieldModel, name: str = "a.b.c", others: dict[str, Any] | None = None) -> Model:
    more = [ObjectType(ref, tuple(items)) for ref, items in (others or {}).items()]
    return Model(name, (ObjectType(name, fields), *more))


def field(kind: Type, **changes: Any) -> FieldModel:
    options: dict[str, Any] = {"required": True, **changes}
    return FieldModel("f", kind, **options)


CONSTRAINTS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (BooleanType(), {"const": True}),
    (
        IntegerType(),
        {"minimum": 1, "maximum": 1, "enum": (1,), "const": 1, "classes": ("a",)},
    ),
    (FloatType(), {"bits": 32, "finite": True}),
    (
        TextType(),
        {"format": "did", "min_length": 1, "max_length": 1, "min_graphemes": 1}
        | {"max_graphemes": 1, "enum": ("a",), "const": "a"},
    ),
    (DatetimeType(), {"max_length": 30}),
    (BytesType(), {"min_length": 1, "max_length": 1}),
    (MediaType("image"), {"kind": "audio", "accept": ("image/png",)}),
    (ArrayType(), {"dtype": "int8", "shape": (1,), "finite": True}),
    (BlobType(), {"accept": ("a/b",), "max_size": 1}),
    (ListType(LinkType()), {"items": UnknownType(), "min_length": 1, "max_length": 1}),
    (MapType(LinkType()), {"values": UnknownType()}),
)
KINDS: tuple[Type, ...] = (*(kind for kind, _ in CONSTRAINTS), LinkType(), UnknownType())
CHANGES = [(kind, {name: value}) for kind, values in CONSTRAINTS for name, value in values.items()]


@pytest.mark.parametrize(("kind", "change"), CHANGES, ids=str)
def test_each_change_of_a_constraint_is_one_sentence(kind: Any, change: dict[str, Any]) -> None:
    changed = dataclasses.replace(kind, **change)
    for first, second in ((kind, changed), (changed, kind)):
        (sentence,) = differences(model(field(first)), model(field(second)))
        assert sentence.startswith("f")
        (inside,) = differences(model(field(ListType(first))), model(field(ListType(second))))
        assert inside.startswith("f[]")


@pytest.mark.parametrize("first", KINDS, ids=str)
def test_kinds_are_told_apart(first: Type) -> None:
    for second in KINDS:
        found = differences(model(field(first)), model(field(second)))
        assert found == ([] if first == second else [f"f: {first} there, {second} here"])


def test_presence_names_and_order_count() -> None:
    x, y = FieldModel("x", LinkType(), True), FieldModel("y", LinkType(), True)
    optional = dataclasses.replace(x, required=False)
    nullable = dataclasses.replace(x, nullable=True)
    assert differences(model(x), model(optional)) == ["x: required there, not required here"]
    assert differences(model(x), model(nullable)) == ["x: not nullable there, nullable here"]
    assert differences(model(x), model(x, y)) == ["y: only here"]
    assert differences(model(x, y), model(x)) == ["y: only there"]
    assert differences(model(x, y), model(y, x)) == ["fields: in the order x, y there, y, x here"]


def test_descriptions_known_values_and_aliases_do_not_count() -> None:
    plain = field(TextType())
    other = field(TextType(known_values=("a",)), description="words", aliases=("old",))
    assert differences(model(plain), model(other)) == []


def test_names_count_in_unions_only() -> None:
    box = [FieldModel("x", IntegerType())]
    first = model(field(RefType("a.b.c#box")), others={"a.b.c#box": box})
    second = model(field(RefType("d.e.f#area")), name="d.e.f", others={"d.e.f#area": box})
    assert differences(first, second) == []
    one = model(field(UnionType(("a.b.c#box",))), others={"a.b.c#box": box})
    two = model(field(UnionType(("d.e.f#area",))), others={"d.e.f#area": box})
    assert differences(one, two) == ["f: a.b.c#box | ... there, d.e.f#area | ... here"]
    closed = model(field(UnionType(("a.b.c#box",), closed=True)), others={"a.b.c#box": box})
    assert len(differences(one, closed)) == 1


def test_differences_inside_objects_are_named_by_their_path() -> None:
    def holder(kind: Type) -> Model:
        inner = {"a.b.c#box": [FieldModel("x", kind)]}
        return model(field(ListType(RefType("a.b.c#box"))), others=inner)

    assert differences(holder(IntegerType()), holder(FloatType())) == [
        "f[].x: integer there, float64 here"
    ]

    def union(kind: Type) -> Model:
        inner = {"a.b.c#box": [FieldModel("x", kind)]}
        return model(field(UnionType(("a.b.c#box",))), others=inner)

    assert differences(union(IntegerType()), union(FloatType())) == [
        "f.x: integer there, float64 here"
    ]


def test_recursive_types_are_compared_to_an_end() -> None:
    tree = model(field(ListType(RefType("a.b.c"))))
    other = model(field(ListType(RefType("x.y.z"))), name="x.y.z")
    assert differences(tree, other) == []
    twice = model(
        field(ListType(RefType("a.b.c#even"))),
        others={"a.b.c#even": [field(ListType(RefType("a.b.c")))]},
    )
    assert differences(tree, twice) == []


def test_a_long_chain_of_objects_is_compared() -> None:
    def chain(last: Type) -> Model:
        others: dict[str, Any] = {
            f"a.b.c#n{n}": [field(RefType(f"a.b.c#n{n + 1}"))] for n in range(3000)
        }
        return model(field(RefType("a.b.c#n0")), others={**others, "a.b.c#n3000": [field(last)]})

    assert differences(chain(LinkType()), chain(LinkType())) == []
    (sentence,) = differences(chain(LinkType()), chain(UnknownType()))
    assert sentence.endswith("f: cid-link there, unknown here")

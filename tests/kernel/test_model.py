"""The schema model prints as a contract and compares by what matters."""

from __future__ import annotations

import pytest

from atdata_schema.errors import LexiconError
from atdata_schema.model import (
    ArrayType,
    FieldModel,
    IntegerType,
    ListType,
    MapType,
    Model,
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
    notation,
)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (IntegerType(minimum=0, default=1), "integer(minimum 0, default 1)"),
        (TextType(format="uri", max_length=9), "uri(maxLength 9)"),
        (ArrayType(), "*[...]"),
        (ArrayType("int8", ()), "int8[]"),
        (ArrayType("int8", ("H", 3, "*", "...")), "int8[H, 3, *, ...]"),
        (ListType(MapType(IntegerType()), max_length=3), "list[map[integer]](maxLength 3)"),
        (UnionType(("a.b.c", "a.b.c#d")), "a.b.c | a.b.c#d | ..."),
        (UnionType((), closed=False), "..."),
    ],
)
def test_types_print_as_people_read_them(kind: Type, text: str) -> None:
    assert str(kind) == text


def test_notation_leaves_out_what_is_not_stated() -> None:
    assert notation("x", a=None) == "x"
    assert notation("x", a=False, b=(1, 2)) == "x(a false, b [1, 2])"


def test_words_for_people_do_not_change_a_model() -> None:
    plain = FieldModel("x", TextType())
    described = FieldModel("x", TextType(known_values=("a",)), description="A word.")
    assert plain == described
    assert ObjectType("a.b.c", (plain,)) == ObjectType("a.b.c", (described,), description="words")
    assert plain != FieldModel("x", TextType(), required=True)


def test_a_model_finds_its_objects() -> None:
    box = ObjectType("a.b.c#box", ())
    main = ObjectType("a.b.c", (FieldModel("b", RefType("a.b.c#box"), True, True),))
    model = Model("a.b.c", (main, box))
    assert model.main is main
    assert model.object("a.b.c#box") is box
    assert list(model) == [main, box]
    assert str(model) == "a.b.c\n  b: a.b.c#box or null\na.b.c#box"
    with pytest.raises(LexiconError, match="no object 'a.b.d'; it holds a.b.c, a.b.c#box"):
        model.object("a.b.d")

"""Lists, maps, nested objects, unions, and values that may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.containers import Many, Table, key_order
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.numbers import Integer
from atdata_schema.fields.objects import OneOf, Ref, Unknown
from atdata_schema.fields.presence import Null, Opt, bare
from atdata_schema.fields.text import Text
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer


@dataclass
class Box:
    x: int
    label: str | None = None
    FIELDS: ClassVar[Fields] = Fields({"x": Integer(minimum=0), "label": Opt(Text())})


@dataclass
class Tree:
    children: list[Tree]
    FIELDS: ClassVar[Fields] = Fields({"children": Many(Ref(lambda: Tree))})


class WideBox(Box):
    """A subclass, which is taken where a `Box` is."""


SHAPES: dict[str, type[Any]] = {"org.example.shape#box": Box, "org.example.tree": Tree}
OPEN = OneOf[Any](lambda: SHAPES)
CLOSED = OneOf[Any](lambda: SHAPES, closed=True)
OTHER = Unknown("org.example.other", {"n": 1, "bb": [b"x"]})


def packed(field: Field[Any], value: object) -> bytes:
    out: list[Buffer] = []
    field.pack(value, out)
    return b"".join(out)


def unpacked(field: Field[Any], value: object) -> Any:
    return field.unpack(rows.unpack(b"\x81\xa1v" + packed(field, value))["v"])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Many(Integer()), "text", r"expected list\[integer\], got str 'text'"),
        (Many(Integer()), {1}, r"expected list\[integer\], got set"),
        (Many(Integer()), None, r"expected list\[integer\], got NoneType"),
        (Many(Integer()), [1, "x"], r"^\[1\]: expected integer, got str 'x'"),
        (Many(Many(Integer())), [[], [1, 2.0]], r"^\[1\]\[1\]: expected integer"),
        (Many(Integer(), min_length=1), [], r"list\[integer\]\(minLength 1\), got 0 items"),
        (Many(Integer(), max_length=1), [1, 2], r"list\[integer\]\(maxLength 1\), got 2 items"),
        (Table(Integer()), [1], r"expected map\[integer\], got list"),
        (Table(Integer()), {1: 1}, r"expected map\[integer\], got the key int 1"),
        (Table(Integer()), {"a": None}, r"^a: expected integer, got NoneType None"),
        (Table(Integer()), {"\ud800": 1}, "lone surrogate"),
        (Ref(lambda: Box), {"x": 1}, "expected Box, got dict"),
        (Ref(lambda: Box), None, "expected Box, got NoneType"),
        (Ref(lambda: Box), Box(-1), r"^x: expected integer\(minimum 0\), got int -1"),
        (Many(Ref(lambda: Box)), [Box(1), Box(-1)], r"^\[1\]\.x: expected integer"),
        (OPEN, {"x": 1}, r"expected Box \| Tree \| Unknown, got dict"),
        (OPEN, Box(-1), "^x: expected"),
        (CLOSED, OTHER, r"expected Box \| Tree, got Unknown"),
        (OPEN, Unknown("org.example.tree", {}), "whose type is str 'org.example.tree'"),
        (OPEN, Unknown("org.example.tree#main", {}), "whose type is str 'org.example.tree#main'"),
        (OPEN, Unknown("", {}), "whose type is str ''"),
        (OPEN, Unknown(5, {}), "whose type is int 5"),  # type: ignore[arg-type]  # on purpose
        (OPEN, Unknown("a.b.c", {"$type": "x"}), "an Unknown of dict"),
        (OPEN, Unknown("a.b.c", [1]), "an Unknown of list"),  # type: ignore[arg-type]  # on purpose
        (OPEN, Unknown("a.b.c", {"x": 1j}), "a complex has no place in the data model"),
    ],
)
def test_what_a_field_does_not_allow_is_refused(
    field: Field[Any], value: object, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        packed(field, value)
    with pytest.raises((ValidationError), match=message):
        field.to_record(value)


def test_an_unknown_member_keeps_its_floats_in_a_sample_and_has_none_in_a_record() -> None:
    row = {
        "$type": "a.b.c",
        "x": 1.0,
        "y": [1e300, float("-inf")],
        "z": {"$bytes": 1, "$link": "x"},
        "b": b"npy",
    }
    value = OPEN.unpack(row)
    assert value == Unknown("a.b.c", {key: item for key, item in row.items() if key != "$type"})
    again = unpacked(OPEN, value)
    assert (again, type(again.value["x"])) == (value, float)
    with pytest.raises(ValidationError, match=r"1\.0 is a float"):
        OPEN.to_record(value)


READ: list[tuple[Field[Any], object, str]] = [
    (Many(Integer()), {}, r"expected list\[integer\], got dict"),
    (Many(Integer()), (1,), r"expected list\[integer\], got tuple"),
    (Many(Integer()), [1, "x"], r"^\[1\]: expected integer, got str 'x'"),
    (Table(Integer()), [], r"expected map\[integer\], got list"),
    (Table(Integer()), {1: 1}, r"expected map\[integer\], got dict"),
    (Table(Integer()), {"a": "x"}, r"^a: expected integer"),
    (Ref(lambda: Box), [], "expected a map of fields, got list"),
    (Ref(lambda: Box), {}, "^x: required and not there"),
    (Ref(lambda: Tree), {"children": [{}]}, r"^children\[0\]\.children: required"),
    (OPEN, {"x": 1}, r"with a \$type, got dict"),
    (OPEN, {"$type": 5}, r"with a \$type, got dict"),
    (OPEN, {"$type": ""}, r"got the \$type str ''"),
    (OPEN, "text", r"with a \$type, got str"),
    (CLOSED, {"$type": "a.b.c"}, r"expected Box \| Tree, got the \$type str 'a.b.c'"),
    (OPEN, {"$type": "org.example.shape#box"}, "^x: required and not there"),
]


@pytest.mark.parametrize(("field", "value", "message"), READ)
def test_a_form_of_another_kind_is_refused_on_reading(
    field: Field[Any], value: object, message: str
) -> None:
    for read in (field.unpack, field.from_record):
        with pytest.raises(DecodeError, match=message):
            read(value)


@given(st.lists(st.integers(-9, 9), max_size=40))
def test_lists_survive_and_tuples_are_taken(values: list[int]) -> None:
    field = Many(Integer())
    assert unpacked(field, values) == values
    assert field.from_record(field.to_record(values)) == values
    assert packed(field, tuple(values)) == packed(field, values)


@given(st.dictionaries(st.text(max_size=6), st.integers(-9, 9)))
def test_maps_are_written_in_the_order_of_dag_cbor(table: dict[str, int]) -> None:
    field = Table(Integer())
    keys = list(unpacked(field, table))
    assert keys == sorted(table, key=lambda key: (len(key.encode()), key.encode()))
    assert keys == sorted(table, key=key_order)
    assert unpacked(field, table) == table
    assert field.from_record(field.to_record(table)) == table


def test_nested_objects_are_maps_with_every_field() -> None:
    assert packed(Ref(lambda: Box), Box(1)) == (b"\x82\xa1x\xd3\0\0\0\0\0\0\0\x01\xa5label\xc0")
    assert Ref(lambda: Box).to_record(Box(1)) == {"x": 1}
    assert unpacked(Ref(lambda: Box), WideBox(1, "a")) == Box(1, "a")
    tree = Tree([Tree([]), Tree([Tree([])])])
    assert unpacked(Ref(lambda: Tree), tree) == tree
    assert Ref(lambda: Tree).from_record(Ref(lambda: Tree).to_record(tree)) == tree


@pytest.mark.parametrize("field", [OPEN, CLOSED])
def test_the_map_of_a_member_starts_with_its_type(field: Field[Any]) -> None:
    data = packed(field, Box(1))
    assert data.startswith(b"\x83\xa5$type\xb5org.example.shape#box\xa1x\xd3")
    assert unpacked(field, Box(1)) == Box(1)
    assert field.to_record(Box(1)) == {"$type": "org.example.shape#box", "x": 1}
    assert field.from_record(field.to_record(Box(1))) == Box(1)
    assert unpacked(field, WideBox(1)) == Box(1)


def test_a_type_with_main_is_the_same_type() -> None:
    assert OPEN.unpack({"$type": "org.example.tree#main", "children": []}) == Tree([])


def test_an_unknown_member_survives_both_forms() -> None:
    data = packed(OPEN, OTHER)
    assert data.startswith(b"\x83\xa5$type\xb1org.example.other\xa1n\x01\xa2bb\x91\xc4\x01x")
    assert unpacked(OPEN, OTHER) == OTHER
    assert OPEN.to_record(OTHER) == {
        "$type": "org.example.other",
        "n": 1,
        "bb": [{"$bytes": "eA"}],
    }
    assert OPEN.from_record(OPEN.to_record(OTHER)) == OTHER
    backwards = Unknown(OTHER.type, dict(reversed(OTHER.value.items())))
    assert packed(OPEN, backwards) == data


def test_missing_values() -> None:
    for field in (Opt(Integer()), Null(Integer())):
        assert packed(field, None) == b"\xc0"
        assert unpacked(field, None) is None
        assert unpacked(field, 5) == 5
        assert bare(field) == Integer()
        with pytest.raises(ValidationError, match="expected integer"):
            packed(field, "x")
    assert bare(Integer()) == Integer()


def test_null_in_a_record_is_taken_where_it_is_allowed_only() -> None:
    assert Null(Integer()).from_record(None) is None
    assert Opt(Integer(), nullable=True).from_record(None) is None
    with pytest.raises(DecodeError, match="got null; leave the property out instead"):
        Opt(Integer()).from_record(None)
    with pytest.raises(DecodeError, match="expected integer, got NoneType None"):
        Integer().from_record(None)
    fields = Fields({"o": Opt(Integer()), "n": Null(Integer())})
    nothing = type("Nothing", (), {"o": None, "n": None})()
    assert fields.to_record(nothing) == {"n": None}


def test_fields_say_what_they_are() -> None:
    assert str(Many(Text(), 1, 2)) == "list[string](minLength 1, maxLength 2)"
    assert str(Table(Many(Integer()))) == "map[list[integer]]"
    assert str(Ref(lambda: Box)) == "Box"
    assert str(OPEN) == "Box | Tree | Unknown"
    assert str(CLOSED) == "Box | Tree"
    assert str(Null(Integer())) == "integer or null"
    assert str(Opt(Integer(), nullable=True)) == "integer or null, optional"


def test_columns_are_lists() -> None:
    assert Many(Integer()).column([[1], []]) == [[1], []]
    assert Opt(Integer()).column([1, None]) == [1, None]
    assert Opt(Integer()).column([1, 2]) == [1, 2]
    assert Null(Integer()).column([]) == []

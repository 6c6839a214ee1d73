"""The fields of an object on the wire: order, exact bytes, alignment, and what a reader takes."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import DecodeError, ShapeError, ValidationError
from atdata_schema.fields.array import AnyArray, Array
from atdata_schema.fields.containers import Many, Table
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import Null, Opt
from atdata_schema.fields.text import Text
from atdata_schema.wire import npy, rows

msgpack: Any = importlib.import_module("msgpack")  # which has no types

PIXELS = Array(np.uint8, ("H", "W"))
CONSTANT: tuple[tuple[Field[Any], Any], ...] = (
    (Integer(), 1),
    (Float64(), 1.5),
    (Float32(), 1.5),
    (Boolean(), True),
)


def encoded(fields: Fields, **values: Any) -> bytes:
    """The bytes of one object; attributes are the names."""
    return rows.join(fields.encode(SimpleNamespace(**values)))


def file_of(array: Any) -> bytes:
    return npy.header(array.dtype.newbyteorder("<"), array.shape) + bytes(npy.elements(array))


def test_the_bytes_of_a_sample_by_hand() -> None:
    fields = Fields(
        {
            "n": Integer(),
            "x": Float64(),
            "y": Float32(),
            "ok": Boolean(),
            "name": Text(),
            "tags": Many(Text()),
            "map": Table(Integer()),
            "none": Opt(Integer()),
        }
    )
    values = {"n": 2, "x": 0.5, "y": 0.5, "ok": False, "name": "é", "tags": ["a", "b"]}
    data = encoded(fields, **values, map={"bb": 1, "a": 2}, none=None)
    assert data == bytes.fromhex("""
        88
        a16e       d30000000000000002
        a178       cb3fe0000000000000
        a179       ca3f000000
        a26f6b     c2
        a46e616d65 a2c3a9
        a474616773 92 a161 a162
        a36d6170   82 a161 d30000000000000002 a26262 d30000000000000001
        a46e6f6e65 c0
        """)


def test_the_bytes_of_an_array_by_hand() -> None:
    array = np.array([[1, 2]], np.uint8)
    data = encoded(Fields({"im": PIXELS}), im=array)
    # 1 + 3 + 5 = 9; 7 more are wanted, which no pair of headers gives, so all stay short.
    assert data == b"\x81\xa2im\xc6\x00\x00\x00\x82" + file_of(array)
    # 1 + 4 + 5 = 10; 6 more: a map header of 3 bytes (+2) and a key header of 5 (+4).
    data = encoded(Fields({"img": PIXELS}), img=array)
    assert data == b"\xde\0\x01\xdb\0\0\0\x03img\xc6\x00\x00\x00\x82" + file_of(array)
    # 1 + 6 + 5 = 12; 4 more: the key header alone.
    data = encoded(Fields({"image": PIXELS}), image=array)
    assert data == b"\x81\xdb\0\0\0\x05image\xc6\x00\x00\x00\x82" + file_of(array)


@given(
    st.integers(1, 300),
    st.lists(st.sampled_from(CONSTANT), max_size=40),
    st.lists(st.sampled_from(CONSTANT), max_size=20),
)
def test_the_first_array_is_aligned_where_headers_reach_it(
    length: int,
    before: list[tuple[Field[Any], Any]],
    after: list[tuple[Field[Any], Any]],
) -> None:
    """Whatever stands before it, the row stays legal, and no shorter row is aligned."""
    name = "a" * length
    codecs = {f"b{index}": codec for index, (codec, _) in enumerate(before)}
    codecs |= {name: PIXELS} | {f"c{index}": codec for index, (codec, _) in enumerate(after)}
    values: dict[str, Any] = {f"b{index}": value for index, (_, value) in enumerate(before)}
    values |= {f"c{index}": value for index, (_, value) in enumerate(after)}
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    data = encoded(Fields(codecs), **values, **{name: array})
    for row in (msgpack.unpackb(data), msgspec.msgpack.decode(data)):
        assert list(row) == list(codecs)
        assert row[name] == file_of(array)
    at = data.index(npy.MAGIC)
    heads, keys = rows.map_heads(len(codecs)), rows.text_forms(name)
    shortest = at - (len(data[:at]) - _plain_length(codecs, values, name))
    reachable = {
        len(head) + len(key) - len(heads[0]) - len(keys[0]) for head in heads for key in keys
    }
    gap = -shortest % 8
    assert at == shortest + (gap if gap in reachable else 0)


def _plain_length(codecs: dict[str, Field[Any]], values: dict[str, Any], name: str) -> int:
    """Where the array would start with every header at its shortest."""
    size = len(rows.map_head(len(codecs)))
    for key, codec in codecs.items():
        size += len(rows.text(key))
        if key == name:
            return size + 5
        out: list[Any] = []
        codec.pack(values[key], out)
        size += sum(map(len, out))
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("first", "value"), [(Text(), "a"), (Opt(Integer()), 1), (Many(Integer()), [1])]
)
def test_a_field_of_no_constant_width_before_the_array_keeps_headers_short(
    first: Field[Any], value: object
) -> None:
    data = encoded(Fields({"a": first, "img": PIXELS}), a=value, img=np.zeros((1, 1), np.uint8))
    assert data[:1] == b"\x82"
    assert b"\xa3img" in data


def test_an_optional_array_that_is_not_there_keeps_the_layout() -> None:
    fields = Fields({"img": Opt(PIXELS)})
    assert encoded(fields, img=None) == b"\xde\0\x01\xdb\0\0\0\x03img\xc0"


def test_the_order_of_fields_is_that_of_the_codecs() -> None:
    names = ["z", "a", "mm", "b"]
    data = encoded(Fields({name: Integer() for name in names}), **dict.fromkeys(names, 0))
    assert list(msgpack.unpackb(data)) == names


@given(
    st.dictionaries(st.text(max_size=5), st.integers(-9, 9), max_size=6),
    st.randoms(use_true_random=False),
)
def test_equal_maps_are_equal_bytes_in_whatever_order_they_were_made(
    table: dict[str, int], random: Any
) -> None:
    fields = Fields({"t": Table(Integer())})
    items = list(table.items())
    random.shuffle(items)
    assert encoded(fields, t=table) == encoded(fields, t=dict(items))


# What a reader takes.

FIELDS = Fields(
    {
        "n": Integer(),
        "x": Float64(),
        "s": Text(),
        "b": Boolean(),
        "l": Many(Integer()),
        "t": Table(Text()),
        "o": Opt(Integer()),
        "u": Null(Integer()),
        "a": AnyArray(),
    }
)
ROW = {"n": 5, "x": 1.0, "s": "é", "b": True, "l": [1, 300], "t": {"k": "v"}, "o": None, "u": None}


def _wide(value: bool | int | float | str | bytes | list[Any] | dict[str, Any] | None) -> bytes:
    """A value in the widest legal msgpack form there is for it."""
    if value is None or isinstance(value, bool):
        return bytes([{None: 0xC0, False: 0xC2, True: 0xC3}[value]])
    if isinstance(value, int):
        code = b"\xcf" if value >= 0 else b"\xd3"
        return code + value.to_bytes(8, "big", signed=value < 0)
    if isinstance(value, str):
        return rows.text_forms(value)[-1]
    if isinstance(value, bytes):
        return b"\xc6" + len(value).to_bytes(4, "big") + value
    if isinstance(value, list):
        return b"\xdd" + len(value).to_bytes(4, "big") + b"".join(map(_wide, value))
    if isinstance(value, dict):
        body = b"".join(_wide(key) + _wide(item) for key, item in value.items())
        return b"\xdf" + len(value).to_bytes(4, "big") + body
    return rows.float64(value)


@pytest.mark.parametrize("pack", [msgpack.packb, msgspec.msgpack.encode, _wide])
@pytest.mark.parametrize("backwards", [False, True])
def test_any_legal_msgpack_is_read(pack: Any, backwards: bool) -> None:
    array = np.arange(3, dtype=np.int8)
    row = {**ROW, "a": file_of(array), "undeclared": [{"deep": 1}]}
    if backwards:
        row = dict(reversed(row.items()))
    found = FIELDS.unpack(rows.unpack(pack(row)))
    assert np.array_equal(found.pop("a"), array)
    assert found == ROW


def test_a_number_of_another_width_is_read_as_the_field_has_it() -> None:
    fields = Fields({"x": Float64(), "y": Float32()})
    data = msgpack.packb({"x": 3, "y": 0.1})
    found = fields.unpack(rows.unpack(data))
    assert found == {"x": 3.0, "y": float(np.float32(0.1))}
    single = msgpack.packb({"x": 0.5, "y": 0.5}, use_single_float=True)
    assert fields.unpack(rows.unpack(single)) == {"x": 0.5, "y": 0.5}


def test_absent_optional_fields_are_none_and_absent_required_ones_are_refused_by_name() -> None:
    fields = Fields({"n": Integer(), "u": Null(Integer()), "o": Opt(Integer())})
    assert fields.unpack({"n": 1, "u": None}) == {"n": 1, "u": None, "o": None}
    with pytest.raises(DecodeError, match=r"^n: required and not there; the keys are 'u', 'x'$"):
        fields.unpack({"u": 1, "x": 2})
    with pytest.raises(DecodeError, match=r"^u: required and not there"):
        fields.unpack({"n": 1})
    with pytest.raises(DecodeError, match=r"the keys are none"):
        fields.unpack({})


def test_nil_is_no_value_of_a_required_field() -> None:
    with pytest.raises(DecodeError, match=r"^n: expected integer, got NoneType None"):
        Fields({"n": Integer()}).unpack({"n": None})


def test_an_alias_is_read_where_the_property_is_absent() -> None:
    fields = Fields({"new": Integer()}, aliases={"new": ("old", "older")})
    assert fields.unpack({"older": 1}) == {"new": 1}
    assert fields.unpack({"older": 1, "old": 2}) == {"new": 2}
    assert fields.unpack({"old": 2, "new": 3}) == {"new": 3}
    assert fields.undeclared({"old": 1, "new": 2, "other": 3}) == {"other": 3}


def test_an_attribute_may_have_another_name_than_its_property() -> None:
    fields = Fields({"class": Integer()}, attributes={"class": "class_"})
    data = rows.join(fields.encode(SimpleNamespace(class_=1)))
    assert msgpack.unpackb(data) == {"class": 1}
    assert fields.unpack({"class": 1}) == {"class_": 1}
    assert fields.to_record(SimpleNamespace(class_=1)) == {"class": 1}


def test_an_error_names_the_place_and_nothing_else_is_said() -> None:
    fields = Fields({"rows": Many(Table(Integer()))})
    with pytest.raises(ValidationError) as caught:
        encoded(fields, rows=[{}, {"a b": "x"}])
    assert str(caught.value) == "rows[1]['a b']: expected integer, got str 'x'"
    assert caught.value.path == ("rows", 1, "a b")
    with pytest.raises(DecodeError) as read:
        fields.unpack({"rows": [{}, {"a": "x"}]})
    assert str(read.value) == "rows[1].a: expected integer, got str 'x'"


# Named dimensions.

SHARED = Fields(
    {
        "image": Array(np.uint8, ("H", "W", 3)),
        "mask": Opt(Array(np.bool_, ("H", "W"))),
        "free": Array(np.uint8, ("N",)),
    }
)


def _shapes(mask: tuple[int, ...] | None) -> dict[str, Any]:
    return {
        "image": np.zeros((2, 4, 3), np.uint8),
        "mask": None if mask is None else np.zeros(mask, np.bool_),
        "free": np.zeros(9, np.uint8),
    }


def test_a_named_dimension_has_one_size_in_a_sample() -> None:
    encoded(SHARED, **_shapes((2, 4)))
    encoded(SHARED, **_shapes(None))
    message = r"^mask: expected bool\[H, W\], got shape \[2, 5\]: W is 4 and 5$"
    with pytest.raises(ShapeError, match=message):
        encoded(SHARED, **_shapes((2, 5)))


def test_a_named_dimension_has_one_size_in_a_record_and_on_reading() -> None:
    with pytest.raises(ShapeError, match="W is 4 and 5"):
        SHARED.to_record(SimpleNamespace(**_shapes((2, 5))))
    row = {name: file_of(array) for name, array in _shapes((3, 4)).items()}
    with pytest.raises(DecodeError, match=r"^mask: .*H is 2 and 3"):
        SHARED.unpack(row)


def test_one_array_may_use_a_name_twice() -> None:
    square = Fields({"s": Array(np.float32, ("N", "N"))})
    encoded(square, s=np.zeros((2, 2), np.float32))
    with pytest.raises(ShapeError, match="N is 2 and 3"):
        encoded(square, s=np.zeros((2, 3), np.float32))


@pytest.mark.parametrize("row", [None, 5, [], "text"])
def test_what_is_no_map_is_refused(row: object) -> None:
    with pytest.raises(DecodeError, match="expected a map of fields"):
        FIELDS.unpack(row)
    with pytest.raises(DecodeError, match="expected a map of fields"):
        FIELDS.from_record(row)


def test_fields_are_a_mapping_that_reads_well() -> None:
    fields = Fields({"a": Integer(minimum=0), "b": Opt(Text())})
    assert list(fields) == ["a", "b"]
    assert len(fields) == 2
    assert fields["a"] == Integer(minimum=0)
    assert fields.attribute("b") == "b"
    assert str(fields) == "a: integer(minimum 0), b: string, optional"


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "\x00", "a'b", "é"])
def test_names_that_a_decoder_of_rows_does_not_take(name: str) -> None:
    """Types of others have such names; their samples are read in the general way."""
    fields = Fields({name: Text()})
    assert list(fields.decode(msgpack.packb({name: "text"})).values()) == ["text"]

"""Msgpack as it is written: each form by hand; and whatever can be read."""

from __future__ import annotations

import importlib
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

msgpack: Any = importlib.import_module("msgpack")  # which has no types


def read(data: bytes) -> Any:
    """What two readers that are not ours make of the bytes; they agree."""
    first: Any = msgpack.unpackb(data, strict_map_key=False)
    second: Any = msgspec.msgpack.decode(data)
    assert first == second or first != first
    return first


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0, "d30000000000000000"),
        (1, "d30000000000000001"),
        (-1, "d3ffffffffffffffff"),
        (127, "d3000000000000007f"),
        (-(1 << 63), "d38000000000000000"),
        ((1 << 63) - 1, "d37fffffffffffffff"),
    ],
)
def test_an_integer_takes_nine_bytes(value: int, form: str) -> None:
    assert rows.integer(value).hex() == form
    assert read(rows.integer(value)) == value


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0.0, "cb0000000000000000"),
        (-0.0, "cb8000000000000000"),
        (1.5, "cb3ff8000000000000"),
        (5e-324, "cb0000000000000001"),
        (float("inf"), "cb7ff0000000000000"),
        (float("-inf"), "cbfff0000000000000"),
    ],
)
def test_a_float64_takes_nine_bytes(value: float, form: str) -> None:
    assert rows.float64(value).hex() == form


@pytest.mark.parametrize(
    ("value", "form"),
    [(0.0, "ca00000000"), (-0.0, "ca80000000"), (1.5, "ca3fc00000"), (1e-45, "ca00000001")],
)
def test_a_float32_takes_five_bytes(value: float, form: str) -> None:
    assert rows.float32(value).hex() == form


@given(st.integers(0, (1 << 52) - 1), st.booleans())
def test_every_nan_is_the_canonical_one(payload: int, negative: bool) -> None:
    bits = 0x7FF0000000000000 | max(payload, 1) | (negative << 63)
    value = struct.unpack(">d", struct.pack(">Q", bits))[0]
    assert rows.float64(value).hex() == "cb7ff8000000000000"
    assert rows.float32(value).hex() == "ca7fc00000"


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "a0"), (31, "bf"), (32, "d920"), (255, "d9ff"), (256, "da0100"), (65536, "db00010000")],
)
def test_a_text_has_its_shortest_header(size: int, head: str) -> None:
    form = rows.text("x" * size)
    assert form.hex() == head + "78" * size
    assert read(form) == "x" * size
    assert rows.text_forms("x" * size)[0] == form


@pytest.mark.parametrize(
    ("size", "array", "table"),
    [
        (0, "90", "80"),
        (15, "9f", "8f"),
        (16, "dc0010", "de0010"),
        (65535, "dcffff", "deffff"),
        (65536, "dd00010000", "df00010000"),
    ],
)
def test_lists_and_maps_have_their_shortest_header(size: int, array: str, table: str) -> None:
    assert rows.array_head(size).hex() == array
    assert rows.map_head(size).hex() == table
    assert rows.map_heads(size)[0].hex() == table


@given(st.text(max_size=300))
def test_every_form_of_a_text_is_legal(text: str) -> None:
    forms = rows.text_forms(text)
    assert sorted(forms, key=len) == forms
    assert [read(form) for form in forms] == [text] * len(forms)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 300])
def test_every_header_of_a_map_is_legal(size: int) -> None:
    body = b"".join(rows.text(f"{index:03d}") + rows.NIL for index in range(size))
    for head in rows.map_heads(size):
        assert len(read(head + body)) == size


def test_bytes_have_a_header_of_five() -> None:
    assert rows.bin32_head(0).hex() == "c600000000"
    assert rows.bin32_head(258).hex() == "c600000102"
    with pytest.raises(ValidationError, match="4294967296 bytes in one value"):
        rows.bin32_head(1 << 32)


def test_booleans_and_nil() -> None:
    assert (rows.boolean(True), rows.boolean(False), rows.NIL) == (b"\xc3", b"\xc2", b"\xc0")


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValidationError, match="lone surrogate"):
        rows.text("a\ud800")


@pytest.mark.parametrize("value", [object(), 1 << 64, "\udc00", {"a": {1, object()}}])
def test_what_msgpack_does_not_hold_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="cannot be written"):
        rows.pack_any(value, [])


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(ValidationError, match="cannot be written"):
        rows.pack_any(value, [])


def test_join_makes_one_of_many() -> None:
    parts: list[Buffer] = [b"a", memoryview(b"bc"), b""]
    assert rows.join(parts) == b"abc"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "c0",
        "93010203",
        "a161",
        "8101c0",  # a key that is no text
        "81c0c0",
        "818001",  # a key that is a map
        "8190c0",  # a key that is a list
        "dfffffffff",  # claims four billion entries
        "81a161ddffffffff",
        "81a161c6ffffffff",
        "81a161dbffffffff",
        "81a161c1",  # a byte that msgpack never uses
        "81a1ffc0",  # no UTF-8
        "81a161a1ff",
        "81a161c0c0",  # something behind the map
        "81a161",
    ],
)
def test_what_is_no_map_of_fields_is_refused(data: str) -> None:
    with pytest.raises(DecodeError):
        rows.unpack(bytes.fromhex(data))


@pytest.mark.parametrize("head", [b"\x91", b"\x81\xa1a"])
def test_deep_nesting_is_refused(head: bytes) -> None:
    with pytest.raises(DecodeError, match="nested too deeply"):
        rows.unpack(b"\x81\xa1a" + head * 200_000 + b"\xc0")


def test_a_sample_cut_anywhere_is_refused() -> None:
    data = b"\x82" + rows.text("a") + rows.integer(1) + rows.text("b") + rows.text("x" * 40)
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            rows.unpack(data[:size])


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        row = rows.unpack(data)
    except DecodeError:
        return
    assert all(isinstance(key, str) for key in row)

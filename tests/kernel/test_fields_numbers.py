"""Integers, floats and booleans: what is taken, what is refused and how it is said, and no lost bit."""

from __future__ import annotations

import enum
import math
import struct
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Field
from atdata_schema.fields.field import given as shown
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.wire.npy import Buffer


def packed(field: Field[Any], value: object) -> bytes:
    out: list[Buffer] = []
    field.pack(value, out)
    return b"".join(out)


class Level(enum.IntEnum):
    LOW = 1


class Count(int):
    """A subclass of `int`."""


@pytest.mark.parametrize(
    "value", [7, np.int8(7), np.uint64(7), np.int64(7), Count(7)], ids=lambda v: type(v).__name__
)
def test_integers_of_every_make_are_taken(value: object) -> None:
    assert packed(Integer(), value).hex() == "d30000000000000007"
    record: object = Integer().to_record(value)  # type: ignore[arg-type]  # as users pass them
    assert type(record) is int


def test_a_member_of_an_enumeration_is_its_integer() -> None:
    assert packed(Integer(), Level.LOW) == packed(Integer(), 1)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Integer(), True, "expected integer, got bool True"),
        (Integer(), np.bool_(True), "expected integer, got bool"),
        (Integer(), 1.0, "expected integer, got float 1.0"),
        (Integer(), math.nan, "expected integer, got float nan"),
        (Integer(), np.float32(1), "expected integer, got float32"),
        (Integer(), "1", "expected integer, got str '1'"),
        (Integer(), None, "expected integer, got NoneType None"),
        (Integer(), Decimal(1), "expected integer, got Decimal"),
        (Integer(), np.array([1, 2]), "expected integer, got ndarray array"),
        (Integer(), np.array(1), "expected integer, got ndarray array"),
        (Integer(), 1 << 63, "expected integer, got int 9223372036854775808"),
        (Integer(), -(1 << 63) - 1, "expected integer, got int -9223372036854775809"),
        (Integer(), np.uint64(1 << 63), "expected integer, got int 9223372036854775808"),
        (Integer(), 1 << 256, "expected integer, got int of 257 bits"),
        (Integer(minimum=0), -1, r"expected integer\(minimum 0\), got int -1"),
        (Integer(maximum=9), 10, r"expected integer\(maximum 9\), got int 10"),
        (Integer(minimum=-(1 << 80)), -(1 << 70), "got int -1180591620717411303424"),
        (Integer(enum=(1, 3)), 2, r"expected integer\(enum \[1, 3\]\), got int 2"),
        (Integer(const=5), 4, r"expected integer\(const 5\), got int 4"),
        (Boolean(), 1, "expected boolean, got int 1"),
        (Boolean(), "true", "expected boolean, got str 'true'"),
        (Boolean(), None, "expected boolean, got NoneType None"),
        (Boolean(const=True), False, r"expected boolean\(const true\), got bool False"),
        (Float64(), True, "expected float64, got bool True"),
        (Float64(), "1.5", "expected float64, got str '1.5'"),
        (Float64(), None, "expected float64, got NoneType None"),
        (Float64(), 1j, "expected float64, got complex 1j"),
        (Float64(), np.complex64(1), "expected float64, got complex64"),
        (Float64(), np.array(1.0), "expected float64, got ndarray"),
        (Float64(), 1 << 1024, "expected float64, got int of 1025 bits"),
        (Float64(finite=True), math.nan, r"expected float64\(finite true\), got nan"),
        (Float64(finite=True), -math.inf, r"expected float64\(finite true\), got -inf"),
        (Float32(finite=True), math.inf, r"expected float32\(finite true\), got inf"),
        (Float32(), 3.5e38, "beyond the largest float32"),
    ],
)
def test_what_a_field_does_not_allow_is_refused(
    field: Field[Any], value: object, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        packed(field, value)
    with pytest.raises(ValidationError, match=message):
        field.to_record(value)


@pytest.mark.parametrize(
    "value",
    [1.5, np.float64(1.5), np.float32(1.5), np.float16(1.5), Fraction(3, 2), Decimal("1.5")],
)
def test_floats_of_every_make_are_taken(value: object) -> None:
    assert packed(Float64(), value).hex() == "cb3ff8000000000000"
    assert packed(Float32(), value).hex() == "ca3fc00000"


def test_integers_are_taken_for_floats_and_numpy_bools_for_booleans() -> None:
    assert packed(Float64(), 2).hex() == "cb4000000000000000"
    assert packed(Float32(), np.int64(2)).hex() == "ca40000000"
    assert packed(Boolean(), np.bool_(True)) == b"\xc3"
    assert Boolean().to_record(np.True_) is True  # type: ignore[arg-type]  # as users pass it


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Integer(), True),
        (Integer(), 1.0),
        (Integer(), "1"),
        (Integer(), b"1"),
        (Integer(), 1 << 63),
        (Integer(enum=(1,)), 2),
        (Boolean(), 1),
        (Float64(), "1"),
        (Float64(), True),
        (Float64(), None),
        (Float32(), 1e39),
    ],
)
def test_a_form_of_another_kind_is_refused_on_reading(field: Field[Any], value: object) -> None:
    with pytest.raises(DecodeError, match=r"expected (integer|boolean|float)"):
        field.unpack(value)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_integer_survives(value: int) -> None:
    assert Integer().from_record(Integer().to_record(value)) == value


@given(st.floats())
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
@example(math.nan)
def test_every_float64_survives_a_record_bit_for_bit(value: float) -> None:
    text = Float64().to_record(value)
    assert isinstance(text, str)
    assert len(text) <= 32
    assert packed(Float64(), Float64().from_record(text)) == packed(Float64(), value)


@given(st.integers(0, (1 << 32) - 1))
@example(0x80000000)
@example(0x00000001)
@example(0x007FFFFF)
@example(0x00800000)
@example(0x7F7FFFFF)
@example(0x7F800000)
@example(0xFFC00001)
def test_every_float32_survives_a_record_bit_for_bit(bits: int) -> None:
    value = struct.unpack(">f", bits.to_bytes(4, "big"))[0]
    text = Float32().to_record(value)
    assert isinstance(text, str)
    assert len(text) <= 32
    assert packed(Float32(), Float32().from_record(text)) == packed(Float32(), value)
    if math.isfinite(value):  # no decimal with fewer digits is this number
        digits = text.lstrip("-").partition("e")[0].replace(".", "").strip("0")
        with np.errstate(over="ignore"):
            for fewer in range(1, len(digits)):
                assert np.float32(f"{value:.{fewer - 1}e}") != np.float32(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1e20, "1e+20"),
        (1e-7, "1e-07"),
        (16777216.0, "16777216.0"),
        (1e16, "1e+16"),
        (0.0001, "0.0001"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_both_widths_are_written_in_the_notation_of_python(value: float, text: str) -> None:
    assert Float64().to_record(value) == text
    assert Float32().to_record(value) == text


def test_a_float32_is_rounded_to_the_nearest() -> None:
    assert Float32().to_record(0.1 + 1e-12) == "0.1"
    assert Float32().unpack(0.1) == float(np.float32(0.1))
    assert packed(Float32(), 3.4028235e38).hex() == "ca7f7fffff"


BAD_DECIMALS: list[str] = [
    *("", " 1", "1 ", "1\n", "1_0", "0x10", "infinity", "NaN", "+inf", "-nan", "\u0661", "+-1"),
    *(".5", "1e", "--1", "1e400", "-1e999", "e5", "one"),
]


@pytest.mark.parametrize("text", BAD_DECIMALS)
@pytest.mark.parametrize("field", [Float64(), Float32()])
def test_what_is_no_decimal_is_refused(text: str, field: Field[Any]) -> None:
    with pytest.raises(DecodeError, match="expected float"):
        field.from_record(text)


@pytest.mark.parametrize("value", [1, 1.5, None, True, ["1"]])
def test_a_record_holds_floats_as_texts_only(value: object) -> None:
    with pytest.raises(DecodeError, match="as a decimal text"):
        Float64().from_record(value)


def test_widths_are_those_of_the_forms() -> None:
    for field, value in ((Integer(), 1), (Float64(), 1.0), (Float32(), 1.0), (Boolean(), True)):
        assert field.WIDTH == len(packed(field, value))


class Broken:
    def __repr__(self) -> str:
        raise KeyError("no repr")


def test_a_message_shows_the_start_of_a_value_and_never_fails() -> None:
    assert shown(10**5000) == "int of 16610 bits"  # Python refuses to print it
    assert shown("x" * 10_000_000).endswith("...")
    assert len(shown([b"x" * 10_000_000] * 1000)) < 100
    assert shown({"a": [1] * 9}) == "dict {'a': [1, 1, 1, 1, 1, 1, ...]}"
    assert shown(Broken()).startswith("Broken <Broken instance at")

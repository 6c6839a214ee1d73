"""Arrays as fields: dtypes, dimensions, both forms, columns."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from atdata_schema.errors import DecodeError, DtypeError, ShapeError, ValidationError
from atdata_schema.fields.array import AnyArray, Array, ArrayField
from atdata_schema.model import DTYPES
from atdata_schema.wire import npy, rows
from atdata_schema.wire.npy import Buffer

dtypes = st.sampled_from([np.dtype(name) for name in DTYPES])
arrays = dtypes.flatmap(lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, min_side=0)))


def packed(field: ArrayField, value: Any) -> bytes:
    out: list[Buffer] = []
    field.pack(value, out)
    return b"".join(out)


def unpacked(field: ArrayField, value: Any) -> NDArray[Any]:
    return field.unpack(rows.unpack(b"\x81\xa1v" + packed(field, value))["v"])


def same(first: NDArray[Any], second: NDArray[Any]) -> bool:
    alike = first.dtype == second.dtype and first.shape == second.shape
    return alike and first.tobytes() == second.tobytes()


@given(arrays)
def test_every_array_survives_both_forms_bit_for_bit(array: NDArray[Any]) -> None:
    for field in (AnyArray(), Array(array.dtype.type), Array(array.dtype.type, ("...",))):
        assert same(unpacked(field, array), array)
        assert same(field.from_record(field.to_record(array)), array)


@given(arrays)
def test_equal_arrays_are_equal_bytes_however_they_lie_in_memory(array: NDArray[Any]) -> None:
    plain = packed(AnyArray(), array)
    assert packed(AnyArray(), np.asfortranarray(array).reshape(array.shape)) == plain
    assert packed(AnyArray(), array.astype(array.dtype.newbyteorder(">"))) == plain
    assert packed(Array(array.dtype.type), array.astype(array.dtype.newbyteorder(">"))) == plain


def test_the_record_form_by_hand() -> None:
    record = AnyArray().to_record(np.array([[1], [2]], ">u2"))
    data = base64.b64encode(b"\1\0\2\0").decode().rstrip("=")
    assert record == {"dtype": "uint16", "shape": [2, 1], "data": {"$bytes": data}}


PIXELS = Array(np.uint8, ("H", "W", 3))


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        (PIXELS, [[1]], DtypeError, r"uint8\[H, W, 3\], got list \[\[1\]\]; make it with np.as"),
        (PIXELS, None, DtypeError, "got NoneType None"),
        (PIXELS, np.uint8(1), DtypeError, "got uint8"),
        (PIXELS, np.zeros((2, 2, 3)), DtypeError, r"got float64\[2, 2, 3\]"),
        (PIXELS, np.zeros((2, 2, 3), np.int8), DtypeError, r"got int8\[2, 2, 3\]"),
        (PIXELS, np.zeros((2, 2), np.uint8), ShapeError, r"got shape \[2, 2\]"),
        (PIXELS, np.zeros((2, 2, 4), np.uint8), ShapeError, r"got shape \[2, 2, 4\]"),
        (AnyArray(), np.array([object()]), DtypeError, "got dtype object; dtypes are bool, int8"),
        (AnyArray(), np.array(["a"]), DtypeError, "got dtype <U1"),
        (AnyArray(), np.array([b"a"]), DtypeError, r"got dtype \|S1"),
        (AnyArray(), np.zeros(1, "M8[s]"), DtypeError, "got dtype datetime64"),
        (AnyArray(), np.zeros(1, [("a", "f4")]), DtypeError, "got dtype"),
        (AnyArray(), np.zeros(1, np.longdouble), DtypeError, "got dtype float128"),
        (AnyArray(), np.ma.masked_array([1], [True]), DtypeError, "got MaskedArray"),
        (Array(np.float32, (2,)), np.zeros(3, np.float32), ShapeError, r"float32\[2\], got shape"),
        (Array(np.float32, ()), np.zeros(1, np.float32), ShapeError, r"float32\[\], got shape \[1"),
        (AnyArray(("...", 3)), np.zeros(2), ShapeError, r"\*\[\.\.\., 3\], got shape \[2\]"),
        (AnyArray(("...", 3)), np.zeros(()), ShapeError, r"got shape \[\]"),
        (AnyArray(("N", "N")), np.zeros((1, 2)), ShapeError, "N is 1 and 2"),
    ],
)
def test_an_array_of_another_kind_is_refused(
    field: ArrayField, value: Any, error: type[ValidationError], message: str
) -> None:
    with pytest.raises(error, match=message):
        packed(field, value)
    with pytest.raises(error, match=message):
        field.to_record(value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_an_array_that_is_not_finite_is_refused_where_it_must_be(value: float, dtype: Any) -> None:
    array = np.array([0, value], dtype)
    with pytest.raises(ValidationError, match="holds NaN or an infinity"):
        packed(AnyArray(finite=True), array)
    assert packed(AnyArray(), array)
    assert packed(AnyArray(finite=True), np.array([1, 2]))


@pytest.mark.parametrize(
    ("dims", "shape"),
    [
        (None, (1, 2, 3)),
        ((), ()),
        (("...",), ()),
        (("...",), (1, 2)),
        (("H", "..."), (3,)),
        (("H", "...", 3), (2, 9, 3)),
        (("...", 3), (3,)),
        (("*", "*"), (0, 5)),
        (("N", "N"), (4, 4)),
        ((0,), (0,)),
    ],
)
def test_shapes_that_match(dims: Any, shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, np.int16)
    assert unpacked(Array(np.int16, dims), array).shape == shape


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "expected uint8"),
        ("text", "expected uint8"),
        ([1], "expected uint8"),
        (b"", "neither an .npy file nor"),
        (b"\x93NUMPY", "cut short"),
        (npy.header(np.dtype("<f4"), (1, 1, 3)) + bytes(12), r"got float32\[1, 1, 3\]"),
        (npy.header(np.dtype("|u1"), (1, 3)) + bytes(3), r"got shape \[1, 3\]"),
    ],
)
def test_bytes_that_are_no_array_of_the_field_are_refused(value: object, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        PIXELS.unpack(value)


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"dtype": "uint8", "shape": [1]},
        {"dtype": "object", "shape": [1], "data": {"$bytes": ""}},
        {"dtype": ["uint8"], "shape": [1], "data": {"$bytes": ""}},
        {"dtype": "uint8", "shape": 1, "data": {"$bytes": ""}},
        {"dtype": "uint8", "shape": [True], "data": {"$bytes": "AA"}},
        {"dtype": "uint8", "shape": [-1], "data": {"$bytes": ""}},
        {"dtype": "uint8", "shape": [1 << 60], "data": {"$bytes": ""}},
        {"dtype": "uint8", "shape": [0, 1 << 47, 1 << 47], "data": {"$bytes": ""}},
        {"dtype": "uint8", "shape": [1] * 65, "data": {"$bytes": "AA"}},
        {"dtype": "uint8", "shape": [2], "data": {"$bytes": "AA"}},
        {"dtype": "uint8", "shape": [1], "data": "AA"},
        {"dtype": "bool", "shape": [1], "data": {"$bytes": "Ag"}},
    ],
)
def test_a_record_form_that_lies_is_refused(record: object) -> None:
    with pytest.raises(DecodeError):
        AnyArray().from_record(record)


def test_a_view_of_an_array_is_not_copied_on_packing() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    out: list[Buffer] = []
    AnyArray().pack(array, out)
    assert np.shares_memory(np.frombuffer(out[-1], np.float32), array)


def test_columns_stack_where_shapes_and_dtypes_are_equal() -> None:
    ones = [np.full((2, 2), index, np.uint8) for index in range(3)]
    column: Any = AnyArray().column(ones)
    assert type(column) is np.ndarray
    assert column.shape == (3, 2, 2)
    assert isinstance(AnyArray().column([*ones, np.zeros(1, np.uint8)]), list)
    assert isinstance(AnyArray().column([*ones, np.zeros((2, 2), np.int8)]), list)


def test_the_column_of_nothing_is_an_empty_array() -> None:
    assert Array(np.uint8, ("H", 3)).column([]).shape == (0, 0, 3)
    assert Array(np.uint8, ("H", 3)).column([]).dtype == np.uint8
    assert AnyArray().column([]).shape == (0,)


def test_fields_say_what_they_are() -> None:
    assert str(Array(np.float32, ("H", "W", 3))) == "float32[H, W, 3]"
    assert str(Array(np.float32, finite=True)) == "float32[...](finite true)"
    assert str(AnyArray(())) == "*[]"
    assert Array(np.float32, (3,)) == Array(np.float32, (3,))
    assert Array(np.float32, (3,)) != Array(np.float64, (3,))

"""Arrays as bytes: what is written is what `numpy.save` writes; what is read lies about nothing."""

from __future__ import annotations

import io
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from atdata_schema.errors import DecodeError
from atdata_schema.model import DTYPES
from atdata_schema.wire import npy

dtypes = st.sampled_from([np.dtype(name) for name in DTYPES])
arrays = dtypes.flatmap(lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, min_side=0)))


def saved(array: NDArray[Any], version: tuple[int, int] | None = None) -> bytes:
    """The file that numpy writes."""
    file = io.BytesIO()
    npy_format.write_array(file, array, version, allow_pickle=False)
    return file.getvalue()


def written(array: NDArray[Any]) -> bytes:
    """The file that we write."""
    return npy.header(array.dtype.newbyteorder("<"), array.shape) + bytes(npy.elements(array))


def compact(array: NDArray[Any]) -> bytes:
    """The compact form, as the specification has it."""
    name = array.dtype.str.encode()
    sizes = struct.pack(f"<{array.ndim}q", *array.shape)
    return bytes([len(name)]) + name + bytes([array.ndim]) + sizes + array.tobytes()


def same(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Equal in shape, native dtype and every bit."""
    return (
        first.shape == second.shape
        and first.dtype.newbyteorder("=") == second.dtype.newbyteorder("=")
        and first.astype(first.dtype.newbyteorder("<")).tobytes()
        == second.astype(second.dtype.newbyteorder("<")).tobytes()
    )


def hostile(descr: str, shape: str, body: bytes = b"", fortran: str = "False") -> bytes:
    """An `.npy` file with a header of one's choice."""
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode("latin-1")
    return npy.MAGIC + b"\x01\x00" + struct.pack("<H", len(text)) + text + body


@given(arrays)
def test_a_written_array_is_the_file_that_numpy_saves(array: NDArray[Any]) -> None:
    assert written(array) == saved(array)


@given(arrays)
def test_big_endian_and_fortran_and_strided_input_is_written_little_endian_in_c_order(
    array: NDArray[Any],
) -> None:
    plain = saved(array)
    assert written(array.astype(array.dtype.newbyteorder(">"))) == plain
    assert written(np.asfortranarray(array).reshape(array.shape)) == plain
    if array.ndim:
        assert written(np.repeat(array, 2, axis=0)[::2]) == plain


def test_broadcast_and_reversed_arrays_are_written_as_their_values() -> None:
    wide = np.broadcast_to(np.arange(3, dtype=np.int16), (4, 3))
    assert written(wide) == saved(np.ascontiguousarray(wide))
    back = np.arange(5, dtype=np.float32)[::-1]
    assert written(back) == saved(np.ascontiguousarray(back))


def test_elements_of_a_plain_array_are_its_own_memory() -> None:
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert np.shares_memory(np.frombuffer(npy.elements(array), np.int32), array)


@given(arrays, st.sampled_from([(1, 0), (2, 0), (3, 0)]))
def test_every_version_of_numpy_files_is_read(
    array: NDArray[Any], version: tuple[int, int]
) -> None:
    assert same(npy.load(saved(array, version)), array)


@given(arrays)
def test_big_endian_and_fortran_files_are_read_into_little_endian_c_order(
    array: NDArray[Any],
) -> None:
    for stored in (array.astype(array.dtype.newbyteorder(">")), np.asfortranarray(array)):
        loaded = npy.load(saved(stored))
        assert same(loaded, stored)
        assert loaded.flags.c_contiguous
        assert loaded.dtype.str[0] in "<|"


@given(arrays)
def test_compact_arrays_are_read(array: NDArray[Any]) -> None:
    assert same(npy.load(compact(array)), array)


def test_the_compact_vector_of_the_specification() -> None:
    vector = "033c6934020200000000000000020000000000000001000000020000000300000004000000"
    loaded = npy.load(bytes.fromhex(vector))
    assert loaded.dtype == np.int32
    assert loaded.tolist() == [[1, 2], [3, 4]]


def test_a_loaded_array_is_a_read_only_view() -> None:
    data = saved(np.arange(1000))
    loaded = npy.load(data)
    assert not loaded.flags.writeable
    assert np.shares_memory(loaded, np.frombuffer(data, np.uint8))
    assert not npy.load(bytearray(data)).flags.writeable  # type: ignore[arg-type]  # a buffer too


@pytest.mark.parametrize("form", [saved, compact])
def test_a_file_cut_anywhere_is_refused(form: Any) -> None:
    data = form(np.arange(3, dtype=np.int16))
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            npy.load(data[:size])
    with pytest.raises(DecodeError, match=r"takes 6 bytes, 7 are there"):
        npy.load(data + b"\0")


@pytest.mark.parametrize(
    ("descr", "shape", "message"),
    [
        ("'<f4'", "(1000000000, 1000000000)", "no array of|takes 4000000000000000000"),
        ("'<f4'", "(1099511627776,)", "takes 4398046511104 bytes, 0 are there"),
        ("'<f4'", "(-1,)", "plain descr"),
        ("'<f4'", "(1 2,)", "shape"),
        ("'<f4'", f"({'9' * 3000},)", "shape"),
        ("'<f4'", f"(0, {10**30})", "shape"),
        ("'<f4'", f"(0, {1 << 62}, {1 << 62})", "no array of float32"),
        ("'<f4'", f"(0, {1 << 62})", "no array of float32"),
        ("'<f4'", f"({'0, ' * 65})", "at most 64"),
        ("'|O'", "(1,)", "plain descr"),
        ("'|O8'", "(1,)", "plain descr"),
        ("[('a', '<f4')]", "(1,)", "plain descr"),
        ("'<U4'", "(1,)", "plain descr"),
        ("'|S4'", "(1,)", "plain descr"),
        ("'<M8[ns]'", "(1,)", "plain descr"),
        ("'<m8'", "(1,)", "allowed are bool"),
        ("'<f16'", "(1,)", "allowed are bool"),
        ("'<f3'", "(1,)", "allowed are bool"),
        ("'<f4'", "[1]", "plain descr"),
        ("'<f4'", "__import__('os')", "plain descr"),
    ],
)
def test_a_header_that_lies_or_asks_for_another_type_is_refused(
    descr: str, shape: str, message: str
) -> None:
    tracemalloc.start()
    with pytest.raises(DecodeError, match=message):
        npy.load(hostile(descr, shape))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_header_that_claims_a_huge_length_is_refused() -> None:
    with pytest.raises(DecodeError, match="4294967295 bytes long; 12 are there"):
        npy.load(npy.MAGIC + b"\x02\x00\xff\xff\xff\xff")
    with pytest.raises(DecodeError, match="unknown version"):
        npy.load(npy.MAGIC + b"\x04\x00" + bytes(200))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x03<i4\xff",
        b"\x03<i4\x01" + struct.pack("<q", -1),
        b"\x03<i4\x02" + struct.pack("<2q", 0, 1 << 62),
        b"\x02|O\x00",
        b"\xff" * 300,
        b"\x03\xff\xfe\xfd\x00",
    ],
)
def test_a_compact_header_that_lies_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        npy.load(data)


def test_the_most_dimensions_that_numpy_has_are_read_and_one_more_refused() -> None:
    shape = (1,) * 64
    assert npy.load(compact(np.zeros(shape, np.uint8))).shape == shape
    assert npy.load(saved(np.zeros(shape, np.uint8))).shape == shape
    with pytest.raises(DecodeError):
        npy.load(b"\x03|u1" + bytes([65]) + struct.pack("<65q", *(1,) * 65) + b"\0")


def test_a_bool_is_0_or_1() -> None:
    with pytest.raises(DecodeError, match="neither 0 nor 1"):
        npy.load(compact(np.zeros(3, np.bool_))[:-1] + b"\x02")
    assert npy.load(compact(np.array([True, False]))).tolist() == [True, False]


@given(arrays, st.data())
def test_a_file_with_any_bytes_changed_is_read_or_refused(
    array: NDArray[Any], data: st.DataObject
) -> None:
    """Never another error, and never more elements than the file has bytes for."""
    raw = bytearray(data.draw(st.sampled_from([saved(array), compact(array)])))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, min(len(raw), 120) - 1))] = data.draw(st.integers(0, 255))
    try:
        loaded = npy.load(bytes(raw))
    except DecodeError:
        return
    assert loaded.nbytes <= len(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert npy.is_array(data) in (True, False)
    assert npy.is_array(npy.MAGIC + data) in (True, False)


def test_is_array_tells_arrays_from_other_bytes() -> None:
    assert npy.is_array(saved(np.zeros(3)))
    assert npy.is_array(compact(np.zeros(3)))
    assert not npy.is_array(b"plain bytes")

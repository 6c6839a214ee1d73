"""Samples without a type: every legal map reads, shows its entries, and goes back to its bytes."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata.samples import DictSample, packable
from atdata.samples.dynamic import NoSuchField
from atdata_schema.batch import NoSuchColumn
from atdata_schema.errors import AtdataError, DecodeError, ValidationError
from atdata_schema.wire import npy

COMPACT = bytes.fromhex(
    "033c6934020200000000000000020000000000000001000000020000000300000004000000"
)
PIXELS = np.arange(6, dtype=np.float32).reshape(2, 3)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.binary(max_size=12)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=8,
)
rows = st.dictionaries(st.text("abc_", min_size=1, max_size=4), values, max_size=4)


@packable
class Photo:
    image: NDArray[np.float32]
    label: str


def packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


def read(**entries: object) -> DictSample:
    return DictSample.decode(packed(entries))


def npy_of(array: NDArray[Any]) -> bytes:
    return npy.header(array.dtype, array.shape) + bytes(npy.elements(array))


def test_entries_are_items_and_attributes() -> None:
    sample = read(label="cat", score=0.5)
    assert sample["label"] == sample.label == "cat"
    assert list(sample) == list(sample.keys()) == ["label", "score"]
    assert list(sample.values()) == ["cat", 0.5]
    assert dict(sample.items()) == sample.to_dict() == {"label": "cat", "score": 0.5}
    assert ("label" in sample, "other" in sample, len(sample)) == (True, False, 2)
    assert sample.get("other") is None
    assert sample.get("other", 3) == 3
    assert {"label", "score"} <= set(dir(sample))
    assert repr(sample) == "DictSample(label='cat', score=0.5)"


def test_an_entry_that_is_no_identifier_is_an_attribute_by_the_visible_rule() -> None:
    sample = DictSample({"seg.png": 1, "class": 2, "keys": 3})
    assert (sample.seg_png, sample.class_, sample.keys_) == (1, 2, 3)
    sample.class_ = 5
    assert sample["class"] == 5


def test_a_missing_entry_lists_those_there_and_the_nearest() -> None:
    sample = read(label="cat", score=0.5)
    with pytest.raises(
        NoSuchField, match="no field 'lable'; it has label, score; did you mean 'label'"
    ) as caught:
        _ = sample.lable
    for kind in (AtdataError, AttributeError, KeyError):
        assert isinstance(caught.value, kind)
    for touch in (
        lambda: sample["x"],
        lambda: sample.__delitem__("x"),
        lambda: delattr(sample, "x"),
    ):
        with pytest.raises(KeyError, match="label, score"):
            touch()
    assert not hasattr(sample, "__array__")
    assert not hasattr(DictSample(), "anything")


@pytest.mark.parametrize("data", [npy_of(PIXELS), npy_of(np.asfortranarray(PIXELS))])
def test_npy_bytes_are_given_as_arrays(data: bytes) -> None:
    sample = read(image=data, inside=[{"deep": data}])
    assert np.array_equal(sample.image, PIXELS)
    assert sample.image.dtype == np.float32
    assert sample.image is sample.image
    assert np.array_equal(sample.inside[0]["deep"], PIXELS)
    assert repr(read(image=data)) == "DictSample(image=float32[2, 3])"


def test_compact_bytes_are_given_as_arrays() -> None:
    assert read(a=COMPACT).a.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"\x89PNG\r\n", COMPACT[:-1], COMPACT + b"0"])
def test_other_bytes_stay_bytes(data: bytes) -> None:
    assert read(a=data).a == data


def test_an_array_that_was_read_cannot_be_changed_unseen() -> None:
    for order in ("<f4", ">f4"):
        array = read(image=npy_of(PIXELS.astype(order))).image
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@given(rows)
def test_an_unchanged_sample_goes_back_to_its_bytes(row: dict[str, Any]) -> None:
    data = packed(row)
    sample = DictSample.decode(data)
    _ = sample.to_dict()
    assert sample.encode() == data
    assert DictSample.decode(memoryview(data)).encode() == data


@given(rows)
def test_what_is_packed_reads_back(row: dict[str, Any]) -> None:
    data = DictSample(row).encode()
    assert DictSample.decode(data) == DictSample(row)
    assert DictSample.decode(data).encode() == data


@given(rows)
def test_samples_pickle_and_copy(row: dict[str, Any]) -> None:
    for sample in (DictSample(row), DictSample.decode(packed(row))):
        assert pickle.loads(pickle.dumps(sample)) == sample
        assert copy.deepcopy(sample) == sample
        assert pickle.loads(pickle.dumps(sample)).encode() == sample.encode()


def test_long_forms_of_other_writers_are_kept_until_something_changes() -> None:
    long = b"\xde\x00\x01\xd9\x01a\xd3\x00\x00\x00\x00\x00\x00\x00\x01"
    sample = DictSample.decode(long)
    assert sample.encode() == long
    sample.a = 2
    assert sample.encode() == b"\x81\xa1a\x02"


def test_every_change_is_seen() -> None:
    sample = read(a=[1, {"b": 2}], c=3)
    sample.a[1]["b"] = 5
    assert msgspec.msgpack.decode(sample.encode()) == {"a": [1, {"b": 5}], "c": 3}
    assert pickle.loads(pickle.dumps(sample)).a == [1, {"b": 5}]
    del sample.c
    sample["d"] = PIXELS
    assert list(DictSample.decode(sample.encode())) == ["a", "d"]
    assert np.array_equal(DictSample.decode(sample.encode()).d, PIXELS)


def test_a_value_that_only_looks_changed_keeps_its_bytes() -> None:
    """NaN differs from itself, and the bytes decide."""
    data = packed({"a": [math.nan]})
    sample = DictSample.decode(data)
    assert math.isnan(sample.a[0])
    assert sample.encode() == data


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (np.int8(3), b"\x03"),
        (np.bool_(True), b"\xc3"),
        (np.float32(0.5), b"\xca\x3f\x00\x00\x00"),
        (np.float64(0.5), b"\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00"),
        ((1, 2), b"\x92\x01\x02"),
        (b"ab", b"\xc4\x02ab"),
        (bytearray(b"ab"), b"\xc4\x02ab"),
    ],
)
def test_numbers_of_numpy_and_the_like_are_packed_in_the_shortest_form(
    value: Any, wire: bytes
) -> None:
    assert DictSample(a=value).encode() == b"\x81\xa1a" + wire


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        object(),
        1j,
        datetime(2026, 1, 1, tzinfo=UTC),
        2**70,
        "\ud800",
        {1: 2},
        np.array([object()]),
        np.datetime64("2026"),
        nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_msgpack_does_not_hold_is_refused_by_its_place(value: Any) -> None:
    with pytest.raises(ValidationError, match=r"^a"):
        DictSample(a=value).encode()


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\x81\x01\x02", b"\x81\xa1a", b"\xc1", b"\x91" * 100_000]
)
def test_bytes_that_are_no_map_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        DictSample.decode(data)


@pytest.mark.parametrize("levels", [60, 70, 500])
def test_a_deeply_nested_sample_reads_and_goes_back(levels: int) -> None:
    data = b"\x81\xa1a" + b"\x91" * levels + b"\x01"
    sample = DictSample.decode(data)
    assert isinstance(sample.a, list)
    assert sample.encode() == data


def test_a_sample_becomes_one_of_a_type() -> None:
    sample = DictSample(image=PIXELS, label="cat", more=3)
    photo = sample.to(Photo)
    assert type(photo) is Photo
    assert photo == Photo(image=PIXELS, label="cat")
    with pytest.raises(DecodeError, match=r"^label: "):
        DictSample(image=PIXELS, label=3).to(Photo)


def test_typed_samples_are_read_without_their_type() -> None:
    photo: Any = Photo(image=PIXELS, label="cat")
    sample = DictSample.decode(photo.encode())
    assert np.array_equal(sample.image, PIXELS)
    assert sample.to(Photo) == photo


def test_a_batch_has_the_union_of_the_entries_as_columns() -> None:
    samples = [
        DictSample(image=PIXELS, n=1, x=0.5, ok=True, only=b"a", mixed=1),
        DictSample(image=PIXELS, n=2, x=2, ok=False, mixed="a"),
    ]
    batch = DictSample.collate(samples, ["k1", "k2"])
    assert batch.image.shape == (2, 2, 3)
    assert batch.n == [1, 2]
    assert batch.array("n").dtype == np.int64
    assert batch.array("x").tolist() == [0.5, 2.0]
    assert batch.array("ok").tolist() == [True, False]
    assert batch.only == [b"a", None]
    assert batch.valid("only").tolist() == [True, False]
    assert batch.mixed == [1, "a"]
    assert (batch.keys, len(batch)) == (["k1", "k2"], 2)
    assert batch.samples() == samples
    with pytest.raises(NoSuchColumn, match="image, n, x"):
        _ = batch.nothing
    with pytest.raises(NoSuchColumn):
        batch.array("mixed")


def test_arrays_that_differ_or_are_missing_make_a_list() -> None:
    samples = [DictSample(a=PIXELS, b=PIXELS), DictSample(a=PIXELS[:1]), DictSample(a=PIXELS)]
    batch = DictSample.collate(samples)
    assert [item.shape for item in batch.a] == [(2, 3), (1, 3), (2, 3)]
    assert batch.b[1] is None


def test_names_that_would_be_one_attribute_stay_columns() -> None:
    batch = DictSample.collate([DictSample({"a-b": 1, "a_b": 2, "keys": 3})])
    assert (batch.column("a-b"), batch.column("a_b"), batch.column("keys")) == ([1], [2], [3])
    assert batch.keys_ == [3]


def test_batches_pickle() -> None:
    batch = DictSample.collate([DictSample(a=PIXELS, b="x"), DictSample(a=PIXELS)], ["k1", "k2"])
    back = pickle.loads(pickle.dumps(batch))
    assert back.a.shape == (2, 2, 3)
    assert back.b == ["x", None]
    assert back.keys == ["k1", "k2"]
    empty = DictSample.collate([])
    assert len(pickle.loads(pickle.dumps(empty))) == 0

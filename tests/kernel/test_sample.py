"""Samples: bytes, records, equality, pickles, and what is said about bad ones."""

from __future__ import annotations

import copy
import importlib
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, final

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_schema import v1
from atdata_schema.errors import (
    DataError,
    DecodeError,
    IntegerTooLarge,
    RecordTooLarge,
    ShapeError,
    ValidationError,
)

msgpack: Any = importlib.import_module("msgpack")  # which has no types


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Photo(v1.Sample["PhotoBatch"]):
    image: NDArray[np.uint8]
    label: str
    score: float
    count: int = 0
    taken: datetime | None = None
    tags: dict[str, str] | None = None

    TYPE: ClassVar[str] = "org.example.photo"
    FIELDS: ClassVar[v1.Fields] = v1.Fields(
        {
            "image": v1.Array(np.uint8, ("H", "W")),
            "label": v1.Text(max_length=9),
            "score": v1.Float64(),
            "count": v1.Integer(),
            "taken": v1.Opt(v1.Datetime()),
            "tags": v1.Opt(v1.Table(v1.Text())),
        }
    )


class PhotoBatch(v1.Batch, of=Photo):
    image = v1.Column[NDArray[np.uint8]]("image")
    label = v1.Column[list[str]]("label")


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node(v1.Record["NodeBatch"]):
    children: list[Node]

    TYPE: ClassVar[str] = "org.example.node"
    KEY: ClassVar[str] = "tid"
    FIELDS: ClassVar[v1.Fields] = v1.Fields({"children": v1.Many(v1.Ref(lambda: Node))})


class NodeBatch(v1.Batch, of=Node):
    children = v1.Column[list[list[Node]]]("children")


def photo(**changes: Any) -> Photo:
    values: dict[str, Any] = {
        "image": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "label": "cat",
        "score": 0.5,
        **changes,
    }
    return Photo(**values)


def test_a_sample_survives_both_forms() -> None:
    sample = photo(taken=datetime(2026, 1, 1, tzinfo=UTC), tags={"b": "1", "a": "2"})
    assert Photo.decode(sample.encode()) == sample
    assert Photo.from_record(sample.to_record()) == sample


def test_a_decoded_array_is_a_read_only_aligned_view() -> None:
    image = Photo.decode(photo().encode()).image
    assert not image.flags.writeable
    assert image.base is not None


def test_samples_are_equal_where_their_class_and_bytes_are() -> None:
    assert photo() == photo()
    assert photo() != photo(label="dog")
    assert photo(score=float("nan")) == photo(score=float("nan"))
    assert photo(score=0.0) != photo(score=-0.0)
    assert photo() != "photo"
    assert photo(label=5) != photo(label=5)  # neither has bytes
    invalid = photo(label=5)
    assert invalid == invalid  # the same object is equal whatever it holds


def test_a_sample_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(photo())


def test_a_sample_that_breaks_its_schema_has_no_bytes() -> None:
    for name, value, message in (
        ("image", np.zeros((2, 3)), r"^image: expected uint8\[H, W\], got float64\[2, 3\]$"),
        ("image", np.zeros(2, np.uint8), r"^image: expected uint8\[H, W\], got shape \[2\]$"),
        ("image", np.array([[object()]]), r"^image: expected uint8\[H, W\], got dtype object"),
        ("label", "x" * 10, r"^label: expected string\(maxLength 9\), got 10 bytes"),
        ("score", "high", r"^score: expected float64, got str 'high'$"),
        ("count", None, r"^count: expected integer, got NoneType None$"),
        (
            "taken",
            datetime(2026, 1, 1),
            r"^taken: .*has no time zone; give one",
        ),  # naive on purpose
        ("tags", {"a": 1}, r"^tags\.a: expected string, got int 1$"),
    ):
        sample = photo(**{name: value})
        with pytest.raises(ValidationError, match=message):
            sample.encode()
        with pytest.raises(ValidationError, match=message):
            sample.to_record()


def test_bytes_of_another_type_are_refused_with_the_place() -> None:
    row = msgpack.unpackb(photo().encode())
    for name, value in (("image", b"no array"), ("label", 5), ("score", "x"), ("taken", "soon")):
        with pytest.raises(DecodeError, match=f"^{name}: "):
            Photo.decode(msgpack.packb({**row, name: value}))
    with pytest.raises(DecodeError, match="^label: required and not there"):
        Photo.decode(msgpack.packb({key: row[key] for key in row if key != "label"}))


def test_a_sample_cut_anywhere_is_refused() -> None:
    data = photo().encode()
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            Photo.decode(data[:size])


def test_undeclared_keys_are_passed_over_or_kept() -> None:
    data = msgpack.packb({**msgpack.unpackb(photo().encode()), "more": [1], "other": None})
    assert Photo.decode(data) == photo()
    assert Photo.decode(data).extra == {}
    kept = Photo.decode(data, extra=True)
    assert kept.extra == {"more": [1], "other": None}
    assert kept == photo()
    assert pickle.loads(pickle.dumps(kept)).extra == kept.extra


@pytest.mark.parametrize("sample", [photo(), Node([Node([])]), Photo.decode(photo().encode())])
def test_samples_pickle_and_copy(sample: Any) -> None:
    assert pickle.loads(pickle.dumps(sample)) == sample
    assert copy.deepcopy(sample) == sample
    assert copy.copy(sample) == sample


def test_a_sample_shows_its_fields_on_a_short_line() -> None:
    text = repr(photo(image=np.zeros((99, 99), np.uint8), label="x" * 1000))
    assert text.startswith("Photo(image=uint8[99, 99], label='xxxx")
    assert len(text) < 300


# Records.


def test_a_record_names_its_type_and_refuses_another() -> None:
    record = Node([Node([])]).to_record()
    assert record == {"$type": "org.example.node", "children": [{"children": []}]}
    assert Node.from_record(record) == Node([Node([])])
    assert Node.from_record({"children": []}) == Node([])
    with pytest.raises(DecodeError, match=r"^\['\$type'\]: expected org.example.node, got str"):
        Node.from_record({"$type": "org.example.other", "children": []})


def test_an_object_names_no_type_in_its_record() -> None:
    assert "$type" not in photo().to_record()


def test_limits_of_records_bind_records_alone() -> None:
    large = photo(count=1 << 53)
    assert Photo.decode(large.encode()).count == 1 << 53
    with pytest.raises(IntegerTooLarge, match="count: 9007199254740992 is too large"):
        large.to_record()
    assert photo(count=(1 << 53) - 1).to_record()["count"] == (1 << 53) - 1
    heavy = photo(image=np.zeros((1100, 1000), np.uint8))
    assert Photo.decode(heavy.encode()) == heavy
    with pytest.raises(RecordTooLarge, match="at most 1048576 bytes"):
        heavy.to_record()


@pytest.mark.parametrize("tags", [{"$bytes": "AAAA"}, {"$link": "x"}, {"$type": ""}])
def test_a_map_that_a_record_would_read_as_something_else_is_refused(tags: Any) -> None:
    sample = photo(tags=tags)
    assert Photo.decode(sample.encode()).tags == tags
    with pytest.raises((DataError, ValidationError)):
        sample.to_record()


@pytest.mark.parametrize("record", [None, [], "text", {}])
def test_what_is_no_record_is_refused(record: Any) -> None:
    for cls in (Photo, Node):
        with pytest.raises(DecodeError):
            cls.from_record(record)


# Depth.


def deep(levels: int) -> Node:
    node = Node([])
    for _ in range(levels):
        node = Node([node])
    return node


def test_a_sample_that_holds_itself_is_refused() -> None:
    node = Node([])
    node.children.append(node)
    for form in (node.encode, node.to_record):
        with pytest.raises(ValidationError, match="holds itself"):
            form()


def test_deep_samples_are_refused_and_never_crash() -> None:
    with pytest.raises(ValidationError, match="nested too deeply"):
        deep(5000).encode()
    row = b"\x81\xa8children\x91" * 3000 + b"\x81\xa8children\x90"
    with pytest.raises(DecodeError, match="nested too deeply"):
        Node.decode(row)
    record: dict[str, Any] = {"children": []}
    for _ in range(3000):
        record = {"children": [record]}
    with pytest.raises(DecodeError, match="nested too deeply"):
        Node.from_record(record)


def test_a_hundred_levels_survive() -> None:
    assert Node.decode(deep(100).encode()) == deep(100)


def test_shape_errors_are_errors_of_validation() -> None:
    with pytest.raises(ShapeError) as caught:
        photo(image=np.zeros(2, np.uint8)).encode()
    assert caught.value.path == ("image",)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.path == ("image",)

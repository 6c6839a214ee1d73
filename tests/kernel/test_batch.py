"""Batches: columns, arrays, masks, messages, pickles."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_schema import v1
from atdata_schema.batch import DynamicBatch, NoSuchColumn, SampleColumns, batches_of
from atdata_schema.sample import Sample

FIELDS = v1.Fields(
    {
        "image": v1.Array(np.uint8, ("H", "W")),
        "class": v1.Integer(),
        "mask": v1.Opt(v1.Array(np.bool_)),
        "score": v1.Opt(v1.Float32()),
        "ok": v1.Null(v1.Boolean()),
        "name": v1.Opt(v1.Text()),
    },
    attributes={"class": "class_"},
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Item(v1.Sample["ItemBatch"]):
    image: NDArray[np.uint8]
    class_: int
    ok: bool | None
    mask: NDArray[np.bool_] | None = None
    score: float | None = None
    name: str | None = None

    TYPE: ClassVar[str] = "org.example.item"
    FIELDS: ClassVar[v1.Fields] = FIELDS


class ItemBatch(v1.Batch, of=Item):
    image = v1.Column[NDArray[np.uint8]]("image")
    class_ = v1.Column[list[int]]("class")
    mask = v1.Column[NDArray[np.bool_] | list[NDArray[np.bool_] | None]]("mask")


@dataclass(eq=False, repr=False)
class Loose(Sample[DynamicBatch["Loose"]]):
    image: NDArray[np.uint8]
    class_: int
    ok: bool | None
    mask: NDArray[np.bool_] | None = None
    score: float | None = None
    name: str | None = None

    FIELDS: ClassVar[v1.Fields] = FIELDS


def items(cls: Any, count: int = 3) -> list[Any]:
    return [cls(np.full((2, 3), n, np.uint8), n, None if n == 1 else True) for n in range(count)]


@pytest.mark.parametrize("cls", [Item, Loose])
def test_arrays_of_one_shape_are_stacked_and_other_fields_are_lists(cls: Any) -> None:
    batch = cls.collate(items(cls), ["a", "b", "c"])
    assert batch.image.shape == (3, 2, 3)
    assert batch.image.dtype == np.uint8
    assert batch.image[2, 0, 0] == 2
    assert batch.class_ == [0, 1, 2]
    assert batch.mask == [None, None, None]
    assert batch.keys == ["a", "b", "c"]
    assert len(batch) == 3
    assert batch.image is batch.image  # made once
    assert batch.column("class") is batch.class_
    assert [sample.class_ for sample in batch.samples()] == [0, 1, 2]


@pytest.mark.parametrize("cls", [Item, Loose])
def test_arrays_of_several_shapes_are_a_list(cls: Any) -> None:
    ragged = [cls(np.zeros((1, n), np.uint8), n, True) for n in range(3)]
    batch = cls.collate(ragged)
    assert [array.shape for array in batch.image] == [(1, 0), (1, 1), (1, 2)]
    assert [array.shape for array in batch.arrays("image")] == [(1, 0), (1, 1), (1, 2)]
    with pytest.raises(NoSuchColumn, match=r"'image' differ in shape .*: use arrays\('image'\)"):
        batch.array("image")


def test_optional_arrays_are_stacked_where_all_are_there() -> None:
    masks = [np.zeros(2, np.bool_), np.ones(2, np.bool_)]
    full = [Item(np.zeros((1, 1), np.uint8), 0, True, mask) for mask in masks]
    assert isinstance(Item.collate(full).mask, np.ndarray)
    assert Item.collate(full).array("mask").shape == (2, 2)
    some = Item.collate([*full, *items(Item, 1)])
    assert isinstance(some.mask, list)
    assert some.mask[2] is None
    assert some.valid("mask").tolist() == [True, True, False]
    assert some.arrays("mask")[2] is None
    with pytest.raises(NoSuchColumn, match="are missing"):
        some.array("mask")


def test_numbers_and_booleans_have_an_array_form() -> None:
    batch = Item.collate(items(Item))
    for name, dtype in (("class", "int64"), ("score", "float32"), ("ok", "bool")):
        assert batch.array(name).dtype == dtype
    assert batch.array("class").tolist() == [0, 1, 2]
    assert np.isnan(batch.array("score")).all()
    assert batch.array("ok").tolist() == [True, False, True]
    assert batch.valid("ok").tolist() == [True, False, True]
    assert batch.valid("class").all()
    assert batch.array("image").shape == (3, 2, 3)


def test_the_largest_integers_have_an_array_form() -> None:
    edges = [-(1 << 63), (1 << 63) - 1]
    batch = Item.collate([Item(np.zeros((1, 1), np.uint8), value, True) for value in edges])
    assert batch.array("class").tolist() == edges


@pytest.mark.parametrize("cls", [Item, Loose])
@pytest.mark.parametrize("method", ["column", "array", "arrays", "valid"])
def test_an_unknown_column_is_refused_with_the_known_ones(cls: Any, method: str) -> None:
    batch = cls.collate(items(cls))
    known = "it has image, class, mask, score, ok, name"
    with pytest.raises(NoSuchColumn, match=f"has no column 'nope'; {known}"):
        getattr(batch, method)("nope")


def test_a_column_in_a_form_it_has_not_is_refused() -> None:
    batch = Item.collate(items(Item))
    with pytest.raises(NoSuchColumn, match=r"no array form; use column\('name'\)"):
        batch.array("name")
    with pytest.raises(NoSuchColumn, match=r"no array; use column\('name'\)"):
        batch.arrays("name")


def test_a_dynamic_batch_has_the_attributes_of_its_samples() -> None:
    batch = cast("Any", Loose.collate(items(Loose)))
    assert issubclass(batch.__class__, DynamicBatch)
    with pytest.raises(AttributeError, match="has no column 'nope'; it has image, class_, mask"):
        batch.nope  # the access is the test
    assert not hasattr(batch, "class")
    assert not hasattr(batch, "__array__")
    assert {"image", "class_", "column"} <= set(dir(batch))


def test_a_class_of_dynamic_batches_has_a_descriptor_for_each_column() -> None:
    """But none over a method: a column of such a name is had by `column`, as in other dynamic batches."""

    class Odd(Sample[Any]):
        FIELDS = v1.Fields({"name": v1.Text(), "samples": v1.Integer(), "class": v1.Integer()})
        __slots__ = ("class", "name", "samples")

        def __init__(self, **values: Any) -> None:
            for name, value in values.items():
                setattr(self, name, value)

    rows = [Odd(**{"name": text, "samples": 7, "class": 1}) for text in ("a", "b")]
    one, other = (
        cast("Any", batches_of(Odd)(SampleColumns(Odd.FIELDS, rows, ["0", "1"]))) for _ in range(2)
    )
    columns = SampleColumns(Odd.FIELDS, rows, ["0", "1"])
    plain = cast("Any", DynamicBatch(columns, Odd.FIELDS, Odd))
    assert type(one) is type(other)
    assert issubclass(one.__class__, DynamicBatch)
    assert repr(one) == repr(plain)
    assert dir(one) == dir(plain)
    assert one.name == plain.name == ["a", "b"]
    assert "name" in type(one).__dict__
    assert "samples" not in type(one).__dict__
    assert one.samples() == plain.samples()
    assert one.column("samples") == [7, 7]
    assert getattr(one, "class") == [1, 1]
    with pytest.raises(NoSuchColumn, match="no column 'nam'"):
        _ = one.nam
    with pytest.raises(AttributeError, match="cannot be replaced"):
        one.name = ["c"]
    again: Any = copy.copy(one)
    assert again.name == ["a", "b"]


def test_a_dynamic_batch_without_state_is_no_endless_recursion() -> None:
    bare = cast("Any", DynamicBatch.__new__(DynamicBatch))
    with pytest.raises(AttributeError):
        bare.anything  # the access is the test


@pytest.mark.parametrize("cls", [Item, Loose])
@pytest.mark.parametrize("count", [0, 3])
def test_batches_pickle_and_copy(cls: Any, count: int) -> None:
    batch = cls.collate(items(cls, count), [f"key{n}" for n in range(count)])
    for again in (pickle.loads(pickle.dumps(batch)), copy.copy(batch), copy.deepcopy(batch)):
        assert type(again) is type(batch)
        assert again.keys == batch.keys
        assert again.class_ == batch.class_
        assert np.array_equal(again.image, batch.image)
        assert repr(again) == repr(batch)


@pytest.mark.parametrize("cls", [Item, Loose])
def test_the_columns_of_an_empty_batch_are_empty(cls: Any) -> None:
    batch = cls.collate([])
    assert len(batch) == 0
    assert batch.image.shape == (0, 0, 0)
    assert batch.image.dtype == np.uint8
    assert batch.array("image").shape == (0, 0, 0)
    assert batch.array("class").shape == (0,)
    assert batch.class_ == batch.keys == batch.samples() == []
    assert batch.valid("ok").shape == (0,)


def test_without_keys_samples_are_numbered() -> None:
    assert Item.collate(items(Item)).keys == ["0", "1", "2"]


def test_a_column_cannot_be_replaced() -> None:
    batch: Any = Item.collate(items(Item))
    with pytest.raises(AttributeError, match="'image' of a batch cannot be replaced"):
        batch.image = None


def test_of_links_the_classes_both_ways() -> None:
    assert Item.BATCH is ItemBatch
    assert ItemBatch.FIELDS is FIELDS
    assert isinstance(ItemBatch.image, v1.Column)
    assert isinstance(Item.collate(items(Item)), ItemBatch)
    assert repr(Item.collate(items(Item))) == (
        "ItemBatch(3 samples: image, class, mask, score, ok, name)"
    )


def test_columns_of_samples_are_snapshots() -> None:
    samples = items(Item)
    source = SampleColumns(FIELDS, samples, ["a", "b", "c"])
    samples.clear()
    assert source.values("class") == [0, 1, 2]
    assert len(source.samples()) == 3

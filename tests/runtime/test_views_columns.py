"""Views with fewer or renamed columns: a class of their own, the same data, never another column's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import atdata
from atdata_schema import v1
from view_data import Item, numbers, stored

NAMES = ["image", "number", "note"]


def test_the_class_has_the_fields_that_are_left() -> None:
    view = stored(5).select_columns(["note", "image"])
    cls = view.sample_type
    assert (cls.__name__, cls.FIELDS.names, view.schema.id) == (
        "Item",
        ("image", "note"),
        "local.view.item",
    )
    sample = view[1]
    assert (type(sample), sample.note, sample.image.shape) == (cls, "n1", (2, 3))
    batch = next(iter(view.ordered(3)))
    assert isinstance(batch, cls.BATCH)
    assert (batch.note, batch.image.shape) == ([None, "n1", "n2"], (3, 2, 3))
    assert stored(5).select_columns(["image", "note"]).sample_type is cls
    assert stored(5).select_columns("number").sample_type.FIELDS.names == ("number",)


def test_all_columns_are_the_dataset_itself() -> None:
    ds = stored(5)
    assert ds.select_columns(NAMES[::-1]).sample_type is Item
    assert ds.rename_column("note", "note").sample_type is Item


def test_the_renamed_class_reads_the_old_data_too() -> None:
    ds = stored(5)
    view = ds.rename_column("number", "count")
    assert view.sample_type.FIELDS.aliases == {"count": ("number",)}
    old: Any = ds[3]
    assert view.sample_type.decode(old.encode()) == view[3]
    assert view.rename_column("count", "number").select_columns("number")[3].number == 3


def test_a_renamed_column_is_never_the_one_that_had_its_name() -> None:
    """`number` is dropped, and `note` takes its name: the data still has a `number`."""
    for view in (
        stored(4).select_columns(["image", "note"]).rename_column("note", "number"),
        stored(4).rename_column("number", "n").rename_column("note", "number"),
        stored(4)[:]
        .as_type(atdata.DictSample)
        .select_columns("note")
        .rename_column("note", "number"),
    ):
        assert [sample.number for sample in view] == [None, "n1", "n2", None]
        assert [list(batch.number) for batch in view.shuffled(4, epoch=0)] == [
            [sample.number for sample in view.shuffled(epoch=0)]
        ]
        assert view[1].number == "n1"
    swapped = stored(4).rename_column("number", "x").rename_column("note", "number")
    swapped = swapped.rename_column("x", "note")
    assert [(sample.note, sample.number) for sample in swapped][1:3] == [(1, "n1"), (2, "n2")]
    assert next(iter(swapped.ordered(4))).array("note").tolist() == [0, 1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([*NAMES, "x", "y"])), max_size=6))
def test_renamings_are_those_of_a_map(steps: list[tuple[str, str]]) -> None:
    """Any chain of renamings: the columns that have values are those that the chain leads to."""
    view: atdata.Dataset[Any] = stored(4)
    now = {name: name for name in NAMES}
    for old, new in steps:
        if old in now and (new not in now or new == old):
            view = view.rename_column(old, new)
            now = {new if name == old else name: was for name, was in now.items()}
    batch = next(iter(view.ordered(4)))
    plain: Any = next(iter(stored(4).ordered(4)))
    for name, was in now.items():
        assert np.array_equal(np.asarray(batch.column(name)), np.asarray(plain.column(was)))
        assert [np.asarray(getattr(s, name)).tolist() for s in view] == [
            np.asarray(getattr(s, was)).tolist() for s in stored(4)
        ]


def test_unknown_names_are_refused_with_a_hint() -> None:
    ds = stored(4)
    views: list[atdata.Dataset[Any]] = [
        ds,
        ds.as_type(atdata.DictSample),
        ds.filter(lambda s: True),
    ]
    for view in views:
        with pytest.raises(
            atdata.LoadError, match=r"no column 'nunber'; there are .*did you mean 'number'"
        ):
            view.select_columns(["note", "nunber"])
        with pytest.raises(atdata.LoadError, match="there is no column 'x'"):
            view.rename_column("x", "y")
        with pytest.raises(atdata.LoadError, match="a column 'note' is there already"):
            view.rename_column("number", "note")
        with pytest.raises(atdata.LoadError, match="is given no columns"):
            view.select_columns([])
    wrong: list[Any] = [3, None]
    for name in wrong:
        with pytest.raises((atdata.LoadError, TypeError)):
            ds.select_columns(name)
        with pytest.raises(atdata.AtdataError):
            ds.rename_column("note", name)
    with pytest.raises(atdata.LoadError, match="there is no column 3"):
        ds.select_columns(wrong[:1])


def test_untyped_samples_have_columns_too() -> None:
    ds = stored(4).as_type(atdata.DictSample)
    assert [dict(sample) for sample in ds.select_columns(["number"])] == [
        {"number": n} for n in range(4)
    ]
    view = ds.rename_column("number", "count")
    assert [list(sample) for sample in view.take(1)] == [["image", "count", "note"]]
    assert next(iter(view.ordered(4))).count == [0, 1, 2, 3]
    assert view.as_type(stored(4).rename_column("number", "count").sample_type)[2].count == 2


def test_views_of_records_and_of_references_to_themselves(tmp_path: Any) -> None:
    """A record with named, inline and recursive objects: its views keep what they refer to."""
    lexicon = {
        "lexicon": 1,
        "id": "org.example.tree",
        "defs": {
            "main": {
                "type": "record",
                "key": "tid",
                "record": {
                    "type": "object",
                    "required": ["name", "left"],
                    "nullable": ["left"],
                    "properties": {
                        "name": {"type": "string"},
                        "left": {"type": "ref", "ref": "#leaf"},
                        "leaves": {"type": "array", "items": {"type": "ref", "ref": "#leaf"}},
                        "place": {"type": "object", "properties": {"x": {"type": "integer"}}},
                    },
                },
            },
            "leaf": {"type": "object", "properties": {"next": {"type": "ref", "ref": "#leaf"}}},
        },
    }
    from atdata.samples.build import sample_class

    cls: Any = sample_class(v1.Schema("org.example.tree", {"org.example.tree": lexicon}))
    leaf: Any = cls.FIELDS["leaves"]
    made = [cls.decode(_packed(n)) for n in range(3)]
    assert leaf is not None
    ds = atdata.write_samples(made, tmp_path / "t.tar")
    view: atdata.Dataset[Any] = ds.select_columns(["leaves", "left", "place"]).rename_column(
        "place", "at"
    )
    assert [sample.at.x for sample in view] == [0, 1, 2]
    assert [batch.left for batch in view.ordered(2)] == [[None, None], [None]]
    assert view[2].leaves[0].next.next is None
    again = atdata.write_samples(view, tmp_path / "v.tar")
    assert [sample.at.x for sample in atdata.load_dataset(tmp_path / "v.tar")] == [0, 1, 2]
    assert again.schema.id == "local.view.tree"


def _packed(number: int) -> bytes:
    sample = atdata.DictSample(
        {"name": str(number), "left": None, "leaves": [{"next": {}}], "place": {"x": number}}
    )
    return sample.encode()


def test_columns_after_functions() -> None:
    view = stored(6).map(lambda s: Item(s.image, s.number + 1, s.note)).select_columns(["number"])
    assert numbers(view) == [1, 2, 3, 4, 5, 6]
    assert [batch.number for batch in view.ordered(4)] == [[1, 2, 3, 4], [5, 6]]

"""What `compare` says: verdicts, levels, messages; the data that prove them stand in tests/runtime."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata_schema.compare import RULES, Comparison, compare
from atdata_schema.errors import ShapeError
from atdata_schema.fields.array import Array
from atdata_schema.model import (
    ArrayType,
    FieldModel,
    FloatType,
    IntegerType,
    ListType,
    Model,
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
)

NAME = "org.example.cat"


def model(*fields: FieldModel, name: str = NAME, key: str | None = None, **others: Any) -> Model:
    more = [ObjectType(f"{name}#{ref}", tuple(items)) for ref, items in others.items()]
    return Model(name, (ObjectType(name, fields, key), *more))


def field(name: str, kind: Type | None = None, required: bool = True, **more: Any) -> FieldModel:
    return FieldModel(name, kind or IntegerType(), required, **more)


def rules(found: Comparison) -> list[tuple[str, str]]:
    return [(item.path, item.rule) for item in found.findings]


def test_equal_models_differ_in_nothing() -> None:
    found = compare(model(field("x")), model(field("x")))
    assert (found.findings, found.level, found.breaking) == ((), "patch", False)
    assert str(found) == "org.example.cat: no difference"


def test_a_comparison_prints_what_changed_what_breaks_and_what_to_do() -> None:
    old = model(field("age", IntegerType(maximum=99)), field("name", TextType()))
    new = model(field("age", IntegerType(maximum=30)), field("tag", TextType(), required=False))
    assert str(compare(old, new)) == (
        "org.example.cat: major; new code on old data breaks, old code on new data breaks\n"
        "  age: maximum 99 is now 30; old samples may hold a number that the new type forbids: allow it "
        "still [range-changed, breaks new code on old data]\n"
        "  name: string is gone; old code asks for it: keep it [required-field-removed, breaks old code on "
        "new data]\n"
        "  tag: string is new [field-added]\n"
        "  What has to break: give the new type a name of its own, and a lens from the old one."
    )


def test_a_finding_that_is_not_the_same_both_ways_is_two() -> None:
    found = compare(model(field("x", FloatType(32))), model(field("x", FloatType(64))))
    assert {(item.category, *item.breaks) for item in found.findings} == {
        ("strict", "new-reads-old"),
        ("wire", "old-reads-new"),
    }


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        (model(field("x")), model(field("x", description="words")), "patch"),
        (model(field("x"), field("y")), model(field("y"), field("x")), "patch"),
        (model(field("x")), model(field("x"), field("y", required=False)), "minor"),
        (model(field("x")), model(field("x", IntegerType(default=1))), "minor"),
        (model(field("x")), model(field("x"), field("y")), "major"),
        (model(field("x", IntegerType(maximum=1))), model(field("x")), "major"),
    ],
)
def test_levels(old: Model, new: Model, level: str) -> None:
    assert compare(old, new).level == level
    assert compare(old, new).breaking == (level == "major")


def test_findings_are_sorted_and_compare_as_values() -> None:
    old = model(*(field(name) for name in "dbca"))
    new = model(*(field(name, TextType()) for name in "abcd"))
    found = compare(old, new)
    assert rules(found)[1:] == [(name, "type-changed") for name in "abcd"]
    assert found == compare(old, new) == pickle.loads(pickle.dumps(found))
    assert len(set(found.findings)) == 5


def test_what_breaks_one_direction_is_asked_for_by_it() -> None:
    found = compare(model(field("x")), model(field("x"), field("y")))
    (broken,) = found.against("new-reads-old")
    assert (broken.rule, broken.path, found.against("old-reads-new")) == (
        "required-field-added",
        "y",
        (),
    )


def test_names_of_types_and_of_objects_inside() -> None:
    box, area = [field("w")], [field("w")]
    old = model(field("x", RefType(f"{NAME}#box")), box=box)
    moved = model(field("x", RefType("org.example.dog#box")), name="org.example.dog", box=area)
    assert rules(compare(old, moved)) == [("", "type-renamed")]
    assert not compare(old, moved).breaking
    renamed = model(field("x", RefType(f"{NAME}#area")), area=area)
    assert rules(compare(old, renamed)) == [("x", "object-renamed")]
    assert not compare(old, renamed).breaking


def test_records_name_their_type_and_have_keys() -> None:
    def record(key: str | None, name: str = NAME) -> Model:
        return model(field("x"), key=key, name=name)

    for old, new, forward, backward in (
        ("tid", "any", True, False),
        ("tid", "nsid", False, False),
        ("tid", None, True, True),
    ):
        found = compare(record(old), record(new))
        assert rules(found) == [("", "record-key")]
        assert (found.new_reads_old, found.old_reads_new) == (forward, backward)
        assert all(item.category == "strict" for item in found.findings if item.breaks)
    found = compare(record("tid"), record("tid", "org.example.dog"))
    assert (rules(found), found.new_reads_old, found.old_reads_new) == (
        [("", "type-renamed")],
        False,
        False,
    )


def test_paths_name_lists_maps_and_members() -> None:
    def holder(kind: Type) -> Model:
        inner: dict[str, Any] = {"box": [field("w", kind)]}
        union = UnionType((f"{NAME}#box",))
        return model(
            field("a", ListType(union)),
            field("b", ListType(RefType(f"{NAME}#dot"))),
            dot=[field("v", kind)],
            **inner,
        )

    found = compare(holder(IntegerType()), holder(TextType()))
    assert rules(found) == [
        ("a[](org.example.cat#box).w", "type-changed"),
        ("b[].v", "type-changed"),
    ]


def test_an_object_that_is_met_again_is_compared_once() -> None:
    def tree(kind: Type) -> Model:
        return model(
            field("value", kind),
            field("left", RefType(NAME), False),
            field("right", RefType(NAME), False),
        )

    assert rules(compare(tree(IntegerType()), tree(TextType()))) == [("value", "type-changed")]


def test_an_object_is_compared_in_each_direction_in_which_it_is_met() -> None:
    """Through a field that new code reads under its old name, new code alone comes to it."""

    def holder(name: str, aliases: tuple[str, ...], *inner: FieldModel) -> Model:
        own = FieldModel(name, RefType(f"{NAME}#box"), False, aliases=aliases)
        return model(own, box=list(inner))

    old = holder("box", (), field("w"))
    new = holder("frame", ("box",), field("h"))
    assert rules(compare(old, new)) == [
        ("box", "field-aliased"),
        ("frame.h", "required-field-added"),
    ]
    assert compare(old, new).old_reads_new


def test_a_name_that_another_field_has_is_no_old_name() -> None:
    old = model(field("a", required=False), field("b"))
    new = model(field("c", aliases=("b",)), field("b"))
    found = compare(old, new)
    assert ("c", "required-field-added") in rules(found)


def test_fields_that_are_numbered_are_not_taken_for_renamed() -> None:
    old = model(field("image1", required=False))
    new = model(field("image2", required=False))
    assert rules(compare(old, new)) == [("image1", "field-removed"), ("image2", "field-added")]
    other = model(field("image2", TextType(), required=False))
    assert not compare(old, other).breaking


def test_names_tie_sizes_of_several_arrays_whichever_way() -> None:
    def arrays(*shapes: tuple[int | str, ...]) -> Model:
        fields = [
            field(name, ArrayType("uint8", shape))
            for name, shape in zip("abc", shapes, strict=True)
        ]
        return model(*fields)

    free, tied = arrays(("H",), ("W",), ("W",)), arrays(("N",), ("N",), ("N",))
    found = compare(free, tied)
    assert [(item.rule, item.path) for item in found.against("new-reads-old")] == [
        ("sizes-tied", "b"),
        ("sizes-tied", "c"),
    ]
    assert found.old_reads_new
    assert not compare(tied, arrays(("A",), ("A",), ("A",))).breaking


@pytest.mark.parametrize(
    ("writer", "reader", "fits"),
    [
        (None, None, True),
        (None, ("...",), True),
        (("...",), None, True),
        (None, ("*",), False),
        (("...", 3), ("...", "C"), True),
        (("...", 3), ("...", 4), False),
        (("H", "W", 3), ("...", "W", 3), True),
        (("H", 3), ("A", "...", 3), True),
        ((3,), ("A", "...", 3), False),
        (("H", "...", 3), ("A", "...", 3), True),
        (("...", 3), ("A", "...", 3), False),
        (("H", "...", 3), ("A", "B", "..."), True),
        (("H", "W", "..."), ("A", "..."), True),
        (("H", "..."), ("A", "A", "..."), False),
        (("H", "...", "H"), ("A", "...", "A"), True),
        (("H", "...", "W"), ("A", "...", "A"), False),
        ((2, 2), ("N", "N"), True),
        ((2, 3), ("N", "N"), False),
        (("*", "*"), ("N", "N"), False),
        (("*", "*"), ("N", "M"), True),
        ((), (), True),
        ((), ("...",), True),
    ],
)
def test_shapes(writer: Any, reader: Any, fits: bool) -> None:
    old, new = (model(field("x", ArrayType("uint8", shape))) for shape in (writer, reader))
    assert compare(old, new).new_reads_old == fits
    assert compare(new, old).old_reads_new == fits


SHAPES = [shape for rank in range(5) for shape in itertools.product((1, 2, 3), repeat=rank)]
DIMS = st.lists(st.sampled_from((1, 2, "A", "B", "*")), max_size=3).map(tuple)
PATTERNS = st.none() | DIMS | st.tuples(DIMS, DIMS).map(lambda ends: (*ends[0], "...", *ends[1]))


def _fits(dims: Any, shape: tuple[int, ...]) -> bool:
    try:
        Array(np.uint8, dims).fit(np.dtype(np.uint8), shape)
    except ShapeError:
        return False
    return True


@settings(max_examples=500)
@given(PATTERNS, PATTERNS)
def test_a_shape_that_fits_is_one_all_of_whose_arrays_fit(writer: Any, reader: Any) -> None:
    old, new = (model(field("x", ArrayType("uint8", dims))) for dims in (writer, reader))
    every = all(_fits(reader, shape) for shape in SHAPES if _fits(writer, shape))
    ranks = max(len(dims or ()) for dims in (writer, reader))
    assert compare(old, new).new_reads_old <= every
    assert ranks > 3 or compare(old, new).new_reads_old == every


def test_every_rule_says_what_it_is_and_stands_in_the_documentation(root: Path) -> None:
    documentation = (root / "docs" / "EVOLUTION.md").read_text("utf-8")
    for name, rule in RULES.items():
        assert rule.id == name
        assert rule.summary.endswith(".")
        assert f"`{name}`" in documentation


def test_a_long_chain_of_objects_is_compared() -> None:
    def chain(last: Type) -> Model:
        others: dict[str, Any] = {
            f"n{n}": [field("f", RefType(f"{NAME}#n{n + 1}"))] for n in range(3000)
        }
        return model(field("f", RefType(f"{NAME}#n0")), **others, n3000=[field("f", last)])

    (finding,) = compare(chain(IntegerType()), chain(TextType())).findings
    assert finding.rule == "type-changed"

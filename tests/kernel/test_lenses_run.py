"""Lenses over samples of classes, one by one and in batches: what comes out, and what is refused."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.samples.build import sample_class
from atdata_schema.errors import GetError, LensError, PutError
from atdata_schema.lenses import Lens, check, edited, parse
from atdata_schema.lenses.batches.given import GivenColumns
from atdata_schema.lenses.batches.putting import put_columns
from atdata_schema.lenses.batches.view import ViewColumns
from atdata_schema.lenses.steps.equality import same
from atdata_schema.schema import Schema
from lens_schemas import schema

SOURCE = schema(
    "org.example.frame",
    """
    id: string
    image: uint8[H, W, 3]
    mask: uint8[H, W]
    label: string {"enum": ["cat", "dog", "puppy"]}
    weight?: float64
    taken: datetime
    boxes: list[#box]
    meta: #meta
    size?: #size
    note: string
    """,
    box="x0: integer\nscore: float64",
    meta="site: string\noperator: string",
    size="w: integer\nh?: integer",
)
VIEW = schema(
    "org.example.train",
    """
    name: string
    pixels: float32[3, H, W]
    mask: uint8[H, W]
    target: integer {"minimum": 0, "maximum": 1}
    weight: float64
    ms: integer
    boxes: list[#box]
    n: integer
    place: #place
    w?: integer
    licence: string
    """,
    box="xmin: integer",
    place="site: string",
)
TEXT = """
lens frame_to_train from org.example.frame to org.example.train {
  id <-> name;
  image | rearrange[h w c -> c h w] | cast(float32) | affine(scale=1/255, on_put=round) <-> pixels;
  label | map { "cat" <-> 0, "dog" <-> 1, "puppy" -> 1 } <-> target;
  weight | unwrap(default=1.0) <-> weight;
  taken | epoch(ms) <-> ms;
  boxes | each { x0 <-> xmin; drop score default 0.5; } <-> boxes;
  boxes | length -> n;
  meta.site <-> place.site;
  size.w <-> w;
  const "CC0" -> licence;
  drop meta.operator default "nobody";
  drop size.h;
  drop note default "";
  auto;
}
"""


@pytest.fixture(scope="module")
def lens() -> Lens[Any, Any]:
    plain = check(parse(TEXT).lenses[0].program, SOURCE, VIEW).lens
    return plain.typed(sample_class(SOURCE), sample_class(VIEW))


def sample(lens: Lens[Any, Any], seed: int = 0, **other: Any) -> Any:
    """A sample of the source."""
    random = np.random.default_rng(seed)
    cls: Any = lens.source_class
    fields = cls.FIELDS
    parts = {name: fields[name] for name in ("boxes", "meta", "size")}
    box, meta = parts["boxes"].items.target(), parts["meta"].target()
    size = parts["size"].field.target()
    values = {
        "id": f"f{seed}",
        "image": random.integers(0, 256, (2, 3, 3), dtype=np.uint8),
        "mask": random.integers(0, 2, (2, 3), dtype=np.uint8),
        "label": "puppy",
        "weight": None,
        "taken": datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC),
        "boxes": [box(x0=1, score=0.25), box(x0=2, score=0.75)],
        "meta": meta(site="A", operator="Ada"),
        "size": size(w=640, h=480),
        "note": "n",
    }
    return cls(**{**values, **other})


def with_(view: Any, **other: Any) -> Any:
    """The view with other values."""
    return type(view)(**{**values_of(view), **other})


def class_of(value: Any) -> Any:
    """The class of an object."""
    return value.__class__


def values_of(sample: Any) -> dict[str, Any]:
    """The values of a sample by property."""
    names: tuple[str, ...] = class_of(sample).FIELDS.names
    return {name: getattr(sample, name) for name in names}


def test_a_view_is_of_its_class(lens: Lens[Any, Any]) -> None:
    source = sample(lens)
    view = lens.get(source)
    assert type(view) is lens.view_class
    assert view.name == "f0"
    assert view.pixels.dtype == np.float32
    assert np.array_equal(
        view.pixels, source.image.transpose(2, 0, 1).astype(np.float32) * np.float32(1 / 255)
    )
    assert (view.target, view.weight, view.ms, view.n) == (1, 1.0, 1769860800123, 2)
    assert [box.xmin for box in view.boxes] == [1, 2]
    assert (view.place.site, view.w, view.licence) == ("A", 640, "CC0")
    assert view.encode()


def test_what_is_copied_is_not_copied(lens: Lens[Any, Any]) -> None:
    source = sample(lens)
    assert lens.get(source).mask is source.mask
    cut = check(
        parse(
            "lens l from org.example.frame to org.example.v { image | crop(h=0:1) | rearrange[h w c -> c h w] <-> y; drop *; }"
        )
        .lenses[0]
        .program,
        SOURCE,
        schema("org.example.v", "y: uint8[3, 1, W]"),
    ).lens
    assert np.shares_memory(cut.get(source)["y"], source.image)


def test_an_unchanged_view_gives_the_sample_itself(lens: Lens[Any, Any]) -> None:
    source = sample(lens)
    assert lens.put(lens.get(source), source) is source
    puppy = lens.put(with_(lens.get(source), name="other"), source)
    assert puppy.label == "puppy"
    assert puppy.weight is None
    assert puppy.taken == source.taken
    assert puppy.taken.microsecond == 123456
    assert puppy.image is not None
    assert puppy.encode()


def test_a_changed_view_changes_what_it_shows_and_nothing_else(lens: Lens[Any, Any]) -> None:
    source = sample(lens)
    view = lens.get(source)
    pixels = view.pixels.copy()
    pixels[0, 1, 2] = 0.5
    box = class_of(view.boxes[0])
    changed = with_(
        view, pixels=pixels, target=0, boxes=[box(xmin=9), view.boxes[1], box(xmin=7)], n=3, w=641
    )
    made = lens.put(changed, source)
    assert type(made) is lens.source_class
    assert made.image[1, 2, 0] == 127  # 0.5 / float32(1/255) is just below 127.5
    rest = np.ones((2, 3, 3), bool)
    rest[1, 2, 0] = False
    assert np.array_equal(made.image[rest], source.image[rest])
    assert made.label == "cat"
    assert [(b.x0, b.score) for b in made.boxes] == [(9, 0.25), (2, 0.75), (7, 0.5)]
    assert (made.size.w, made.size.h) == (641, 480)
    assert (made.meta.site, made.meta.operator, made.note) == ("A", "Ada", "n")
    assert source.label == "puppy"
    again = lens.get(made)
    assert np.abs(again.pixels - pixels).max() <= 1 / 510 + 1e-7


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"n": 3}, ("n",), "read-only, and 2 here (given 3)"),
        ({"licence": "MIT"}, ("licence",), "read-only, and 'CC0' here (given 'MIT')"),
        ({"target": 2}, ("target",), "integer(0..1) is wanted, not int 2"),
        ({"target": "cat"}, ("target",), "integer(0..1) is wanted, not str 'cat'"),
        ({"weight": None}, ("weight",), "float64 is wanted, and there is nothing"),
        ({"name": 3}, ("name",), "string is wanted, not int 3"),
        ({"ms": 2**62}, ("ms",), "not within the years 1 to 9999"),
        (
            {"pixels": np.full((3, 2, 3), 1.5, np.float32)},
            ("pixels",),
            "382.49997 is near no uint8",
        ),
        ({"pixels": np.full((3, 2, 3), np.nan, np.float32)}, ("pixels",), "nan is near no uint8"),
        (
            {"pixels": np.zeros((3, 2, 3))},
            ("pixels",),
            "float32[3, H, W] is wanted, not float64[3, 2, 3]",
        ),
        ({"pixels": np.zeros((3, 2), np.float32)}, ("pixels",), "is wanted, not float32[3, 2]"),
        ({"pixels": np.zeros((3, 5, 5), np.float32)}, ("mask",), "H is 5 and 2"),
        ({"boxes": 3}, ("boxes",), "list[org.example.train#box] is wanted, not int 3"),
        ({"w": None}, ("w",), "size.w is required in size of the source, which is there"),
    ],
)
def test_what_no_sample_has_is_refused_by_field_value_and_reason(
    lens: Lens[Any, Any], change: dict[str, Any], path: tuple[str, ...], said: str
) -> None:
    source = sample(lens)
    before = source.encode()
    with pytest.raises(PutError) as caught:
        lens.put(with_(lens.get(source), **change), source)
    assert caught.value.path == path
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path[0]}: ")
    assert source.encode() == before
    again: PutError = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.path) == (str(caught.value), caught.value.path)


def test_computed_fields_can_be_passed_over(lens: Lens[Any, Any]) -> None:
    source = sample(lens)
    view = with_(lens.get(source), n=7, licence="MIT", name="new")
    assert lens.put(view, source, readonly="ignore").id == "new"


def test_a_fault_inside_a_list_is_placed(lens: Lens[Any, Any]) -> None:
    source = sample(lens)
    view = lens.get(source)
    box = class_of(view.boxes[0])
    with pytest.raises(PutError) as caught:
        lens.put(with_(view, boxes=[view.boxes[0], box(xmin="x")]), source)
    assert caught.value.path == ("boxes", 1, "xmin")


def test_a_sample_is_made_of_a_view_alone(lens: Lens[Any, Any]) -> None:
    assert lens.creates
    view = lens.get(sample(lens))
    made = lens.create(view)
    assert type(made) is lens.source_class
    assert made.label == "dog"
    assert (made.meta.operator, made.note, made.weight) == ("nobody", "", 1.0)
    assert [box.score for box in made.boxes] == [0.5, 0.5]
    assert made.size.h is None
    assert same(lens.get(made), view)
    assert made.encode()


def test_what_has_no_default_cannot_be_made() -> None:
    text = TEXT.replace(' default "nobody"', "")
    lens = check(parse(text).lenses[0].program, SOURCE, VIEW).lens
    assert not lens.creates
    with pytest.raises(LensError, match="meta.operator is dropped without a default"):
        lens.create({})
    part = check(
        parse(
            "lens l from org.example.frame to org.example.v { mask | crop(h=0:1) <-> y; drop *; }"
        )
        .lenses[0]
        .program,
        SOURCE,
        schema("org.example.v", "y: uint8[1, W]"),
    ).lens
    assert not part.creates


def test_a_lens_without_a_way_back_says_so() -> None:
    view = schema("org.example.v", "n: integer")
    lens = check(
        parse("lens l from org.example.frame to org.example.v { boxes | length -> n; drop *; }")
        .lenses[0]
        .program,
        SOURCE,
        view,
    ).lens
    assert lens.kind == "getter"
    with pytest.raises(LensError, match="l is read-only: none of its clauses is two-way"):
        lens.put({"n": 1}, {})
    with pytest.raises(LensError, match="l is read-only: none of its clauses is two-way"):
        lens.create({"n": 1})


def test_mappings_are_samples_too(lens: Lens[Any, Any]) -> None:
    plain = check(lens.program, SOURCE, VIEW).lens
    source = sample(lens)
    row = values_of(source)
    view = plain.get(row)
    assert isinstance(view, dict)
    assert same(view, lens.get(source))
    assert plain.put(view, row) is row
    made = plain.put({**view, "name": "x"}, row)
    assert made["id"] == "x"
    assert made is not row
    assert row["id"] == "f0"


def test_undeclared_entries_of_a_sample_stay(lens: Lens[Any, Any]) -> None:
    source = sample(lens)
    cls: Any = lens.source_class
    object.__setattr__(source, "_extra", {"more": 1})
    assert lens.put(with_(lens.get(source), name="x"), source).extra == {"more": 1}
    assert cls is type(source)


def test_packable_classes_are_samples_too() -> None:
    @atdata.packable(nsid="org.example.before")
    class Before:
        x: int
        name: str = "n"

    @atdata.packable(nsid="org.example.after")
    class After:
        y: int

    program = (
        parse(
            "lens l from org.example.before to org.example.after { x | affine(offset=1) <-> y; drop name; }"
        )
        .lenses[0]
        .program
    )
    before: Any = Before
    after: Any = After
    lens = check(program, before.SCHEMA, after.SCHEMA).lens.typed(Before, After)
    made = lens.put(After(y=11), Before(x=3, name="kept"))
    assert (made.x, made.name) == (10, "kept")
    assert lens.get(Before(x=3)).y == 4


def batch(lens: Lens[Any, Any], *samples: Any) -> Any:
    """A batch of samples."""
    cls: Any = lens.source_class
    return cls.collate(list(samples))


def test_a_batch_is_seen_as_its_samples_are(lens: Lens[Any, Any]) -> None:
    samples = [
        sample(lens, seed, size=None if seed == 1 else sample(lens).size) for seed in range(3)
    ]
    seen = lens.get_batch(batch(lens, *samples))
    views = [lens.get(item) for item in samples]
    assert seen.keys == ["0", "1", "2"]
    assert same(seen.samples(), views)
    assert seen.column("pixels").shape == (3, 3, 2, 3)
    assert seen.column("name") == ["f0", "f1", "f2"]
    assert seen.column("w") == [640, None, 640]
    assert seen.array("target").tolist() == [1, 1, 1]
    assert seen.column("n") == [2, 2, 2]
    assert [place.site for place in seen.column("place")] == ["A"] * 3
    assert type(seen.column("boxes")[0][0]) is type(views[0].boxes[0])
    for name in values_of(views[0]):
        assert same(list(seen.column(name)), [getattr(view, name) for view in views]), name


def test_arrays_of_several_shapes_stay_a_list(lens: Lens[Any, Any]) -> None:
    other = sample(lens, 1, image=np.zeros((1, 4, 3), np.uint8), mask=np.zeros((1, 4), np.uint8))
    seen = lens.get_batch(batch(lens, sample(lens), other))
    assert [array.shape for array in seen.column("pixels")] == [(3, 2, 3), (3, 1, 4)]
    made = lens.put_batch(seen, batch(lens, sample(lens), other))
    assert same(made.samples(), [sample(lens), other])


def test_nothing_is_computed_that_nobody_asks_for(lens: Lens[Any, Any]) -> None:
    """A sample whose label has no view does not keep the other columns from being read."""
    bad = sample(lens, 1)
    object.__setattr__(bad, "label", "cow")
    seen = lens.get_batch(batch(lens, sample(lens), bad))
    assert seen.column("name") == ["f0", "f1"]
    with pytest.raises(GetError, match=r"row 1: label: 'cow' is on the left of no pair"):
        seen.column("target")


def test_a_rename_is_the_column_of_the_source(lens: Lens[Any, Any]) -> None:
    first, second = sample(lens, 0), sample(lens, 1)
    seen = lens.get_batch(batch(lens, first, second)).arrays("mask")
    assert [a is b for a, b in zip(seen, [first.mask, second.mask], strict=True)] == [True, True]


def test_a_changed_batch_is_put_back(lens: Lens[Any, Any]) -> None:
    samples = [sample(lens, seed) for seed in range(3)]
    source = batch(lens, *samples)
    seen = lens.get_batch(source)
    pixels = seen.column("pixels").copy()
    pixels[1, 0, 0, 0] = 1.0
    changed = edited(
        seen, {"pixels": pixels, "name": ["x", "y", "z"], "target": np.asarray([0, 1, 1])}
    )
    made = lens.put_batch(changed, source).samples()
    one_by_one = [
        lens.put(with_(lens.get(item), pixels=pixels[i], name="xyz"[i], target=[0, 1, 1][i]), item)
        for i, item in enumerate(samples)
    ]
    assert same(made, one_by_one)
    assert [item.label for item in made] == ["cat", "puppy", "puppy"]
    assert source.column("id") == ["f0", "f1", "f2"]
    assert same(
        lens.create_batch(changed).samples(), [lens.create(view) for view in changed.samples()]
    )


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        ({"target": [0, 1, 2]}, 2, "target: integer(0..1) is wanted"),
        ({"n": [2, 9, 2]}, 1, "n: it is read-only"),
        ({"licence": ["CC0", "CC0", "MIT"]}, 2, "licence: it is read-only"),
        ({"ms": [0, 2**62, 0]}, 1, "ms: "),
        ({"name": ["a", 3, "c"]}, 1, "name: string is wanted"),
    ],
)
def test_a_batch_is_put_whole_or_not_at_all_and_a_refusal_names_its_row(
    lens: Lens[Any, Any], columns: dict[str, Any], row: int, said: str
) -> None:
    source = batch(lens, *(sample(lens, seed) for seed in range(3)))
    with pytest.raises(PutError) as caught:
        lens.put_batch(edited(lens.get_batch(source), columns), source)
    assert caught.value.row == row
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"row {row}: ")


def test_pixels_that_no_image_has_name_their_row(lens: Lens[Any, Any]) -> None:
    source = batch(lens, *(sample(lens, seed) for seed in range(3)))
    seen = lens.get_batch(source)
    pixels = seen.column("pixels").copy()
    pixels[2, 1, 1, 1] = 7
    with pytest.raises(PutError, match="row 2: pixels"):
        lens.put_batch(edited(seen, {"pixels": pixels}), source)
    with pytest.raises(PutError, match="2 views for 3 samples"):
        lens.put_batch(lens.get_batch(batch(lens, sample(lens), sample(lens))), source)


def test_only_columns_that_are_there_can_be_changed(lens: Lens[Any, Any]) -> None:
    seen = lens.get_batch(batch(lens, sample(lens)))
    with pytest.raises(LensError, match="no column 'nope'; it has"):
        edited(seen, {"nope": [1]})
    with pytest.raises(LensError, match="'name' has 2 rows, the batch 1"):
        edited(seen, {"name": ["a", "b"]})


def test_a_batch_needs_classes(lens: Lens[Any, Any]) -> None:
    plain = check(lens.program, SOURCE, VIEW).lens
    with pytest.raises(LensError, match="give the classes"):
        plain.get_batch(batch(lens, sample(lens)))


def test_a_lens_goes_to_other_processes(lens: Lens[Any, Any]) -> None:
    plain = check(lens.program, SOURCE, VIEW).lens
    again: Lens[Any, Any] = pickle.loads(pickle.dumps(plain))
    source = sample(lens)
    assert same(again.get(source), plain.get(source))
    assert again.cid == plain.cid


def test_an_empty_batch_is_one(lens: Lens[Any, Any]) -> None:
    source = batch(lens)
    seen = lens.get_batch(source)
    assert len(seen) == 0
    assert seen.samples() == []
    assert seen.column("pixels").shape[0] == 0
    assert lens.put_batch(seen, source).samples() == []


def test_a_lens_tells_which_fields_it_only_renames() -> None:
    """So that conditions on them can be asked of the source."""
    before = schema("org.example.before", "a: integer\nb: float32\nc: string")
    after = schema("org.example.after", "x: integer\ny: float64\nc: string")
    text = """
    lens renaming from org.example.before to org.example.after {
      a <-> x; b | cast(float64) <-> y; auto;
    }
    """
    (lowered,) = parse(text).lenses
    lens = check(lowered.program, before, after).lens
    assert lens.renames == {"x": "a", "c": "c"}
    assert lens.two_way
    assert lens.creates


def test_a_batch_whose_shapes_all_break_a_dimension_names_its_first_row() -> None:
    source = schema("org.example.any", "x: float32[H, W]")
    square = schema("org.example.square", "y: float32[A, A]")
    (lowered,) = parse(
        "lens squares from org.example.any to org.example.square { x <-> y; }"
    ).lenses
    lens = check(lowered.program, source, square).lens
    columns = GivenColumns({"x": np.zeros((3, 2, 5), np.float32)}, ["a", "b", "c"])
    with pytest.raises(GetError, match=r"float32\[A, A\]") as refused:
        ViewColumns(lens.body, columns).samples()
    assert refused.value.row == 0


def test_the_row_of_a_batch_that_is_refused_is_the_one_that_is_refused_alone() -> None:
    """One that is only rounded stands before it."""
    source, view = schema("org.example.any", "x: integer"), schema("org.example.near", "y: float32")
    text = "lens near from org.example.any to org.example.near { x | cast(float32, lossy, on_put=round) <-> y; }"
    lens = check(parse(text).lenses[0].program, source, view).lens
    scalars = frozenset(("x", "y"))
    views = GivenColumns({"y": np.array([0.5, 2.0**63], np.float32)}, ["a", "b"], None, scalars)
    given = GivenColumns({"x": np.zeros(2, np.int64)}, ["a", "b"], None, scalars)
    with pytest.raises(PutError, match="near no integer") as refused:
        put_columns(lens.body, views, given)
    assert refused.value.row == 1


def test_objects_that_are_only_copied_can_be_put() -> None:
    fields = {
        "one": {"type": "union", "refs": ["#part"]},
        "many": {"type": "array", "items": {"type": "union", "refs": ["#part"]}},
        "n": {"type": "integer"},
    }
    part = {"type": "object", "properties": {"a": {"type": "integer"}}}
    main = {"type": "object", "required": list(fields), "properties": fields}
    document = {"lexicon": 1, "id": "org.example.u", "defs": {"main": main, "part": part}}
    kind = Schema("org.example.u", {"org.example.u": document})
    copied = check(
        parse("lens l from org.example.u to org.example.u { auto; }").lenses[0].program, kind, kind
    ).lens
    member = {"$type": "org.example.u#part", "a": 1}
    source = {"one": member, "many": [member], "n": 1}
    assert copied.put(copied.get(source), source) is source
    assert copied.put({**source, "n": 2}, source) == {**source, "n": 2}
    assert copied.create(source) == source


def test_the_first_row_that_is_refused_is_named(lens: Lens[Any, Any]) -> None:
    """Whatever operator refuses it: here the last row by the first one, and a row before it by the second."""
    source = schema("org.example.a", "x: float64[N]")
    view = schema("org.example.b", "y: uint8[2]")
    text = (
        "lens l from org.example.a to org.example.b "
        "{ x | crop(n=0:2) | cast(uint8, round=down, overflow=error) <-> y; }"
    )
    plain = check(parse(text).lenses[0].program, source, view).lens
    made = plain.typed(sample_class(source), sample_class(view))
    rows = [np.zeros(2), np.full(2, 300.0), np.zeros(1)]
    cls: Any = made.source_class
    samples = [cls(x=row) for row in rows]
    with pytest.raises(GetError) as caught:
        made.get_batch(type(samples[0]).collate(samples)).column("y")
    assert caught.value.row == 1

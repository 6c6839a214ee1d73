"""Patterns of fields: what they mean, and that the index answers them exactly so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.atmosphere.discovery.field_paths import MOST_FIELDS, FieldPath, field_paths
from atdata.atmosphere.discovery.field_patterns import fits, parse_pattern, pattern_words
from atdata.atmosphere.discovery.field_tokens import tokens_of
from atdata.errors import QueryError
from atdata_schema.model import (
    ArrayType,
    BooleanType,
    Dim,
    FieldModel,
    FloatType,
    IntegerType,
    ListType,
    MapType,
    MediaType,
    Model,
    ObjectType,
    RefType,
    TextType,
    Type,
)

IMAGE = ArrayType("uint8", ("H", "W", 3))


def image(*shape: Dim, dtype: str = "uint8", name: str = "image") -> FieldPath:
    return FieldPath(name, ArrayType(dtype, shape))


@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        ("image", image("H", "W", 3)),
        ("IMAGE", image("H", "W", 3)),
        ("*", image()),
        ("im*", image()),
        ("*_mask: bool[H, W]", image("A", 7, dtype="bool", name="tumour_mask")),
        ("image: uint8[H, W, 3]", image("X", "Y", 3)),
        ("image: uint8[H, W, 3]", image(224, 224, 3)),
        ("image: uint8[*,*,*]", image("H", "W", 3)),
        ("image: uint8[..., 3]", image("H", "W", 3)),
        ("image: uint8[..., 3]", image(3)),
        ("image: uint8[..., 3]", image("...", 3)),
        ("image: uint8[3, ...]", image(3, "H", "W")),
        ("image: uint8[...]", FieldPath("image", ArrayType("uint8", None))),
        ("image: uint8[]", image()),
        ("*: *[N, N]", image("K", "K", dtype="float32")),
        ("*: float*[*]", image(7, dtype="float16")),
        ("*: *[..., 3]", FieldPath("image", ArrayType("*", ("N", 3)))),
        ("image: array", image("H")),
        ("camera.site", FieldPath("camera.site", TextType())),
        ("site: str", FieldPath("camera.site", TextType())),
        ("boxes[].x", FieldPath("boxes[].x", FloatType())),
        ("x: float", FieldPath("boxes[].x", FloatType(32))),
        ("x: float32", FieldPath("boxes[].x", FloatType(32))),
        ("tokens[]: integer", FieldPath("tokens[]", IntegerType())),
        ("link: uri", FieldPath("link", TextType(format="uri"))),
        ("link: string", FieldPath("link", TextType(format="uri"))),
        ("box: org.example.box", FieldPath("box", RefType("org.example.box"))),
        ("box: object", FieldPath("box", RefType("org.example.box"))),
        ("photo: image", FieldPath("photo", MediaType("image"))),
    ],
)
def test_a_pattern_fits(pattern: str, field: FieldPath) -> None:
    assert fits(parse_pattern(pattern), field)
    assert found_by_index([field], pattern) == [0]


@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        ("imag", image()),
        ("*age2", image()),
        (
            "image: uint8[H, W, 3]",
            image("H", "W", "C"),
        ),  # it may have three, and does not promise it
        ("image: uint8[H, W, 3]", image("H", "W", "*")),
        ("image: uint8[H, W]", image("H", "W", 3)),
        ("image: uint8[H, W, 3]", image("...", 3)),
        ("image: float32[H, W, 3]", image("H", "W", 3)),
        ("image: uint8[H]", FieldPath("image", ArrayType("*", ("H",)))),
        ("image: uint8[..., 3]", FieldPath("image", ArrayType("uint8", None))),
        ("image: uint8[a, b, ..., 3]", image("H", 3)),
        ("*: *[N, N]", image("H", "W")),
        ("*: *[N, N]", image("*", "*")),
        ("*: *[N, N]", image(3, 4)),
        ("image: string", image()),
        ("site", FieldPath("site[]", TextType())),
        ("site.name", FieldPath("name", TextType())),
        ("x: float64", FieldPath("x", FloatType(32))),
        ("x: boolean", FieldPath("x", IntegerType())),
    ],
)
def test_a_pattern_does_not_fit(pattern: str, field: FieldPath) -> None:
    assert not fits(parse_pattern(pattern), field)
    assert found_by_index([field], pattern) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the name of a field"),
        (": uint8[3]", "the name of a field"),
        ("a*b", "one \\* at most"),
        ("**", "one \\* at most"),
        ("*.x", "a path does not begin"),
        ("x: uint9[3]", "no element type"),
        ("x: uint8[3", "is no type"),
        ("x: uint8[-1]", "is no dimension"),
        ("x: uint8[3,]", "is no dimension"),
        ("x: uint8[..., 3, ...]", "stands once"),
        ("x: uint8[N, ..., N]", "both sides"),
        ("x: list[string]", r"x\[\]: integer"),
        ("x: wibble", "is no type"),
        ("x: uint8[" + ",".join("*" * 17) + "]", "at most 16"),
        ("x" * 2000, "a pattern such as"),
        ("x: uint8[" + "9" * 400 + "]", "is no dimension"),
        ("\x1b[2J: wibble", r"\\x1b"),
    ],
)
def test_what_is_no_pattern_is_refused(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_pattern(text)


def test_a_pattern_is_a_text() -> None:
    with pytest.raises(QueryError, match="a pattern such as"):
        parse_pattern(7)  # type: ignore[arg-type]  # what a caller without types may give


NAMES = st.sampled_from(
    ["image", "Image", "img", "a", "ab", "bab", "camera.image", "x[]", "x[].y", "ä"]
)
DTYPES = st.sampled_from(["uint8", "uint16", "float32", "bool", "*"])
SIZES = st.sampled_from(["N", "M", "*", 1, 3, 13])
SHAPES = st.lists(SIZES, max_size=4).flatmap(
    lambda dims: st.sampled_from(
        [tuple(dims), *((*dims[:at], "...", *dims[at:]) for at in range(len(dims) + 1))]
    )
)
TYPES: st.SearchStrategy[Type] = st.one_of(
    st.builds(ArrayType, DTYPES, SHAPES),
    st.builds(ArrayType, DTYPES, st.none()),
    st.sampled_from(
        [IntegerType(), FloatType(32), TextType(), TextType(format="uri"), BooleanType()]
    ),
)
FIELDS = st.lists(st.builds(FieldPath, NAMES, TYPES), max_size=12)


@st.composite
def patterns(draw: st.DrawFn) -> str:
    name = draw(st.one_of(NAMES, st.sampled_from(["*", "im*", "*b", "*ab", "camera.*", "ba*"])))
    if draw(st.booleans()):
        return name
    kind = draw(st.sampled_from(["array", "string", "uri", "integer", "float", "*"]))
    if draw(st.booleans()):
        return f"{name}: {kind}"
    dtype = draw(st.sampled_from(["*", "uint8", "uint*", "float32", "bool"]))
    shape = draw(SHAPES)
    return f"{name}: {dtype}[{', '.join(map(str, shape))}]"


@given(FIELDS, patterns())
def test_the_index_finds_exactly_what_fits(fields: list[FieldPath], text: str) -> None:
    reason = refusal(text)
    if reason is not None:
        assert "both sides" in reason
        return
    pattern = parse_pattern(text)
    expected = [at for at, field in enumerate(fields) if fits(pattern, field)]
    assert found_by_index(fields, text) == expected


def refusal(text: str) -> str | None:
    try:
        parse_pattern(text)
    except QueryError as error:
        return str(error)
    return None


def found_by_index(fields: list[FieldPath], text: str) -> list[int]:
    words = pattern_words(parse_pattern(text))
    if not words:
        return list(range(len(fields)))
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE fields USING fts5 (tokens, detail = none, columnsize = 0, "
        "tokenize = \"ascii tokenchars '_'\")"
    )
    rows = [(at, " ".join(tokens_of(field))) for at, field in enumerate(fields)]
    db.executemany("INSERT INTO fields (rowid, tokens) VALUES (?, ?)", rows)
    found = db.execute("SELECT rowid FROM fields WHERE fields MATCH ? ORDER BY rowid", (words,))
    numbers = [number for (number,) in found]
    db.close()
    return numbers


def test_fields_are_found_within_objects_lists_and_maps() -> None:
    box = ObjectType(
        "org.example.scene#box",
        (FieldModel("x", FloatType()), FieldModel("within", RefType("org.example.scene#box"))),
    )
    scene = ObjectType(
        "org.example.scene",
        (
            FieldModel("image", IMAGE, required=True),
            FieldModel("boxes", ListType(RefType("org.example.scene#box"))),
            FieldModel("scores", MapType(ListType(IntegerType()))),
        ),
    )
    paths = [field.path for field in field_paths(Model("org.example.scene", (scene, box)))]
    assert paths[0] == "image"
    assert {"boxes", "boxes[]", "boxes[].x", "boxes[].within", "scores{}", "scores{}[]"} <= set(
        paths
    )
    assert "boxes[].within.x" not in paths  # a type within itself is entered once


def test_a_type_of_very_many_fields_is_looked_through_from_the_top() -> None:
    fields = tuple(FieldModel(f"f{n}", IntegerType()) for n in range(MOST_FIELDS + 10))
    model = Model("org.example.wide", (ObjectType("org.example.wide", fields),))
    assert len(field_paths(model)) == MOST_FIELDS


def doubled(depth: int) -> Iterator[ObjectType]:
    """Objects of which each holds the next one twice: 2 ** depth ways."""
    for at in range(depth):
        inner = RefType(f"org.example.tree#n{at + 1}")
        name = "org.example.tree" if at == 0 else f"org.example.tree#n{at}"
        yield ObjectType(name, (FieldModel("l", inner), FieldModel("r", inner)))
    yield ObjectType(f"org.example.tree#n{depth}", (FieldModel("leaf", IntegerType()),))


def test_a_type_of_very_many_ways_has_no_more_fields_than_are_looked_for() -> None:
    model = Model("org.example.tree", tuple(doubled(60)))
    assert len(field_paths(model)) <= MOST_FIELDS

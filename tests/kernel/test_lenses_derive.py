"""Lenses derived between two types: what loses nothing is written, the rest is left to people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import LensError
from atdata_schema.lenses import Lens, check, derive, format_text, parse
from lens_laws import check_create, check_get_put, check_put_get
from lens_schemas import schema
from lens_strategies import rows


def derived(source: str, view: str, hints: dict[str, str] | None = None, **objects: str) -> str:
    """The lens between two types of these fields."""
    before = {name: fields.partition(" => ")[0] for name, fields in objects.items()}
    after = {name: fields.partition(" => ")[2] or fields for name, fields in objects.items()}
    a, b = schema("org.example.old", source, **before), schema("org.example.new", view, **after)
    text = derive(a, b, hints=hints)
    assert format_text(text)
    return text


def clauses(text: str) -> list[str]:
    """The clauses of a lens, each in its line."""
    return [line.strip() for line in text.splitlines()[4:-1]]


@pytest.mark.parametrize(
    ("source", "view", "wanted"),
    [
        ("x: string", "x: string", "x <-> x;"),
        ('x: integer {"minimum": 0}', "x: integer", "x <-> x;"),
        ("x: uint8[H, W]", "x: uint16[A, B]", "x | cast(uint16) <-> x;"),
        ("x: uint8[H, W]", "x: float32[*, *]", "x | cast(float32) <-> x;"),
        ("x: float32", "x: float64", "x | cast(float64) <-> x;"),
        ('x: integer {"minimum": 0, "maximum": 99}', "x: float64", "x | cast(float64) <-> x;"),
        ("x: string", "x?: string", "x | some <-> x;"),
        ("x: float32", "x?: float64", "x | cast(float64) | some <-> x;"),
        ("x?: uint8[H]", "x?: uint16[H]", "x | cast(uint16) <-> x;"),
        ("x?: integer", 'x: integer {"default": 7}', "x | unwrap(default=7) <-> x;"),
        ('x: string {"enum": ["a"]}', 'x: string {"enum": ["a", "b"]}', "x <-> x;"),
        ('x: string {"enum": ["a"]}', "x: string", "x <-> x;"),
        ("x: uint8[2, 3]", "x: uint8[2, 3]", "x <-> x;"),
        ("x: uint8[2, 3]", "x: uint8[H, 3]", "x <-> x;"),
    ],
)
def test_what_loses_nothing_is_written(source: str, view: str, wanted: str) -> None:
    assert clauses(derived(source, view)) == [wanted]


@pytest.mark.parametrize(
    ("source", "view", "remark"),
    [
        ("x: integer", "x: float64", "cast(float64, lossy)"),
        ("x: float64", "x: float32", "cast(float32) loses precision"),
        ("x: float64", "x: integer", "cast(int64, round=nearest_even, overflow=error)"),
        ("x: uint16[H]", "x: uint8[H]", "cast(uint8, overflow=error)"),
        ("x?: string", "x: string", "unwrap(default=...), or expect"),
        ("x: string", 'x: string {"maxLength": 3}', "string is not string(maxLength 3)"),
        ('x: string {"enum": ["a", "b"]}', 'x: string {"enum": ["a"]}', "is not"),
        ("x: uint8[H, W, 3]", "x: uint8[3, H, W]", "the shapes or ranges differ"),
        ("x: string", "x: bytes", "string is not bytes"),
        ("x: float32[H]", "x: float32[4]", "the shapes or ranges differ"),
    ],
)
def test_what_could_lose_something_is_a_hole_with_a_remark(
    source: str, view: str, remark: str
) -> None:
    (clause,) = clauses(derived(source, view))
    assert clause.startswith("x | ??? <-> x;  # ")
    assert remark in clause


def test_holes_are_errors_until_they_are_filled() -> None:
    a, b = schema("org.example.old", "x: float64"), schema(
        "org.example.new", "x: float32\nz: string"
    )
    text = derive(a, b)
    found = check(parse(text).lenses[0].program, a, b).findings
    assert [finding.rule for finding in found] == ["LN009", "LN009"]
    filled = text.replace("x | ???", "x | cast(float32)").replace("??? -> z", 'const "z" -> z')
    assert check(parse(filled).lenses[0].program, a, b).lens.kind == "lens*"


def test_fields_without_a_partner() -> None:
    assert clauses(
        derived("gone: string\nmaybe?: string", 'a: integer {"default": 3}\nb?: string\nc: string')
    ) == [
        "const 3 -> a;",
        "??? -> c;  # string",
        "const none -> b;",
        "drop gone;  # no default, so create() is unavailable",
        "drop maybe;",
    ]
    assert "perhaps of colour" in derived("colour: string", "color: string")


def aliased(name: str, kind: str, *aliases: str) -> Any:
    """A type of one field that had other names."""
    made = schema("org.example.new", f"{name}: {kind}")
    document = made.documents["org.example.new"]
    document["defs"]["main"]["properties"][name]["x-atdata"] = {"aliases": list(aliases)}
    return type(made)("org.example.new", made.documents)


def test_aliases_are_the_same_field() -> None:
    old = schema("org.example.old", "before: string")
    assert clauses(derive(old, aliased("after", "string", "before"))) == ["before <-> after;"]
    assert clauses(derive(aliased("after", "string", "before"), old)) == ["after <-> before;"]
    both = schema("org.example.old", "before: string\nearlier: string")
    text = derive(both, aliased("after", "string", "before", "earlier"))
    assert clauses(text)[0] == "??? <-> after;  # one of before, earlier"


def test_hints_come_first() -> None:
    assert clauses(derived("a: string\nb: string", "a: string", {"a": "b"})) == [
        "b <-> a;",
        "drop a;  # no default, so create() is unavailable",
    ]
    text = derived("c: #p", "x: string", {"x": "c.a"}, p="a: string\nb?: string")
    assert clauses(text) == ["c.a <-> x;", "drop c.b;"]
    with pytest.raises(LensError, match="a hint: .* has no field 'nope'"):
        derived("a: string", "a: string", {"a": "nope"})


def test_objects_and_lists_of_them_are_followed() -> None:
    text = derived(
        "o: #p\nl: list[#p]\nsame: #q",
        "o: #p\nl: list[#p]\nsame: #q",
        p="a: float32\nb: string => a: float64\nc?: string",
        q="z: string",
    )
    assert "\n".join(clauses(text)) == (
        "o | with {\na | cast(float64) <-> a;\nconst none -> c;\n"
        "drop b;  # no default, so create() is unavailable\n} <-> o;\n"
        "l | each {\na | cast(float64) <-> a;\nconst none -> c;\n"
        "drop b;  # no default, so create() is unavailable\n} <-> l;\nsame <-> same;"
    )


FIELDS = st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        st.sampled_from(
            [
                "string",
                "integer",
                "float32",
                "float64",
                "uint8[H, 2]",
                "uint16[H, 2]",
                'integer {"default": 1}',
            ]
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda field: field[0],
).map(
    lambda found: "\n".join(
        f"{name}{'?' if optional else ''}: {kind}" for name, kind, optional in found
    )
)


@given(FIELDS, FIELDS, st.data())
def test_what_is_derived_without_holes_is_a_lens_that_loses_nothing_it_shows(
    a: str, b: str, data: st.DataObject
) -> None:
    old, new = schema("org.example.old", a), schema("org.example.new", b)
    text = derive(old, new)
    result = check(parse(text).lenses[0].program, old, new)
    if "???" in text:
        assert {f.rule for f in result.findings if f.severity == "error"} == {"LN009"}
        return
    lens: Lens[Any, Any] = result.lens
    for joint in lens.clauses:
        if joint.chain is not None:
            unwraps = any(step.op.NAME == "unwrap" for step in joint.chain.steps)
            assert joint.laws.injective.holds or unwraps
            assert joint.laws.get_total.holds
    source, other = (data.draw(rows(lens.body.source, {"H": 1})) for _ in range(2))
    if lens.laws.two_way:
        check_get_put(lens, source)
        view = lens.get(other)
        check_put_get(lens, view, source)
        check_create(lens, view)

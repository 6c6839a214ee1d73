"""Mistakes in lenses: each is found, placed, explained with the types along its pipe, and told with all others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from atdata_schema.errors import LensError
from atdata_schema.lenses import RULES, Checked, check, compile_text, parse, render, show
from lens_schemas import schema

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "lenses" / "findings.txt"

SOURCE: Final = schema(
    "org.example.frame",
    """
    id: string
    image: uint8[H, W, 3]
    depth: float32[H, W]
    raw: float32[...]
    label: string {"enum": ["cat", "dog", "puppy"]}
    score: float64
    count: integer {"minimum": 0, "maximum": 300}
    weight?: float64
    when: datetime
    boxes: list[#box]
    camera: #camera
    part: #q
    note?: string
    big: integer
    z: complex128[2]
    """,
    box="x0: integer\nscore: float64",
    camera="model: string\niso: integer",
    q="b: integer",
)
REST: Final = "drop *;"
VIEW_FIELDS: Final = "y: {}"

CASES: Final = [
    ("the wrong type at the end", "image | rearrange[h w c -> c h w] <-> y;", "float32[3, H, W]"),
    ("axes in the wrong order", "image | cast(float32) <-> y;", "float32[3, H, W]"),
    ("the wrong rank", "depth <-> y;", "float32[H]"),
    ("sizes that are not the same", "image <-> y;", "uint8[H, W, 4]"),
    ("a map with a gap", 'label | map { "cat" <-> 0, "dog" <-> 1 } <-> y;', "integer"),
    ("a map of an open text", 'id | map { "cat" <-> 0 } <-> y;', "integer"),
    (
        "a map with a value twice",
        'label | map { "cat" <-> 0, "cat" -> 1, else -> 2 } <-> y;',
        "integer",
    ),
    (
        "a map with two ways back",
        'label | map { "cat" <-> 0, "dog" <-> 0, else -> 2 } <-> y;',
        "integer",
    ),
    (
        "a map of mixed kinds",
        'label | map { "cat" <-> 0, "dog" <-> "x", else -> 2 } <-> y;',
        "integer",
    ),
    (
        "a map with a misspelled value",
        'label | map { "cat" <-> 0, "dgo" <-> 1, else -> 2 } <-> y;',
        "integer",
    ),
    ("a getter both ways", "boxes | length <-> y;", "integer"),
    ("a cast that overflows", "image | cast(int8) <-> y;", "int8[H, W, 3]"),
    ("a cast of a range that overflows", "count | cast(uint8) <-> y;", "uint8[]"),
    (
        "a cast that loses precision",
        "big | cast(float32) <-> y;",
        "float32",
    ),
    ("a cast that rounds", "depth | cast(uint8, overflow=clamp) <-> y;", "uint8[H, W]"),
    ("a cast that drops a part", "z | cast(float64) <-> y;", "float64[2]"),
    ("a scale of nothing", "depth | affine(scale=0) <-> y;", "float32[H, W]"),
    ("a scale that leaves the integers", "count | affine(scale=1/2) <-> y;", "integer"),
    (
        "scales without an axis",
        "image | cast(float32) | affine(scale=[1, 2, 3]) <-> y;",
        "float32[H, W, 3]",
    ),
    (
        "scales for another number of channels",
        "image | cast(float32) | affine(scale=[1, 2], axis=2) <-> y;",
        "float32[H, W, 3]",
    ),
    (
        "rounding where there is nothing to round to",
        "score | affine(scale=2, on_put=round) <-> y;",
        "float64",
    ),
    ("an axis that is not there", "image | flip(q) <-> y;", "uint8[H, W, 3]"),
    ("an axis of an unknown rank", "raw | flip(d0) <-> y;", "float32[...]"),
    ("a stretch beyond the end", "image | crop(d2=0:4) <-> y;", "uint8[H, W, 4]"),
    ("a pattern of another rank", "image | rearrange[h w -> w h] <-> y;", "uint8[H, W, 3]"),
    (
        "a pattern that does not divide",
        "image | rearrange[h w (a b) -> a h w b](a=2) <-> y;",
        "uint8[H, W, 3]",
    ),
    (
        "a pattern with unknown sizes",
        "image | rearrange[(a b) w c -> a b w c] <-> y;",
        "uint8[H, W, 3]",
    ),
    ("texts where numbers are wanted", "id | cast(float32) <-> y;", "float32"),
    ("one value where several are wanted", 'id | join(" ") <-> y;', "string"),
    ("several values where one is wanted", "(score, count) | cast(float32) <-> y;", "float32"),
    (
        "values that cannot be brought together",
        "(image, depth) | stack(axis=0) <-> y;",
        "uint8[H, W, 3]",
    ),
    ("missing values", "weight <-> y;", "float64"),
    ("values that are never missing", "score <-> y;", "?float64"),
    ("unwrapping what is there", "score | unwrap(default=1.0) <-> y;", "float64"),
    ("a default of another type", 'weight | unwrap(default="x") <-> y;', "float64"),
    ("an object as another", "camera <-> y;", "#q"),
    ("each of no list", "camera | each { model <-> a; drop *; } <-> y;", "#q"),
    ("each that is not the last", "boxes | each { x0 <-> b; drop *; } | length -> y;", "integer"),
    (
        "a mistake in a block",
        "boxes | each { x0 | cast(float33) <-> b; drop score; } <-> y;",
        "list[#q]",
    ),
    ("a type in a block", "boxes | each { score <-> b; drop x0; } <-> y;", "list[#q]"),
    ("a field that is not there", "imagine <-> y;", "uint8[H, W, 3]"),
    ("a path through a list", "boxes.x0 <-> y;", "integer"),
    ("an extern that is not declared", "id | extern rle <-> y;", "string"),
    ("a hole", "id | ??? <-> y;", "string"),
    ("an instant of a text", "id | epoch(ms) <-> y;", "integer"),
    ("a vector without room", "count | affine(offset=10) | onehot(5) <-> y;", "float32[5]"),
    ("a constant of another type", "const 1.5 -> y;", "integer"),
    ("a constant out of range", "const 11 -> y;", 'integer {"maximum": 10}'),
    ("a view that allows less", "score <-> y;", 'float64 {"finite": true}'),
    ("a view that never allows it", "count <-> y;", 'integer {"minimum": 500}'),
    ("sizes that only arrays tell", "depth <-> y;", "float32[H, H]"),
    ("parts kept by position", "boxes | each { x0 <-> b; drop score; } <-> y;", "list[#q]"),
]


def checked(clauses: str, view: str, **objects: str) -> tuple[Checked, str]:
    """What checking clauses finds, and their text."""
    text = f"lens l\nfrom org.example.frame\nto org.example.view\n{{\n  {clauses}\n}}\n"
    fields = f"y?: {view[1:]}" if view.startswith("?") else f"y: {view}"
    target = schema(
        "org.example.view",
        view if "\n" in view or ":" in view.split("{")[0] else fields,
        q="b: integer",
        **objects,
    )
    found = parse(text)
    if not found.lenses or any(f.severity == "error" for f in found.findings):
        return Checked(found.findings), text
    lens = found.lenses[0]
    return check(lens.program, SOURCE, target, places=lens.places), text


def test_mistakes_are_told_as_they_were(update_golden: bool) -> None:
    parts: list[str] = []
    for name, clause, view in CASES:
        result, text = checked(f"{clause}\n  {REST}", view)
        assert result.findings, name
        parts.append(f"## {name}\n\n{render(result.findings, text, 'l.lens')}")
    told = "\n".join(parts)
    if update_golden:
        GOLDEN.write_text(told, "utf-8")
    assert told == GOLDEN.read_text(
        "utf-8"
    ), "see the change, and run with --update-golden to accept it"


def test_every_rule_is_explained_and_every_finding_has_a_rule() -> None:
    folder = Path(__file__).resolve().parents[2] / "atdata_schema" / "atdata_schema" / "lenses"
    used = {
        rule
        for path in folder.rglob("*.py")
        if path.name != "rules.py"
        for rule in re.findall(r'"(LN\d{3})"', path.read_text("utf-8"))
    }
    assert used == set(RULES)
    assert all(info.explanation.endswith(".") for info in RULES.values())


def rules_of(clauses: str, view: str) -> list[str]:
    """The rules of the findings."""
    return [finding.rule for finding in checked(clauses, view)[0].findings]


def test_each_field_of_the_view_is_set_once() -> None:
    assert rules_of(REST, "y: string\nw: integer") == ["LN101", "LN101"]
    assert rules_of(f"id -> y; label -> y; {REST}", "y: string") == ["LN102"]
    assert rules_of(f"part -> q; count -> q.b; {REST}", "q: #q") == ["LN102"]
    assert rules_of(f"count -> q.b; part -> q; {REST}", "q: #q") == ["LN102"]
    assert rules_of(f"id -> y; {REST} const none -> z;", "y: string\nz?: string") == []


def test_each_field_of_the_source_is_written_once_or_dropped() -> None:
    result, _ = checked("id <-> y; id <-> z; drop *;", "y: string\nz: string")
    (finding,) = result.findings
    assert finding.rule == "LN104"
    assert "(first at line 5)" in finding.message
    assert finding.related[0][0] is not None
    assert rules_of("id <-> y; id -> z; drop *;", "y: string\nz: string") == []
    assert rules_of("id <-> y; drop id; drop *;", "y: string") == ["LN104"]
    assert rules_of("camera.model <-> y; drop camera; drop *;", "y: string") == ["LN104"]
    undropped = rules_of("id <-> y;", "y: string")
    assert undropped == ["LN103"] * 14
    assert rules_of("camera.model <-> y; drop id; drop image;", "y: string").count("LN103") == 13


def test_a_field_that_is_only_read_is_dropped_too() -> None:
    assert "LN103" in rules_of("id -> y; drop image;", "y: string")


def test_all_findings_are_told_at_once() -> None:
    clauses = "nope <-> y; image | flip(q) <-> z; label | length -> w; drop boxes.x0; drop *;"
    rules = rules_of(clauses, "y: string\nz: uint8[H, W, 3]\nw: integer\nv: string")
    assert sorted(rules) == ["LN101", "LN105", "LN107", "LN201", "LN203"]


def test_a_named_lens_is_for_its_types() -> None:
    text = (
        "lens l from org.example.frame to org.example.view { boxes | each b <-> y; drop *; }\n"
        'lens b from "org.example.frame#camera" to "org.example.view#q" { x0 <-> b; drop score; }'
    )
    lens = parse(text).lenses[0]
    target = schema("org.example.view", "y: list[#q]", q="b: integer")
    assert [f.rule for f in check(lens.program, SOURCE, target).findings] == ["LN111"]


def test_auto_and_drop_rest_are_written_out() -> None:
    target = schema(
        "org.example.view",
        "id: string\ncamera: #camera\ncount: integer\nboxes: list[#box]\nnote?: string",
        camera="model: string\niso: integer",
        box="x0: integer",
    )
    text = (
        "lens l from org.example.frame to org.example.view "
        "{ auto; boxes | each { auto; drop *; } <-> boxes; count <-> count; drop *; }"
    )
    lens = check(parse(text).lenses[0].program, SOURCE, target).lens
    said = show(lens)
    for line in (
        "id: string\n  <-> id",
        "camera: org.example.frame#camera",
        "drop image",
        "drop score",
    ):
        assert line in said
    assert [type(clause).__name__ for clause in lens.program.clauses].count("Drop") == 10
    assert "auto" not in said


def test_fields_of_other_types_are_not_taken_by_auto() -> None:
    found = rules_of("auto; drop *;", "id: string\ncount: integer\nscore: float32\nweight: float64")
    assert found == ["LN101", "LN101", "LN101"]


def test_types_that_are_not_the_named_ones_are_refused() -> None:
    other = schema("org.example.other", "y: string")
    lens = parse("lens l from org.example.frame to org.example.view { id <-> y; drop *; }").lenses[
        0
    ]
    assert [f.rule for f in check(lens.program, SOURCE, other).findings] == ["LN111"]
    assert [f.rule for f in check(lens.program, other, other).findings] == ["LN111", "LN111"]


def test_compiling_raises_with_all_findings() -> None:
    with pytest.raises(LensError) as caught:
        compile_text("lens l from a.b.c to a.b.d { x <-> y; }", {})
    assert [finding.rule for finding in caught.value.findings] == ["LN112"]
    schemas: dict[str, Any] = {"org.example.frame": SOURCE, "v.v.v": schema("v.v.v", "y: string")}
    with pytest.raises(LensError, match=r"LN103.*\n.*LN103"):
        compile_text("lens l from org.example.frame to v.v.v { id <-> y; }", schemas)


def test_a_schema_that_is_none_is_a_finding() -> None:
    from atdata_schema.schema import Schema

    broken = Schema(
        "org.example.frame",
        {"org.example.frame": {"lexicon": 1, "id": "org.example.frame", "defs": {}}},
    )
    lens = parse("lens l from org.example.frame to org.example.view { id <-> y; }").lenses[0]
    assert [f.rule for f in check(lens.program, broken, SOURCE).findings] == ["LN111", "LN112"]

"""Lenses as records: both ways, valid by the lexicon, refused where they say what is not known, known by a CID."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_lexicons.dev.atdata.lens import Lens as LensRecord
from atdata_schema import data
from atdata_schema.lenses import Program, check, check_record, cid_of, parse, to_record
from atdata_schema.lenses.ops.registry import BY_RECORD
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.numbers import NotANumber, number_text, parse_number
from atdata_schema.lenses.record import core_of
from atdata_schema.lenses.record_reading import from_record
from atdata_schema.lenses.report import Report
from atdata_schema.lexicon import Catalog
from lens_programs import NUMBERS, literal_values, programs
from lens_schemas import schema

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "data" / "lenses" / "vectors.json"

SOURCE = schema(
    "org.example.frame",
    """
    image: uint8[H, W, 3]
    label: string {"enum": ["cat", "dog"]}
    boxes: list[#box]
    note: string
    """,
    box="x0: integer\nscore: float64",
)
VIEW = schema(
    "org.example.train",
    """
    pixels: float32[3, H, W]
    target: integer
    boxes: list[#box]
    licence: string
    """,
    box="xmin: integer",
)
TEXT = """
lens frame_to_train from org.example.frame to org.example.train {
  image | rearrange[h w c -> c h w] | cast(float32) | affine(scale=1/255, on_put=round) <-> pixels;
  label | map { "cat" <-> 0, "dog" <-> 1 } <-> target;
  boxes | each { x0 <-> xmin; drop score default 0.5; } <-> boxes;
  const "CC0" -> licence;
  drop note default "none";
}
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.read(ROOT / "lexicons")


def record_of(text: str = TEXT) -> dict[str, Any]:
    """The record of a lens between the two types."""
    lens = check(parse(text).lenses[0].program, SOURCE, VIEW).lens
    return to_record(lens.program, claims=lens.claims, created_at="2026-01-31T12:00:00Z")


def read(record: object) -> tuple[Program | None, list[str]]:
    """The lens of a record, and its findings."""
    report = Report()
    return from_record(record, report), [str(finding) for finding in report.findings]


@given(programs())
def test_every_lens_is_written_and_read(program: Program) -> None:
    record = to_record(program)
    assert read(record) == (program, [])
    value = data.from_json(record)
    assert read(data.from_cbor(data.to_cbor(value))) == (program, [])
    assert read(json.loads(json.dumps(record))) == (program, [])


@given(programs())
def test_every_record_is_valid_by_the_lexicon(catalog: Catalog, program: Program) -> None:
    record = to_record(program)
    catalog.validate("dev.atdata.lens", record, key="3kabc2defgh2a")
    assert LensRecord.from_record(record).to_record() == record


def test_the_lexicon_has_every_operator_and_no_other(catalog: Catalog) -> None:
    document = catalog.get("dev.atdata.lens")
    assert document is not None
    defs: Any = document.raw["defs"]
    union = defs["bind"]["properties"]["ops"]["items"]
    assert {ref.removeprefix("#") for ref in union["refs"]} == set(BY_RECORD)
    assert union["closed"] is True


def test_a_record_is_checked_as_its_text_was() -> None:
    record = record_of()
    checked = check_record(record, SOURCE, VIEW)
    original = check(parse(TEXT).lenses[0].program, SOURCE, VIEW).lens
    assert checked.lens.cid == original.cid
    assert checked.lens.program.clauses == original.program.clauses


def test_equal_lenses_have_one_cid() -> None:
    other = TEXT.replace("h w c -> c h w", "x y  z->z x y").replace("1/255", "2/510")
    lines = other.strip().splitlines()
    shuffled = "\n".join(
        [lines[0].replace("frame_to_train", "named_otherwise"), *reversed(lines[1:-1]), "}"]
    )
    a, b = record_of(), record_of(shuffled)
    assert a["clauses"] == b["clauses"]
    first, second = (read(record)[0] for record in (a, b))
    assert first is not None
    assert second is not None
    assert cid_of(first) == cid_of(second)
    changed, _ = read(record_of(TEXT.replace("0.5", "0.25")))
    assert changed is not None
    assert cid_of(changed) != cid_of(first)


def test_what_is_not_canonical_has_no_record() -> None:
    program = parse(TEXT).lenses[0].program
    with pytest.raises(ValueError, match="not pinned"):
        to_record(program)
    sugared = parse("lens l from a.b.c to a.b.d { drop *; }").lenses[0].program
    with pytest.raises(ValueError, match="pinned|written out"):
        core_of(sugared)


def changed(path: list[str | int], value: Any) -> dict[str, Any]:
    """The record with another value somewhere; without it where the value is `...`."""
    record = copy.deepcopy(record_of())
    holder: Any = record
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return record


LENS = "dev.atdata.lens"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["$type"], "dev.atdata.other", "$type is dev.atdata.lens"),
        (["lang"], "dlens/2", "the language is dlens/1, not 'dlens/2'"),
        (["lang"], ..., "'lang' is required"),
        (["getterCode"], {}, "unknown key 'getterCode'"),
        (["source", "cid"], "bafy", "no CID"),
        (["source"], "at://x", "an object is wanted"),
        (["clauses"], {}, "a list is wanted"),
        (["clauses", 0, "$type"], f"{LENS}#match", "is no clause"),
        (["clauses", 0, "$type"], "#bind", "is no clause"),
        (["clauses", 0, "src"], [], "at least one field"),
        (["clauses", 0, "src", 0], "boxes", "no JSON pointer"),
        (["clauses", 0, "src", 0], "/a~2", "no JSON pointer"),
        (["clauses", 0, "src", 0], 3, "a JSON pointer is wanted"),
        (["clauses", 0, "src", 0], "/a" * 17, "a path of 17 names"),
        (["clauses", 0, "extra"], 1, "unknown key 'extra'"),
        (["clauses", 0, "ops", 0, "$type"], f"{LENS}#eval", "is no operator of dlens/1"),
        (["clauses", 0, "ops", 0, "$type"], "each", "is no operator"),
        (["clauses", 0, "ops", 0, "$type"], f"{LENS}#scaleMinmax", "is no operator"),
        (["clauses", 0, "ops", 0, "clauses", 0, "dst", 0], "", "no JSON pointer"),
        (["clauses", 2, "ops", 0, "pattern"], "h w c -> c h", "w stands on the left only"),
        (["clauses", 2, "ops", 0, "pattern"], "a  b c -> c a b", "in canonical form"),
        (["clauses", 2, "ops", 0, "code"], "os.system", "rearrange has no 'code'"),
        (["clauses", 2, "ops", 1, "dtype"], "object", "object is none of bool"),
        (["name"], "x\nimport os", "is no name of a lens"),
        (["clauses", 2, "ops", 1, "dtype"], ..., "cast lacks 'dtype'"),
        (["clauses", 2, "ops", 1, "lossy"], 1, "lossy is true or false"),
        (["clauses", 2, "ops", 2, "scale"], ["2/510"], "is '1/255' in canonical form"),
        (["clauses", 2, "ops", 2, "scale"], ["1e9999"], "exponent"),
        (["clauses", 2, "ops", 2, "scale"], [1], "a number is a text"),
        (["clauses", 2, "ops", 2, "scale"], [], "a list of numbers is empty"),
        (["clauses", 2, "ops", 2, "axis"], -1, "an integer from 0 to 63"),
        (["clauses", 2, "ops", 2, "axis"], True, "an integer from 0 to 63"),
        (
            ["clauses", 3, "ops", 0, "pairs", 0, "from"],
            {"s": "cat", "i": 0},
            "exactly one|one of the keys",
        ),
        (["clauses", 3, "ops", 0, "pairs", 0, "from"], {"i": 2**60}, "cannot be"),
        (["clauses", 3, "ops", 0, "pairs", 0, "put"], "yes", "put of a pair"),
        (["clauses", 1, "value"], {"n": "1/3.5"}, "no integer, decimal or quotient"),
        (
            ["externs"],
            [{"name": "a b", "source": "bytes", "view": "bytes", "twoWay": True}],
            "no identifier",
        ),
        (
            ["externs"],
            [{"name": "a", "source": "by(tes", "view": "bytes", "twoWay": True}],
            "no type such as",
        ),
        (
            ["externs"],
            [{"name": "a", "source": "uint8[ H ]", "view": "bytes", "twoWay": True}],
            "canonical form",
        ),
    ],
)
def test_what_is_not_known_is_refused(path: list[str | int], value: Any, said: str) -> None:
    program, findings = read(changed(path, value))
    assert findings, "nothing was found"
    assert any(part in findings[0] for part in said.split("|")), findings
    assert findings[0].startswith("/") or path[0] in ("$type", "lang", "getterCode")
    checked = check_record(changed(path, value), SOURCE, VIEW)
    assert checked.result is None
    del program


def test_all_clauses_are_looked_at() -> None:
    record = changed(["clauses", 0, "$type"], "x")
    record["clauses"][3]["$type"] = "y"
    _, findings = read(record)
    assert [finding.split(":")[0] for finding in findings] == ["/clauses/0", "/clauses/3"]


@pytest.mark.parametrize("record", [None, [], "x", 3, {}, {"$type": "dev.atdata.lens"}])
def test_anything_else_is_refused_too(record: object) -> None:
    program, findings = read(record)
    assert program is None
    assert findings


def test_a_record_for_another_version_of_a_type_is_refused() -> None:
    newer = schema("org.example.frame", "image: uint8[H, W, 3]")
    checked = check_record(record_of(), newer, VIEW)
    assert [finding.rule for finding in checked.findings] == ["LN110"]
    other = schema("org.example.other", "image: uint8[H, W, 3]")
    assert {finding.rule for finding in check_record(record_of(), other, VIEW).findings} == {
        "LN110",
        "LN111",
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("class", "iso"),
        ("putGet", "exact"),
        ("create", False),
        ("tolerance", "0"),
        ("getPut", "no"),
        ("more", 1),
    ],
)
def test_claims_that_do_not_hold_are_refused(key: str, value: Any) -> None:
    record = record_of()
    assert check_record(record, SOURCE, VIEW).result is not None
    record["claims"][key] = value
    checked = check_record(record, SOURCE, VIEW)
    assert [finding.rule for finding in checked.findings if finding.severity == "error"] == [
        "LN281"
    ]


@given(NUMBERS)
def test_a_number_has_one_spelling(number: Fraction) -> None:
    try:
        text = number_text(number)
    except NotANumber:
        return
    assert parse_number(text) == number
    assert len(text) <= 64
    decimal = "/" not in text
    denominator = number.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    assert not decimal or denominator == 1


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("-1.5e-3", "-0.0015"),
        ("2/4", "0.5"),
        ("1/255", "1/255"),
        ("-0", "0"),
        ("00012", "12"),
        ("1e21", "1e+21"),
        ("123e-9", "1.23e-7"),
        ("1e-8", "1e-8"),
        ("100000000000000000000", "100000000000000000000"),
        ("-3/6", "-0.5"),
    ],
)
def test_numbers_in_canonical_form(given: str, canonical: str) -> None:
    assert number_text(parse_number(given)) == canonical
    assert number_text(parse_number(canonical)) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "1/0", "1e401", "0x10", "1_0", " 1", "1.", ".5", "+1", "nan", "1" * 65, "1/2/3", "½"],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(NotANumber):
        parse_number(text)


@given(literal_values())
def test_a_literal_is_written_and_read(literal: Literal) -> None:
    record = literal.to_record()
    assert len(record) == 1
    assert Literal.from_record(record) == literal
    data.check_record(data.from_json({"value": record}))


json_like: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["/a", "1/255", f"{LENS}#bind"]),
    lambda items: st.lists(items, max_size=3)
    | st.dictionaries(
        st.sampled_from(["$type", "src", "dst", "ops", "clauses", "axis", "pairs"]),
        items,
        max_size=4,
    ),
    max_leaves=10,
)


def containers(value: Any) -> list[Any]:
    """The lists and objects in a list or an object."""
    held: Any = value  # of either kind
    items: Iterable[Any] = held.values() if hasattr(held, "values") else held
    return [item for item in items if isinstance(item, dict | list)]


@given(json_like, st.lists(st.integers(0, 5), max_size=6))
def test_any_change_of_a_record_is_read_or_refused(value: Any, steps: list[int]) -> None:
    record = copy.deepcopy(record_of())
    holder: Any = record
    for step in steps:
        children = containers(holder)
        if not children:
            break
        holder = children[step % len(children)]
    if isinstance(holder, list):
        holder.append(value)  # pyright: ignore[reportUnknownMemberType]  # of JSON
    else:
        names = sorted(holder)
        holder[names[steps[-1] % len(names)] if steps and names else "clauses"] = value
    checked = check_record(record, SOURCE, VIEW)
    assert checked.result is not None or checked.findings


def test_the_vectors_hold(update_golden: bool) -> None:
    """Texts, their canonical clauses and their CIDs: what other implementations have to come to."""
    cases = json.loads(VECTORS.read_text("utf-8"))
    made: list[dict[str, Any]] = []
    for case in cases:
        source = schema(case["source"]["id"], case["source"]["fields"])
        view = schema(case["view"]["id"], case["view"]["fields"])
        lens = check(parse(case["text"]).lenses[0].program, source, view).lens
        made.append(
            {
                **case,
                "core": core_of(lens.program),
                "cbor": data.to_cbor(data.from_json(core_of(lens.program))).hex(),
                "cid": lens.cid,
                "claims": lens.claims,
            }
        )
    if update_golden:
        VECTORS.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    assert made == json.loads(VECTORS.read_text("utf-8"))

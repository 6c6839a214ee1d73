"""Whatever is given, the answer is a finding or the documented error, in time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import LexiconError, ValidationError
from atdata_schema.lexicon import RULES, Catalog, errors_of, parse
from atdata_schema.lexicon.parse_keys import KNOWN_KEYS

FOLDER = Path(__file__).resolve().parent.parent / "data" / "lexicon"
NSID = "org.example.case"

TYPES = sorted(KNOWN_KEYS)
KEYS = sorted(
    {key for keys in KNOWN_KEYS.values() for key in keys} | {"schema", "encoding", "name"}
)
WORDS = [
    "#main",
    "#a",
    NSID,
    "tid",
    "datetime",
    "image/*",
    "repo",
    "a",
    "",
    "é",
    "\ud800",
    "x" * 99,
]

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(WORDS + TYPES)
)


def definition(kind: str, rest: dict[str, Any]) -> dict[str, Any]:
    return {**rest, "type": kind}


def branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rest = st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    typed = st.builds(definition, st.sampled_from(TYPES), rest)
    return (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS + WORDS), inner, max_size=4)
        | typed
    )


JSON = st.recursive(LEAVES, branches, max_leaves=25)


@given(JSON)
def test_no_json_makes_parse_raise(value: Any) -> None:
    document, findings = parse(value)
    assert document is not None or errors_of(findings)
    for finding in findings:
        assert RULES[finding.rule].severity == finding.severity
        str(finding).encode(errors="surrogatepass")


@given(st.dictionaries(st.sampled_from(["main", "a", "b"]), JSON, min_size=1))
def test_no_definitions_make_the_catalogue_raise_anything_else(defs: Any) -> None:
    document = {"lexicon": 1, "id": NSID, "defs": defs}
    catalog = Catalog()
    read, findings = parse(document)
    if errors_of(findings):
        with pytest.raises(LexiconError):
            catalog.add(document)
        if read is not None:
            catalog.add(read)
            catalog.check()
        return
    catalog.add(document)
    catalog.check()


@given(JSON, st.sampled_from(["point", "square", "both", "tree", "name", "main", "aToken"]))
def test_no_value_makes_validation_raise_anything_else(value: Any, name: str) -> None:
    with suppress(ValidationError):
        EVERYTHING.validate(f"org.example.everything#{name}", value)


@given(st.dictionaries(st.sampled_from(["n", "open", "blob", "bytes", "rows", "far"]), JSON))
def test_no_record_makes_validation_raise_anything_else(fields: Any) -> None:
    with suppress(ValidationError):
        record = {"$type": "org.example.everything", **fields}
        EVERYTHING.validate("org.example.everything", record)


def everything() -> Catalog:
    catalog = Catalog()
    for document in json.loads((FOLDER / "catalog.json").read_text("utf-8")):
        catalog.add(document)
    return catalog


EVERYTHING = everything()


def nested(levels: int, wrap: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "boolean"}
    for _ in range(levels):
        node = wrap(node)
    return {"lexicon": 1, "id": NSID, "defs": {"main": node}}


def array(inner: Any) -> dict[str, Any]:
    return {"type": "array", "items": inner}


def note(inner: Any) -> dict[str, Any]:
    return {"type": "token", "note": inner}


def obj(inner: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": inner}}


@pytest.mark.parametrize("wrap", [array, obj, note])
@pytest.mark.parametrize("levels", [100, 1_000, 100_000])
def test_deep_nesting_is_one_finding_with_its_place(
    wrap: Callable[[Any], dict[str, Any]], levels: int
) -> None:
    document = nested(levels, wrap)
    _, findings = parse(document)
    assert [f.rule for f in errors_of(findings)] == ["too-deep"]
    assert len(errors_of(findings)[0].pointer) == 64


def test_nesting_within_the_limit_is_read() -> None:
    document, findings = parse(nested(20, obj))
    assert errors_of(findings) == []
    assert document is not None


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_file_is_a_finding(tmp_path: Path, opening: str) -> None:
    (tmp_path / "deep.json").write_text(opening * 100_000)
    with pytest.raises(LexiconError) as caught:
        Catalog.read(tmp_path)
    assert caught.value.findings[0].rule in ("too-deep", "schema-json-parse")


def test_number_of_many_digits_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "digits.json").write_text('{"lexicon": ' + "1" * 100_000 + "}")
    with pytest.raises(LexiconError, match="thousands of digits"):
        Catalog.read(tmp_path)


def test_object_that_holds_itself_is_a_finding() -> None:
    document: dict[str, Any] = {"lexicon": 1, "id": NSID, "defs": {"main": {"type": "object"}}}
    main = document["defs"]["main"]
    main["properties"] = dict.fromkeys("abc", main)
    assert [(f.rule, f.pointer[-1]) for f in parse(document)[1]] == [
        ("too-deep", "a"),
        ("too-deep", "b"),
        ("too-deep", "c"),
    ]


def in_proportion(work: Callable[[int], Callable[[], object]], size: int) -> None:
    """Twenty times as much takes some twenty times as much of the processor, not the 400 times of what is quadratic."""
    few, many = processor_time(work(size // 20)), processor_time(work(size))
    assert many < 150 * few


def processor_time(work: Callable[[], object]) -> float:
    """Of the quickest of a few times, as nothing but the work itself slows it down."""
    taken: list[float] = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def added(document: dict[str, Any]) -> Catalog:
    catalog = Catalog()
    catalog.add(document)
    return catalog


def test_large_texts_take_time_in_proportion() -> None:
    def adding(size: int) -> Callable[[], object]:
        text = {"id": NSID, "description": "ä" * size, "defs": {"main": {"type": "token"}}}
        return lambda: added({"lexicon": 1, **text})

    in_proportion(adding, 5_000_000)


def chain(size: int) -> dict[str, Any]:
    """Definitions, each of which refers to the next one."""
    many = {f"d{n}": {"type": "object", "required": ["a"], "properties": {"a": {"type": "ref", "ref": f"#d{n + 1}"}}}
            for n in range(size)}  # fmt: skip
    return {"lexicon": 1, "id": NSID, "defs": {**many, f"d{size}": {"type": "object"}}}


def test_many_definitions_take_time_in_proportion() -> None:
    def adding(size: int) -> Callable[[], object]:
        document = chain(size)
        return lambda: added(document)

    in_proportion(adding, 10_000)
    in_proportion(lambda size: added(chain(size)).check, 10_000)
    assert added(chain(10_000)).check() == []


def mistaken(size: int) -> Catalog:
    """A document with so many mistakes of each of three kinds, of which the first is found by `check` alone."""
    lost = {
        f"d{n}": {"type": "object", "properties": {"a": {"type": "ref", "ref": f"#e{n}"}}}
        for n in range(size)
    }
    keys = {f"maxLenght{n}": 1 for n in range(size)}
    names = {
        "type": "object",
        "required": [f"r{n}" for n in range(size)],
        "properties": {"r": {"type": "token", **keys}},
    }
    document, _ = parse({"lexicon": 1, "id": NSID, "defs": {**lost, "main": names}})
    assert document is not None
    catalog = Catalog()
    catalog.add(document)
    return catalog


def test_thousands_of_mistakes_take_time_in_proportion() -> None:
    in_proportion(lambda size: mistaken(size).check, 5_000)
    assert len(mistaken(5_000).check()) == 5_000


def test_long_enumerations_take_time_in_proportion() -> None:
    def adding(size: int) -> Callable[[], object]:
        texts = {"type": "string", "enum": [f"value{n}" for n in range(size)]}
        numbers = {"type": "integer", "enum": list(range(size))}
        return lambda: added(
            {"lexicon": 1, "id": NSID, "defs": {"main": texts, "numbers": numbers}}
        )

    in_proportion(adding, 30_000)


def test_long_names_are_shown_short() -> None:
    document = {
        "lexicon": 1,
        "id": "x" * 100_000,
        "defs": {"main": {"type": "y" * 100_000}},
        "z" * 100_000: 1,
    }
    for finding in parse(document, "file")[1]:
        assert len(finding.message) < 600

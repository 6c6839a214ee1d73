"""Which data a definition allows: a table of values, each refused one with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from atdata_schema.data import Link, from_json
from atdata_schema.errors import LexiconError, ValidationError
from atdata_schema.lexicon import Catalog

FOLDER = Path(__file__).resolve().parent.parent / "data" / "lexicon"
VALUES = json.loads((FOLDER / "values.json").read_text("utf-8"))
RECORD = "org.example.everything"
ALLOWED = [case for case in VALUES if case["path"] is None]
REFUSED = [case for case in VALUES if case["path"] is not None]
TID = "3jzfcijpj2z2a"


def name(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    catalog = Catalog()
    for document in json.loads((FOLDER / "catalog.json").read_text("utf-8")):
        catalog.add(document)
    assert catalog.check() == []
    return catalog


def record(**fields: Any) -> dict[str, Any]:
    return {"$type": RECORD, "n": 1, **fields}


def refused(catalog: Catalog, ref: str, value: object, key: str | None = None) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        catalog.validate(ref, value, key)
    return caught.value


@pytest.mark.parametrize("case", ALLOWED, ids=name)
def test_allowed_value_passes_as_json(catalog: Catalog, case: dict[str, Any]) -> None:
    catalog.validate(RECORD, record(**{case["field"]: case["value"]}), key="self")


@pytest.mark.parametrize("case", ALLOWED, ids=name)
def test_allowed_value_passes_as_data(catalog: Catalog, case: dict[str, Any]) -> None:
    catalog.validate(RECORD, from_json(record(**{case["field"]: case["value"]})), key="self")


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused_value_is_refused_where_it_stands(catalog: Catalog, case: dict[str, Any]) -> None:
    error = refused(catalog, RECORD, record(**{case["field"]: case["value"]}), "self")
    assert list(error.path) == case["path"]
    assert error.reason
    assert "\n" not in str(error)


def test_every_declared_field_is_tried(catalog: Catalog) -> None:
    documents = json.loads((FOLDER / "catalog.json").read_text("utf-8"))
    declared = set(documents[0]["defs"]["main"]["record"]["properties"])
    tried = {case["field"] for case in VALUES}
    assert declared - tried == {"n"}
    assert len(REFUSED) >= 40


def test_argument_is_not_changed(catalog: Catalog) -> None:
    value = record(bytes={"$bytes": "AAE"}, int=5.0)
    before = json.dumps(value)
    catalog.validate(RECORD, value)
    assert json.dumps(value) == before


def test_bytes_and_links_pass_beside_json(catalog: Catalog) -> None:
    link = Link("bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq")
    catalog.validate(RECORD, record(bytes=b"ab", link=link, bytesSize={"$bytes": "AAE"}))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"n": 1}, ["$type"]),
        ({"$type": "org.example.other", "n": 1}, ["$type"]),
        ({"$type": "org.example.everything#main", "n": 1}, ["$type"]),
        ({"$type": RECORD}, ["n"]),
        ({"$type": RECORD, "n": None}, ["n"]),
        ([], []),
        ("text", []),
        (None, []),
        ({"$type": ""}, []),
        ({"$type": 1}, []),
        ({"$link": "x"}, []),
        (object(), []),
        ({1: 2}, []),
    ],
)
def test_record_says_its_type_and_has_what_is_required(
    catalog: Catalog, value: object, path: list[str]
) -> None:
    assert list(refused(catalog, RECORD, value).path) == path


@pytest.mark.parametrize(
    ("nsid", "good", "bad"),
    [
        (RECORD, ["self"], ["other", "", "literal:self"]),
        ("org.example.note", [TID], ["self", "", TID + "2"]),
        (
            "org.example.anyKey",
            ["self", "a:1", "~", TID],
            ["", ".", "..", "a/b", "a@1", "ä", "a" * 513],
        ),
        ("org.example.nsidKey", ["org.example.note"], ["self", "org.example", ""]),
    ],
)
def test_record_key_follows_its_kind(
    catalog: Catalog, nsid: str, good: list[str], bad: list[str]
) -> None:
    value = {"$type": nsid, "n": 1, "t": "x"}
    for key in good:
        catalog.validate(nsid, value, key)
    for key in bad:
        assert refused(catalog, nsid, value, key).path == ()


def test_required_and_nullable_is_present_and_may_be_null(catalog: Catalog) -> None:
    catalog.validate(f"{RECORD}#both", {"a": "x", "b": None})
    assert refused(catalog, f"{RECORD}#both", {"a": "x"}).path == ("b",)
    assert refused(catalog, f"{RECORD}#both", {"a": None, "b": "x"}).path == ("a",)


def test_definition_without_a_record_takes_data_of_its_own_kind(catalog: Catalog) -> None:
    catalog.validate(f"{RECORD}#name", "abc")
    catalog.validate("org.example.other", {"m": True})
    catalog.validate("org.example.other#main", {"m": True})
    assert "record key" in str(refused(catalog, "org.example.other", {"m": True}, "self"))


@pytest.mark.parametrize(
    ("ref", "what"),
    [
        (f"{RECORD}#aToken", "token"),
        ("org.example.get", "query"),
        ("org.example.put", "procedure"),
        ("org.example.watch", "subscription"),
        ("org.example.auth", "permission-set"),
    ],
)
def test_definition_that_holds_no_data_says_so(catalog: Catalog, ref: str, what: str) -> None:
    assert f"a {what} holds no data" in str(refused(catalog, ref, {}))


def test_unknown_definition_is_an_error_of_the_lexicon(catalog: Catalog) -> None:
    with pytest.raises(LexiconError, match=r"did you mean 'org\.example\.everything#point'"):
        catalog.validate(f"{RECORD}#pont", {})


def test_path_reads_as_people_write_it(catalog: Catalog) -> None:
    error = refused(catalog, RECORD, record(points=[{"x": 1}, {"x": "2"}]))
    assert str(error) == "points[1].x: a string where an integer is required"


def test_deep_and_circular_data_are_refused(catalog: Catalog) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"left": deep}
    circular: dict[str, Any] = {}
    circular["left"] = circular["right"] = circular
    for value in (deep, circular):
        assert "nested" in str(refused(catalog, f"{RECORD}#tree", value))


def test_data_as_deep_as_the_model_allows_passes(catalog: Catalog) -> None:
    value: dict[str, Any] = {}
    for _ in range(60):
        value = {"left": value}
    catalog.validate(f"{RECORD}#tree", value)

"""Which documents are lexicons: a table of bad ones, each with a good one that differs in little."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import RULES, Catalog, Document, errors_of, nodes, parse

TABLE = Path(__file__).resolve().parent.parent / "data" / "lexicon" / "documents.json"

# Rules about files and about several documents, which other tests of this folder fire.
ELSEWHERE = {
    "duplicate-key",
    "nsid-path-mismatch",
    "path-not-nsid",
    "unreadable-file",
    "duplicate-nsid",
    "unresolved-ref",
    "invalid-ref-target",
    "circular-required",
    "unresolved-token",
    "too-deep",
}


@dataclass(frozen=True)
class Case:
    """A bad part of a document, the rule that it breaks, and a near miss."""

    name: str
    rule: str
    at: list[str | int]
    kind: str
    bad: Any
    near: Any

    @property
    def pointer(self) -> tuple[str | int, ...]:
        before = {
            "lexicon": (),
            "defs": ("defs",),
            "main": ("defs", "main"),
            "field": ("defs", "main", "properties", "field"),
        }
        return (*before[self.kind], *self.at)

    def document(self, part: Any) -> Any:
        if self.kind == "lexicon":
            return part
        if self.kind == "field":
            part = {"type": "object", "properties": {"field": part}}
        defs = part if self.kind == "defs" else {"main": part}
        return {"lexicon": 1, "id": "org.example.case", "defs": defs}


CASES = [Case(**case) for case in json.loads(TABLE.read_text("utf-8"))]


def lexicon(defs: dict[str, Any], nsid: str = "org.example.case") -> dict[str, Any]:
    return {"lexicon": 1, "id": nsid, "defs": defs}


def only(document: object) -> Document:
    read, findings = parse(document)
    assert findings == []
    assert read is not None
    return read


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_part_gives_its_one_finding_in_its_place(case: Case) -> None:
    _, findings = parse(case.document(case.bad))
    assert [(f.rule, f.pointer) for f in findings] == [(case.rule, case.pointer)]
    assert findings[0].severity == RULES[case.rule].severity
    assert "\n" not in str(findings[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_near_miss_gives_no_finding(case: Case) -> None:
    assert parse(case.document(case.near))[1] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_catalogue_refuses_errors_and_takes_everything_else(case: Case) -> None:
    document = case.document(case.bad)
    if RULES[case.rule].severity != "error":
        assert Catalog().add(document).id in ("org.example.case", "example.case")
        return
    with pytest.raises(LexiconError) as caught:
        Catalog().add(document)
    assert [f.rule for f in errors_of(caught.value.findings)] == [case.rule]
    assert case.rule in str(caught.value)


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | ELSEWHERE == set(RULES)


def test_rules_explain_themselves_in_sentences() -> None:
    for info in RULES.values():
        assert info.summary.endswith(".")
        assert len(info.explanation) > 60
        assert info.explanation.endswith(".")


def test_all_findings_come_at_once_and_good_definitions_are_kept() -> None:
    defs = {"good": {"type": "boolean"}, "bad": {"type": "float"}, "worse": {"type": "ref"}}
    document, findings = parse({**lexicon(defs), "lexicon": 3})
    assert [f.rule for f in findings] == [
        "lexicon-version",
        "schema-json-parse",
        "not-definable",
    ]
    assert document is not None
    assert list(document.defs) == ["good"]
    assert document.broken == {"bad", "worse"}


def test_findings_name_the_document_or_the_label() -> None:
    assert parse(lexicon({}))[1][0].document == "org.example.case"
    assert parse(lexicon({}), "some/file.json")[1][0].document == "some/file.json"
    assert parse([], "some/file.json")[1][0].document == "some/file.json"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"type": "strin"}, "'string'"),
        ({"type": "string", "format": "date-time"}, "'datetime'"),
        ({"type": "string", "maxlength": 3}, "'maxLength'"),
        ({"type": "number"}, "dev.atdata.types#float64"),
        ({"type": "ndarray"}, "dev.atdata.types#ndarray"),
    ],
)
def test_slip_of_the_pen_gets_a_suggestion(given: dict[str, Any], meant: str) -> None:
    _, findings = parse(lexicon({"main": given}))
    assert meant in (findings[0].hint or "")


def test_everything_stated_is_read() -> None:
    text = {
        "type": "string",
        "description": "A text.",
        "format": "uri",
        "minLength": 1,
        "maxLength": 99,
        "minGraphemes": 2,
        "maxGraphemes": 90,
        "knownValues": ["https://example.org"],
        "x-atdata": {"as": "str"},
    }
    main = {
        "type": "object",
        "required": ["b", "a"],
        "nullable": [],
        "properties": {"b": text, "a": {"type": "array", "items": {"type": "bytes"}}},
    }
    node = only(lexicon({"main": main})).defs["main"]
    assert isinstance(node, nodes.Object)
    assert (list(node.properties), node.required, node.nullable) == (["b", "a"], ("b", "a"), ())
    pointer = ("defs", "main", "properties", "b")
    assert node.properties["b"] == nodes.String(
        description="A text.",
        pointer=pointer,
        extension={"as": "str"},
        format="uri",
        min_length=1,
        max_length=99,
        min_graphemes=2,
        max_graphemes=90,
        known_values=("https://example.org",),
    )
    array = node.properties["a"]
    assert isinstance(array, nodes.Array)
    assert array.items.pointer == ("defs", "main", "properties", "a", "items")


def test_absent_and_empty_lists_differ() -> None:
    absent = only(lexicon({"main": {"type": "object"}})).defs["main"]
    empty = only(lexicon({"main": {"type": "object", "required": []}})).defs["main"]
    assert isinstance(absent, nodes.Object)
    assert isinstance(empty, nodes.Object)
    assert (absent.required, absent.properties) == (None, {})
    assert empty.required == ()


def test_endpoints_are_read() -> None:
    body = {"encoding": "application/json", "schema": {"type": "ref", "ref": "#thing"}}
    main = {
        "type": "procedure",
        "parameters": {
            "type": "params",
            "required": ["q"],
            "properties": {"q": {"type": "string"}},
        },
        "input": body,
        "output": {"encoding": "*/*"},
        "errors": [{"name": "Busy", "description": "Try later."}],
    }
    node = only(lexicon({"main": main, "thing": {"type": "object"}})).defs["main"]
    assert isinstance(node, nodes.Procedure)
    assert node.parameters is not None
    assert node.parameters.required == ("q",)
    assert node.input is not None
    assert isinstance(node.input.schema, nodes.Ref)
    assert node.output is not None
    assert (node.output.encoding, node.output.schema) == ("*/*", None)
    assert node.errors is not None
    assert (node.errors[0].name, node.errors[0].description) == ("Busy", "Try later.")


def test_permission_sets_are_read() -> None:
    permission = {"type": "permission", "resource": "rpc", "inheritAud": True, "lxm": ["*"]}
    main = {"type": "permission-set", "title": "All", "permissions": [permission]}
    node = only(lexicon({"main": main})).defs["main"]
    assert isinstance(node, nodes.PermissionSet)
    assert (node.title, node.detail) == ("All", None)
    assert node.permissions[0].attributes == {"inheritAud": True, "lxm": ["*"]}


@pytest.mark.parametrize(
    "kind",
    [
        {"type": "boolean"},
        {"type": "integer"},
        {"type": "string"},
        {"type": "bytes"},
        {"type": "cid-link"},
        {"type": "blob"},
        {"type": "array", "items": {"type": "integer"}},
        {"type": "object", "properties": {}},
        {"type": "token"},
    ],
    ids=lambda kind: kind["type"],
)
def test_types_that_may_have_a_name_have_one(kind: dict[str, Any]) -> None:
    document = only(lexicon({"main": kind, "other": kind}))
    assert list(document.defs) == ["main", "other"]

"""Every lint rule: a document in which it fires, and one nearly the same in which it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from atdata_codegen.rules.lint import lint
from atdata_codegen.rules.registry import LINT, all_rules, can_be_ignored
from atdata_codegen.rules.site import Lexicons
from atdata_schema.lexicon import Finding
from atdata_schema.shared_types import TYPES

Json = dict[str, Any]

NSID = "org.example.photo"


def document(nsid: str = NSID, /, **defs: Json) -> Json:
    """A lexicon with those definitions."""
    return {"lexicon": 1, "id": nsid, "defs": defs}


def named(definition: str, node: Json) -> Json:
    """A lexicon with one definition of any name."""
    return {"lexicon": 1, "id": NSID, "defs": {definition: node}}


def field_named(name: str, node: Json) -> Json:
    """A sample type with one field of any name."""
    return document(main={"type": "object", "description": "One.", "properties": {name: node}})


def sample(required: tuple[str, ...] = (), **properties: Json) -> Json:
    """A sample type with those fields."""
    main: Json = {"type": "object", "description": "One.", "properties": properties}
    return document(main={**main, "required": [*required]} if required else main)


def record(**properties: Json) -> Json:
    """A record with those fields."""
    inner = {"type": "object", "properties": properties}
    return document(main={"type": "record", "key": "tid", "description": "One.", "record": inner})


def query(nsid: str = "org.example.getPhoto", **keys: Any) -> Json:
    """A query with those keys besides its output."""
    main: Json = {"type": "query", "description": "Ask.", "output": {"encoding": "*/*"}}
    return document(nsid, main={**main, **keys})


def permissions(nsid: str = "org.example.authBasic", **keys: Any) -> Json:
    """A permission set with those keys."""
    grant = {"type": "permission", "resource": "repo", "collection": [NSID]}
    main = {"type": "permission-set", "title": "Photos", "permissions": [grant]}
    return document(nsid, main={**main, **keys})


def subscription(
    nsid: str = "org.example.subscribePhotos", refs: tuple[str, ...] = ("#a",)
) -> Json:
    """A subscription that delivers those members."""
    schema = {"type": "union", "refs": [*refs]}
    main: Json = {"type": "subscription", "description": "Hear.", "message": {"schema": schema}}
    return document(nsid, main=main, a={"type": "object", "properties": {}})


def text(**keys: Any) -> Json:
    """A string that is limited."""
    return {"type": "string", "maxLength": 64, **keys}


def array(*shape: Any, dtype: Any = "uint8", **keys: Any) -> Json:
    """An array field."""
    extension = {"dtype": dtype, "shape": [*shape], **keys}
    return {"type": "ref", "ref": "dev.atdata.types#ndarray", "x-atdata": extension}


def shared(name: str, **extension: Any) -> Json:
    """A field of a shared type."""
    field: Json = {"type": "ref", "ref": f"dev.atdata.types#{name}"}
    return {**field, "x-atdata": extension} if extension else field


INTEGER: Json = {"type": "integer"}
LABEL: Json = {"type": "integer", "minimum": 0, "maximum": 1}
CLASSES: Json = {"classes": ["cat", "dog"]}


@dataclass(frozen=True)
class Case:
    """A document in which a rule fires, and where; a document in which it does not; and others beside."""

    fires: Json
    at: tuple[str | int, ...]
    misses: Json
    beside: tuple[Json, ...] = ()


def field(fires: Json, misses: Json, *at: str | int) -> Case:
    """A case of one field of a sample type."""
    return Case(sample(x=fires), ("defs", "main", "properties", "x", *at), sample(x=misses))


MAIN = ("defs", "main")
DEFS = document("org.example.defs", box={"type": "object", "properties": {}})
OTHER = document("org.example.other", box={"type": "object", "properties": {}})
FIELDS = ("defs", "main", "properties")
UNION: Json = {"type": "union", "refs": ["#box"]}

CASES: dict[str, Case] = {
    "def-name-syntax": Case(
        named("a-b", {"type": "token", "description": "A."}),
        ("defs", "a-b"),
        document(aB={"type": "token", "description": "A."}),
    ),
    "field-name-syntax": Case(field_named("a_b", text()), (*FIELDS, "a_b"), sample(ab2=text())),
    "name-case": Case(sample(Label=text()), (*FIELDS, "Label"), sample(label=text())),
    "nsid-name-case": Case(
        document("org.example.Photo", main=sample()["defs"]["main"]), ("id",), sample()
    ),
    "error-name-case": Case(
        query(errors=[{"name": "NotFound"}, {"name": "notFound"}]),
        (*MAIN, "errors", 1, "name"),
        query(errors=[{"name": "NotFound"}]),
    ),
    "generic-name": Case(
        sample(length=INTEGER), (*FIELDS, "length"), sample(lengthInMetres=INTEGER)
    ),
    "renamed-field": Case(field_named("class", text()), (*FIELDS, "class"), sample(kind=text())),
    "defs-main-definition": Case(
        document("org.example.defs", main=sample()["defs"]["main"]), MAIN, DEFS
    ),
    "nsid-is-group": Case(sample(), ("id",), sample(), (document("org.example.photo.tag"),)),
    "record-name-plural": Case(
        document("org.example.photos", main=record()["defs"]["main"]),
        MAIN,
        document("org.example.status", main=record()["defs"]["main"]),
    ),
    "endpoint-name-verb": Case(query("org.example.photo"), MAIN, query("org.example.getPhoto")),
    "subscription-name": Case(
        subscription("org.example.photos"), MAIN, subscription("org.example.subscribePhotos")
    ),
    "permission-set-name": Case(
        permissions("org.example.basic"), MAIN, permissions("org.example.authBasic")
    ),
    "unlimited-string": field({"type": "string"}, {"type": "string", "enum": ["a"]}),
    "unlimited-bytes": field({"type": "bytes"}, {"type": "bytes", "maxLength": 9}),
    "large-string": field(text(maxLength=20481), text(maxLength=20480), "maxLength"),
    "large-bytes": field(
        {"type": "bytes", "maxLength": 20481}, {"type": "bytes", "maxLength": 20480}, "maxLength"
    ),
    "format-and-length": field(
        text(format="did"), {"type": "string", "format": "did"}, "maxLength"
    ),
    "grapheme-byte-ratio": field(
        text(maxGraphemes=10, maxLength=99), text(maxGraphemes=10, maxLength=100), "maxLength"
    ),
    "known-value-case": field(
        text(knownValues=["fine-one", "notFine"]),
        text(knownValues=["fine-one", "org.example.photo#aToken"]),
        "knownValues",
        1,
    ),
    "known-string-local-ref": field(
        text(knownValues=["#a"]), text(knownValues=[f"{NSID}#a"]), "knownValues", 0
    ),
    "closed-enum": field(text(enum=["a"]), text(knownValues=["a"]), "enum"),
    "undescribed-field": Case(
        sample(uri={"type": "string", "format": "at-uri"}),
        (*FIELDS, "uri"),
        sample(uri={"type": "string", "format": "at-uri", "description": "The post."}),
    ),
    "missing-primary-description": Case(
        document(main={"type": "record", "key": "tid", "record": {"type": "object"}}),
        MAIN,
        record(),
    ),
    "missing-main-description": Case(
        document(main={"type": "object", "description": " ", "properties": {}}), MAIN, sample()
    ),
    "undescribed-token": Case(
        document(a={"type": "token"}),
        ("defs", "a"),
        document(a={"type": "token", "description": "A."}),
    ),
    "endpoint-output-undefined": Case(
        document("org.example.getPhoto", main={"type": "query", "description": "Ask."}),
        MAIN,
        query(),
    ),
    "unspecified-encoding": Case(
        query(output={"encoding": ""}),
        (*MAIN, "output", "encoding"),
        query(output={"encoding": "*/*"}),
    ),
    "subscription-no-messages": Case(subscription(refs=()), MAIN, subscription()),
    "permissionset-no-title": Case(permissions(title=""), MAIN, permissions()),
    "permissionset-no-permissions": Case(
        permissions(permissions=[]), (*MAIN, "permissions"), permissions()
    ),
    "handle-in-record": Case(
        record(by={"type": "string", "format": "handle"}),
        (*MAIN, "record", "properties", "by", "format"),
        record(by={"type": "string", "format": "did"}),
    ),
    "unknown-in-record": Case(
        record(extra={"type": "unknown"}),
        (*MAIN, "record", "properties", "extra"),
        sample(extra={"type": "unknown"}),
    ),
    "closed-union": field({**UNION, "closed": True}, {**UNION, "closed": False}, "closed"),
    "array-of-atoms": Case(
        record(tags={"type": "array", "items": text()}),
        (*MAIN, "record", "properties", "tags", "items"),
        sample(tags={"type": "array", "items": text()}),
    ),
    "default-true": field(
        {"type": "boolean", "default": True}, {"type": "boolean", "default": False}, "default"
    ),
    "nullable-and-optional": Case(
        document(
            main={
                "type": "object",
                "description": "One.",
                "properties": {"x": INTEGER},
                "nullable": ["x"],
            }
        ),
        (*MAIN, "nullable", 0),
        document(
            main={
                "type": "object",
                "description": "One.",
                "properties": {"x": INTEGER},
                "required": ["x"],
                "nullable": ["x"],
            }
        ),
    ),
    "unpublishable-size": Case(
        sample(x=text(description="o" * 1_048_576)), (), sample(x=text(description="o" * 1_048_000))
    ),
    "shared-outside-defs": Case(
        sample(x={"type": "ref", "ref": "org.example.other#box"}),
        (*FIELDS, "x", "ref"),
        sample(x={"type": "ref", "ref": "org.example.defs#box"}),
        (DEFS, OTHER),
    ),
    "x-atdata-key": field(array(3, clases=["a"]), array(3), "x-atdata", "clases"),
    "x-atdata-place": field(
        {**text(), "x-atdata": {"classes": ["a"]}},
        {**LABEL, "x-atdata": CLASSES},
        "x-atdata",
        "classes",
    ),
    "x-atdata-value": field(
        array(3, dtype="float31"), array(3, dtype="float32"), "x-atdata", "dtype"
    ),
    "x-atdata-conflict": field(
        {**array(3), "description": "Three.\n@atdata uint8[4]"},
        {**array(3), "description": "Three.\n@atdata uint8[3]"},
        "description",
    ),
    "ndarray-without-dtype": field(shared("ndarray"), shared("ndarray", dtype="*")),
    "dimension-used-once": Case(
        sample(x=array("H", "W")), (*FIELDS, "x"), sample(x=array("H", "W"), y=array("W", "H"))
    ),
    "classes-range": field(
        {"type": "integer", "minimum": 0, "maximum": 2, "x-atdata": CLASSES},
        {**LABEL, "x-atdata": CLASSES},
        "x-atdata",
        "classes",
    ),
    "layout-not-constant": Case(
        sample(("label", "x"), label=text(), x=array(3)),
        (*FIELDS, "label"),
        sample(("x", "label"), label=text(), x=array(3)),
    ),
    "record-size": Case(
        record(image={"type": "bytes", "maxLength": 1 << 20}),
        (*MAIN, "record"),
        record(image={"type": "bytes", "maxLength": 1 << 19}),
    ),
    "float-in-record": Case(
        record(score=shared("float64")),
        (*MAIN, "record", "properties", "score", "ref"),
        sample(score=shared("float64")),
    ),
}


def findings(rule: str, target: Json, beside: tuple[Json, ...] = ()) -> list[Finding]:
    """What one rule finds in a document."""
    documents: dict[str, Mapping[str, object]] = {other["id"]: other for other in (*beside, target)}
    lexicons = Lexicons.of({**documents, "dev.atdata.types": TYPES}, documents)
    return [found for found in lint(target["id"], lexicons) if found.rule == rule]


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(LINT)


@pytest.mark.parametrize("rule", sorted(CASES))
def test_rule_fires_at_its_place(rule: str) -> None:
    case = CASES[rule]
    found = findings(rule, case.fires, case.beside)
    assert [finding.pointer for finding in found] == [case.at]
    assert found[0].severity == LINT[rule].severity
    assert found[0].document == case.fires["id"]


@pytest.mark.parametrize("rule", sorted(set(CASES) - {"nsid-is-group"}))
def test_near_miss_is_silent(rule: str) -> None:
    case = CASES[rule]
    assert findings(rule, case.misses, case.beside) == []


def test_a_document_beside_the_group_is_no_clash() -> None:
    assert findings("nsid-is-group", sample(), (document("org.example.photographs.tag"),)) == []


@pytest.mark.parametrize(
    ("extension", "wrong"),
    [
        ({"dtype": 3}, "dtype"),
        ({"shape": "H, W"}, "shape"),
        ({"shape": ["...", "..."]}, "shape"),
        ({"shape": ["two words"]}, "shape"),
        ({"shape": [-1]}, "shape"),
        ({"shape": [True]}, "shape"),
        ({"shape": [1] * 65}, "shape"),
        ({"finite": 1}, "finite"),
        ({"aliases": list[str]()}, "aliases"),
        ({"aliases": ["a", "a"]}, "aliases"),
        ({"aliases": ["x"]}, "aliases"),
        ({"aliases": [dict[str, str]()]}, "aliases"),
    ],
)
def test_values_of_an_array_extension_are_checked(extension: Json, wrong: str) -> None:
    field = {**shared("ndarray"), "x-atdata": extension}
    found = findings("x-atdata-value", sample(x=field))
    assert len(found) == 1
    assert found[0].pointer[4:6] == ("x-atdata", wrong)


@pytest.mark.parametrize(
    "field",
    [
        shared("image", accept=["image/*", "*/*"]),
        shared("audio", accept=["audio/flac"]),
        shared("float32", finite=True),
        shared("map", values={"type": "string", "maxLength": 3}),
        shared("map", values={"type": "ref", "ref": "dev.atdata.types#float64"}),
        shared("ndarray", dtype="complex64", shape=["...", "C", 3, "*"], finite=False),
        {"type": "string", "format": "datetime", "x-atdata": {"as": "str"}},
        {"type": "integer", "x-atdata": {"dtype": "int32"}},
        {"type": "boolean", "x-atdata": {"aliases": ["old"]}},
    ],
)
def test_what_the_extension_allows_is_silent(field: Json) -> None:
    for rule in ("x-atdata-key", "x-atdata-place", "x-atdata-value", "x-atdata-conflict"):
        assert findings(rule, sample(x=field)) == []


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ({"type": "float"}, ("type",)),
        ({"type": "array"}, ()),
        ({"type": "ref", "ref": "org.example.nowhere"}, ("ref",)),
        ("string", ()),
    ],
)
def test_the_values_of_a_map_are_a_definition(values: Any, at: tuple[str, ...]) -> None:
    found = findings("x-atdata-value", sample(x=shared("map", values=values)))
    assert [finding.pointer for finding in found] == [(*FIELDS, "x", "x-atdata", "values", *at)]


def test_an_unknown_key_comes_with_a_suggestion() -> None:
    found = findings("x-atdata-key", sample(x=array(3, clases=["a"])))
    assert found[0].hint == "did you mean 'classes'?"


def test_the_portable_line_is_judged_like_the_key() -> None:
    field = {**shared("ndarray"), "description": "Pixels.\n@atdata float31[H, W]"}
    assert findings("x-atdata-value", sample(x=field))[0].pointer[-1] == "description"
    assert findings("ndarray-without-dtype", sample(x=field)) == []


def test_every_rule_is_explained() -> None:
    for name, about in all_rules().items():
        assert about.summary.endswith("."), name
        assert len(about.explanation) > 40, name


def test_errors_of_the_language_cannot_be_ignored() -> None:
    assert not can_be_ignored("unresolved-ref")
    assert can_be_ignored("inline-object")
    assert can_be_ignored("unlimited-string")
    assert not can_be_ignored("no-such-rule")


@pytest.mark.parametrize("value", [None, 1, "text", [], {}, [[]], {"type": 1}, {"type": []}])
@pytest.mark.parametrize("key", ["defs", "properties", "required", "x-atdata", "errors", "items"])
def test_no_rule_falls_over_json_of_the_wrong_kind(key: str, value: Any) -> None:
    node = {"type": "object", "properties": {"x": {"type": "array", key: value}}, key: value}
    target: Json = {
        "lexicon": 1,
        "id": NSID,
        "defs": {"main": node, "q": {"type": "query", key: value}},
    }
    if key == "defs":
        target["defs"] = value
    lexicons = Lexicons.of({NSID: target}, [NSID])
    assert all(isinstance(found, Finding) for found in lint(NSID, lexicons))

"""JSON Schema: what is written in two dialects, what is read of others, and that one leads back to the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_schema.errors import InvalidSyntax, JsonSchemaError
from atdata_schema.jsonschema import DRAFT_07, DRAFT_2020_12, from_json_schema, to_json_schema
from atdata_schema.lexicon import Catalog
from atdata_schema.model import (
    FieldModel,
    ListType,
    MapType,
    Model,
    ObjectType,
    RefType,
    TextType,
    Type,
    UnionType,
    UnknownType,
)
from atdata_schema.schema import Schema
from record_data import parts
from type_strategies import Universe, universes

NAME = "org.example.read"
NDARRAY = "https://alt.science/schemas/atdata-ndarray-bytes/1.0.0#/$defs/ndarray"


def read(properties: dict[str, Any], *required: str, **more: Any) -> Schema:
    return from_json_schema(
        {"type": "object", "properties": properties, "required": list(required), **more}, NAME
    )


def type_of(node: dict[str, Any], **more: Any) -> str:
    """The notation of a field of this schema."""
    return str(read({"f": node}, "f", **more).model.main.fields[0].type)


def refused(body: object) -> str:
    with pytest.raises(JsonSchemaError) as caught:
        from_json_schema(body, NAME)
    return str(caught.value)


def model_of(universe: Universe) -> Model:
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    return catalog.model(universe.main)


def targets(kind: Type) -> Iterator[str]:
    match kind:
        case RefType():
            yield kind.target
        case ListType():
            yield from targets(kind.items)
        case MapType():
            yield from targets(kind.values)
        case _:
            pass


def as_said(model: Model) -> list[ObjectType]:
    """A model as draft 7 says it: objects by the order in which they are met, unions as any map."""
    names = {model.main.ref: "object 0"}
    found: list[ObjectType] = []
    pending = [model.main]
    while pending:
        item = pending.pop(0)
        fields = [replace(field, type=without_unions(field.type)) for field in item.fields]
        for field in fields:
            for target in targets(field.type):
                if target not in names:
                    names[target] = f"object {len(names)}"
                    pending.append(model.object(target))
        renamed = tuple(replace(field, type=under(names, field.type)) for field in fields)
        found.append(ObjectType(names[item.ref], renamed))
    return found


def without_unions(kind: Type) -> Type:
    match kind:
        case UnionType():
            return UnknownType()
        case ListType():
            return replace(kind, items=without_unions(kind.items))
        case MapType():
            return MapType(without_unions(kind.values))
        case _:
            return kind


def under(names: dict[str, str], kind: Type) -> Type:
    match kind:
        case RefType():
            return RefType(names[kind.target])
        case ListType():
            return replace(kind, items=under(names, kind.items))
        case MapType():
            return MapType(under(names, kind.values))
        case _:
            return kind


@given(universes())
def test_what_is_written_in_draft_7_reads_back_as_an_equal_type(universe: Universe) -> None:
    model = model_of(universe)
    body = json.loads(json.dumps(to_json_schema(model)))
    assert as_said(from_json_schema(body, NAME).model) == as_said(model)


@given(universes())
def test_no_schema_for_a_record_has_what_a_record_cannot_hold(universe: Universe) -> None:
    def keys(value: Any) -> Iterator[str]:
        for step, item in parts(value):
            if isinstance(step, str):
                yield step
            yield from keys(item)

    body = to_json_schema(model_of(universe), DRAFT_07)
    assert {key for key in keys(body) if key.startswith("$")} <= {"$schema", "$ref"}


@given(universes())
def test_the_present_dialect_refers_to_nothing_elsewhere(universe: Universe) -> None:
    body = to_json_schema(model_of(universe), DRAFT_2020_12)
    text = json.dumps(body)
    assert body["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for reference in text.split('"$ref": "')[1:]:
        target = reference.partition('"')[0]
        assert target == "#" or target.removeprefix("#/$defs/") in body["$defs"]


def test_a_description_is_a_description() -> None:
    label = FieldModel("label", TextType(), required=True, description="Which one.")
    body = to_json_schema(Model("a.b.c", (ObjectType("a.b.c", (label,), description="A note."),)))
    assert body["description"] == "A note."
    assert body["properties"] == {"label": {"type": "string", "description": "Which one."}}
    main = from_json_schema(body, NAME).model.main
    assert (main.description, main.fields[0].description) == ("A note.", "Which one.")


@pytest.mark.parametrize(
    ("node", "notation"),
    [
        # What the earlier release writes.
        ({"$ref": NDARRAY}, "*[...]"),
        ({"type": "string"}, "string"),
        ({"type": "integer"}, "integer"),
        ({"type": "number"}, "float64"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "string", "format": "byte", "contentEncoding": "base64"}, "bytes"),
        ({"type": "array", "items": {"type": "string"}}, "list[string]"),
        ({"type": "array", "items": {"type": "array", "items": {"$ref": NDARRAY}}}, "list[list[*[...]]]"),
        # What its readers take.
        ({"$ref": NDARRAY.replace("1.0.0", "1.1.0"), "dtype": "float32", "shape": [None, 64],
          "dimensionNames": ["batch", "features"]}, "float32[*, 64]"),
        ({"$ref": "https://json-schema.alt.science/atdata-ndarray-bytes/1.1.0.json"}, "*[...]"),
        ({"$ref": "https://alt.science/schemas/atdata-sparse-bytes/1.0.0#/$defs/sparse"}, "bytes"),
        ({"$ref": "https://alt.science/schemas/atdata-safetensors/1.0.0#/$defs/safetensors"}, "bytes"),
        ({"$ref": "https://alt.science/schemas/atdata-dataframe/1.0.0#/$defs/dataframe"}, "bytes"),
        # What else draft 7 says.
        ({"type": "integer", "exclusiveMinimum": 0, "maximum": 9}, "integer(minimum 1, maximum 9)"),
        ({"type": "string", "minLength": 1, "maxLength": 9}, "string(minLength 1, maxGraphemes 9)"),
        ({"type": "string", "format": "date-time"}, "datetime"),
        ({"type": "string", "format": "email", "pattern": ".*"}, "string"),
        ({"type": "object"}, "unknown"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map[integer]"),
        ({"type": "object", "properties": {"x": {"type": "integer"}}}, f"{NAME}#f"),
        ({"$ref": "#"}, NAME),
    ],
)  # fmt: skip
def test_what_others_write_is_read(node: dict[str, Any], notation: str) -> None:
    assert type_of(node) == notation


def test_definitions_are_followed_inside_the_schema() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/definitions/the%20tree"}}}
    word = {"type": "string", "maxLength": 5}
    schema = read(
        {"root": {"$ref": "#/definitions/the%20tree"}, "word": {"$ref": "#/$defs/word"}},
        definitions={"the tree": tree},
        **{"$defs": {"word": word}},
    )
    assert str(schema.model.object(f"{NAME}#theTree").fields[0]) == f"left?: {NAME}#theTree"
    assert str(schema.model.main.fields[1]) == "word?: string(maxGraphemes 5)"


@pytest.mark.parametrize(
    "node",
    [
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"type": "string"}]},
    ],
)
def test_null_beside_one_type_is_read(node: dict[str, Any]) -> None:
    assert str(read({"f": node}, "f").model.main.fields[0]) == "f: string or null"


def test_order_of_fields_is_that_of_required() -> None:
    fields = read({"a": {"type": "string"}, "b": {"type": "string"}}, "b", "a").model.main.fields
    assert [field.name for field in fields] == ["b", "a"]


def test_names_that_are_no_identifiers_stay_names() -> None:
    names = ["class", "import os; os.system('x')", "größe", "a b", "__class__"]
    model = read({name: {"type": "object", "properties": {}} for name in names}, *names).model
    assert [field.name for field in model.main.fields] == names
    assert all(item.ref.partition("#")[2].isalnum() for item in model.objects[1:])


def test_a_description_cannot_change_a_type() -> None:
    node = {"type": "integer", "description": 'Count.\n@atdata classes=["a"]\n@atdata dtype="int8"'}
    field = read({"f": node}).model.main.fields[0]
    assert (str(field.type), field.description) == ("integer", "Count.")


def deep(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        node = {"type": "array", "items": node}
    return {"type": "object", "properties": {"f": node}}


def bomb() -> dict[str, Any]:
    """Two to the twenty-seventh schemas, from some kilobytes."""

    def eight(name: str) -> dict[str, Any]:
        inner = {letter: {"$ref": f"#/definitions/{name}"} for letter in "abcdefgh"}
        return {"type": "array", "items": {"type": "object", "properties": inner}}

    names = {f"d{n}": eight(f"d{n + 1}") for n in range(8)}
    return {"properties": {"f": eight("d0")}, "definitions": {**names, "d8": {"type": "string"}}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "a schema is an object, not a list"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, "draft 7 is"),
        ({"type": "array"}, "type: a sample is an object"),
        ({"properties": []}, "properties: this is an object, not a list"),
        ({"properties": {"f": True}}, "properties.f: a schema is an object, not a bool"),
        ({"properties": {"f": {}}}, "properties.f: its type is none, or several"),
        ({"properties": {"f": {"type": "null"}}}, "its type is 'null'"),
        ({"properties": {"f": {"type": ["string", "integer"]}}}, "none, or several"),
        ({"properties": {"f": {"allOf": []}}}, "properties.f: allOf is not read"),
        ({"properties": {"f": {"anyOf": [{"type": "string"}]}}}, "one schema, or one and null"),
        ({"properties": {"f": {"type": "array"}}}, "properties.f.items: a list says what"),
        ({"properties": {"f": {"type": "integer", "minimum": 1 << 63}}}, "at most 64 bits"),
        ({"properties": {"f": {"type": "integer", "minimum": True}}}, "an integer, not a bool"),
        ({"properties": {"f": {"type": "string", "enum": ["a", 1]}}}, "enum[1]: these are texts"),
        ({"properties": {"f": {"type": "integer", "minimum": 2, "maximum": 1}}}, "no lexicon"),
        ({"properties": {"f": {"$ref": "file:///etc/passwd"}}}, "neither in this schema nor"),
        ({"properties": {"f": {"$ref": "file:///ndarray"}}}, "neither in this schema nor"),
        ({"properties": {"f": {"$ref": "#/definitions/no"}}}, "there is no 'no' under definitions"),
        ({"properties": {"f": {"$ref": NDARRAY, "dtype": "object"}}}, "no element type"),
        ({"properties": {"f": {"$ref": NDARRAY, "shape": [-1]}}}, "shape[0]: the size of a dim"),
        ({"properties": {"f": {"$ref": NDARRAY, "shape": [1] * 65}}}, "at most 64 dimensions"),
        ({"properties": {"f": {"type": "string", "x-atdata": {"run": "me"}}}}, "'run' is not known"),
        ({"properties": {"f": {"type": "string", "x-atdata": {"finite": True}}}}, "says nothing"),
        ({"properties": {"$type": {"type": "string"}}}, "cannot be the name of a property"),
        ({"properties": {"a\x1b[2J": {"type": "string"}}}, r"'a\x1b[2J' cannot be the name"),
        ({"properties": {"": {"type": "string"}}}, "cannot be the name of a property"),
        ({"properties": {"x" * 300: {"type": "string"}}}, "cannot be the name of a property"),
        ({"properties": {}, "required": ["f"]}, "required[0]: 'f' is no property"),
        (deep(40), "nested more than 32 deep"),
        (bomb(), "more than 20000 schemas"),
        ({"properties": {"f": {"$ref": "#/definitions/a"}},
          "definitions": {"a": {"type": "array", "items": {"$ref": "#/definitions/a"}}}}, "32 deep"),
    ],
)  # fmt: skip
def test_what_is_no_sample_type_is_refused(body: object, said: str) -> None:
    assert said in refused(body)


def test_the_name_of_the_lexicon_is_an_nsid() -> None:
    with pytest.raises(InvalidSyntax):
        from_json_schema({"properties": {}}, "no")


_WORDS = st.sampled_from(
    [
        *("type", "properties", "required", "items", "$ref", "anyOf", "enum", "const", "default"),
        *("format", "minimum", "maxLength", "x-atdata", "description", "definitions", "shape"),
        *("dtype", "additionalProperties", "contentEncoding", "a", "$schema", "aliases", "classes"),
    ]
)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["object", "string", "integer", "array", "number", "boolean", "null", "byte"]),
    st.sampled_from(["#", "#/definitions/a", NDARRAY, "base64", "date-time", "uint8", "blob"]),
)
_BODIES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=5)
)


@given(_BODIES, st.dictionaries(_WORDS, _BODIES))
def test_whatever_is_given_nothing_else_is_raised(body: Any, properties: Any) -> None:
    for given_body in (body, {"properties": properties, "definitions": {"a": body}}):
        try:
            schema = from_json_schema(given_body, NAME)
        except JsonSchemaError:
            continue
        assert Schema.from_json(schema.to_json()) == schema

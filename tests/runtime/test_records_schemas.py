"""Records of sample types, labels and lenses: those of every writer are read, and ours lead back to what they were made of."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

import atdata
from atdata.atmosphere.records.collections import new_tid, record_cid, schema_rkey
from atdata.atmosphere.records.label import PublishedLabel, label_from_record, label_to_record
from atdata.atmosphere.records.lens import (
    CodePlace,
    code_lens_from_record,
    lens_from_record,
    lens_to_record,
)
from atdata.atmosphere.records.schema import (
    PublishedSchema,
    schema_from_record,
    schema_to_record,
)
from atdata.errors import RecordError
from atdata.sample_type import schema_of
from atdata.samples.build import sample_class
from atdata_schema.jsonschema import from_json_schema
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema
from atdata_schema.syntax import is_valid
from record_data import CREATED, DID, changed, parts, record
from type_strategies import Universe, universes

WHERE = f"at://{DID}/science.alt.dataset.schema/3kabc2defgh2a"
LABEL = f"at://{DID}/science.alt.dataset.label/3kabc2defgh2a"
ENTRY = f"at://{DID}/science.alt.dataset.entry/3kabc2defgh2c"


@atdata.packable(nsid="org.example.boxed")
class Boxed:
    """An image with its boxes."""

    image: Annotated[NDArray[np.uint8], atdata.Shape("H", "W", 3)]
    label: str
    score: float | None = None


_schema = schema_of(Boxed)
assert _schema is not None
BOXED: Schema = _schema


def published(schema: Schema, **more: Any) -> PublishedSchema:
    known: dict[str, Any] = {"name": "Boxed", "version": "1.0.0", "created": CREATED, **more}
    return PublishedSchema(schema=schema, **known)


def refused(value: Any) -> str:
    with pytest.raises(RecordError) as caught:
        schema_from_record(value, WHERE)
    text = str(caught.value)
    assert text.startswith(f"{WHERE}: ")
    return text.removeprefix(f"{WHERE}: ")


@pytest.mark.parametrize("name", ["schema.release", "schema.published"])
def test_both_places_of_a_json_schema_say_the_same(name: str) -> None:
    found = schema_from_record(record(name), WHERE)
    assert str(found.schema.model) == (
        "local.plc.ewvi7nxzyoun6zhxrhs64oiz.imageSample\n"
        "  image: *[...]\n"
        "  label: string\n"
        "  score?: float64"
    )
    assert (found.name, found.version) == ("ImageSample", "1.0.0")


def test_what_the_earlier_release_says_beside_it() -> None:
    found = schema_from_record(record("schema.release"), WHERE)
    assert (found.description, found.license, found.tags) == ("One photograph.", "MIT", ("image",))


def test_the_body_inside_a_body() -> None:
    """A form that readers of the earlier release take."""
    value = record("schema.published")
    value["schema"]["schemaBody"] = value["schema"].pop("content")
    assert schema_from_record(value, WHERE) == schema_from_record(record("schema.published"), WHERE)


def test_the_lexicon_is_read_first() -> None:
    found = schema_from_record(record("schema.own"), WHERE)
    assert found.schema.id == "org.example.imageSample"
    assert str(found.schema.model.main.fields[0]) == "image: uint8[H, W, 3]"


@pytest.mark.parametrize(
    ("steps", "to", "said"),
    [
        (("lexicon", "cid"), "bafyreih7f2i7u6hhzo5xbbdlzo2vlx7b3tk5cgxpkgxyvjrffjr4qsvsya", "its documents give"),
        (("lexicon", "id"), "org.example.other", "lexicon: the lexicon 'org.example.other'"),
        (("lexicon", "documents"), {}, "lexicon:"),
        (("lexicon", "documents", "dev.atdata.types"), ..., "'dev.atdata.types', which"),
        (("lexicon", "documents", "org.example.imageSample", "id"), "org.example.other", "no document under"),
        (("lexicon",), "x", "lexicon:"),
        (("lexicon",), {}, "lexicon: a stored schema has id, cid and documents"),
        (("schemaType",), 7, "schemaType:"),
        (("version",), "1", "version: '1' is no version"),
        (("name",), "a/b", "name: 'a/b' is no name"),
        (("atdataSchemaVersion",), 2, "atdataSchemaVersion: records of the form 1 are read"),
    ],
)  # fmt: skip
def test_a_wrong_record_of_ours_is_refused(steps: tuple[str, ...], to: Any, said: str) -> None:
    assert said in refused(changed(record("schema.own"), *steps, to=to))


@pytest.mark.parametrize(
    ("steps", "to", "said"),
    [
        (("schema", "$type"), "org.evil.format", "'org.evil.format' is not read"),
        (("schema", "draft"), "draft-04", "schema.draft:"),
        (("schema", "content"), ..., "neither content nor properties"),
        (("schema", "content", "properties", "image", "$ref"), "file:///etc/passwd", "schema.content.properties.image"),
        (("schema", "content", "properties", "label"), {"type": "string\x1b[2J"}, r"'string\x1b[2J'"),
        (("schema", "content", "properties"), {"a\x1b[2J": {"type": "string"}}, r"'a\x1b[2J' cannot be the name"),
        (("schema", "content", "properties", "score"), {"type": "number", "minimum": 0.5}, "0.5 is a float"),
        (("$atdataSchemaVersion",), 2, "records of the form 1 are read"),
    ],
)  # fmt: skip
def test_a_wrong_record_of_others_is_refused(steps: tuple[str, ...], to: Any, said: str) -> None:
    assert said in refused(changed(record("schema.published"), *steps, to=to))


def test_names_of_types_never_become_code() -> None:
    """Whatever a record is called and its fields are called: a module that holds its class is data alone."""
    value = record("schema.published")
    value["name"] = "X(object)'; import os; os.system('x') #"
    value["schema"]["content"]["properties"] = {
        "class": {"type": "string"},
        '"""; import os': {"type": "string", "description": '"""; import os; os.abort()'},
        "__init__": {"type": "integer"},
    }
    value["schema"]["content"]["required"] = ["class"]
    schema = schema_from_record(value, WHERE).schema
    assert schema.id == "local.plc.ewvi7nxzyoun6zhxrhs64oiz.xObjectImportOsOsSystemX"
    cls: Any = sample_class(schema)
    sample = cls.decode(cls(class_="a").encode())
    assert sample.class_ == "a"


@pytest.mark.parametrize(
    ("where", "nsid"),
    [
        (WHERE, "local.plc.ewvi7nxzyoun6zhxrhs64oiz.imageSample"),
        ("at://did:web:lab.example.org/a.b.c/x", "local.web.org.example.lab.imageSample"),
        ("at://alice.example.org/a.b.c/x", "local.published.imageSample"),
        ("a record", "local.published.imageSample"),
        ("at://did:web:localhost%3A2583/a.b.c/x", "local.published.imageSample"),
    ],
)
def test_types_without_a_name_are_named_after_their_record(where: str, nsid: str) -> None:
    assert schema_from_record(record("schema.release"), where).schema.id == nsid


def test_ours_lead_back_to_what_they_were_made_of() -> None:
    given = published(BOXED, description="An image.", license="MIT", tags=("image", "größe"))
    value = json.loads(json.dumps(schema_to_record(given)))
    assert schema_from_record(value, WHERE) == given
    assert value["lexicon"]["cid"] == given.schema.cid


def test_ours_are_read_by_those_who_know_json_schema_alone() -> None:
    """In either place, and with what the earlier release looks for: kinds, element types, what is required."""
    value = schema_to_record(published(BOXED))
    body, content = value["schema"], value["schema"]["content"]
    assert body["properties"] == content["properties"]
    assert body["required"] == content["required"] == ["image", "label"]
    assert body["$schema"] == content["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert body["arrayFormatVersions"] == {"ndarrayBytes": "1.0.0"}
    image = body["properties"]["image"]
    assert (image["dtype"], image["shape"]) == ("uint8", [None, None, 3])
    assert "ndarray" in image["$ref"]
    kinds = {name: node.get("type") for name, node in body["properties"].items()}
    assert kinds == {"image": None, "label": "string", "score": "number"}
    for place in ({**value, "lexicon": ...}, changed(value, "schema", "content")):
        without = {key: item for key, item in place.items() if key != "lexicon"}
        fields = schema_from_record(without, WHERE).schema.model.main.fields
        assert fields == BOXED.model.main.fields


def integers(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    for _, item in parts(value):
        yield from integers(item)


@given(universes())
def test_any_type_comes_back(universe: Universe) -> None:
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    schema = Schema.of(catalog, universe.main)
    if any(abs(number) >= 2**53 for number in integers(schema.documents)):
        with pytest.raises(RecordError, match="too large"):
            schema_to_record(published(schema))
        return
    value = schema_to_record(published(schema))
    assert schema_from_record(value, WHERE).schema == schema
    del value["lexicon"]
    assert len(schema_from_record(value, WHERE).schema.model.main.fields) == len(
        schema.model.main.fields
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (published(from_json_schema({"properties": {}}, "local.packable.note")), "a name of this machine alone"),
        (published(BOXED, version="1.0.0+build"), "without '+'"),
        (published(BOXED, version="one"), "no version"),
        (published(BOXED, name="../x"), "no name"),
        (published(BOXED, name="x" * 101), "name:"),
        (published(BOXED, created="now"), "createdAt:"),
        (published(BOXED, tags=("x" * 151,)), "metadata.tags"),
        (published(from_json_schema({"properties": {"a": {"type": "string", "description": "x" * 2**20}}}, "a.b.c")), "1048576 bytes"),
        (published(from_json_schema({"properties": {"a": {"type": "integer", "maximum": 2**53}}}, "a.b.c")), "too large"),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_told(given: PublishedSchema, said: str) -> None:
    with pytest.raises(RecordError) as caught:
        schema_to_record(given)
    assert said in str(caught.value)


def test_labels() -> None:
    found = label_from_record(record("label.own"), LABEL)
    assert found == PublishedLabel(
        "mnist", ENTRY, "2026-02-26T00:00:00+00:00", "1.0.0", "As first written."
    )
    assert label_from_record(label_to_record(found), LABEL) == found
    bare = PublishedLabel("mnist", ENTRY, CREATED)
    assert label_to_record(bare).keys() == {"$type", "name", "datasetUri", "createdAt"}
    with pytest.raises(RecordError, match="give the DID"):
        label_to_record(replace(bare, dataset_uri="at://a.example.com/science.alt.dataset.entry/x"))
    with pytest.raises(RecordError, match="datasetUri: .* is no record of science"):
        label_from_record({**record("label.own"), "datasetUri": WHERE}, LABEL)


def test_lenses_that_name_code_are_shown() -> None:
    found = code_lens_from_record(record("lens.release"), LABEL)
    place = CodePlace(
        "https://example.org/lenses", "f" * 40, "lenses.images:to_grey", "main", "python"
    )
    assert (found.name, found.getter, found.putter) == ("grey", place, place)
    with pytest.raises(RecordError, match=r"getterCode\.path: .* cannot be shown"):
        code_lens_from_record(
            changed(record("lens.release"), "getterCode", "path", to="\x1b[2J"), LABEL
        )


def test_lenses_that_are_data_are_held_against_their_lexicon() -> None:
    assert lens_from_record(record("lens.own"), LABEL) == record("lens.own")
    plain = {key: item for key, item in record("lens.own").items() if key != "$type"}
    assert lens_to_record(plain) == record("lens.own")
    assert lens_to_record(plain, CREATED)["createdAt"] == CREATED
    run = {"$type": "dev.atdata.lens#python", "code": "import os"}
    with pytest.raises(RecordError, match=r"clauses\[0\]\.\['\$type'\]|clauses\[0\]"):
        lens_from_record(changed(record("lens.own"), "clauses", 0, to=run), LABEL)


def test_keys_of_schemas() -> None:
    assert schema_rkey("org.example.digit", "1.0.0") == "org.example.digit:1.0.0"
    assert schema_rkey("org.example.digit#main", "1.0.0") == "org.example.digit:1.0.0"
    for id, version in (("digit", "1.0.0"), ("a.b.c", "1.0.0+x"), ("a.b." + "c" * 63, "1"), ("a.b.c#" + "d" * 600, "1.0.0")):  # fmt: skip
        with pytest.raises(RecordError):
            schema_rkey(id, version)


def test_record_keys_of_the_moment_are_ordered_and_legal() -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend([new_tid() for _ in range(500)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000
    assert all(is_valid("tid", key) for key in made)
    own = [new_tid() for _ in range(100)]
    assert own == sorted(own)
    assert min(own) > max(made)


def test_the_cid_of_a_record_is_that_of_its_values() -> None:
    value = record("entry.release")
    assert record_cid(value) == record_cid(json.loads(json.dumps(value)))
    with pytest.raises(RecordError, match="is a float"):
        record_cid({"a": 0.5})

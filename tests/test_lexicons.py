"""The lexicons that ship: legal, described, and with the interface that the collections' owners publish."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from atdata_lexicons import LEXICONS
from atdata_schema.errors import ValidationError
from atdata_schema.lexicon import Catalog
from atdata_schema.shared_types import TYPES

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "tests" / "data" / "records"
FOLDERS = ("lexicons", "examples/lexicons")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.json"))
TIDS = {"science.alt.dataset.schema": "org.example.imageSample:1.0.0"}

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

# Where ours differ from what is stated: the release knew no limit, or required what the other form lacks.
DIFFERENT = {
    "release": {
        "science.alt.dataset.resolveLabel /main/output/schema/properties/label",
        "science.alt.dataset.schema /jsonSchemaFormat/properties/type",
        "science.alt.dataset.schema /jsonSchemaFormat/properties/properties",
    },
    "published": {
        "science.alt.dataset.schema /jsonSchemaFormat/properties/draft",
        "science.alt.dataset.schema /jsonSchemaFormat/properties/content",
    },
}


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    catalog = Catalog.read(ROOT / "lexicons")
    for path in (ROOT / "examples" / "lexicons").rglob("*.json"):
        catalog.add(load(path))
    return catalog


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """Every JSON object inside `value`, itself included."""
    children: list[Json] = []
    if isinstance(value, dict):
        yield value
        children = list(value.values())
    elif isinstance(value, list):
        children = value
    for child in children:
        yield from objects(child)


def test_nothing_is_wrong_with_any_of_them(catalog: Catalog) -> None:
    assert catalog.check() == []
    assert len(catalog) == len(DOCUMENTS)


def test_the_shared_types_in_the_kernel_are_those_of_the_file() -> None:
    assert load(ROOT / "lexicons" / "dev" / "atdata" / "types.json") == TYPES


@pytest.mark.parametrize(
    ("nsid", "fields"),
    [
        ("org.example.imageSample", ["image: float32[H, W, 3]", "confidence: float64"]),
        ("org.example.digit", ["image: uint8[8, 8]", "label: integer(minimum 0, maximum 9"]),
        ("org.example.photograph", ["image: uint8[H, W, 3]", "name: string(maxLength 255)"]),
    ],
)
def test_the_examples_mean_what_the_documentation_says(
    catalog: Catalog, nsid: str, fields: list[str]
) -> None:
    contract = str(catalog.model(nsid))
    assert [field for field in fields if field not in contract] == []


def test_all_that_the_collections_need_is_there() -> None:
    names = {load(path)["id"] for path in DOCUMENTS}
    assert {"dev.atdata.types", "dev.atdata.defs", "dev.atdata.storageIndex"} <= names
    assert len([name for name in names if name.startswith("science.alt.dataset.")]) == 15


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_stands_where_its_nsid_says(path: Path) -> None:
    nsid = load(path)["id"]
    assert path.as_posix().endswith("lexicons/" + nsid.replace(".", "/") + ".json")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_can_be_published(path: Path) -> None:
    """A float, or a property that begins with `$`, makes a repository refuse the document."""
    json.loads(path.read_text("utf-8"), parse_float=pytest.fail)
    keys = [key for node in objects(load(path)) for key in node]
    assert [key for key in keys if key.startswith("$")] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_definition_and_property_says_what_it_is(path: Path) -> None:
    document = load(path)
    assert document["description"]
    for name, definition in document["defs"].items():
        assert definition.get("description"), name
    items = [id(node["items"]) for node in objects(document) if "items" in node]
    for node in objects(document):
        if isinstance(node.get("type"), str) and id(node) not in items:
            assert node.get("description") or is_part(node), node


def is_part(node: dict[str, Json]) -> bool:
    """A parameter list or the body of a record: what they belong to is described."""
    return node["type"] == "params" or "required" in node


def at(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        document = document[part]
    return document


def facts(name: str) -> list[str]:
    lines = (RECORDS / f"{name}.txt").read_text("utf-8").splitlines()
    assert len(lines) > 100
    return lines


@pytest.mark.parametrize("name", ["release", "published"])
def test_ours_have_the_interface_that_others_write_by(name: str) -> None:
    """Every stated fact holds, but for those listed, and each of those does differ."""
    differing = {where for where, kept in map(kept_by_ours, facts(name)) if not kept}
    assert differing == DIFFERENT[name]


def kept_by_ours(fact: str) -> tuple[str, bool]:
    nsid, pointer, stated = fact.split(" ", 2)
    required = stated.endswith(" required")
    expected = json.loads(stated.removesuffix(" required"))
    path = ROOT / "lexicons" / (nsid.replace(".", "/") + ".json")
    defs = load(path)["defs"]
    where = f"{nsid} {pointer}"
    ours = at(defs, pointer)
    if "error" in expected:
        return where, expected["error"] in [error["name"] for error in ours["errors"]]
    parent, _, field = pointer.rpartition("/properties/")
    names: list[str] = at(defs, parent).get("required", []) if parent else []
    return where, contains(ours, expected) and (not parent or (field in names) == required)


def contains(ours: Any, stated: Json) -> bool:
    """Ours say at least what is stated; a union may list more, since it is open."""
    if isinstance(stated, dict):
        return all(key in ours and contains(ours[key], value) for key, value in stated.items())
    if isinstance(stated, list) and "." in str(stated):
        return all(item in ours for item in stated)
    return bool(ours == stated)


RECORD_FILES = sorted(RECORDS.glob("*.json"))


@pytest.mark.parametrize("path", RECORD_FILES, ids=lambda path: path.stem)
def test_records_of_every_writer_are_valid(catalog: Catalog, path: Path) -> None:
    record = load(path)
    catalog.validate(record["$type"], record, key=TIDS.get(record["$type"], "3kabc2defgh2a"))


# Keys that no lexicon declares; whoever needs them reads the record itself.
UNDECLARED = {
    "lens.release": {"/metadata/author"},
    "schema.own": {"/schema/$schema"},
    "schema.published": {"/$atdataSchemaVersion"},
    "schema.release": {"/schema/$schema"},
}


@pytest.mark.parametrize("path", RECORD_FILES, ids=lambda path: path.stem)
def test_compiled_classes_read_and_write_records_of_every_writer(path: Path) -> None:
    """All that is declared survives, to the byte; and only what is not is lost."""
    record = load(path)
    nsid: str = record["$type"]
    name = nsid.rpartition(".")[2]
    cls = getattr(import_module(LEXICONS[nsid]), name[0].upper() + name[1:])
    assert set(differing(record, cls.from_record(record).to_record())) == UNDECLARED.get(
        path.stem, set()
    )


def differing(before: Json, after: Json, at: str = "") -> Iterator[str]:
    """JSON pointers to what is not the same in both."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from (f"{at}/{key}" for key in before.keys() ^ after.keys())
        for key in before.keys() & after.keys():
            yield from differing(before[key], after[key], f"{at}/{key}")
    elif before != after:
        yield at


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        ("entry.own", {"createdAt": "yesterday"}, "createdAt"),
        ("entry.own", {"name": "x" * 201}, "name"),
        ("entry.own", {"schemaRef": "https://example.org"}, "schemaRef"),
        ("entry.own", {"metadata": {"split": "train"}}, "metadata"),
        ("entry.own", {"atdata": {"schema": {"uri": "at://x"}, "splits": []}}, "atdata"),
        ("entry.own", {"size": {"samples": -1}}, "size"),
        ("schema.own", {"lexicon": "org.example.imageSample"}, "lexicon"),
        ("schema.own", {"version": "1" * 101}, "version"),
        ("label.own", {"datasetUri": "mnist"}, "datasetUri"),
    ],
)
def test_a_wrong_record_is_refused_with_the_field(
    catalog: Catalog, name: str, change: dict[str, Any], field: str
) -> None:
    record = load(RECORDS / f"{name}.json") | change
    with pytest.raises(ValidationError, match=field):
        catalog.validate(record["$type"], record)


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ("ndarray", {"dtype": "uint8", "shape": [2], "data": {"$bytes": "AAE"}}),
        ("ndarray", {"dtype": "complex64", "shape": [], "data": {"$bytes": "AAAAAAAAAAA"}}),
        ("float64", "-0.0"),
        ("float32", "nan"),
        ("map", {"colour": "red"}),
        ("image", {"mimeType": "image/png", "data": {"$bytes": "iVBORw"}}),
        ("audio", {"mimeType": "audio/flac", "data": {"$bytes": "ZkxhQw"}}),
    ],
)
def test_field_types_take_their_record_form(catalog: Catalog, definition: str, value: Any) -> None:
    catalog.validate(f"dev.atdata.types#{definition}", value)


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ("ndarray", {"dtype": "uint8", "shape": [-1], "data": {"$bytes": "AAE"}}),
        ("ndarray", {"dtype": "uint8", "data": {"$bytes": "AAE"}}),
        ("float64", 1),
        ("float32", "1" * 33),
        ("map", []),
        ("image", {"mimeType": "image/png"}),
    ],
)
def test_field_types_refuse_anything_else(catalog: Catalog, definition: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        catalog.validate(f"dev.atdata.types#{definition}", value)

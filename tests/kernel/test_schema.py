"""Schemas: documents, closures, CIDs, stored forms."""

from __future__ import annotations

import hashlib
import json
import pickle
from base64 import b32encode
from typing import Any, cast

import pytest

from atdata_schema import shared_types
from atdata_schema.errors import AtdataError, LexiconError
from atdata_schema.lexicon import Catalog
from atdata_schema.references import closure, references
from atdata_schema.schema import TYPES, Lexicon, Schema, document_cid

POINT: dict[str, Any] = {
    "lexicon": 1,
    "id": "org.example.point",
    "defs": {"main": {"type": "object", "properties": {"x": {"type": "integer"}}}},
}


def ref(target: str, **extension: object) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "ref", "ref": target}
    return {**node, "x-atdata": extension} if extension else node


def document(nsid: str, **properties: object) -> dict[str, Any]:
    main = {"type": "object", "properties": properties}
    return {"lexicon": 1, "id": nsid, "defs": {"main": main}}


def cbor(value: Any) -> bytes:
    """DAG-CBOR by hand, of what these documents hold; `bytes` stand for a link."""
    if isinstance(value, bytes):
        return b"\xd8\x2a" + _head(2, len(value) + 1) + b"\0" + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, int):
        return _head(0, value)
    entries: dict[str, Any] = value
    items = sorted(entries.items(), key=lambda item: (len(item[0].encode()), item[0].encode()))
    return _head(5, len(items)) + b"".join(cbor(part) for item in items for part in item)


def _head(major: int, size: int) -> bytes:
    if size < 24:
        return bytes([major << 5 | size])
    return (
        bytes([major << 5 | 24, size])
        if size < 256
        else bytes([major << 5 | 25]) + size.to_bytes(2, "big")
    )


def cid(block: bytes) -> bytes:
    return b"\x01\x71\x12\x20" + hashlib.sha256(block).digest()


def text(binary: bytes) -> str:
    return "b" + b32encode(binary).decode().lower().rstrip("=")


def test_the_document_cid_by_hand() -> None:
    typed = {**POINT, "$type": "com.atproto.lexicon.schema"}
    assert document_cid(POINT) == text(cid(cbor(typed)))
    assert document_cid(typed) == document_cid(POINT)
    assert Lexicon(POINT).cid == Lexicon(json.dumps(POINT)).cid == document_cid(POINT)


def test_the_type_cid_by_hand() -> None:
    """The CIDs of the documents stand in it as links, under their NSIDs."""
    typed = {**POINT, "$type": "com.atproto.lexicon.schema"}
    user = document("org.example.user", at=ref("org.example.point"))
    typed_user = {**user, "$type": "com.atproto.lexicon.schema"}
    block = cbor({"org.example.point": cid(cbor(typed)), "org.example.user": cid(cbor(typed_user))})
    documents = {POINT["id"]: POINT, user["id"]: user}
    assert Schema("org.example.user", documents).cid == text(cid(block))
    assert Schema("org.example.point", {POINT["id"]: POINT}).cid == text(
        cid(cbor({"org.example.point": cid(cbor(typed))}))
    )


def test_cids_do_not_depend_on_the_order_of_keys() -> None:
    def backwards(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        entries = cast("dict[str, Any]", value)
        return {key: backwards(item) for key, item in reversed(entries.items())}

    assert document_cid(backwards(POINT)) == document_cid(POINT)
    assert Schema(POINT["id"], {POINT["id"]: backwards(POINT)}) == Schema(
        POINT["id"], {POINT["id"]: POINT}
    )


def test_cids_change_with_any_word() -> None:
    changed = {**POINT, "description": "A point."}
    assert document_cid(changed) != document_cid(POINT)
    assert Schema(POINT["id"], {POINT["id"]: changed}) != Schema(POINT["id"], {POINT["id"]: POINT})


REACHED = (
    ref("org.example.point"),
    ref("org.example.point#corner"),
    {"type": "array", "items": ref("org.example.point")},
    {"type": "union", "refs": ["#main", "org.example.point"]},
    {"type": "union", "refs": ["org.example.point#corner"], "closed": True},
    {"type": "object", "properties": {"inner": ref("org.example.point")}},
    ref("dev.atdata.types#map", values=ref("org.example.point")),
    ref("dev.atdata.types#map", values={"type": "array", "items": ref("org.example.point")}),
    {
        "type": "ref",
        "ref": "dev.atdata.types#map",
        "description": 'Points.\n@atdata values={"type": "ref", "ref": "org.example.point"}',
    },
)


@pytest.mark.parametrize("node", REACHED, ids=range(len(REACHED)))
def test_references_are_found_wherever_they_stand(node: dict[str, Any]) -> None:
    found = references(document("org.example.user", field=node))
    assert found - {"dev.atdata.types"} == {"org.example.point"}
    assert ("dev.atdata.types" in found) == ("dev.atdata" in json.dumps(node))


def test_properties_called_like_keys_of_the_language_refer_to_nothing() -> None:
    node = {"type": "string"}
    assert references(document("org.example.user", type=node, ref=node, refs=node)) == set()


def test_a_description_that_only_looks_like_an_extension_refers_to_nothing() -> None:
    node = {"type": "string", "description": "See\n@atdata values={broken"}
    assert references(document("org.example.user", a=node)) == set()


def test_the_closure_goes_through_every_document_and_ends() -> None:
    first = document("org.example.a", b=ref("org.example.b"))
    second = document("org.example.b", c=ref("org.example.c#main"), a=ref("org.example.a"))
    third = document("org.example.c", c=ref("#main"), n=ref("dev.atdata.types#float64"))
    documents = {item["id"]: item for item in (first, second, third, shared_types.TYPES, POINT)}
    found = closure("org.example.a", documents.get)
    assert list(found) == ["dev.atdata.types", "org.example.a", "org.example.b", "org.example.c"]
    del documents["org.example.c"]
    with pytest.raises(LexiconError, match="'org.example.c', which 'org.example.b' refers to"):
        closure("org.example.a", documents.get)


def test_lexicons_refer_to_each_other_in_circles() -> None:
    one = Lexicon(document("org.example.a", b=ref("org.example.b")), lambda: (two,))
    two = Lexicon(
        json.dumps(
            document("org.example.b", a=ref("org.example.a"), x=ref("dev.atdata.types#map"))
        ),
        lambda: (one, TYPES),
    )
    assert list(one.reached()) == ["dev.atdata.types", "org.example.a", "org.example.b"]
    assert Schema("org.example.a", lambda: one) == Schema("org.example.a", two.reached())
    assert repr(one) == "Lexicon('org.example.a')"


def test_a_schema_of_a_catalog_holds_the_shared_types_where_they_are_used() -> None:
    catalog = Catalog()
    catalog.add(document("org.example.user", x=ref("dev.atdata.types#float32")))
    schema = Schema.of(catalog, "org.example.user#main")
    assert schema.id == "org.example.user"
    assert list(schema.documents) == ["dev.atdata.types", "org.example.user"]
    assert str(schema.model) == "org.example.user\n  x?: float32"
    with pytest.raises(LexiconError, match="'org.example.nowhere'"):
        Schema.of(catalog, "org.example.nowhere")


SCHEMA = Schema("org.example.point#main", {POINT["id"]: POINT})


def test_the_stored_form_survives_json() -> None:
    stored = json.loads(json.dumps(SCHEMA.to_json()))
    assert set(stored) == {"id", "cid", "documents"}
    assert Schema.from_json(stored) == SCHEMA
    assert Schema.from_json(stored).model == SCHEMA.model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cid": "bafy"}, "says its CID is 'bafy'; its documents give 'bafy"),
        ({"cid": 5}, "says its CID is 5"),
        ({"id": 5}, "a text for id"),
        ({"id": "org.example.other"}, "'org.example.other'"),
        ({"documents": []}, "a map for documents"),
        ({"documents": {}}, "is not there"),
        ({"documents": {"org.example.point": 5}}, "no document under 'org.example.point'"),
        ({"documents": {"org.example.point": {}}}, "no document under 'org.example.point'"),
        ({"documents": {"org.example.other": POINT}}, "no document under 'org.example.other'"),
        ({"documents": {"org.example.point": {**POINT, "x": 1.5}}}, "holds no lexicons"),
        ({"documents": {"org.example.point": {**POINT, "x": {"$link": "x"}}}}, "holds no lexicons"),
    ],
)
def test_a_stored_form_that_lies_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        Schema.from_json({**SCHEMA.to_json(), **change})


@pytest.mark.parametrize("value", [None, 5, [], {}, {"id": "a.b.c"}, "text"])
def test_what_is_no_stored_form_is_refused(value: object) -> None:
    with pytest.raises(LexiconError, match="id, cid and documents"):
        Schema.from_json(value)


def test_a_stored_document_that_is_nested_too_deeply_is_refused() -> None:
    node: dict[str, Any] = {"type": "integer"}
    for _ in range(5000):
        node = {"type": "array", "items": node}
    deep = document("org.example.point", x=node)
    with pytest.raises(AtdataError):
        Schema.from_json({**SCHEMA.to_json(), "documents": {"org.example.point": deep}})


def test_schemas_compare_hash_pickle_and_print_by_name_and_cid() -> None:
    again = pickle.loads(pickle.dumps(SCHEMA))
    assert again == SCHEMA
    assert len({again, SCHEMA}) == 1
    assert SCHEMA != "org.example.point"
    assert repr(SCHEMA) == f"Schema('org.example.point', cid={SCHEMA.cid!r})"
    two = {**POINT, "defs": {**POINT["defs"], "other": POINT["defs"]["main"]}}
    main, other = (
        Schema(name, {POINT["id"]: two}) for name in (POINT["id"], "org.example.point#other")
    )
    assert main.cid == other.cid
    assert main != other


def test_a_type_that_is_no_object_has_no_model() -> None:
    flag = {"lexicon": 1, "id": "org.example.flag", "defs": {"main": {"type": "boolean"}}}
    with pytest.raises(LexiconError, match="is a boolean, not an object or record"):
        Schema("org.example.flag", {"org.example.flag": flag}).model  # made late

"""From lexicons to models: every construct, and what cannot be a sample type."""

from __future__ import annotations

from typing import Any

import pytest

from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog
from atdata_schema.lexicon.lower import field_order, lower, lower_document
from atdata_schema.model import FieldModel, IntegerType, TextType

SHARED = "dev.atdata.types"


def ref(target: str, **extension: object) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "ref", "ref": target}
    return {**node, "x-atdata": extension} if extension else node


def shared(name: str, **extension: object) -> dict[str, Any]:
    return ref(f"{SHARED}#{name}", **extension)


def obj(*required: str, **properties: object) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def document(nsid: str, **defs: object) -> dict[str, Any]:
    return {"lexicon": 1, "id": nsid, "defs": defs}


def catalog(*documents: dict[str, Any]) -> Catalog:
    made = Catalog()
    for item in documents:
        made.add(item)
    return made


def type_of(node: dict[str, Any], **defs: object) -> str:
    """The notation of a field of this definition."""
    model = lower(catalog(document("a.b.c", main=obj("f", f=node), **defs)), "a.b.c")
    return str(model.main.fields[0].type)


@pytest.mark.parametrize(
    ("node", "notation"),
    [
        ({"type": "boolean"}, "boolean"),
        ({"type": "boolean", "const": True}, "boolean(const true)"),
        ({"type": "integer", "minimum": 0, "maximum": 9}, "integer(minimum 0, maximum 9)"),
        ({"type": "integer", "enum": [1, 2]}, "integer(enum [1, 2])"),
        ({"type": "integer", "x-atdata": {"dtype": "uint8"}}, "integer(minimum 0, maximum 255)"),
        (
            {"type": "integer", "minimum": 5, "maximum": 999, "x-atdata": {"dtype": "int8"}},
            "integer(minimum 5, maximum 127)",
        ),
        ({"type": "integer", "x-atdata": {"dtype": "uint64"}}, "integer(minimum 0)"),
        ({"type": "integer", "x-atdata": {"dtype": "int64"}}, "integer"),
        ({"type": "integer", "x-atdata": {"classes": ["a", "b"]}}, "integer(classes [a, b])"),
        ({"type": "string"}, "string"),
        (
            {"type": "string", "minLength": 1, "maxLength": 9, "minGraphemes": 1, "maxGraphemes": 3},
            "string(minLength 1, maxLength 9, minGraphemes 1, maxGraphemes 3)",
        ),
        ({"type": "string", "enum": ["a"]}, "string(enum [a])"),
        ({"type": "string", "knownValues": ["a"]}, "string"),
        ({"type": "string", "format": "did"}, "did"),
        ({"type": "string", "format": "datetime"}, "datetime"),
        ({"type": "string", "format": "datetime", "maxLength": 40}, "datetime(maxLength 40)"),
        ({"type": "bytes", "minLength": 1, "maxLength": 2}, "bytes(minLength 1, maxLength 2)"),
        ({"type": "cid-link"}, "cid-link"),
        ({"type": "blob", "accept": ["image/*"], "maxSize": 9}, "blob(accept [image/*], maxSize 9)"),
        ({"type": "unknown"}, "unknown"),
        (shared("float64"), "float64"),
        (shared("float32", finite=True), "float32(finite true)"),
        (shared("ndarray"), "*[...]"),
        (shared("ndarray", dtype="float32"), "float32[...]"),
        (shared("ndarray", dtype="float32", shape=["H", "W", 3]), "float32[H, W, 3]"),
        (shared("ndarray", dtype="*", shape=[]), "*[]"),
        (shared("ndarray", shape=["...", "*"], finite=True), "*[..., *](finite true)"),
        (shared("image"), "image"),
        (shared("image", accept=["image/png"]), "image(accept [image/png])"),
        (shared("audio"), "audio"),
        (shared("map", values={"type": "integer"}), "map[integer]"),
        (shared("map", values=shared("map", values=shared("float64"))), "map[map[float64]]"),
        (shared("map", values=ref("#main")), "map[a.b.c]"),
        (shared("map", values={"type": "array", "items": ref("a.b.c")}), "map[list[a.b.c]]"),
        ({"type": "array", "items": {"type": "integer"}, "maxLength": 2}, "list[integer](maxLength 2)"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "bytes"}}}, "list[list[bytes]]"),
        (ref("#main"), "a.b.c"),
        (ref("a.b.c#main"), "a.b.c"),
        ({"type": "union", "refs": ["#main", "a.b.c#box"]}, "a.b.c | a.b.c#box | ..."),
        ({"type": "union", "refs": ["#main"], "closed": True}, "a.b.c"),
        (ref("#word"), "string(maxLength 5)"),
        (ref("#words"), "list[string(maxLength 5)]"),
        (ref("#count"), "integer(minimum 0)"),
        (ref("#pixels"), "list[uint8[H, W]]"),
        (obj(x={"type": "integer"}), "a.b.c#main.f"),
        ({"type": "array", "items": obj(x={"type": "integer"})}, "list[a.b.c#main.f]"),
        (shared("map", values=obj(x={"type": "integer"})), "map[a.b.c#main.f]"),
    ],
)  # fmt: skip
def test_every_construct_has_its_type(node: dict[str, Any], notation: str) -> None:
    assert notation == type_of(
        node,
        box=obj(x={"type": "integer"}),
        word={"type": "string", "maxLength": 5},
        words={"type": "array", "items": ref("#word")},
        count={"type": "integer", "minimum": 0},
        pixels={"type": "array", "items": shared("ndarray", dtype="uint8", shape=["H", "W"])},
    )


def test_the_portable_form_says_the_same() -> None:
    plain = shared("ndarray", dtype="uint8", shape=["H", 3])
    portable = {**shared("ndarray"), "description": "Pixels.\n@atdata uint8[H, 3]"}
    assert type_of(plain) == type_of(portable) == "uint8[H, 3]"
    model = lower(catalog(document("a.b.c", main=obj(f=portable))), "a.b.c")
    assert model.main.fields[0].description == "Pixels."
    assert type_of({**plain, "description": "@atdata uint8[H, 3]"}) == "uint8[H, 3]"
    values = '@atdata values={"type": "array", "items": {"type": "integer"}}'
    assert type_of({**shared("map"), "description": values}) == "map[list[integer]]"


def test_fields_are_in_field_order_whatever_the_order_of_properties() -> None:
    names = ["zz", "é", "b", "a", "long", "ab"]
    for order in (names, names[::-1]):
        properties = {name: {"type": "integer"} for name in order}
        node = {"type": "object", "required": ["long", "b"], "properties": properties}
        fields = lower(catalog(document("a.b.c", main=node)), "a.b.c").main.fields
        assert [field.name for field in fields] == ["long", "b", "a", "ab", "zz", "é"]
    assert field_order(["a", "b"], ["b", "b", "gone", "a"]) == ["b", "a"]


def test_required_nullable_aliases_and_descriptions() -> None:
    node = {"type": "integer", "description": "How many.", "x-atdata": {"aliases": ["n"]}}
    main = {**obj("count", count=node, x={"type": "integer"}), "nullable": ["count", "x"]}
    count, other = lower(catalog(document("a.b.c", main=main)), "a.b.c").main.fields
    assert count == FieldModel("count", IntegerType(), True, True, ("n",))
    assert count.description == "How many."
    assert other == FieldModel("x", IntegerType(), False, True)


def test_records_keep_datetimes_as_texts() -> None:
    when = {"type": "string", "format": "datetime"}
    record = {"type": "record", "key": "tid", "record": obj(at=when, inner=ref("#inner"))}
    home = document("a.b.rec", main=record, inner=obj(at=when), when=when)
    user = document(
        "a.b.user", main=obj(at=when, other=ref("a.b.rec#inner"), kept=ref("a.b.rec#when"))
    )
    found = catalog(home, user)
    text = TextType(format="datetime")
    model = lower(found, "a.b.rec")
    assert [item.fields[0].type for item in model] == [text, text]
    assert model.main.record_key == "tid"
    assert str(lower(found, "a.b.user").main.fields[0].type) == "datetime"
    assert type_of({**when, "x-atdata": {"as": "str"}}) == str(text)
    assert type_of({**when, "knownValues": ["2026-01-01T00:00:00Z"]}) == "datetime"


def test_a_model_holds_what_it_reaches_sorted_and_nothing_else() -> None:
    home = document(
        "a.b.c",
        main=obj(
            inline=obj(deep=obj(x={"type": "integer"})),
            box={"type": "union", "refs": ["#box", "a.b.other"]},
        ),
        box=obj(back=ref("#main")),
        unused=obj(),
    )
    model = lower(catalog(home, document("a.b.other", main=obj())), "a.b.c#main")
    assert [item.ref for item in model] == [
        "a.b.c",
        "a.b.c#box",
        "a.b.c#main.inline",
        "a.b.c#main.inline.deep",
        "a.b.other",
    ]
    inner = lower(catalog(home, document("a.b.other", main=obj())), "a.b.c#main.inline.deep")
    assert [item.ref for item in inner] == ["a.b.c#main.inline.deep"]


TREE = document(
    "a.b.tree",
    main=obj(root=ref("#tree")),
    tree={"type": "array", "items": obj(kids=ref("#tree"), box=ref("#box"))},
    box=obj(x={"type": "integer"}),
)


def test_a_named_list_of_inline_objects_may_refer_to_itself() -> None:
    model = lower(catalog(TREE), "a.b.tree")
    assert [item.ref for item in model] == ["a.b.tree", "a.b.tree#box", "a.b.tree#tree.item"]
    tree = model.object("a.b.tree#tree.item")
    assert str(tree.fields[1]) == "kids?: list[a.b.tree#tree.item]"


def test_a_named_list_of_another_document_keeps_its_own_local_references() -> None:
    user = document("a.b.user", main=obj(t=ref("a.b.tree#tree")), box=obj(wrong={"type": "bytes"}))
    model = lower(catalog(TREE, user), "a.b.user")
    assert [item.ref for item in model] == ["a.b.user", "a.b.tree#box", "a.b.tree#tree.item"]
    assert [item.ref for item in lower_document(catalog(TREE, user), "a.b.user")] == [
        "a.b.user",
        "a.b.user#box",
    ]


def test_a_document_gives_each_of_its_objects_once_main_first() -> None:
    found = lower_document(catalog(TREE), "a.b.tree")
    assert [item.ref for item in found] == ["a.b.tree", "a.b.tree#tree.item", "a.b.tree#box"]


def test_endpoints_give_objects_for_what_they_send_and_take() -> None:
    params = {"type": "params", "required": ["q"], "properties": {"q": {"type": "string"}}}
    body = {"encoding": "application/json", "schema": obj(inner=obj(x={"type": "integer"}))}
    query = document("a.b.get", main={"type": "query", "parameters": params, "output": body})
    found = lower_document(catalog(query), "a.b.get")
    assert [item.ref for item in found] == [
        "a.b.get#main.parameters",
        "a.b.get#main.output",
        "a.b.get#main.output.inner",
    ]
    assert str(found[0].fields[0]) == "q: string"
    whole = {"type": "procedure", "parameters": params, "input": body, "output": body}
    names = [item.ref for item in lower_document(catalog(document("a.b.do", main=whole)), "a.b.do")]
    assert {"a.b.do#main.parameters", "a.b.do#main.input", "a.b.do#main.output"} <= set(names)
    main = {"type": "subscription", "parameters": params}
    assert len(lower_document(catalog(document("a.b.sub", main=main)), "a.b.sub")) == 1
    token = document("a.b.tok", main={"type": "token"}, word={"type": "string"})
    assert lower_document(catalog(token), "a.b.tok") == ()


@pytest.mark.parametrize(
    ("node", "rule"),
    [
        (ref("#loop"), "circular-ref"),
        (ref("#nowhere"), "unresolved-ref"),
        (ref("x.y.z"), "unresolved-ref"),
        (ref("#token"), "no-sample-form"),
        ({"type": "null"}, "no-sample-form"),
        ({"type": "union", "refs": ["#word"]}, "union-ref-kind"),
        ({"type": "union", "refs": ["#nowhere"]}, "unresolved-ref"),
        (shared("map"), "x-atdata-value"),
        (shared("map", values=5), "x-atdata-value"),
        (shared("map", values={"type": "nothing"}), "x-atdata-value"),
        (shared("map", values={"type": "token"}), "x-atdata-value"),
        (shared("map", values=ref("#nowhere")), "unresolved-ref"),
        (shared("map", values=shared("ndarray", dtype="f4")), "x-atdata-value"),
        (shared("ndarray", dtype="float128"), "x-atdata-value"),
        (shared("ndarray", dtype="object"), "x-atdata-value"),
        (shared("ndarray", shape="HW"), "x-atdata-value"),
        (shared("ndarray", shape=["...", "..."]), "x-atdata-value"),
        (shared("ndarray", shape=[-1]), "x-atdata-value"),
        (shared("ndarray", shape=[True]), "x-atdata-value"),
        (shared("ndarray", shape=["a b"]), "x-atdata-value"),
        (shared("ndarray", shape=[1] * 65), "x-atdata-value"),
        (shared("float64", finite="yes"), "x-atdata-value"),
        (shared("image", accept="image/png"), "x-atdata-value"),
        ({"type": "integer", "x-atdata": {"classes": [1]}}, "x-atdata-value"),
        ({"type": "integer", "x-atdata": {"aliases": "n"}}, "x-atdata-value"),
        ({"type": "string", "format": "datetime", "x-atdata": {"as": "int"}}, "x-atdata-value"),
        ({**shared("ndarray"), "description": "@atdata uint8[H W]"}, "x-atdata-value"),
        ({**shared("ndarray", dtype="int8"), "description": "@atdata dtype=\"uint8\""}, "x-atdata-value"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_field_is_a_finding_with_its_place(
    node: dict[str, Any], rule: str
) -> None:
    home = catalog(
        document(
            "a.b.c",
            main=obj(f=node),
            word={"type": "string"},
            token={"type": "token"},
            loop={"type": "array", "items": ref("#pool")},
            pool={"type": "array", "items": ref("#loop")},
        )
    )
    with pytest.raises(LexiconError) as caught:
        lower(home, "a.b.c")
    (finding,) = caught.value.findings
    assert finding.rule == rule
    assert finding.severity == "error"
    assert finding.pointer[:1] == ("defs",)


@pytest.mark.parametrize(
    "name", ["a.b.c#word", "a.b.c#gone", "a.b.gone", "#main", "", "a.b.c#main.f"]
)
def test_what_is_no_object_is_no_sample_type(name: str) -> None:
    home = catalog(document("a.b.c", main=obj(f={"type": "integer"}), word={"type": "string"}))
    with pytest.raises(LexiconError):
        lower(home, name)
    with pytest.raises(LexiconError):
        lower_document(home, "a.b.gone")


def test_two_inline_objects_of_one_full_name_are_refused() -> None:
    properties = {"a.b": obj(x={"type": "integer"}), "a": obj(b=obj(y={"type": "string"}))}
    main = {"type": "object", "properties": properties}
    with pytest.raises(LexiconError, match=r"a\.b\.c#main\.a\.b is that of another inline object"):
        lower(catalog(document("a.b.c", main=main)), "a.b.c")


def test_a_long_chain_of_types_is_lowered() -> None:
    links = {f"n{index}": obj(next=ref(f"#n{index + 1}")) for index in range(3000)}
    home = catalog(document("a.b.c", main=obj(first=ref("#n0")), **links, n3000=obj()))
    assert len(lower(home, "a.b.c").objects) == 3002

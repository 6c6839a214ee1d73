"""Plans: every decision about a module, before anything is laid out."""

from __future__ import annotations

import ast
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from atdata_codegen.emit.render import render_module
from atdata_codegen.plan import ModulePlan, Modules, plan_module, plan_within
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog, Finding
from compiled_package import (
    ALLOWED_MODULES,
    catalog_of,
    compile_all,
    imported,
    imports_of,
    module_of,
)
from ecosystem import ecosystem_documents


def document(nsid: str, /, **defs: Any) -> dict[str, Any]:
    return {"lexicon": 1, "id": nsid, "defs": defs}


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def ref(name: str) -> dict[str, Any]:
    return {"type": "ref", "ref": name}


INTEGER = {"type": "integer"}
TEXT = {"type": "string"}


def plan(*documents: dict[str, Any], **options: Any) -> ModulePlan:
    return plan_module(catalog_of(*documents), documents[0]["id"], "pkg", **options)


def fields(planned: ModulePlan, index: int = 0) -> dict[str, tuple[str, str]]:
    return {
        field.attribute: (field.annotation, field.codec) for field in planned.classes[index].fields
    }


def array(dtype: str, *shape: object) -> dict[str, Any]:
    return {**ref("dev.atdata.types#ndarray"), "x-atdata": {"dtype": dtype, "shape": list(shape)}}


@pytest.mark.parametrize(
    ("node", "annotation", "codec"),
    [
        (INTEGER, "int", "v1.Integer()"),
        ({**INTEGER, "minimum": 0, "enum": [1, 2]}, "int", "v1.Integer(minimum=0, enum=(1, 2))"),
        ({"type": "boolean", "const": True}, "bool", "v1.Boolean(const=True)"),
        (ref("dev.atdata.types#float64"), "float", "v1.Float64()"),
        (
            {**ref("dev.atdata.types#float32"), "x-atdata": {"finite": True}},
            "float",
            "v1.Float32(finite=True)",
        ),
        ({**TEXT, "maxLength": 9}, "str", "v1.Text(max_length=9)"),
        ({**TEXT, "enum": ["a"]}, 'Literal["a"]', 'v1.Choice[str](("a",))'),
        ({**TEXT, "format": "datetime"}, "datetime", "v1.Datetime()"),
        (
            {**TEXT, "format": "datetime", "x-atdata": {"as": "str"}},
            "str",
            'v1.Text(format="datetime")',
        ),
        ({"type": "bytes", "maxLength": 3}, "bytes", "v1.Bytes(max_length=3)"),
        ({"type": "cid-link"}, "v1.Link", "v1.CidLink()"),
        ({"type": "blob", "accept": ["a/b"]}, "v1.Blob", 'v1.BlobRef(accept=("a/b",))'),
        ({"type": "unknown"}, "dict[str, v1.Json]", "v1.Open()"),
        (ref("dev.atdata.types#image"), "v1.Image", "v1.ImageFile()"),
        (ref("dev.atdata.types#audio"), "v1.Audio", "v1.AudioFile()"),
        (array("bool", "H", 3), "NDArray[np.bool_]", 'v1.Array(np.bool_, ("H", 3))'),
        (array("*"), "NDArray[Any]", "v1.AnyArray(())"),
        (ref("dev.atdata.types#ndarray"), "NDArray[Any]", "v1.AnyArray()"),
        (
            {"type": "array", "items": {"type": "array", "items": INTEGER}, "minLength": 1},
            "list[list[int]]",
            "v1.Many(v1.Many(v1.Integer()), min_length=1)",
        ),
        (
            {**ref("dev.atdata.types#map"), "x-atdata": {"values": ref("#box")}},
            "dict[str, Box]",
            "v1.Table(v1.Ref(lambda: Box))",
        ),
        (
            {"type": "union", "refs": ["#box"]},
            "Box | v1.Unknown",
            'v1.OneOf[object](lambda: {"a.b.c#box": Box})',
        ),
        (
            {"type": "union", "refs": ["#box"], "closed": True},
            "Box",
            'v1.OneOf[object](lambda: {"a.b.c#box": Box}, closed=True)',
        ),
        ({"type": "union", "refs": []}, "v1.Unknown", "v1.OneOf[object](dict)"),
    ],
)
def test_every_kind_of_field(node: dict[str, Any], annotation: str, codec: str) -> None:
    planned = plan(document("a.b.c", main=obj("x", x=node), box=obj()))
    assert fields(planned)["x"] == (annotation, codec)


def test_presence_is_in_the_annotation_the_default_and_the_codec() -> None:
    main = {**obj("a", "b", a=INTEGER, b=INTEGER, c=INTEGER, d=INTEGER), "nullable": ["b", "d"]}
    planned = plan(document("a.b.c", main=main)).classes[0].fields
    assert [(f.annotation, f.default, f.codec) for f in planned] == [
        ("int", None, "v1.Integer()"),
        ("int | None", None, "v1.Null(v1.Integer())"),
        ("int | None", "None", "v1.Opt(v1.Integer())"),
        ("int | None", "None", "v1.Opt(v1.Integer(), nullable=True)"),
    ]


@pytest.mark.parametrize(
    ("required", "shape", "column"),
    [
        (True, ["H", 3], "NDArray[np.uint8]"),
        (True, ["..."], "NDArray[np.uint8] | list[NDArray[np.uint8]]"),
        (True, ["*"], "NDArray[np.uint8] | list[NDArray[np.uint8]]"),
        (False, [3], "NDArray[np.uint8] | list[NDArray[np.uint8] | None]"),
    ],
)
def test_columns_of_arrays(required: bool, shape: list[object], column: str) -> None:
    main = obj(*["x"] * required, x=array("uint8", *shape))
    assert plan(document("a.b.c", main=main)).classes[0].fields[0].column == column


def test_a_class_that_does_not_exist_yet_is_named_in_an_annotation_only() -> None:
    planned = plan(document("a.b.c", main=obj(x=ref("#box"), y=INTEGER), box=obj()))
    assert [field.column_is_late for field in planned.classes[0].fields] == [True, False]


@pytest.mark.parametrize(
    ("defs", "imports"),
    [
        (
            {"main": {"type": "token"}},
            [["from typing import Final"], ["from atdata_schema import v1"]],
        ),
        (
            {"main": obj(x={**TEXT, "format": "datetime"})},
            [
                [
                    "from dataclasses import dataclass",
                    "from datetime import datetime",
                    "from typing import ClassVar, Final, final",
                ],
                ["from atdata_schema import v1"],
            ],
        ),
        (
            {"main": obj(x=array("int8", 1))},
            [
                ["from dataclasses import dataclass", "from typing import ClassVar, Final, final"],
                ["import numpy as np", "from numpy.typing import NDArray"],
                ["from atdata_schema import v1"],
            ],
        ),
    ],
)
def test_a_module_imports_what_it_uses_and_no_more(
    defs: dict[str, Any], imports: list[list[str]]
) -> None:
    assert [list(block) for block in plan(document("a.b.c", **defs)).imports] == imports


def test_tokens_values_errors_and_enumerations_have_names() -> None:
    many = document(
        "a.b.getThing",
        main={
            "type": "query",
            "parameters": {"type": "params", "properties": {"q": TEXT}},
            "errors": [{"name": "NotFound"}],
        },
        newest={"type": "token"},
        kind={**TEXT, "const": "k"},
        order={**TEXT, "knownValues": ["a.b.getThing#newest", "old-est", "old est"]},
        unit={**TEXT, "enum": ["m", "s"]},
        digit={**INTEGER, "x-atdata": {"classes": ["zero", "one", "ONE"]}},
        item=obj(
            state={**TEXT, "knownValues": ["on"]},
            label={**INTEGER, "x-atdata": {"classes": ["cat"]}},
        ),
    )
    planned = plan(many)
    assert {constant.name: constant.value for constant in planned.constants} == {
        "NEWEST": '"a.b.getThing#newest"',
        "KIND": '"k"',
        "ORDER_NEWEST": '"a.b.getThing#newest"',
        "ORDER_OLD_EST": '"old-est"',
        "ORDER_OLD_EST_": '"old est"',
        "Unit": 'Literal["m", "s"]',
        "ITEM_STATE_ON": '"on"',
        "ERROR_NOT_FOUND": '"NotFound"',
    }
    assert [(enum.name, enum.members) for enum in planned.enums] == [
        ("Digit", (("ZERO", 0), ("ONE", 1), ("ONE_", 2)))
    ]
    assert [cls.name for cls in planned.classes] == ["GetThingParameters", "Item"]
    assert planned.classes[1].enums[0].name == "ItemLabel"


def test_an_endpoint_has_classes_for_what_it_takes_and_gives() -> None:
    body = {"encoding": "application/json", "schema": obj(x=INTEGER)}
    main: dict[str, Any] = {
        "type": "procedure",
        "parameters": {"type": "params", "properties": {}},
        "input": body,
        "output": body,
    }
    planned = plan(document("a.b.doThing", main=main))
    assert [cls.name for cls in planned.classes] == [
        "DoThingParameters",
        "DoThingInput",
        "DoThingOutput",
    ]


def test_a_definition_makes_way_for_main_and_derived_names_make_way_for_both() -> None:
    planned = plan(
        document(
            "a.b.box", main=obj(side=obj(), x=ref("#box")), box=obj(), boxBatch=obj(), boxSide=obj()
        )
    )
    assert [(cls.name, cls.batch) for cls in planned.classes] == [
        ("Box", "BoxBatch_"),
        ("BoxSide_", "BoxSideBatch"),
        ("Box_", "BoxBatch_2"),
        ("BoxBatch", "BoxBatchBatch"),
        ("BoxSide", "BoxSideBatch_"),
    ]


def findings_of(*documents: dict[str, Any]) -> list[Finding]:
    return compile_all(*documents).findings


def test_two_definitions_with_one_name_are_refused_at_both() -> None:
    found = findings_of(
        document("a.b.c", main=obj(), fooBar={"type": "token"}, foo_bar={"type": "token"})
    )
    assert [(finding.rule, finding.pointer) for finding in found] == [
        ("name-clash", ("defs", "fooBar")),
        ("name-clash", ("defs", "foo_bar")),
    ]
    assert "FOO_BAR" in found[0].message


def test_two_properties_with_one_attribute_are_refused_at_both() -> None:
    inline = {
        "type": "array",
        "items": {"type": "object", "properties": {"class": TEXT, "class_": TEXT}},
    }
    found = findings_of(document("a.b.c", main=obj(x=inline)))
    where = ("defs", "main", "properties", "x", "items", "properties")
    assert [finding.pointer for finding in found] == [(*where, "class"), (*where, "class_")]


def test_two_lexicons_with_one_module_are_refused_and_do_not_hide_others() -> None:
    clashing = [
        document(nsid, main=obj())
        for nsid in ("a.b.fooBar", "a.b.foobar", "a.b.c", "a.b-c.d", "a.b.FooBar")
    ]
    compiled = compile_all(*clashing)
    assert sorted((str(finding.document), finding.rule) for finding in compiled.findings) == [
        ("a.b.FooBar", "module-clash"),
        ("a.b.fooBar", "module-clash"),
    ]
    assert {"a/b/c.py", "a/b_c/d.py", "a/b/foobar.py"} <= compiled.files.keys()


def test_findings_of_a_module_raise_when_it_is_planned_alone() -> None:
    with pytest.raises(LexiconError, match="name-clash"):
        plan(document("a.b.c", main=obj(**{"x-y": TEXT, "x_y": TEXT})))


def test_lexicons_of_other_packages_are_imported_from_there() -> None:
    documents = [document("a.b.c", main=obj(x=ref("d.e.f#box"))), document("d.e.f", box=obj())]
    planned = plan(*documents, external={"d.e.f": "elsewhere.d.e.f"})
    assert (
        "from atdata_schema import v1",
        "from elsewhere.d.e import f as d_e_f",
    ) in planned.imports
    assert fields(planned)["x"] == ("d_e_f.Box | None", "v1.Opt(v1.Ref(lambda: d_e_f.Box))")
    assert planned.needs == ("d_e_f.LEXICON",)


CYCLE = [
    document(
        "org.example.tree",
        main=obj("leaf", leaf=ref("org.example.leaf"), up=ref("#node")),
        node=obj(self=ref("#node")),
    ),
    document(
        "org.example.leaf",
        main=obj(
            tree=ref("org.example.tree"),
            any={"type": "union", "refs": ["#bud", "org.example.tree"]},
        ),
        bud=obj(),
    ),
]


@pytest.mark.parametrize("order", [("tree", "leaf"), ("leaf", "tree")])
def test_lexicons_that_refer_to_each_other_import_in_either_order(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    with imported(tmp_path, *CYCLE) as package:
        for name in order:
            importlib.import_module(f"{package.__name__}.org.example.{name}")
        tree, leaf = module_of(package, "org.example.tree"), module_of(package, "org.example.leaf")
        sample = tree.Tree(leaf=leaf.Leaf(any=tree.Tree(leaf=leaf.Leaf(any=leaf.Bud()))))
        assert tree.Tree.decode(sample.encode()) == sample
        assert sorted(leaf.Leaf.SCHEMA.documents) == ["org.example.leaf", "org.example.tree"]


@pytest.mark.parametrize("first", ["app.feed.list", "app.feed.list.v1", "app.feed.list.np.deep"])
def test_a_lexicon_that_is_a_group_too_is_the_package_of_the_group(
    tmp_path: Path, first: str
) -> None:
    """Names of submodules never hide what the module imports: `v1` and `np` are submodules here."""
    documents = [
        document(
            "app.feed.list",
            main=obj(x=ref("app.feed.list.v1"), y=array("int8", 2), z=ref("app.feed.list.np.deep")),
        ),
        document("app.feed.list.v1", main=obj(back=ref("app.feed.list"))),
        document("app.feed.list.np.deep", main=obj(back=ref("app.feed.list"))),
    ]
    with imported(tmp_path, *documents) as package:
        importlib.import_module(package.LEXICONS[first])
        cls = module_of(package, "app.feed.list").List
        inner = module_of(package, "app.feed.list.v1").V1
        sample = cls(x=inner(back=cls()))
        assert cls.decode(sample.encode()) == sample
        assert Path(sys.modules[cls.__module__].__file__ or "").name == "__init__.py"


def test_the_index_names_every_module_in_order() -> None:
    documents = [document(nsid, main=obj()) for nsid in ("b.c.d", "a.b.c", "a.b.class")]
    compiled = compile_all(*documents)
    tree = ast.parse(compiled.files["__init__.py"])
    assigned = next(node.value for node in tree.body if isinstance(node, ast.AnnAssign))
    assert assigned is not None
    index = ast.literal_eval(assigned)
    assert list(index.items()) == [
        ("a.b.c", "pkg.a.b.c"),
        ("a.b.class", "pkg.a.b.class_"),
        ("b.c.d", "pkg.b.c.d"),
    ]
    assert {
        "py.typed",
        "a/__init__.py",
        "a/b/__init__.py",
        "b/__init__.py",
        "b/c/__init__.py",
    } <= compiled.files.keys()


def test_the_same_documents_give_the_same_files_in_any_order() -> None:
    assert compile_all(*CYCLE).files == compile_all(*reversed(CYCLE)).files


def test_every_lexicon_of_the_ecosystem_becomes_python() -> None:
    """None is refused, and each module imports what is allowed and other modules of the package."""
    catalog = Catalog()
    for item in ecosystem_documents().values():
        catalog.add(item)
    modules = Modules(catalog, "eco", {}, frozenset(catalog))
    for nsid in catalog:
        source = render_module(plan_within(modules, nsid)).encode()
        foreign = imports_of(source) - ALLOWED_MODULES
        assert all(name.split(".")[0] == "eco" for name in foreign), (nsid, foreign)


def test_a_plan_can_be_printed() -> None:
    planned = plan(document("a.b.c", main=obj(x=INTEGER)))
    assert "annotation='int | None'" in repr(planned)
    assert json.loads(planned.document)["id"] == "a.b.c"

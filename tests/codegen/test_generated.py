"""Generated code: nothing in a lexicon can inject code, and what is meant is what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from atdata_codegen.emit import compile_documents
from atdata_schema.errors import LexiconError
from atdata_schema.names import attribute_name
from compiled_package import (
    ALLOWED_MODULES,
    calls_of,
    catalog_of,
    compile_all,
    imported,
    imports_of,
    module_of,
)

PIECES = (
    *(
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        "\n",
        "\r",
        "\0",
        "\u202e",
        "\u2028",
        "`",
        "{{",
        "{%",
        "#",
        ")",
        ">>> ",
    ),
    *(
        "import os",
        "v1",
        "np",
        "class",
        "__init__",
        "self",
        "list",
        "ClassVar",
        "LEXICON",
        "a",
        "B",
        "1",
        "-",
        " ",
        "é",
    ),
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=10)
NAMES = HOSTILE.filter(lambda name: name != "" and not name.startswith("$"))
VALUES = st.lists(HOSTILE, min_size=1, max_size=4, unique=True)
NSID = "org.example.hostile"
RELAXED = settings(
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ]
)


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    values = draw(VALUES)
    kinds: list[dict[str, Any]] = [
        {"type": "string", "enum": values},
        {"type": "string", "knownValues": values},
        {"type": "string", "const": values[0]},
        {"type": "string", "default": values[0]},
        {
            "type": "integer",
            "minimum": 0,
            "maximum": len(values) - 1,
            "x-atdata": {"classes": values},
        },
        {"type": "array", "items": {"type": "string", "enum": values}},
        {"type": "object", "properties": {draw(NAMES): {"type": "string", "const": values[0]}}},
        {"type": "ref", "ref": "#box"},
        {"type": "union", "refs": ["#box", f"{NSID}#box"]},
        {
            "type": "ref",
            "ref": "dev.atdata.types#map",
            "x-atdata": {"values": {"type": "string", "enum": values}},
        },
        {"type": "blob", "accept": values},
        {
            "type": "ref",
            "ref": "dev.atdata.types#ndarray",
            "x-atdata": {"dtype": "uint8", "aliases": values},
        },
        {"type": "string", "format": "datetime"},
        {"type": "bytes"},
    ]
    return {**draw(st.sampled_from(kinds)), "description": draw(HOSTILE)}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A document with a hostile text wherever one can stand."""
    properties = draw(st.dictionaries(NAMES, fields(), min_size=1, max_size=5))
    required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True))
    nullable = draw(st.lists(st.sampled_from(sorted(properties)), unique=True))
    parts = {"required": required, "nullable": nullable, "properties": properties}
    values = draw(VALUES)
    return {
        "lexicon": 1,
        "id": NSID,
        "description": draw(HOSTILE),
        draw(
            HOSTILE.filter(lambda key: key not in ("lexicon", "id", "defs", "description", "$type"))
        ): draw(HOSTILE),
        "defs": {
            "main": {"type": "object", "description": draw(HOSTILE), **parts},
            "box": {"type": "object", "properties": {draw(NAMES): draw(fields())}},
            draw(NAMES): {"type": "token", "description": draw(HOSTILE)},
            draw(NAMES): {"type": "string", "knownValues": values, "description": draw(HOSTILE)},
            draw(NAMES): {"type": "string", "enum": values},
        },
    }


@RELAXED
@given(documents())
def test_nothing_in_a_lexicon_becomes_code(document: dict[str, Any]) -> None:
    """Whatever its texts are, a module defines what `__all__` says, imports what is allowed and calls `v1`."""
    try:
        catalog = catalog_of(document)
    except LexiconError:
        assume(False)
        raise
    compiled = compile_documents(catalog, [NSID], "pkg")
    if compiled.findings:
        assert {finding.rule for finding in compiled.findings} <= {
            "name-clash",
            "no-sample-form",
            "x-atdata-value",
        }
        assume(False)
    source = compiled.files["org/example/hostile.py"]
    assert imports_of(source) <= ALLOWED_MODULES
    assert all(re.fullmatch(r"(v1_*\.[A-Z]\w+|dataclass_*)", call) for call in calls_of(source))
    _check_names(source)


def _check_names(source: bytes) -> None:
    defined: set[str] = set()
    exported: list[str] = []
    for node in ast.parse(source).body:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom() | ast.Import():
                pass
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                exported = ast.literal_eval(value)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.ClassDef(name=name):
                assert name not in defined
                defined.add(name)
            case _:
                raise AssertionError(ast.unparse(node))
    assert defined == set(exported)


@settings(RELAXED, max_examples=25)
@given(documents())
def test_a_hostile_lexicon_runs_and_keeps_its_document(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    try:
        assume(not compile_all(document).findings)
    except LexiconError:
        assume(False)
    with imported(tmp_path_factory.mktemp("hostile"), document) as package:
        module = module_of(package, NSID)
        assert module.LEXICON.document == document
        main = module.Hostile if hasattr(module, "Hostile") else module.Hostile_
        wires = list(document["defs"]["main"]["properties"])
        assert sorted(main.FIELDS) == sorted(wires)
        assert set(main.FIELDS.attributes) == set(map(attribute_name, wires))
        assert main.SCHEMA.model.main.ref == NSID


AWKWARD = (
    *(
        "class",
        "self",
        "cls",
        "list",
        "str",
        "int",
        "dict",
        "bytes",
        "float",
        "bool",
        "object",
        "type",
        "builtins",
    ),
    *(
        "np",
        "v1",
        "NDArray",
        "ClassVar",
        "Final",
        "Literal",
        "Any",
        "datetime",
        "dataclass",
        "final",
        "IntEnum",
    ),
    *(
        "LEXICON",
        "Awkward",
        "AwkwardBatch",
        "Box",
        "TYPE",
        "FIELDS",
        "encode",
        "keys",
        "_cache",
        "_extra",
        "_source",
    ),
    *(
        "__init__",
        "__slots__",
        "__class__",
        "None",
        "print",
        "x-y",
        "2d",
        "名前",
        "f",
        "field",
        "property",
        "name",
    ),
)
KINDS: tuple[dict[str, Any], ...] = (
    {"type": "string", "enum": ["a", "b"]},
    {"type": "array", "items": {"type": "integer"}},
    {
        "type": "ref",
        "ref": "dev.atdata.types#ndarray",
        "x-atdata": {"dtype": "float32", "shape": [2]},
    },
    {"type": "string", "format": "datetime"},
    {"type": "ref", "ref": "#box"},
    {"type": "union", "refs": ["#box"]},
    {"type": "ref", "ref": "dev.atdata.types#map", "x-atdata": {"values": {"type": "bytes"}}},
    {"type": "ref", "ref": "dev.atdata.types#ndarray"},
    {"type": "integer", "minimum": 0, "maximum": 1, "x-atdata": {"classes": ["no", "yes"]}},
)


def awkward(required: bool) -> dict[str, Any]:
    """A lexicon whose properties have the names of everything that generated code uses."""
    properties = {name: KINDS[number % len(KINDS)] for number, name in enumerate(AWKWARD)}
    main = {
        "type": "object",
        "required": list(AWKWARD) if required else [],
        "properties": properties,
    }
    box = {
        "type": "object",
        "properties": {
            "x": {"type": "integer"},
            "list": {"type": "array", "items": {"type": "string"}},
        },
    }
    return {"lexicon": 1, "id": "org.example.awkward", "defs": {"main": main, "box": box}}


@pytest.mark.parametrize("required", [True, False])
def test_names_that_the_code_itself_uses_are_kept_for_the_fields(
    tmp_path: Path, required: bool
) -> None:
    with imported(tmp_path, awkward(required)) as package:
        module = module_of(package, "org.example.awkward")
        cls = module.Awkward_
        assert [attribute_name(name) for name in cls.FIELDS] == list(cls.FIELDS.attributes)
        if not required:
            sample = cls(**{"self": None} if "self" in cls.FIELDS.attributes else {})
            assert cls.decode(sample.encode()) == sample
            assert cls.collate([sample]).column("list") == [None]


def test_a_document_of_ten_thousand_definitions_has_names_for_all() -> None:
    """Names are given in one pass; formatting is left out, since it is black's own time."""
    from atdata_codegen.plan import plan_module

    refs = {f"next{n}": {"type": "ref", "ref": f"#node{n}"} for n in range(3)}
    defs: dict[str, Any] = {
        f"node{n}": {"type": "object", "properties": refs} for n in range(10_000)
    }
    defs["values"] = {"type": "string", "knownValues": ["!" * n for n in range(1, 2_000)]}
    plan = plan_module(
        catalog_of({"lexicon": 1, "id": "org.example.many", "defs": defs}),
        "org.example.many",
        "pkg",
    )
    names = [cls.name for cls in plan.classes] + [constant.name for constant in plan.constants]
    assert len(set(names)) == len(names) == 10_000 + 1_999


def test_a_very_long_description_stays_whole_in_the_document(tmp_path: Path) -> None:
    long = 'spam "" \\ ' * 500_000
    main = {
        "type": "object",
        "description": long,
        "properties": {"a": {"type": "integer", "description": long}},
    }
    document = {"lexicon": 1, "id": "org.example.long", "description": long, "defs": {"main": main}}
    with imported(tmp_path, document) as package:
        module = module_of(package, "org.example.long")
        assert module.LEXICON.document == document
        assert len(module.Long.__doc__) < 6_000

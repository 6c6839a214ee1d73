"""`atdata-gen fmt`: one form, the same document, and the portable form back and forth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_codegen.canonical import arrange, format_document, portable
from atdata_codegen.cli import main
from atdata_schema.data import cid, from_json
from atdata_schema.lexicon import Catalog
from atdata_schema.model import Model
from ecosystem import ecosystem_documents

_TEXT = st.text(max_size=4)
_KEYS = st.sampled_from(
    [
        "type",
        "description",
        "properties",
        "required",
        "items",
        "record",
        "x-atdata",
        "refs",
        "defs",
        "errors",
    ]
)
_VALUE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | _TEXT, inner, max_size=5),
    max_leaves=25,
)

UNTIDY: dict[str, Any] = {
    "defs": {
        "box": {"properties": dict[str, Any](), "type": "object"},
        "main": {
            "properties": {
                "zz": {"maxLength": 3, "type": "string"},
                "b": {"type": "integer"},
                "image": {
                    "x-atdata": {"shape": ["H", "W", 3], "dtype": "uint8"},
                    "description": "Pixels.",
                    "ref": "dev.atdata.types#ndarray",
                    "type": "ref",
                },
                "boxes": {"items": {"ref": "#box", "type": "ref"}, "type": "array"},
            },
            "required": ["image"],
            "vendor": {"z": 1, "a": 2},
            "description": "One — “photograph”.",
            "type": "object",
        },
    },
    "id": "org.example.photo",
    "lexicon": 1,
}


@given(st.dictionaries(_KEYS | st.sampled_from(["lexicon", "id"]) | _TEXT, _VALUE, max_size=6))
def test_nothing_is_added_or_lost_and_twice_is_once(document: dict[str, Any]) -> None:
    assert arrange(document) == document
    text = format_document(document)
    assert json.loads(text) == document
    assert format_document(json.loads(text)) == text


def test_lexicons_of_the_ecosystem_stay_the_same_documents() -> None:
    for document in ecosystem_documents().values():
        text = format_document(document)
        again = json.loads(text)
        assert again == document
        assert cid(from_json(again)) == cid(from_json(document))
        assert format_document(again) == text


def test_keys_stand_in_the_order_that_is_documented() -> None:
    arranged: Any = arrange(UNTIDY)
    assert list(arranged) == ["lexicon", "id", "defs"]
    assert list(arranged["defs"]) == ["main", "box"]
    main = arranged["defs"]["main"]
    assert list(main) == ["type", "description", "required", "properties", "vendor"]
    assert list(main["properties"]) == ["image", "b", "zz", "boxes"]
    assert list(main["properties"]["image"]) == ["type", "ref", "description", "x-atdata"]
    assert list(main["vendor"]) == ["z", "a"]


def test_the_portable_form_means_the_same() -> None:
    moved: Any = portable(UNTIDY)
    image = moved["defs"]["main"]["properties"]["image"]
    assert image["description"] == "Pixels.\n@atdata uint8[H, W, 3]"
    assert "x-atdata" not in json.dumps(moved)
    models: list[Model] = []
    for document in (UNTIDY, moved):
        catalog = Catalog()
        catalog.add(document)
        models.append(catalog.model("org.example.photo"))
    assert models[0] == models[1]
    assert portable(moved) == moved


def test_the_portable_form_of_a_field_without_description_is_the_line_alone() -> None:
    node = {"type": "integer", "x-atdata": {"classes": ["a b", "c"]}}
    moved: Any = portable({"defs": {"main": node}})
    assert moved["defs"]["main"]["description"] == '@atdata classes=["a b", "c"]'


def test_both_forms_at_once_become_one_and_differing_ones_are_refused() -> None:
    node = {"type": "integer", "x-atdata": {"dtype": "int8"}, "description": '@atdata dtype="int8"'}
    moved: Any = portable({"defs": {"main": node}})
    assert moved["defs"]["main"] == {"type": "integer", "description": '@atdata dtype="int8"'}
    node["description"] = '@atdata dtype="int16"'
    with pytest.raises(ValueError, match="write one of them"):
        portable({"defs": {"main": node}})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of lexicons with one untidy file; the project is the current folder."""
    (tmp_path / "pyproject.toml").write_text('[tool.atdata-gen]\nlexicons = ["lex"]\n')
    (tmp_path / "lex/org/example").mkdir(parents=True)
    (tmp_path / "lex/org/example/photo.json").write_text(json.dumps(UNTIDY))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "lex/org/example"


def test_check_writes_nothing_and_shows_the_diff(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "photo.json").read_bytes()
    assert main(["fmt", "--check"]) == 1
    out = capsys.readouterr().out
    assert '+  "lexicon": 1,' in out
    assert "lex/org/example/photo.json: error[format]" in out
    assert (folder / "photo.json").read_bytes() == before
    assert main(["fmt"]) == 0
    assert capsys.readouterr().out == "1 of 1 files changed\n"
    assert main(["fmt", "--check"]) == 0
    assert (folder / "photo.json").read_text("utf-8") == format_document(UNTIDY)
    assert "—" in (folder / "photo.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "json-syntax"),
        ('{"id": 1, "id": 2}', "duplicate-key"),
        ('{"defs": {"main": {"maximum": 1e2}}}', "unpublishable-float"),
        ('{"id": "\\ud800"}', "unpublishable-text"),
        ('{"id": ' + "9" * 5000 + "}", "unpublishable-integer"),
        ('{"a": ' * 300 + "1" + "}" * 300, "too-deep"),
    ],
)
def test_what_would_not_survive_is_left_as_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, rule: str
) -> None:
    (folder / "odd.json").write_text(text)
    assert main(["fmt"]) == 1
    assert f"error[{rule}]" in capsys.readouterr().out
    assert (folder / "odd.json").read_text() == text
    assert (folder / "photo.json").read_text("utf-8") == format_document(UNTIDY)


def test_a_link_stays_a_link(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.json"
    (folder / "photo.json").rename(target)
    (folder / "photo.json").symlink_to(target)
    assert main(["fmt"]) == 0
    assert (folder / "photo.json").is_symlink()
    assert target.read_text("utf-8") == format_document(UNTIDY)

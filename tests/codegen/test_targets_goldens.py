"""What our targets make of the lexicons of the golden cases, kept in tests/golden/targets, a folder each.

Accept a change with `pytest --update-golden`. Examples are held against the compiled classes, and schemas against
what JSON Schema says a schema is.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

import pytest

from atdata_codegen.cli import main
from atdata_schema.lexicon import Catalog
from atdata_schema.names import class_name
from compiled_package import imported, module_of

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
TARGETS = {"markdown": "markdown", "jsonschema": "jsonschema"}
SHOWN = (
    "good_endpoints",
    "good_every_kind",
    "good_hostile_texts",
    "good_image_sample",
    "good_permissions",
    "good_unions",
)
EVERY = sorted(folder.name for folder in GOLDEN.glob("good_*"))
ROOT = GOLDEN.parent.parent


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATDATA_CACHE", "")


def made(target: str, lexicons: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a target."""
    shutil.copytree(lexicons, folder / "lexicons")
    (folder / "pyproject.toml").write_text(
        '[tool.atdata-gen]\nlexicons = ["lexicons"]\noutput = "src"\npackage = "acme"\n'
    )
    monkeypatch.chdir(folder)
    assert main(["build", "--target", target, "--output", "out"]) == 0
    return folder / "out"


def tree(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in files
        if path.name != ".atdata-gen.json"
    }


@pytest.mark.parametrize("case", SHOWN)
@pytest.mark.parametrize("target", TARGETS)
def test_golden(
    target: str, case: str, tmp_path: Path, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tree(made(target, GOLDEN / case / "lexicons", tmp_path, monkeypatch))
    folder = GOLDEN / "targets" / target / case
    if update_golden:
        shutil.rmtree(folder, ignore_errors=True)
        for path, text in found.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
    assert found == tree(folder), "accept with: pytest --update-golden"


def blocks(page: str, language: str) -> list[tuple[str, str]]:
    """The fences of a page with what they hold."""
    return re.findall(rf"^(`{{3,}}){language}\n(.*?)^\1$", page, re.MULTILINE | re.DOTALL)


LEXICONS = [
    *(pytest.param(GOLDEN / case / "lexicons", id=case) for case in EVERY),
    pytest.param(ROOT / "lexicons", id="ours"),
    pytest.param(ROOT / "examples/lexicons", id="examples"),
]


@pytest.mark.parametrize("lexicons", LEXICONS)
def test_examples_are_samples(
    lexicons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each program runs, what it makes is encoded and read back, and its record form is the one beside it."""
    pages = tree(made("markdown", lexicons, tmp_path / "project", monkeypatch))
    catalog = Catalog.read(lexicons)
    with imported(
        tmp_path / "package", *(document.raw for document in catalog.documents)
    ) as package:
        for nsid in catalog:
            module = module_of(package, nsid)
            page = pages[f"{nsid.replace('.', '/')}.md"]
            for _, text in blocks(page, "json"):
                json.loads(text)
            for name, section in sections(page):
                _check(name, section, package.__name__, module, nsid)


def sections(page: str) -> Iterator[tuple[str, str]]:
    """The definitions of a page, by their anchors."""
    parts = re.split(r'^<a id="([^"]*)"></a>$', page, flags=re.MULTILINE)
    yield from zip(parts[1::2], parts[2::2], strict=True)


def _check(name: str, section: str, package: str, module: Any, nsid: str) -> None:
    programs, records = blocks(section, "python"), blocks(section, "json")
    if "." in name or not programs:
        return
    ((_, program),) = programs
    names: dict[str, Any] = {}
    exec(program.replace("from acme.", f"from {package}."), names)
    sample = names["sample"]
    cls: Any = sample.__class__
    assert cls.__module__ == module.__name__
    assert cls.decode(sample.encode()).encode() == sample.encode()
    assert cls.TYPE in (nsid, f"{nsid}#{name}")
    if records:
        record = json.loads(records[0][1])
        assert cls.from_record(record).encode() == sample.encode()


def test_every_type_has_an_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of our own lexicons and those of the examples there is none without."""
    for lexicons in (ROOT / "lexicons", ROOT / "examples/lexicons"):
        pages = tree(made("markdown", lexicons, tmp_path / lexicons.parent.name, monkeypatch))
        for path, page in pages.items():
            for name, section in sections(page):
                if "| field |" in section and "." not in name:
                    assert blocks(section, "python"), f"{path}#{name} {class_name(name)}"


@pytest.mark.parametrize("lexicons", LEXICONS)
def test_schemas_are_schemas(
    lexicons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in tree(made("jsonschema", lexicons, tmp_path, monkeypatch)).values():
        schema = json.loads(text)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        importlib.import_module("jsonschema").Draft202012Validator.check_schema(schema)
        for ref in references(schema):
            found: Any = schema
            for step in ref.removeprefix("#").split("/")[1:]:
                found = found[step]
            assert isinstance(found, dict)


def references(schema: Any) -> Iterator[str]:
    pending: list[Any] = [schema]
    while pending:
        value = pending.pop()
        if issubclass(type(value), dict):
            ref = value.get("$ref")
            if issubclass(type(ref), str):
                yield ref
            pending += value.values()
        elif issubclass(type(value), list):
            pending += value


@pytest.mark.parametrize("lexicons", LEXICONS)
def test_links_lead_to_pages_and_anchors(
    lexicons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = tree(made("markdown", lexicons, tmp_path, monkeypatch))
    anchors = {path: set(re.findall(r'<a id="([^"]*)"></a>', page)) for path, page in pages.items()}
    for path, page in pages.items():
        text = re.sub(r"^(`{3,}).*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r"(`+) ?[^`].*?\1", "", text)
        for target in re.findall(r"(?<!\\)\]\(([^)]*)\)", text):
            file, _, anchor = target.partition("#")
            page_of = normpath(join(dirname(path), file)) if file else path
            assert page_of in pages, (path, target)
            assert not anchor or anchor in anchors[page_of], (path, target)

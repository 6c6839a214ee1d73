"""Targets: chosen by option or configuration, brought by packages, and kept as the Python package is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pytest

from atdata_codegen.hooks.compiling import compile_in_place

Run = Callable[..., tuple[int, str, str]]

PACKAGE = '[tool.atdata-gen]\nlexicons = ["lexicons"]\noutput = "src"\npackage = "acme"\n'
PAGES = '[[tool.atdata-gen.targets]]\ntarget = "markdown"\noutput = "docs/lexicons"\n'
SCHEMAS = '[[tool.atdata-gen.targets]]\ntarget = "jsonschema"\noutput = "schemas"\n'


def put(folder: Path, nsid: str, **properties: Any) -> Path:
    path = folder / "lexicons" / (nsid.replace(".", "/") + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    main = {"type": "object", "description": "One.", "properties": properties}
    path.write_text(json.dumps({"lexicon": 1, "id": nsid, "defs": {"main": main}}, indent=2) + "\n")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one type; it is the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PACKAGE)
    put(
        folder,
        "org.example.photo",
        size={"type": "integer"},
        note={"type": "string", "maxLength": 9},
    )
    monkeypatch.chdir(folder)
    return folder


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_one_target_goes_where_it_is_told_and_nothing_else_is_made(project: Path, gen: Run) -> None:
    status, out, _ = gen("build", "--target", "jsonschema", "--output", "out")
    assert (status, out) == (0, "1 file: 1 written, 0 up to date\n")
    assert files(project / "out") == [".atdata-gen.json", "org/example/photo.schema.json"]
    assert not (project / "src").exists()
    assert gen("check", "--target", "jsonschema", "--output", "out") == (
        0,
        "1 file up to date\n",
        "",
    )
    assert gen("build", "--target", "jsonschema", "--output", "out")[1] == "1 file: 1 up to date\n"


def test_the_configuration_names_targets_beside_the_package(project: Path, gen: Run) -> None:
    (project / "pyproject.toml").write_text(PACKAGE + PAGES + SCHEMAS)
    status, out, _ = gen("build")
    assert (status, out) == (0, "8 files: 8 written, 0 up to date\n")
    assert files(project / "docs") == [
        "lexicons/.atdata-gen.json",
        "lexicons/index.md",
        "lexicons/org/example/photo.md",
    ]
    assert files(project / "schemas") == [".atdata-gen.json", "org/example/photo.schema.json"]
    assert (project / "src/acme/org/example/photo.py").exists()
    assert gen("build")[1] == "8 files: 8 up to date\n"
    assert gen("check")[1] == "8 files up to date\n"
    page = project / "docs/lexicons/org/example/photo.md"
    page.unlink()
    status, out, _ = gen("check")
    assert status == 1
    assert "docs/lexicons/org/example/photo.md: error[stale-output]: this file is missing" in out
    assert gen("build", "--target", "markdown")[1] == "2 files: 1 written, 1 up to date\n"
    assert gen("build", "--target", "python")[1] == "5 files: 5 up to date\n"
    assert gen("check")[0] == 0


def test_a_project_may_have_targets_alone(project: Path, gen: Run) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.atdata-gen]\nlexicons = ["lexicons"]\n' + PAGES + SCHEMAS
    )
    assert gen("build")[:2] == (0, "3 files: 3 written, 0 up to date\n")
    assert gen("build")[:2] == (0, "3 files: 3 up to date\n")
    assert gen("check")[:2] == (0, "3 files up to date\n")
    assert "Python:" not in (project / "docs/lexicons/org/example/photo.md").read_text()
    (project / "schemas/org/example/photo.schema.json").unlink()
    assert gen("check")[0] == 1
    assert gen("build")[:2] == (0, "3 files: 1 written, 2 up to date\n")
    status, _, err = gen("build", "--target", "python")
    assert (status, "output is not given" in err) == (2, True)


def test_files_are_owned_pruned_and_never_overwritten(project: Path, gen: Run) -> None:
    (project / "pyproject.toml").write_text(PACKAGE + PAGES)
    put(project, "org.example.other.thing", a={"type": "integer"})
    mine = project / "docs/lexicons/org/example/mine.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    assert gen("build")[0] == 0
    (project / "lexicons/org/example/other/thing.json").unlink()
    assert gen("build")[0] == 0
    assert not (project / "docs/lexicons/org/example/other").exists()
    assert mine.read_text() == "mine\n"
    page = project / "docs/lexicons/org/example/photo.md"
    page.write_text(page.read_text() + "edited\n")
    put(project, "org.example.photo", size={"type": "integer", "minimum": 1})
    status, out, _ = gen("build")
    assert status == 1
    assert "docs/lexicons/org/example/photo.md: error[edited-output]" in out
    assert "edited\n" in page.read_text()
    assert gen("build", "--force")[0] == 0
    put(project, "org.example.mine", a={"type": "integer"})
    before = files(project)
    status, out, _ = gen("build")
    assert (status, "docs/lexicons/org/example/mine.md: error[foreign-file]" in out) == (1, True)
    assert files(project) == before, "nothing of the package is written either"


def test_a_distribution_is_built_without_them(project: Path) -> None:
    """Where it is built, a target that a package brings need not be there."""
    elsewhere = PAGES.replace("markdown", "of-a-package")
    (project / "pyproject.toml").write_text(PACKAGE + PAGES + elsewhere.replace("docs", "more"))
    compiled = compile_in_place(project)
    assert compiled.package == "acme"
    assert not (project / "docs").exists()


def test_nothing_is_written_where_a_lexicon_is_wrong(project: Path, gen: Run) -> None:
    (project / "pyproject.toml").write_text(PACKAGE + PAGES)
    put(project, "org.example.bad", a={"type": "ref", "ref": "org.example.nowhere"})
    assert gen("build")[0] == 1
    assert not (project / "docs").exists()
    assert gen("build", "--target", "jsonschema", "--output", "out")[0] == 1
    assert not (project / "out").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("targets = 3", "`targets` is a list of tables"),
        ("targets = [3]", "`targets` is a list of tables"),
        ('targets = [{ output = "docs" }]', "a target needs `target`"),
        ('targets = [{ target = "markdown" }]', "a target needs `output`"),
        (
            'targets = [{ target = "markdown", output = "d" }, { target = "jsonschema", output = "./d" }]',
            "two targets go into './d'",
        ),
    ],
)
def test_mistakes_in_the_configuration(project: Path, gen: Run, text: str, said: str) -> None:
    (project / "pyproject.toml").write_text(PACKAGE + text + "\n")
    status, out, _ = gen("build")
    assert (status, said in out) == (2, True), out


def test_a_target_has_a_folder_of_its_own(project: Path, gen: Run) -> None:
    status, _, err = gen("build", "--target", "markdown")
    assert (status, "nothing says where the target markdown goes" in err) == (2, True)
    status, _, err = gen("build", "--target", "markdown", "--output", "src/acme")
    assert (status, "the folder of the package" in err) == (2, True)
    (project / "pyproject.toml").write_text(PACKAGE + PAGES.replace("docs/lexicons", "src/acme"))
    status, _, err = gen("build")
    assert (status, "goes into the folder of the package" in err) == (2, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('titel = "x"', "there is no option 'titel': known are title"),
        ("title = 3", "the option 'title' is a text"),
    ],
)
def test_options_of_a_target(project: Path, gen: Run, options: str, said: str) -> None:
    (project / "pyproject.toml").write_text(f"{PACKAGE}{PAGES}{options}\n")
    status, out, _ = gen("build")
    assert (status, f"<markdown>: error[target-failed]: {said}" in out) == (1, True), out
    assert not (project / "src").exists()
    (project / "pyproject.toml").write_text(f'{PACKAGE}{PAGES}title = "Our *types*"\n')
    assert gen("build")[0] == 0
    assert (project / "docs/lexicons/index.md").read_text().startswith("# Our \\*types\\*\n")


def test_schemas_may_have_addresses(project: Path, gen: Run) -> None:
    (project / "pyproject.toml").write_text(f'{PACKAGE}{SCHEMAS}base = "https://example.org/s/"\n')
    assert gen("build")[0] == 0
    schema = json.loads((project / "schemas/org/example/photo.schema.json").read_text())
    assert schema["$id"] == "https://example.org/s/org/example/photo.schema.json"
    (project / "pyproject.toml").write_text(f'{PACKAGE}{SCHEMAS}base = "https://example.org/s"\n')
    assert "a URL that ends in '/'" in gen("build")[1]


# Targets of packages.

MODULE = """
from atdata_codegen.targets import TargetError

def listing(given):
    given.only("mark")
    lines = [f"{nsid} {given.plan(nsid).path} {given.document(nsid).id}" for nsid in given.nsids]
    fields = [str(f) for nsid in given.nsids for item in given.objects(nsid) for f in item.fields]
    return {"all.txt": "\\n".join([given.text("mark") or "-", *lines, *fields]), "b/raw.bin": b"\\x89\\r\\n"}

def refuses(given): raise TargetError("not today\\x1b[2J")
def fails(given): return 1 / 0
def nothing(given): return None
def outside(given): return {"../a.txt": ""}
def absolute(given): return {"/a.txt": ""}
def backwards(given): return {"a\\\\b.txt": ""}
def listed(given): return {".atdata-gen.json": ""}
def twice(given): return {"A.txt": "", "a.txt": ""}
def both(given): return {"a": "", "a/b": ""}
def number(given): return {"a.txt": 3}
value = 3
"""


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a package with targets; nothing else is installed."""
    real = metadata.entry_points

    def brought(**wanted: str) -> metadata.EntryPoints:
        points = cast("Iterable[metadata.EntryPoint]", real(**wanted))
        return metadata.EntryPoints(point for point in points if "brought" in point.value)

    monkeypatch.setattr(metadata, "entry_points", brought)

    def call(name: str, *points: str, module: str = MODULE) -> None:
        site = tmp_path / f"site_{name}"
        about = site / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text("[atdata_gen.targets]\n" + "\n".join(points) + "\n")
        (site / f"brought_{name}.py").write_text(module)
        sys.modules.pop(f"brought_{name}", None)
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    return call


LISTING = '[[tool.atdata-gen.targets]]\ntarget = "listing"\noutput = "out"\nmark = "here"\n'


def test_a_package_brings_a_target(project: Path, gen: Run, bring: Callable[..., None]) -> None:
    bring("lister", "listing = brought_lister:listing")
    (project / "pyproject.toml").write_text(PACKAGE + LISTING)
    assert gen("build")[:2] == (0, "7 files: 7 written, 0 up to date\n")
    assert (project / "out/all.txt").read_text().splitlines() == [
        "here",
        "org.example.photo org/example/photo.py org.example.photo",
        "note?: string(maxLength 9)",
        "size?: integer",
    ]
    assert (project / "out/b/raw.bin").read_bytes() == b"\x89\r\n"
    assert gen("check")[0] == 0
    # Its code is nothing that a cache knows: it is asked each time.
    bring(
        "lister2",
        "listing = brought_lister2:listing",
        module=MODULE.replace('"all.txt"', '"every.txt"'),
    )
    status, out, _ = gen("build")
    assert status == 1
    assert "claimed by several packages: brought_lister2:listing, brought_lister:listing" in out


def test_ours_are_not_replaced(project: Path, gen: Run, bring: Callable[..., None]) -> None:
    bring("mine", "markdown = brought_mine:listing", "python = brought_mine:listing")
    assert gen("build", "--target", "markdown", "--output", "out")[0] == 0
    assert (project / "out/index.md").exists()
    assert gen("build", "--target", "python")[1].startswith("5 files")


def test_a_target_that_is_not_there(project: Path, gen: Run, bring: Callable[..., None]) -> None:
    bring("lister", "listing = brought_lister:listing")
    status, out, _ = gen("build", "--target", "markdwon", "--output", "out")
    assert (status, "there is no target 'markdwon': did you mean 'markdown'?" in out) == (1, True)
    out = gen("build", "--target", "x", "--output", "out")[1]
    assert "known are jsonschema, listing, markdown, python" in out


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("refuses", "not today\\x1b[2J"),
        ("fails", "it failed: ZeroDivisionError: division by zero"),
        ("nothing", "it gave a NoneType, and not a mapping"),
        ("outside", "'../a.txt' is no path below the folder"),
        ("absolute", "'/a.txt' is no path below the folder"),
        ("backwards", "is no path below the folder"),
        ("listed", "is where the compiler lists what it owns"),
        ("twice", "'a.txt' and 'A.txt' are one file where case does not count"),
        ("both", "'a' would be a file and a folder"),
        ("number", "'a.txt' has a int for content"),
        ("value", "brought_bad:value is no function"),
        ("gone", "brought_bad:gone cannot be loaded: AttributeError"),
    ],
)
def test_a_target_that_fails_writes_nothing(
    project: Path, gen: Run, bring: Callable[..., None], function: str, said: str
) -> None:
    bring("bad", f"bad = brought_bad:{function}")
    (project / "pyproject.toml").write_text(
        PACKAGE + '[[tool.atdata-gen.targets]]\ntarget = "bad"\noutput = "out"\n'
    )
    status, out, _ = gen("build")
    assert status == 1
    assert "<bad>: error[target-failed]: " in out
    assert said in out
    assert not (project / "out").exists()
    assert not (project / "src").exists()


def test_names_that_differ_by_case_are_told(project: Path, gen: Run) -> None:
    put(project, "org.example.fooBar", a={"type": "integer"})
    put(project, "org.example.foobar", a={"type": "integer"})
    status, out, _ = gen("build", "--target", "markdown", "--output", "out")
    assert status == 1
    assert "'org/example/foobar.md' and 'org/example/fooBar.md' are one file" in out

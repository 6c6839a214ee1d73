"""Lexicons of installed packages: read without running them, each of one package, none in a circle."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from atdata_codegen.cli import main
from atdata_codegen.source.installed import Installed
from building_projects import put, sample
from compiled_sites import install

Run = Callable[..., tuple[int, str]]

THING = sample("org.lab.thing", size={"type": "integer"})
OTHER_THING = sample("org.lab.thing", size={"type": "string", "maxLength": 5})


def refers(nsid: str, target: str) -> dict[str, Any]:
    """A sample type that holds another."""
    return sample(nsid, it={"type": "ref", "ref": target})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that Python finds."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


@pytest.fixture
def folder(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one type holds `org.lab.thing`; it is the current folder."""
    made = tmp_path / "project"
    made.mkdir()
    table = '[tool.atdata-gen]\nlexicons = ["lexicons"]\noutput = "src"\npackage = "mine"\n'
    (made / "pyproject.toml").write_text(table, "utf-8")
    put(made / "lexicons", refers("org.me.photo", "org.lab.thing"))
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; the exit status and what it printed."""

    def call(*arguments: str) -> tuple[int, str]:
        status = main(arguments)
        return status, capsys.readouterr().out

    return call


def test_the_types_of_an_installed_package_are_the_same_objects(
    site: Path, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "lab_types_same", "1.0", THING)
    assert run("build")[0] == 0
    monkeypatch.setattr(sys, "path", [str(folder / "src"), *sys.path])
    thing = import_module("lab_types_same.org.lab.thing")
    photo = import_module("mine.org.me.photo")
    made = photo.Photo(it=thing.Thing(size=3))
    assert type(photo.Photo.decode(made.encode()).it) is thing.Thing


def not_to_be_imported(package: Path) -> None:
    """Make every module of a package end whoever imports it."""
    for path in package.rglob("*.py"):
        path.write_text(path.read_text("utf-8") + "\nraise SystemExit(3)\n", "utf-8")
    with pytest.raises(SystemExit):
        import_module(package.name)


def test_compiling_runs_no_code_of_an_installed_package(site: Path, folder: Path, run: Run) -> None:
    install(site, "lab_types_read", "1.0", THING)
    not_to_be_imported(site / "lab_types_read")
    assert run("build")[0] == 0
    assert not [name for name in sys.modules if name.startswith("lab_types_read")]


def test_comparing_runs_no_code_of_an_installed_package(site: Path, folder: Path, run: Run) -> None:
    install(site, "lab_types_held", "1.0", OTHER_THING)
    not_to_be_imported(site / "lab_types_held")
    put(folder / "lexicons", THING)
    status, out = run("breaking", "--against", "package:lab_types_held")
    assert status == 1
    assert "org.lab.thing" in out
    assert "size" in out
    assert not [name for name in sys.modules if name.startswith("lab_types_held")]


def test_two_versions_of_one_lexicon_are_an_error_with_both_origins(
    site: Path, folder: Path, run: Run
) -> None:
    install(site, "lab_types_a", "1.2.0", THING)
    assert run("build")[0] == 0
    install(site, "lab_types_b", "0.3", OTHER_THING)
    status, out = run(
        "build"
    )  # what was kept of the last build does not count: the environment is another one
    assert status == 1
    assert (
        "error[claimed-lexicon]: org.lab.thing is compiled by lab_types_a 1.2.0 (lab_types_a) "
        in out
    )
    assert "and by lab_types_b 0.3 (lab_types_b), as two different documents" in out
    assert run("check")[0] == 1


def test_one_document_compiled_twice_is_an_error_too(site: Path, folder: Path, run: Run) -> None:
    install(site, "lab_types_c", "1.0", THING)
    install(site, "lab_types_d", "1.0", THING)
    status, out = run("lint")
    assert (status, out.count("error[claimed-lexicon]")) == (1, 1)
    assert "each for itself" in out


@pytest.mark.parametrize(
    ("document", "kind"), [(THING, "the same document"), (OTHER_THING, "another document")]
)
def test_a_lexicon_of_an_installed_package_is_not_compiled_again(
    site: Path, folder: Path, run: Run, document: dict[str, Any], kind: str
) -> None:
    """Whether anything refers to it or not."""
    name = f"lab_types_own_{kind.split()[0]}"
    install(site, name, "2.0", document)
    (folder / "lexicons/org/me/photo.json").unlink()
    put(folder / "lexicons", THING)
    status, out = run("build")
    assert status == 1
    assert "lexicons/org/lab/thing.json:3:9: error[claimed-lexicon]" in out
    assert f"{name} 2.0 ({name}) has compiled {kind} of the name org.lab.thing" in out


def test_packages_in_a_circle_are_an_error_with_every_step(
    site: Path, folder: Path, run: Run
) -> None:
    """The installed package was built when this project was another."""
    mine = sample("org.me.small", size={"type": "integer"})
    install(
        site, "lab_types_e", "1.0", refers("org.lab.thing", "org.me.small"), needs={"mine.x": mine}
    )
    put(folder / "lexicons", mine)
    status, out = run("lint")
    assert status == 1
    assert "error[circular-packages]" in out
    assert (
        "lab_types_e 1.0 (lab_types_e): org.lab.thing refers to org.me.small of this project" in out
    )
    assert "this project: org.me.photo refers to org.lab.thing of lab_types_e 1.0" in out


def test_a_circle_of_installed_packages_is_found_from_outside(
    site: Path, folder: Path, run: Run
) -> None:
    first = refers("org.lab.thing", "org.far.part")
    second = sample(
        "org.far.part", n={"type": "array", "items": {"type": "ref", "ref": "org.lab.thing"}}
    )
    install(site, "lab_types_f", "1.0", first, needs={"far_types_f.org.far.part": second})
    install(site, "far_types_f", "1.0", second, needs={"lab_types_f.org.lab.thing": first})
    status, out = run("lint")
    assert status == 1
    assert "in a circle: far_types_f 1.0 (far_types_f), lab_types_f 1.0 (lab_types_f)" in out


def test_packages_that_need_each_other_in_a_line_are_none(
    site: Path, folder: Path, run: Run
) -> None:
    base = sample("org.base.number", n={"type": "integer"})
    install(site, "base_types_g", "1.0", base)
    thing = refers("org.lab.thing", "org.base.number")
    install(site, "lab_types_g", "1.0", thing, needs={"base_types_g.org.base.number": base})
    put(folder / "lexicons", refers("org.me.other", "org.base.number"))
    assert run("build")[0] == 0


def test_a_package_by_hand_is_imported(site: Path) -> None:
    """Its index and documents may be made by code."""
    package = site / "by_hand"
    package.mkdir()
    (package / "__init__.py").write_text("LEXICONS = dict([('org.lab.thing', 'by_hand.thing')])\n")
    text = f"class LEXICON:\n    document = {json.loads(json.dumps(THING))!r}\n"
    (package / "thing.py").write_text(text, "utf-8")
    about = site / "by_hand-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: by-hand\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[atdata.lexicons]\nx = by_hand\n")
    found = Installed(None).find("org.lab.thing")
    assert found is not None
    assert found.document == THING
    assert found.claim.origin == "by-hand 1 (by_hand)"

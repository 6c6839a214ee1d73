"""`atdata-gen package`: a folder of lexicons becomes a project that builds, installs and is referred to."""

from __future__ import annotations

import json
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atdata_codegen.cli import main
from atdata_codegen.packaging.layout import name_for
from atdata_codegen.packaging.readme import code, plain
from atdata_codegen.project import ProjectError
from building_projects import put, sample
from fresh_environments import Installed, beside, run, succeed

pytestmark = pytest.mark.xdist_group("wheel")

Run = Callable[..., tuple[int, str, str]]

SCAN = sample(
    "org.lab.vision.scan",
    pixels={
        "type": "ref",
        "ref": "dev.atdata.types#ndarray",
        "description": "Grey levels.",
        "x-atdata": {"dtype": "uint8", "shape": ["H", "W"]},
    },
    label={"type": "string", "maxLength": 64, "description": "What a *person* <b>saw</b>.\nOnce."},
)
BOX = sample("org.lab.vision.box", x={"type": "integer"})


@pytest.fixture
def lexicons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of lexicons, in the current folder."""
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for document in (SCAN, BOX):
        put(tmp_path / "lexicons", document)
    return tmp_path / "lexicons"


@pytest.fixture
def gen(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; the exit status and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_project_holds_all_that_a_package_needs(lexicons: Path, gen: Run) -> None:
    status, out, err = gen("package", "lexicons")
    assert (status, err) == (0, "")
    assert "lab-vision-lexicons is lab-vision-lexicons, with the package lab_vision_" in out
    folder = lexicons.parent / "lab-vision-lexicons"
    made = tree(folder)
    assert (
        made["lexicons/org/lab/vision/scan.json"]
        == (lexicons / "org/lab/vision/scan.json").read_bytes()
    )
    assert "src/lab_vision_lexicons/py.typed" in made
    assert b'"id": "org.lab.vision.scan"' in made["src/lab_vision_lexicons/org/lab/vision/scan.py"]
    project = tomllib.loads(made["pyproject.toml"].decode())
    points = project["project"]["entry-points"]["atdata.lexicons"]
    assert points == {"lab-vision-lexicons": "lab_vision_lexicons"}
    assert project["project"]["dependencies"] == ["atdata>=1.0.0a1"]
    readme = made["README.md"].decode()
    assert "# lab-vision-lexicons" in readme
    assert "from lab_vision_lexicons.org.lab.vision.scan import Scan" in readme
    assert "* `pixels` (`uint8[H, W]`): Grey levels." in readme
    assert r"What a \*person\* \<b\>saw\</b\>. Once." in readme


def test_the_same_again_changes_nothing(lexicons: Path, gen: Run) -> None:
    gen("package", "lexicons", "--to", "made")
    before = tree(lexicons.parent / "made")
    assert gen("package", "lexicons", "--to", "made")[0] == 0
    assert tree(lexicons.parent / "made") == before


def test_a_project_is_brought_up_to_date_and_its_pyproject_stays(lexicons: Path, gen: Run) -> None:
    gen("package", "lexicons", "--to", "made")
    folder = lexicons.parent / "made"
    pyproject = folder / "pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8").replace("0.1.0", "0.2.0"), "utf-8")
    (lexicons / "org/lab/vision/box.json").unlink()
    put(lexicons, sample("org.lab.vision.line", length={"type": "integer"}))
    assert gen("package", "lexicons", "--to", "made")[0] == 0
    made = tree(folder)
    assert b"0.2.0" in made["pyproject.toml"]
    assert "lexicons/org/lab/vision/line.json" in made
    assert not [path for path in made if "box" in path]
    assert b"org.lab.vision.line" in made["README.md"]


def test_lexicons_in_the_project_are_not_copied(lexicons: Path, gen: Run) -> None:
    assert gen("package", "lexicons", "--to", ".")[0] == 0
    owned = json.loads((lexicons.parent / ".atdata-gen.json").read_bytes())["files"]
    assert list(owned) == ["README.md"]
    assert gen("check")[0] == 0


def test_an_edited_readme_is_kept_unless_forced(lexicons: Path, gen: Run) -> None:
    gen("package", "lexicons", "--to", "made")
    readme = lexicons.parent / "made/README.md"
    readme.write_text("mine\n", "utf-8")
    status, out, _ = gen("package", "lexicons", "--to", "made")
    assert (status, "made/README.md: error[edited-output]" in out) == (1, True)
    assert readme.read_text("utf-8") == "mine\n"
    assert gen("package", "lexicons", "--to", "made", "--force")[0] == 0
    assert readme.read_text("utf-8") != "mine\n"


def test_a_readme_of_somebody_is_in_the_way(lexicons: Path, gen: Run) -> None:
    (lexicons.parent / "made").mkdir()
    (lexicons.parent / "made/README.md").write_text("mine\n", "utf-8")
    status, out, _ = gen("package", "lexicons", "--to", "made", "--force")
    assert (status, "error[foreign-file]" in out) == (1, True)
    assert tree(lexicons.parent / "made") == {"README.md": b"mine\n"}


def test_an_error_writes_nothing(lexicons: Path, gen: Run) -> None:
    put(lexicons, sample("org.lab.vision.bad", x={"type": "ref", "ref": "org.lab.vision.no"}))
    status, out, _ = gen("package", "lexicons", "--to", "made")
    assert (status, "error[unresolved-ref]" in out) == (1, True)
    assert not (lexicons.parent / "made").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("nowhere",), "there is no folder nowhere"),
        (("empty",), "there are no lexicons in empty"),
        (("lexicons", "--name", "a b"), "no name of a distribution"),
        (("lexicons", "--name", "a\x1b"), "no name of a distribution"),
        (("lexicons", "--package", "a-b"), "no import name"),
        (("lexicons", "--version", "one"), "no version"),
        (("lexicons", "--license", 'MIT"\n'), "no SPDX expression"),
        (("lexicons", "--to", "other"), "has no [tool.atdata-gen]"),
        (("lexicons", "--to", "there", "--version", "2.0"), "change --version there"),
        (("lexicons", "--to", "there", "--name", "else"), "change --name there"),
    ],
)
def test_wrong_usage_ends_with_2(
    lexicons: Path, gen: Run, arguments: tuple[str, ...], part: str
) -> None:
    here = lexicons.parent
    (here / "empty").mkdir()
    (here / "other").mkdir()
    (here / "other/pyproject.toml").write_text("[project]\n", "utf-8")
    gen("package", "lexicons", "--to", "there")
    status, out, err = gen("package", *arguments)
    assert (status, out) == (2, "")
    assert part in err
    assert "\x1b" not in err


def test_names_come_from_what_the_lexicons_have_in_common() -> None:
    assert name_for(["org.lab.a", "org.lab.b.c"]) == "lab-lexicons"
    for names in (["org.lab.a", "org.other.a"], ["org.lab.a", "com.lab.a"]):
        with pytest.raises(ProjectError, match="--name"):
            name_for(names)


@pytest.mark.parametrize(
    "text", ["# x", "- x", "a\n\n# b", "[x](javascript:1)", "<img src=x>", "&lt;"]
)
def test_texts_of_lexicons_are_no_markdown(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    for special in "#[<&":
        assert shown.count(special) == shown.count(f"\\{special}")
    assert code(text).strip("`").strip() == " ".join(text.split())


CONSUMER = """\
from typing import assert_type

import numpy as np

from hospital_types.org.hospital.study import Study
from lab_vision_lexicons.org.lab.vision.scan import Scan

scan = Scan(pixels=np.zeros((2, 3), np.uint8), label="cat")
study = Study(scan=scan, patient="p1")
assert_type(study.scan, Scan)
again = Study.decode(study.encode())
assert type(again.scan) is Scan
assert again == study
"""


@pytest.mark.parametrize("backend", ["hatchling", "setuptools"])
def test_another_package_refers_to_it_and_has_the_same_types(
    building: Installed, lexicons: Path, gen: Run, backend: str
) -> None:
    here = lexicons.parent
    assert gen("package", "lexicons", "--to", "lab", "--backend", backend)[0] == 0
    (here / "fresh").mkdir()
    fresh = beside(building, here / "fresh")
    fresh.install(str(here / "lab"))
    study = sample(
        "org.hospital.study",
        scan={"type": "ref", "ref": "org.lab.vision.scan"},
        patient={"type": "string", "maxLength": 9},
    )
    put(here / "private", study)
    options = ("--name", "hospital-types", "--to", "hospital", "--backend", backend)
    succeed(fresh.run(here, "-m", "atdata_codegen", "package", "private", *options))
    project = tomllib.loads((here / "hospital/pyproject.toml").read_text("utf-8"))
    needs = ["atdata>=1.0.0a1", "lab-vision-lexicons>=0.1.0"]
    assert project["project"]["dependencies"] == needs
    assert set(needs) < set(project["build-system"]["requires"])
    assert not (here / "hospital/src/hospital_types/org/lab").exists()
    fresh.install(str(here / "hospital"))
    (here / "consumer.py").write_text(CONSUMER, "utf-8")
    succeed(fresh.run(here, "consumer.py"))
    if backend == "hatchling":
        mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(fresh.python)]
        succeed(run([*mypy, "consumer.py"], here, fresh.env))


def test_the_wheel_holds_documents_and_type_information(
    building: Installed, lexicons: Path, gen: Run
) -> None:
    gen("package", "lexicons", "--to", "lab", "--license", "CC-BY-4.0", "--version", "3.1")
    succeed(building.run(lexicons.parent / "lab", "-m", "build", "--no-isolation", "--wheel"))
    (wheel,) = (lexicons.parent / "lab" / "dist").glob("*.whl")
    assert wheel.name.startswith("lab_vision_lexicons-3.1-")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        metadata = opened.read("lab_vision_lexicons-3.1.dist-info/METADATA").decode()
        module: Any = opened.read("lab_vision_lexicons/org/lab/vision/scan.py")
    assert "lab_vision_lexicons/py.typed" in names
    assert b'"id": "org.lab.vision.scan"' in module
    assert "License-Expression: CC-BY-4.0" in metadata
    assert "from lab_vision_lexicons.org.lab.vision.scan import Scan" in metadata  # the README

"""Projects that compile their lexicons when they are built: real ones, built and installed."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from building_projects import PHOTO, USE, project, put, sample
from fresh_environments import Installed, beside, succeed

pytestmark = pytest.mark.xdist_group("wheel")

BACKENDS = ["hatchling", "setuptools"]

BLOCKER = """\
import sys
from importlib.machinery import PathFinder


class Blocked:
    def create_module(self, spec):
        raise ImportError(f"the compiler runs {spec.name}")

    def exec_module(self, module):
        raise AssertionError


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {"atdata", "atdata_lexicons", "webdataset", "typer", "rich"}:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None:
            spec.loader = Blocked()
        return spec


sys.meta_path.insert(0, Blocker())
"""
"""Modules that can be found, as lexicons of installed packages have to be, and cannot be run."""

COMPILED = {
    "acme_types/__init__.py",
    "acme_types/py.typed",
    "acme_types/org/__init__.py",
    "acme_types/org/acme/__init__.py",
    "acme_types/org/acme/photo.py",
}


def build(environment: Installed, folder: Path, *options: str, **more: str) -> str:
    """Build a project; what that printed."""
    command = ("-m", "build", "--no-isolation", *options)
    return succeed(environment.run(folder, *command, **more))


def wheel_of(folder: Path) -> Path:
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("name", "output"), [("plain", "src"), ("Äpfel [und] Birnen", "."), ("deep", "made here/ß")]
)
def test_a_source_archive_and_a_wheel_of_it_hold_what_was_compiled(
    building: Installed, tmp_path: Path, backend: str, name: str, output: str
) -> None:
    """Nothing is compiled beforehand, and version control ignores what is."""
    folder = project(tmp_path / name, backend, output)
    build(building, folder)
    (archive,) = (folder / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        held = {member.partition("/")[2] for member in opened.getnames()}
    prefix = "" if output == "." else f"{output}/"
    assert {"lexicons/org/acme/photo.json", *(prefix + path for path in COMPILED)} <= held
    with zipfile.ZipFile(wheel_of(folder)) as opened:
        assert COMPILED <= set(opened.namelist())
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel_of(folder)) as opened:
        opened.extractall(site)
    made = succeed(building.run(tmp_path, "-c", USE, PYTHONPATH=str(site)))
    assert made.startswith(str(site))


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_is_installed_as_a_wheel_and_editable(
    building: Installed, tmp_path: Path, backend: str
) -> None:
    folder = project(tmp_path / "project", backend)
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    fresh = beside(building, tmp_path / "first")
    fresh.install(str(folder))
    assert "site-packages" in succeed(fresh.run(tmp_path, "-c", USE))
    fresh = beside(building, tmp_path / "second")
    fresh.install("--editable", str(folder))
    assert str(folder / "src") in succeed(fresh.run(tmp_path, "-c", USE))
    succeed(building.command(folder, "atdata-gen", "check"))


def test_a_build_apart_installs_the_compiler_itself(
    building: Installed, wheel: Path, tmp_path: Path
) -> None:
    """As users build: in an environment that `build-system.requires` fills."""
    folder = project(tmp_path / "project", "hatchling")
    links = f"{wheel.parent} {building.env.get('PIP_FIND_LINKS', '')}"
    succeed(building.run(folder, "-m", "build", "--wheel", PIP_FIND_LINKS=links))
    with zipfile.ZipFile(wheel_of(folder)) as opened:
        assert COMPILED <= set(opened.namelist())


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_build_imports_the_compiler_and_the_kernel_alone(
    building: Installed, tmp_path: Path, backend: str
) -> None:
    folder = project(tmp_path / "project", backend)
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(BLOCKER, "utf-8")
    path = str(tmp_path / "path")
    for name in ("atdata", "atdata_lexicons"):
        blocked = building.run(tmp_path, "-c", f"import {name}", PYTHONPATH=path)
        assert f"the compiler runs {name}" in blocked.stderr
    shard = {"type": "ref", "ref": "dev.atdata.defs#shard"}  # of a package that is read and not run
    put(folder / "lexicons", sample("org.acme.shards", first=shard))
    build(building, folder, "--wheel", PYTHONPATH=path)
    with zipfile.ZipFile(wheel_of(folder)) as opened:
        assert COMPILED <= set(opened.namelist())


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_lexicon_with_an_error_stops_the_build_and_is_shown(
    building: Installed, tmp_path: Path, backend: str
) -> None:
    folder = project(tmp_path / "project", backend)
    put(folder / "lexicons", sample("org.acme.bad", x={"type": "ref", "ref": "org.acme.nothing"}))
    done = building.run(folder, "-m", "build", "--no-isolation", "--wheel")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "lexicons/org/acme/bad.json:" in said
    assert "error[unresolved-ref]" in said
    assert "Traceback" not in said
    assert not (folder / "src").exists()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_compiled_file_that_was_edited_stops_the_build_and_stays(
    building: Installed, tmp_path: Path, backend: str
) -> None:
    folder = project(tmp_path / "project", backend)
    succeed(building.command(folder, "atdata-gen", "build"))
    edited = folder / "src/acme_types/org/acme/photo.py"
    edited.write_text("mine = 1\n", "utf-8")
    done = building.run(folder, "-m", "build", "--no-isolation", "--wheel")
    assert done.returncode == 1
    assert "error[edited-output]" in done.stdout + done.stderr
    assert edited.read_text("utf-8") == "mine = 1\n"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("table", "part"),
    [
        ("", "no table [tool.atdata-gen]"),
        ('[tool.atdata-gen]\nlexicon = ["lexicons"]\n', "unknown key 'lexicon'"),
        ('[tool.atdata-gen]\nlexicons = ["lexicons"]\n', "output is not given"),
        (
            '[tool.atdata-gen]\nlexicons = ["lexicons"]\noutput = "../out"\npackage = "acme_types"\n',
            "outside of the project",
        ),
    ],
)
def test_a_project_that_does_not_say_what_to_compile_is_told(
    building: Installed, tmp_path: Path, backend: str, table: str, part: str
) -> None:
    folder = project(tmp_path / "project", backend)
    pyproject = folder / "pyproject.toml"
    text = pyproject.read_text("utf-8")
    pyproject.write_text(text[: text.index("[tool.atdata-gen]")] + table, "utf-8")
    done = building.run(folder, "-m", "build", "--no-isolation", "--wheel")
    said = done.stdout + done.stderr
    if backend == "setuptools" and not table:  # it is a project like any other then
        assert "atdata_gen" not in said
        return
    assert done.returncode == 1
    assert part in said
    assert "Traceback" not in said


def test_setuptools_has_the_command_by_name(building: Installed, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", "setuptools")
    code = "from setuptools import setup; setup()"
    succeed(building.run(folder, "-c", code, "atdata_gen"))
    assert (folder / "src/acme_types/org/acme/photo.py").exists()
    listed = succeed(building.run(folder, "-c", code, "--help-commands"))
    assert "compile lexicons into their package" in listed


def test_a_change_of_a_lexicon_is_in_the_next_build(building: Installed, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", "hatchling")
    build(building, folder, "--wheel")
    changed = json.loads(json.dumps(PHOTO))
    changed["defs"]["main"]["properties"]["height"] = {"type": "integer"}
    put(folder / "lexicons", changed)
    build(building, folder, "--wheel")
    with zipfile.ZipFile(wheel_of(folder)) as opened:
        assert b"height" in opened.read("acme_types/org/acme/photo.py")

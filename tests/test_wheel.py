"""The wheel, alone in a fresh environment: it installs, compiles, runs and type-checks there."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from fresh_environments import Installed, run, succeed

# One worker builds and installs once; needs `--dist loadgroup` where tests run in parallel.
pytestmark = pytest.mark.xdist_group("wheel")

PACKAGES = ["atdata", "atdata_codegen", "atdata_lexicons", "atdata_schema"]

CONSUMER = """\
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import atdata
from consumer_types.org.example.digit import Digit

digits = [Digit(image=np.full((8, 8), n, np.uint8), label=n) for n in range(10)]
atdata.write_samples(digits, "digits.tar", maxcount=4)
ds = atdata.load_dataset("digits-*.tar", Digit, split="train")
assert len(ds) == 10
for batch in ds.ordered(batch_size=5):
    assert_type(batch.image, NDArray[np.uint8])
    assert batch.image.shape == (5, 8, 8)
print(atdata.__file__)
"""

PROJECT = """\
[tool.atdata-gen]
lexicons = ["lexicons"]
output = "src"
package = "consumer_types"
"""


@pytest.fixture(scope="module")
def consumer(root: Path, installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's project: lexicons, what `atdata-gen build` makes of them, a program."""
    folder = tmp_path_factory.mktemp("consumer")
    shutil.copytree(root / "examples" / "lexicons", folder / "lexicons")
    (folder / "pyproject.toml").write_text(PROJECT, "utf-8")
    (folder / "consumer.py").write_text(CONSUMER, "utf-8")
    succeed(run([installed.script("atdata-gen"), "build"], folder, installed.env))
    return folder


def test_the_source_archive_holds_what_the_packages_are_made_from(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        folders = {name.split("/")[1] for name in archive.getnames() if name.count("/") > 1}
    assert {"lexicons", "generated", "codegen", "atdata_schema", "tests", "examples"} <= folders


def test_only_our_four_packages_are_installed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert sorted(name for name in tops if not name.endswith(".dist-info")) == PACKAGES


def test_data_files_are_in_the_wheel(wheel: Path, root: Path) -> None:
    """Templates, grammars, scripts and type markers, one for one."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    roots = [root / "atdata_schema", root / "codegen", root / "generated"]
    files = [(top, path) for top in roots for path in top.rglob("*") if path.is_file()]
    wanted = {
        p.relative_to(top).as_posix() for top, p in files if p.suffix in {".lark", ".j2", ".lua"}
    }
    assert wanted
    assert wanted <= names


def test_metadata_name_the_licence_and_the_extras(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        meta = Parser().parsestr(archive.read(path).decode())
        (points,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        entry_points = archive.read(points).decode()
    assert (meta["Name"], meta["Version"]) == ("atdata", "1.0.0a1")
    assert (meta["License-Expression"], meta["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    extras = {
        "all",
        "atmosphere",
        "images",
        "parquet",
        "postgres",
        "ray",
        "redis",
        "s3",
        "testing",
        "torch",
    }
    assert set(meta.get_all("Provides-Extra", [])) == extras
    assert "[atdata.lexicons]\natdata = atdata_lexicons" in entry_points


def test_every_module_imports_with_the_declared_dependencies(
    installed: Installed, wheel: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".py")]
    modules = sorted(name[:-3].replace("/", ".").removesuffix(".__init__") for name in names)
    program = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)"
    # `atdata.testing` is for test suites: `pip install atdata[testing]`; a build hook, for those who build; what
    # gives tensors, for who has torch.
    apart = re.compile(
        r"^atdata\.testing\b|\b__main__$|^atdata_codegen\.hooks\.(hatchling|setuptools)$"
        r"|^atdata\.loaders\.(sent|tensors|torch_\w+)$"
    )
    runnable = [name for name in modules if not apart.search(name)]
    succeed(installed.run(tmp_path, "-c", program, *runnable))


def test_the_compiler_runs_there(installed: Installed, consumer: Path) -> None:
    assert (consumer / "src" / "consumer_types" / "org" / "example" / "image_sample.py").exists()
    assert (consumer / "src" / "consumer_types" / "py.typed").exists()
    succeed(run([installed.script("atdata-gen"), "check"], consumer, installed.env))


def test_the_command_runs_there(installed: Installed, consumer: Path, tmp_path: Path) -> None:
    """With what the wheel itself requires: no driver, no Pillow."""
    command = installed.script("atdata")
    env = {**installed.env, "ATDATA_HOME": str(tmp_path / "home"), "ATDATA_CACHE": str(tmp_path)}
    assert succeed(run([command, "--version"], tmp_path, env)).startswith("atdata 1.")
    lexicon = str(consumer / "lexicons" / "org" / "example" / "digit.json")
    assert "class Digit:" in succeed(
        run([command, "schema", "show", lexicon, "--python"], tmp_path, env)
    )
    assert succeed(run([command, "ls"], tmp_path, env)) == ""
    assert "pip install 'atdata[" in succeed(run([command, "doctor"], tmp_path, env))


def test_a_consumer_runs_there(installed: Installed, consumer: Path) -> None:
    path = succeed(installed.run(consumer, "consumer.py", PYTHONPATH="src"))
    assert str(installed.python.parent.parent) in path, "another atdata was imported"


def test_a_consumer_passes_mypy_there(installed: Installed, consumer: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable"]
    env = installed.env | {"MYPYPATH": "src"}
    succeed(run([*command, str(installed.python), "consumer.py", "src"], consumer, env))


def test_a_consumer_passes_pyright_there(installed: Installed, consumer: Path) -> None:
    config = {
        "include": ["consumer.py", "src"],
        "extraPaths": ["src"],
        "typeCheckingMode": "strict",
    }
    (consumer / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    command = [sys.executable, "-m", "pyright", "--pythonpath", str(installed.python)]
    succeed(run(command, consumer, installed.env))


def test_the_examples_of_the_readme_run_there(
    installed: Installed, readme_program: str, tmp_path: Path
) -> None:
    (tmp_path / "readme.py").write_text(readme_program, "utf-8")
    succeed(installed.run(tmp_path, "readme.py", ATDATA_HOME=str(tmp_path / "home")))

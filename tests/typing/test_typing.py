"""What type checkers see: right uses pass with exact types, wrong uses are refused where they stand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

HERE = Path(__file__).resolve().parent
SOURCE_ROOTS = ("atdata_schema", "codegen", "generated")
# One worker compiles once; needs `--dist loadgroup` where tests run in parallel.
pytestmark = pytest.mark.xdist_group("typing")

EXAMPLES = sorted(HERE.glob("examples*.py"))
MISUSES = sorted(HERE.glob("misuse*.py"))
NAMES = [path.name for path in (*EXAMPLES, *MISUSES)]
EXPECTED = re.compile(r"#\s*refused\b")

Findings: TypeAlias = dict[str, dict[int, str]]
"""File -> line -> message of every error."""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with the examples' lexicons compiled, and the files under test."""

    folder: Path
    paths: list[str]
    env: dict[str, str]


@pytest.fixture(scope="module")
def project(
    root: Path, source_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    folder = tmp_path_factory.mktemp("typing")
    build = [sys.executable, "-m", "atdata_codegen", "build", "--output", "compiled"]
    for package in ("example_types", "digit_types"):
        options = ["--lexicons", str(root / "examples" / "lexicons"), "--package", package]
        built = run([*build, *options], folder, source_env)
        assert built.returncode == 0, built.stdout + built.stderr
    for path in (*EXAMPLES, *MISUSES):
        shutil.copy(path, folder)
    paths = [str(folder / "compiled"), *(str(root / name) for name in SOURCE_ROOTS)]
    return Project(folder, paths, source_env)


def run(command: list[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def mypy(project: Project) -> Findings:
    """What mypy finds, strict."""
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11"]
    quiet = ["--no-error-summary", "--hide-error-context", "--explicit-package-bases"]
    env = project.env | {"MYPYPATH": ":".join(project.paths)}
    done = run([*command, *quiet, *NAMES], project.folder, env)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    errors = re.findall(r"^([^:\n]+):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    return by_file((name, int(line), message) for name, line, message in errors)


def pyright(project: Project) -> Findings:
    """What pyright finds, strict."""
    config = {
        "include": NAMES,
        "extraPaths": project.paths,
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    (project.folder / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    options = ["--outputjson", "--pythonpath", sys.executable]
    done = run([sys.executable, "-m", "pyright", *options], project.folder, project.env)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(NAMES), report
    errors = [item for item in report["generalDiagnostics"] if item["severity"] == "error"]
    return by_file(
        (
            str(Path(item["file"]).relative_to(project.folder)),
            item["range"]["start"]["line"] + 1,
            item["message"],
        )
        for item in errors
    )


def by_file(errors: Iterable[tuple[str, int, str]]) -> Findings:
    found: Findings = {name: {} for name in NAMES}
    for name, line, message in errors:
        assert name in found, f"{name}:{line}: {message}"
        found[name][line] = message
    return found


@pytest.fixture(scope="module", params=[mypy, pyright])
def findings(request: pytest.FixtureRequest, project: Project) -> Findings:
    """What one of the type checkers finds in all files; it reads what they import once."""
    found: Findings = request.param(project)
    return found


def named(path: Path) -> str:
    return path.stem


def test_there_are_right_and_wrong_uses() -> None:
    assert EXAMPLES
    assert MISUSES


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_right_uses_have_exact_types(findings: Findings, path: Path) -> None:
    assert findings[path.name] == {}


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_right_uses_also_run(project: Project, path: Path) -> None:
    """A type that no program could meet would prove nothing."""
    env = project.env | {"PYTHONPATH": ":".join(project.paths)}
    done = run([sys.executable, path.name], project.folder, env)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", MISUSES, ids=named)
def test_wrong_uses_are_refused_line_by_line(findings: Findings, path: Path) -> None:
    """Every line marked `# refused` has an error and no other line has one."""
    lines = path.read_text("utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, 1) if EXPECTED.search(line)}
    found = findings[path.name]
    assert set(found) == expected, found


def test_the_demonstration_passes_mypy(project: Project, root: Path) -> None:
    demo = root / "examples" / "digits"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml"]
    env = project.env | {"MYPYPATH": ":".join([*project.paths, str(demo)])}
    done = run([*command, *(str(path) for path in demo.glob("*.py"))], root, env)
    assert done.returncode == 0, done.stdout + done.stderr

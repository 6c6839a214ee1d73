"""The recipes of docs/BUILDING.md, run by the tools that they are for."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from building_projects import PHOTO, project, put, sample
from fresh_environments import Installed, beside, run, succeed

pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def tools(building: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel, pre-commit, nox and uv; both of its folders of scripts are on the path."""
    made = beside(building, tmp_path_factory.mktemp("tools"))
    made.install("pre-commit", "nox", "uv")
    home = tmp_path_factory.mktemp("home")
    folders = [str(made.python.parent), str(building.python.parent), made.env["PATH"]]
    more = {"PATH": os.pathsep.join(folders), "PRE_COMMIT_HOME": str(home), "HOME": str(home)}
    return Installed(made.python, made.env | more)


def block(root: Path, language: str, part: str) -> str:
    """The block of docs/BUILDING.md that is in a language and has a part."""
    text = (root / "docs" / "BUILDING.md").read_text("utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (found,) = (one for one in blocks if part in one)
    return str(found)


def git(tools: Installed, folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    succeed(run(["git", *who, *arguments], folder, tools.env))


def hooked(tools: Installed, root: Path, folder: Path, *ids: str) -> Path:
    """A repository of a project that uses our hooks, with the compiler that is installed."""
    hooks = folder / "hooks"
    hooks.mkdir()
    shutil.copy(root / ".pre-commit-hooks.yaml", hooks)
    git(tools, hooks, "init", "--quiet")
    git(tools, hooks, "add", ".")
    git(tools, hooks, "commit", "--quiet", "-m", "hooks")
    revision = succeed(run(["git", "rev-parse", "HEAD"], hooks, tools.env)).strip()
    made = project(folder / "project", "hatchling")
    (made / ".gitignore").unlink()
    used = "".join(f"      - {{id: {name}, language: system}}\n" for name in ids)
    text = f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks:\n{used}"
    (made / ".pre-commit-config.yaml").write_text(text, "utf-8")
    git(tools, made, "init", "--quiet")
    return made


def test_the_hooks_of_pre_commit_are_what_pre_commit_takes(tools: Installed, root: Path) -> None:
    succeed(tools.command(root, "pre-commit", "validate-manifest", ".pre-commit-hooks.yaml"))
    text = (root / ".pre-commit-hooks.yaml").read_text("utf-8")
    entries = dict(re.findall(r"^- id: (\S+)\n(?:  .*\n)*?  entry: (.+)$", text, re.MULTILINE))
    commands = {"check", "lint", "fmt", "breaking"}
    assert entries == {f"atdata-gen-{name}": f"atdata-gen {name}" for name in commands}
    named = set(re.findall(r"- id: (\S+)", block(root, "yaml", "repos:")))
    assert named == set(entries)


def test_pre_commit_refuses_what_the_compiler_refuses(
    tools: Installed, root: Path, tmp_path: Path
) -> None:
    ids = ("atdata-gen-fmt", "atdata-gen-lint", "atdata-gen-check", "atdata-gen-breaking")
    folder = hooked(tools, root, tmp_path, *ids)
    succeed(tools.run(folder, "-m", "atdata_codegen", "fmt"))
    succeed(tools.run(folder, "-m", "atdata_codegen", "build"))
    git(tools, folder, "add", ".")
    git(tools, folder, "commit", "--quiet", "-m", "one")
    said = succeed(tools.command(folder, "pre-commit", "run", "--all-files"))
    assert said.count("Passed") == len(ids)
    depth = {"depth": {"type": "integer"}}
    put(
        folder / "lexicons",
        sample("org.acme.photo", **PHOTO["defs"]["main"]["properties"], **depth),
    )
    git(tools, folder, "add", ".")
    done = tools.command(folder, "pre-commit", "run", "--all-files")
    assert done.returncode == 1
    # `fmt` has changed a file, the package is stale, and no photo of before has a depth.
    assert done.stdout.count("Failed") == 3
    assert "error[stale-output]" in done.stdout
    assert "depth" in done.stdout


def test_make_compiles_what_has_changed_and_nothing_else(
    tools: Installed, root: Path, tmp_path: Path
) -> None:
    folder = project(tmp_path / "project", "hatchling")
    (folder / "Makefile").write_text(block(root, "make", "LEXICONS"), "utf-8")
    assert "5 written" in succeed(run(["make"], folder, tools.env))
    assert "up to date" in succeed(run(["make"], folder, tools.env))
    put(folder / "lexicons", sample("org.acme.other", size={"type": "integer"}))
    assert "2 written" in succeed(run(["make"], folder, tools.env))
    succeed(run(["make", "check"], folder, tools.env))


def test_nox_runs_the_session(tools: Installed, root: Path, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", "hatchling")
    (folder / "noxfile.py").write_text(block(root, "python", "nox"), "utf-8")
    command = ("nox", "--no-venv", "--no-install", "--session", "lexicons")
    done = tools.command(folder, *command)
    assert done.returncode == 1
    assert "error[stale-output]" in done.stdout + done.stderr
    succeed(tools.run(folder, "-m", "atdata_codegen", "build"))
    succeed(tools.command(folder, *command))


@pytest.mark.parametrize("backend", ["hatchling", "setuptools"])
def test_uv_builds(tools: Installed, root: Path, tmp_path: Path, backend: str) -> None:
    folder = project(tmp_path / "project", backend)
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(block(root, "toml", "[tool.uv]"))
    options = ("--wheel", "--no-build-isolation", "--offline", "--python", str(tools.python))
    succeed(tools.command(folder, "uv", "build", *options))
    assert list((folder / "dist").glob("*.whl"))


def test_findings_name_files_below_the_checkout_of_github(tools: Installed, tmp_path: Path) -> None:
    """Wherever in it the command ran: GitHub knows no other folder."""
    folder = project(tmp_path / "checkout" / "inner", "hatchling")
    put(folder / "lexicons", sample("org.acme.text", note={"type": "string"}))
    command = ("-m", "atdata_codegen", "lint", "--format", "github")
    out = succeed(tools.run(folder, *command, GITHUB_WORKSPACE=str(tmp_path / "checkout")))
    assert out.startswith("::warning file=inner/lexicons/org/acme/text.json,line=")
    assert succeed(tools.run(folder, *command)).startswith("::warning file=lexicons/org/acme/")

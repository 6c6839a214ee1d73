"""docs/LENS-FILES.md: its files are written, its commands run in order, and they print what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "LENS-FILES.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Shell:
    """A shell in a project, with `atdata-gen` on its path."""

    folder: Path
    env: dict[str, str]

    def run(self, command: str) -> str:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


@pytest.fixture
def shell(tmp_path: Path, root: Path) -> Shell:
    project, programs = tmp_path / "project", tmp_path / "bin"
    project.mkdir()
    programs.mkdir()
    run = f'exec "{sys.executable}" -m atdata_codegen "$@"\n'
    for name, text in (("atdata-gen", run), ("python", f'exec "{sys.executable}" "$@"\n')):
        (programs / name).write_text(f"#!/bin/sh\n{text}")
        (programs / name).chmod(0o755)
    (project / "conftest.py").write_text(
        "from hypothesis import settings\n"
        "settings.register_profile('few', max_examples=5)\nsettings.load_profile('few')\n"
    )
    paths = [str(root / name) for name in ("atdata_schema", "codegen", "generated")]
    env = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(project / "src"), *paths]),
        "ATDATA_CACHE": str(tmp_path / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Shell(project, env)


def sessions(text: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def pattern(shown: str) -> str:
    """What is shown as a pattern: a line `...` stands for lines, `...` in a line for the rest of a word."""
    made: list[str] = []
    for line in shown.splitlines(keepends=True):
        whole = line.strip() == "..."
        made.append("(?:.*\n)*" if whole else re.escape(line).replace(r"\.\.\.", "[^ ,\n]*"))
    return "".join(made)


def without_notes(said: str) -> str:
    """What a command says, but for counts of notes, which are advice of `lint`."""
    return re.sub(r", \d+ notes?|\d+ notes?; ", "", said)


def test_the_page_is_what_happens(shell: Shell) -> None:
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) > 15
    for language, path, text in blocks:
        if path:
            place = shell.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        elif language == "console":
            for command, shown in sessions(text):
                said = without_notes(shell.run(command))
                assert re.fullmatch(pattern(shown), said), f"$ {command}\n{said}"
        elif language == "python":
            (shell.folder / "program.py").write_text(text)
            assert shell.run("python program.py") == ""
        else:
            assert language == "toml"
            project = shell.folder / "pyproject.toml"
            project.write_text(f"{project.read_text()}\n{text}")
            assert "error" not in shell.run(
                "atdata-gen lens path org.example.photo org.example.train"
            )
    assert shell.run("atdata-gen fmt --check").count("photoToTrain.lens") == 0

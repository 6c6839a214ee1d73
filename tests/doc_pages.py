"""Pages of the documentation about the compiler, run as they stand: files are written, commands run in order.

A block whose language is followed by a path is a file; a block of `console` holds commands, each with what it prints; a
block of `python` is a program, and one of `toml` goes to the end of pyproject.toml.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Shell", "blocks_of", "run_page", "shell"]

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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


def blocks_of(page: Path) -> list[tuple[str, str, str]]:
    """The blocks of a page: language, path or nothing, and text."""
    return _BLOCK.findall(page.read_text("utf-8"))


def run_page(shell: Shell, page: Path, after_toml: Callable[[], None] = lambda: None) -> None:
    """Check that everything on a page happens as it is shown.

    Args:
        shell: a shell in an empty project.
        page: the page.
        after_toml: looks at what more of the configuration does.
    """
    for language, path, text in blocks_of(page):
        if path:
            place = shell.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        elif language == "console":
            for command, shown in _sessions(text):
                said = _without_notes(shell.run(command))
                assert re.fullmatch(_pattern(shown), said), f"$ {command}\n{said}"
        elif language == "python":
            (shell.folder / "program.py").write_text(text)
            assert shell.run("python program.py") == ""
        else:
            assert language == "toml"
            project = shell.folder / "pyproject.toml"
            project.write_text(f"{project.read_text()}\n{text}")
            after_toml()


def _sessions(text: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _pattern(shown: str) -> str:
    """What is shown as a pattern: a line `...` stands for lines, `...` in a line for the rest of a word."""
    made: list[str] = []
    for line in shown.splitlines(keepends=True):
        whole = line.strip() == "..."
        made.append("(?:.*\n)*" if whole else re.escape(line).replace(r"\.\.\.", "[^ ,\n]*"))
    return "".join(made)


def _without_notes(said: str) -> str:
    """What a command says, but for counts of notes, which are advice of `lint`."""
    return re.sub(r", \d+ notes?|\d+ notes?; ", "", said)

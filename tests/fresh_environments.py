"""The wheel of this repository, and environments that hold it and nothing of this test run.

Tests that ask for them belong to the group `wheel`, so that one worker makes them once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

__all__ = ["Installed", "beside", "run", "succeed"]

_BESIDE: Final = "beside.pth"


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment that holds the wheel and what the wheel asks for, and what is put there."""

    python: Path
    env: dict[str, str]

    def run(self, cwd: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run([str(self.python), *command], cwd, self.env | more)

    def script(self, name: str) -> str:
        return str(self.python.parent / name)

    def command(self, cwd: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the environment."""
        return run([self.script(name), *arguments], cwd, self.env)

    def install(self, *what: str) -> None:
        """Install what is named, with the build backends that are installed here."""
        install(self.python, self.env, "--no-build-isolation", *what)


def run(command: list[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=600
    )


def succeed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(python: Path, env: dict[str, str], *what: str) -> None:
    """Install into an environment, by the pip of this one; most modules there are never imported, nor compiled."""
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    succeed(run([*pip, "install", "--quiet", "--no-compile", *what], python.parent, env))


def empty_environment(folder: Path, env: dict[str, str]) -> Installed:
    """A new environment in a folder, without pip, which takes seconds to put there."""
    succeed(run([sys.executable, "-m", "venv", "--without-pip", "venv"], folder, env))
    return Installed(folder / "venv" / "bin" / "python", env)


def beside(fresh: Installed, folder: Path) -> Installed:
    """An environment that finds all that another one has, and can be installed into without changing that."""
    made = empty_environment(folder, fresh.env)
    # What that one finds elsewhere is named too: no file of paths is read in a folder that such a file names.
    further = _site(fresh) / _BESIDE
    found = further.read_text("utf-8") if further.exists() else ""
    (_site(made) / _BESIDE).write_text(f"{_site(fresh)}\n{found}", "utf-8")
    return made


def _site(environment: Installed) -> Path:
    (site,) = (environment.python.parent.parent / "lib").glob("python*/site-packages")
    return site


@pytest.fixture(scope="session")
def built(root: Path, clean_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source archive, and the wheel made from that archive."""
    source, out = tmp_path_factory.mktemp("source") / "atdata", tmp_path_factory.mktemp("dist")
    # A copy, as from a clone: nothing that git ignores can slip in.
    hidden = shutil.ignore_patterns(".*", "__pycache__", "dist", "build", "demo-output")
    shutil.copytree(root, source, ignore=hidden)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)]
    succeed(run(command, source, clean_env))
    return out


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(
    wheel: Path, clean_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    """An environment with the wheel alone; no test installs anything else there."""
    # Type checkers read the packages there once.
    env = {**clean_env, "MYPY_CACHE_DIR": str(tmp_path_factory.mktemp("mypy"))}
    fresh = empty_environment(tmp_path_factory.mktemp("fresh"), env)
    install(fresh.python, fresh.env, str(wheel))
    return fresh


@pytest.fixture(scope="session")
def building(
    installed: Installed, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    """An environment with the wheel and the tools that build projects; no test installs anything else there."""
    made = beside(installed, tmp_path_factory.mktemp("building"))
    # Again, for its scripts and for what it says of itself to be here.
    made.install("--ignore-installed", "--no-deps", str(wheel))
    made.install("pip", "build", "hatchling", "setuptools>=77", "wheel")
    return made

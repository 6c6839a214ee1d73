"""The wheel of this repository, and environments that hold it and nothing of this test run.

Tests that ask for them belong to the group `wheel`, so that one worker makes them once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Installed", "beside", "fresh_environment", "run", "succeed"]


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
        command = ("-m", "pip", "install", "--quiet", "--no-build-isolation", *what)
        succeed(self.run(self.python.parent, *command))


def run(command: list[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=600
    )


def succeed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fresh_environment(folder: Path, env: dict[str, str], *requirements: str) -> Installed:
    """A new environment in a folder, with what is asked for."""
    succeed(run([sys.executable, "-m", "venv", "venv"], folder, env))
    fresh = Installed(folder / "venv" / "bin" / "python", env)
    succeed(fresh.run(folder, "-m", "pip", "install", "--quiet", *requirements))
    return fresh


def beside(fresh: Installed, folder: Path) -> Installed:
    """An environment that finds all that another one has, and can be installed into without changing that."""
    succeed(run([sys.executable, "-m", "venv", "--without-pip", "venv"], folder, fresh.env))
    made = Installed(folder / "venv" / "bin" / "python", fresh.env)
    (_site(made) / "beside.pth").write_text(f"{_site(fresh)}\n", "utf-8")
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
    return fresh_environment(tmp_path_factory.mktemp("fresh"), clean_env, str(wheel))


@pytest.fixture(scope="session")
def building(
    wheel: Path, clean_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    """An environment with the wheel and the tools that build projects; no test installs anything else there."""
    tools = ("build", "hatchling", "setuptools>=77", "wheel")
    return fresh_environment(tmp_path_factory.mktemp("building"), clean_env, str(wheel), *tools)

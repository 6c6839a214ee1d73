"""The earlier release that others publish with, forecast-bio/atdata 0.7, in an environment of its own.

It needs Python 3.12 or later, and has the name of this project, so it lives apart: in the folder that the servers of the
tests are installed into. What it is asked to do is a program, which prints one line of JSON at its end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from filelock import FileLock

__all__ = ["PEER", "Peer", "peer"]

PEER: Final = "atdata==0.7.0b1"
_PYTHONS: Final = ("3.12", "3.13")
_ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS: Final = 1800


class Peer:
    """The earlier release.

    Args:
        python: its interpreter.
    """

    def __init__(self, python: Path) -> None:
        self.python = python

    def run(self, program: str, folder: Path, **given: object) -> Any:
        """Let a program run, with some values as its global names; what its last line says.

        Args:
            program: its text.
            folder: its home and where it runs.
            given: its values, as JSON has them.

        Raises:
            AssertionError: it failed; the message has what it printed.
        """
        done = self.try_to_run(program, folder, **given)
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return json.loads(done.stdout.splitlines()[-1])

    def try_to_run(
        self, program: str, folder: Path, **given: object
    ) -> subprocess.CompletedProcess[str]:
        """The same, whether it fails or not."""
        names = "".join(
            f"{name} = json.loads({json.dumps(value)!r})\n" for name, value in given.items()
        )
        path = folder / "program.py"
        path.write_text(f"import json\n{names}{program}", "utf-8")
        env: Mapping[str, str] = {
            "HOME": str(folder),
            "PATH": os.environ.get("PATH", os.defpath),
            **{key: value for key, value in os.environ.items() if key in ("CURL_CA_BUNDLE",)},
        }
        return subprocess.run(
            [str(self.python), str(path)],
            cwd=folder,
            env=dict(env),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture(scope="session")
def peer() -> Peer:
    """The earlier release; it is installed where it is not there."""
    base = Path(os.environ.get("ATDATA_TEST_SERVERS") or _ROOT / ".servers").absolute()
    base.mkdir(parents=True, exist_ok=True)
    folder = base / f"peer-{PEER.rpartition('=')[2]}"
    with FileLock(f"{folder}.lock", timeout=_SECONDS):
        if not (folder / "whole").exists():
            _install(folder)
            (folder / "whole").touch()
    return Peer(folder / "bin" / "python")


def _install(folder: Path) -> None:
    base = _interpreter(_PYTHONS)
    assert base is not None, f"{PEER} needs Python {' or '.join(_PYTHONS)}, and there is none"
    shutil.rmtree(folder, ignore_errors=True)
    _run(base, "-m", "venv", str(folder))
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet")
    _run(*pip, "--upgrade", "pip")
    _run(*pip, PEER)


def _interpreter(wanted: Iterable[str]) -> str | None:
    """The first interpreter that runs: of the path, or of pyenv, whose commands run only when chosen."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in wanted:
        for found in (f"python{version}", *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))):
            if (
                shutil.which(found)
                and not subprocess.run([found, "-c", ""], check=False).returncode
            ):
                return found
    return None


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"

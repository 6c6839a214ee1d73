"""The compilers that are timed: ours, and those of others in environments of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import ENVIRONMENTS, HOME, ROOT, make, node_of, python_of

__all__ = ["COMPILERS", "OURS", "Compiler", "command_of", "environment_of", "lacking"]

OURS = "ours"
_SOURCE_ROOTS = ("atdata_schema", "codegen", "generated")


@dataclass(frozen=True, slots=True)
class Compiler:
    """How one is called.

    Attributes:
        title: what the report calls it.
        environment: the one that it lives in; None for ours.
        command: what is run in a folder that holds `lexicons`, `all` (with the shared one) and `schemas`, and
            leaves `out`.
        suffix: how the file of each lexicon ends.
    """

    title: str
    environment: str | None
    command: Callable[[], tuple[str, ...]]
    suffix: str


def _ours() -> tuple[str, ...]:
    options = ("--lexicons", "lexicons", "--output", "out", "--package", "compiled")
    return (sys.executable, "-m", "atdata_codegen", "build", *options)


def _typescript() -> tuple[str, ...]:
    script = HOME / "typescript" / "node_modules" / "@atproto" / "lex" / "bin" / "lex"
    options = ("--lexicons", "all", "--out", "out", "--clear", "--ignore-invalid-lexicons")
    return (str(node_of("typescript")), str(script), "build", *options)


def _sdk() -> tuple[str, ...]:
    options = ("--lexicon-dir", "all", "custom", "--output-dir", "out", "--package", "out")
    return (_script("sdk", "atproto"), "gen", *options, "--no-client")


def _datamodel() -> tuple[str, ...]:
    options = ("--input", "schemas", "--input-file-type", "jsonschema", "--output", "out")
    model = ("--output-model-type", "pydantic_v2.BaseModel", "--disable-timestamp")
    style = ("--formatters", "black", "isort")
    return (_script("datamodel", "datamodel-codegen"), *options, *model, *style)


def _script(environment: str, name: str) -> str:
    return str(python_of(environment).parent / name)


COMPILERS = {
    OURS: Compiler("atdata-gen build", None, _ours, ".py"),
    "typescript": Compiler("@atproto/lex build", "typescript", _typescript, ".ts"),
    "sdk": Compiler("Python SDK, atproto gen custom", "sdk", _sdk, ".py"),
    "datamodel": Compiler("datamodel-code-generator", "datamodel", _datamodel, ".py"),
}


def command_of(name: str) -> tuple[str, ...]:
    """The command line of one."""
    return COMPILERS[name].command()


def environment_of(name: str, folder: Path) -> Mapping[str, str]:
    """The variables that one is run with; ours has its cache in the folder that it works in."""
    environment = COMPILERS[name].environment
    if environment is None:
        paths = os.pathsep.join(str(ROOT / root) for root in _SOURCE_ROOTS)
        return {**os.environ, "PYTHONPATH": paths, "ATDATA_CACHE": str(folder / "cache")}
    path = os.pathsep.join((str(python_of(environment).parent), os.environ["PATH"]))
    return {**os.environ, "PATH": path}


def lacking(name: str) -> str | None:
    """Why one cannot be run here; None where its environment is there, or could be made."""
    environment = COMPILERS[name].environment
    if environment is None:
        return None
    try:
        if make(environment) is None:
            return f"needs Python {' or '.join(ENVIRONMENTS[environment].pythons)}"
    except (OSError, subprocess.CalledProcessError) as error:
        return f"its environment could not be made: {error}"
    return None

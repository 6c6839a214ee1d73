"""`--target`: which of what a project makes a command is about."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from atdata_codegen.commands.options import project_of
from atdata_codegen.project import Project, ProjectError
from atdata_codegen.wanted import Wanted

__all__ = ["add_target", "targeted"]

_PYTHON = "python"


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    what = (
        "make this target alone: python (the package), jsonschema, markdown, or one of an installed package; "
        "with --output DIR it goes there"
    )
    parser.add_argument("--target", metavar="NAME", help=what)


def targeted(arguments: argparse.Namespace) -> Project:
    """The project, with what is asked for of what it makes.

    Raises:
        ProjectError: if there is none, it is wrong, or nothing says where the target goes.
    """
    name: str | None = arguments.target
    if name is None or name == _PYTHON:
        project = project_of(arguments)
        return project if name is None else replace(project, targets=(), compiles=True)
    output: str | None = arguments.output
    arguments.output = None  # it is that of the target
    project = project_of(arguments)
    chosen = tuple(wanted for wanted in project.targets if wanted.target == name)
    if output is not None:
        options = chosen[0].options if len(chosen) == 1 else {}
        chosen = (Wanted(name, Path(os.path.normpath(Path.cwd() / output)), options),)
    if not chosen:
        raise ProjectError(
            f"nothing says where the target {name} goes: give --output DIR, or add it to [[tool.atdata-gen.targets]]"
        )
    if project.output is not None and project.package is not None:
        package = project.folder()
        if any(wanted.output == package for wanted in chosen):
            raise ProjectError(
                f"{package} is the folder of the package; give the target another one"
            )
    return replace(project, targets=chosen, compiles=False)

"""A project compiled where it lies, for tools that are about to build a distribution of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from atdata_codegen.building import make
from atdata_codegen.diagnostics import exit_code, in_order, render
from atdata_codegen.finishing import finish
from atdata_codegen.outputs import read_owned
from atdata_codegen.project import Options, Project, ProjectError, load_project
from atdata_codegen.source.discover import discover

__all__ = ["Compiled", "NotCompiledError", "compile_in_place", "is_compiled"]


class NotCompiledError(Exception):
    """A project that cannot be compiled; the message holds every finding, as `atdata-gen build` prints it."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a distribution has to hold; paths are relative to the project, with `/`.

    Attributes:
        package: the import name of the compiled package.
        source_root: the folder that the package lies in, `.` for that of the project itself.
        outputs: the compiled files.
        sources: what they are made from, as far as it lies in the project: lexicons, lenses, locks.
    """

    package: str
    source_root: str
    outputs: tuple[str, ...]
    sources: tuple[str, ...]


def is_compiled(root: Path) -> bool:
    """Whether the pyproject.toml of a folder, and not of one above it, says what is compiled into which package.

    Nothing is reported: what is wrong in that file is said when it is compiled.
    """
    import tomllib

    try:
        table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    tools = table.get("tool")
    return isinstance(tools, dict) and "atdata-gen" in tools


def compile_in_place(root: Path) -> Compiled:
    """Compile the project of a folder, as `atdata-gen build` does; files that are up to date are not touched.

    Warnings stop nothing and are not printed: `atdata-gen lint` is for them. Tests of lenses and other targets belong
    to the repository, not to its distributions, and are left as they are.

    Args:
        root: the folder of pyproject.toml, absolute.

    Raises:
        NotCompiledError: there is an error, or a file that a build must not replace.
    """
    try:
        project = replace(_project(root), lens_tests=None, targets=())
        built = make(project)
    except ProjectError as error:
        findings = render(error.diagnostics, "text", base=str(root)) if error.diagnostics else ""
        raise NotCompiledError(f"{findings}atdata-gen: {error}") from None
    wrong = [one for one in built.diagnostics if one.severity == "error"]
    problems = in_order([*wrong, *(finish(built) if not wrong else ())])
    if exit_code(problems, strict=False):
        text = render(problems, "text", base=str(root))
        raise NotCompiledError(f"{text}atdata-gen: the lexicons were not compiled")
    return _described(project)


def _project(root: Path) -> Project:
    if not is_compiled(root):
        raise ProjectError(
            f"{root / 'pyproject.toml'} has no table [tool.atdata-gen], or is not to be read"
        )
    project = load_project(root, Options())
    if not project.folder().is_relative_to(root):
        raise ProjectError(
            f"output is {project.output}, outside of the project; a distribution holds what lies below {root}"
        )
    return project


def _described(project: Project) -> Compiled:
    folder, root = project.folder(), project.root
    assert project.output is not None  # `folder` says so
    discovery = discover(project.lexicons)
    found = [Path(file.path) for file in (*discovery.files, *discovery.lenses)]
    found += [root / "pyproject.toml", project.lock_file(), root / "lexicons.json"]
    inside = [path for path in found if path.is_relative_to(root) and path.exists()]
    return Compiled(
        project.import_name(),
        _relative(project.output, root),
        tuple(_relative(folder / name, root) for name in sorted(read_owned(folder).files)),
        tuple(_relative(path, root) for path in sorted(inside)),
    )


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()

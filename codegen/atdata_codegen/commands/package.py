"""`atdata-gen package DIR`: make an installable project of a folder of lexicons."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from atdata_codegen.commands.options import Reporter, parser_for, without_notes
from atdata_codegen.diagnostics import in_order, shown_path
from atdata_codegen.packaging.layout import BACKENDS, Layout, checked, name_for
from atdata_codegen.project import Options, ProjectError, find_pyproject, load_project
from atdata_codegen.source.discover import discover

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    arguments = _parser().parse_args(argv)
    reporter = Reporter(arguments)
    try:
        layout = _layout(arguments)
        from atdata_codegen.packaging.making import make_project, write_project  # the kernel

        made = make_project(layout)
    except ProjectError as error:
        return reporter.wrong_usage(error)
    problems = write_project(made, force=arguments.force)
    diagnostics = in_order([*made.diagnostics, *problems])
    status = reporter.findings(without_notes(diagnostics))
    done = made.built is not None and not problems
    reporter.closing(diagnostics, _account(layout) if done else "nothing written")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = parser_for(
        "package",
        "Make an installable project of a folder of lexicons: compiled code with type information, the entry point by which "
        "other lexicons find it, a README made from descriptions. Run again, it brings the project up to date; pyproject.toml "
        "is written once and is yours from then on.",
        project=False,
    )
    parser.add_argument(
        "folder", metavar="DIR", help="the folder of lexicons; paths below it are NSIDs"
    )
    parser.add_argument("--to", metavar="DIR", help="the folder of the project (its name)")
    parser.add_argument("--name", help="of the distribution (after the domain of the lexicons)")
    parser.add_argument("--package", metavar="NAME", help="the import name (after the name)")
    parser.add_argument("--version", help="of the distribution (0.1.0)")
    parser.add_argument("--license", metavar="SPDX", help="the licence, as CC-BY-4.0")
    parser.add_argument("--backend", choices=BACKENDS, help="what builds it (hatchling)")
    parser.add_argument("--force", action="store_true", help="replace made files that were edited")
    return parser


def _layout(arguments: argparse.Namespace) -> Layout:
    """The layout that is asked for, or that of the project that is there.

    Raises:
        ProjectError: an option is wrong, or belongs into a pyproject.toml that is there.
    """
    source = Path(os.path.normpath(Path.cwd() / arguments.folder))
    if not source.is_dir():
        raise ProjectError(f"there is no folder {shown_path(str(source))}")
    named = [file.nsid for file in discover([source]).files]
    if not named:
        raise ProjectError(f"there are no lexicons in {shown_path(str(source))}")
    name = arguments.name
    if arguments.to is None or not _is_there(_absolute(arguments.to)):
        name = name or name_for(named)
    root = _absolute(arguments.to or name)
    if _is_there(root):
        return _present(arguments, root, source)
    package = arguments.package or name.lower().replace("-", "_").replace(".", "_")
    return checked(
        Layout(
            root,
            source,
            name,
            package,
            arguments.version or "0.1.0",
            arguments.backend or "hatchling",
            arguments.license or "",
        )
    )


def _absolute(folder: str) -> Path:
    return Path(os.path.normpath(Path.cwd() / folder))


def _is_there(root: Path) -> bool:
    return (root / "pyproject.toml").exists()


def _present(arguments: argparse.Namespace, root: Path, source: Path) -> Layout:
    """The layout of a project that is there, as its pyproject.toml has it."""
    import tomllib

    place = shown_path(str(root / "pyproject.toml"))
    for option in ("name", "package", "version", "license", "backend"):
        if option != "name" and getattr(arguments, option) is not None:
            raise ProjectError(f"{place} is there and is yours: change --{option} there")
    if find_pyproject(root) != root / "pyproject.toml":
        raise ProjectError(
            f"{place} is there and has no [tool.atdata-gen]; give another folder by --to"
        )
    project = load_project(root, Options())
    project.folder()
    table = tomllib.loads((root / "pyproject.toml").read_text("utf-8")).get("project", {})
    name = str(table.get("name", ""))
    if arguments.name not in (None, name):
        raise ProjectError(f"{place} is there and is of {name}: change --name there")
    return Layout(root, source, name, project.import_name())


def _account(layout: Layout) -> str:
    return f"{shown_path(str(layout.root))} is {layout.name}, with the package {layout.package}"

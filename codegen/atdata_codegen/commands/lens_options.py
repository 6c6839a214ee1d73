"""What the commands about lenses take, and how they find lenses and types."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atdata_codegen.commands.options import parser_for, project_of
from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.project import Project, ProjectError
from atdata_codegen.source.discover import MAX_LENS_BYTES, Discovery, LexiconFile, discover, file_at

if TYPE_CHECKING:  # the language
    from atdata_codegen.analysis import Analysis
    from atdata_codegen.lenses.types import Types
    from atdata_schema.lenses import Lens

__all__ = ["Given", "file_of", "judge", "lens_parser", "refuse", "types_of"]


@dataclass(frozen=True, slots=True)
class Given:
    """The lenses that a command is about.

    Attributes:
        lenses: those without errors, by full name.
        diagnostics: what was found in all of them.
        project: the configuration.
        types: where types are looked up.
    """

    lenses: tuple[tuple[str, Lens[Any, Any]], ...]
    diagnostics: tuple[Diagnostic, ...]
    project: Project
    types: Types


def lens_parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with the options that all commands about lenses share."""
    return parser_for(f"lens {name}", description)


def judge(
    arguments: argparse.Namespace, files: Sequence[str] = (), names: Sequence[str] = ()
) -> Given:
    """The lenses of some files, or of the project, held against their types.

    Args:
        arguments: the options.
        files: paths as typed; without any, all lenses of the project.
        names: further types that are asked for.

    Raises:
        ProjectError: there is no project, it is wrong, or a file cannot be read.
    """
    from atdata_codegen.analysis import analyse
    from atdata_codegen.lenses.checking import check_file
    from atdata_codegen.lenses.reading import read_file
    from atdata_codegen.lenses.records import check_record_file, types_in

    project = project_of(arguments)
    discovery = discover(project.lexicons)
    if not files:
        analysis = analyse(project, discovery, names=_documents(names))
        every = tuple(lens for file in analysis.lenses for lens in file.lenses)
        return Given(every, _about_lenses(analysis, discovery), project, types_of(analysis))
    given = [file_of(path, project) for path in files]
    records = [file for file in given if file.path.endswith(".json")]
    texts = [read_file(file, named=False) for file in given if file not in records]
    named = {*names, *(name for file in records for name in types_in(file))}
    analysis = analyse(project, discovery, texts, _documents(named))
    types = types_of(analysis)
    checked = [check_file(file, types) for file in texts]
    found = [one for file in checked for one in file.diagnostics]
    lenses = [lens for file in checked for lens in file.lenses]
    for file in records:
        lens, diagnostics = check_record_file(file, types)
        found += diagnostics
        lenses += [] if lens is None else [(lens.name, lens)]
    return Given(tuple(lenses), tuple(analysis.ignored.keep_placed(found)), project, types)


def types_of(analysis: Analysis) -> Types:
    """Where the types of a project are looked up."""
    from atdata_codegen.lenses.types import Types

    return Types(analysis.catalog, analysis.broken)


def _documents(names: Sequence[str] | set[str]) -> list[str]:
    return sorted({name.partition("#")[0] for name in names})


def _about_lenses(analysis: Analysis, discovery: Discovery) -> tuple[Diagnostic, ...]:
    """What was found in the files of lenses, and whatever keeps the project from being read."""
    paths = {file.path for file in discovery.lenses}
    lexicons = {file.path for file in discovery.files}
    return tuple(found for found in analysis.diagnostics if found.path not in lexicons - paths)


def file_of(path: str, project: Project) -> LexiconFile:
    """A file as it was typed.

    Raises:
        ProjectError: it cannot be read, or is too large.
    """
    place = Path(os.path.normpath(Path.cwd() / path))
    root = next((folder for folder in project.lexicons if place.is_relative_to(folder)), None)
    found = file_at(root or place.parent, str(place))
    if isinstance(found, Diagnostic):
        raise ProjectError(f"{path}: {found.message}")
    if len(found.data) > MAX_LENS_BYTES:
        size = len(found.data)
        raise ProjectError(f"{path}: {size} bytes; at most {MAX_LENS_BYTES} are read of a lens")
    return found


def refuse(message: str, status: int) -> int:
    """Say why a command ends, whose parts can be printed; its exit status."""
    sys.stderr.write(f"atdata-gen: {message}\n")
    return status

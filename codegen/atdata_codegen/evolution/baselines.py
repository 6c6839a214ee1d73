"""What `--against` names: a commit, a folder, an installed package, or what is published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from atdata_codegen.evolution.baseline import Baseline, BaselineError
from atdata_codegen.evolution.git import read_commit
from atdata_codegen.evolution.packages import read_package
from atdata_codegen.evolution.published import read_published
from atdata_codegen.project import (
    Options,
    Project,
    ProjectError,
    find_pyproject,
    load_project,
)
from atdata_codegen.source.discover import discover

__all__ = ["FORMS", "read_baseline"]

FORMS = "git:REF, DIR, package:NAME or published"


def read_baseline(against: str, project: Project, nsids: Sequence[str]) -> Baseline:
    """The lexicons that those of a project are held against.

    Args:
        against: one of `FORMS`.
        project: the project.
        nsids: its own lexicons.

    Raises:
        BaselineError: it is not there.
    """
    kind, colon, rest = against.partition(":")
    if colon and kind == "git":
        return read_commit(project, rest, against)
    if colon and kind == "package":
        return read_package(rest, against)
    if against == "published":
        return read_published(nsids, against)
    return _folder(against)


def _folder(against: str) -> Baseline:
    folder = Path.cwd() / against
    if "\0" in against or not folder.is_dir():
        raise BaselineError(f"{against!r} is neither a folder nor one of {FORMS}")
    folders: tuple[Path, ...] = (folder,)
    if find_pyproject(folder) == folder / "pyproject.toml":  # a project, and not a folder in one
        try:
            folders = load_project(folder, Options()).lexicons
        except ProjectError as error:
            raise BaselineError(f"{against}: {error}") from None
    return Baseline(against, "a folder", discover(folders))

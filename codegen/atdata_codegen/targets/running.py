"""From wanted targets to their files, checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atdata_codegen.analysis import Analysis
from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.outputs import MANIFEST, is_inside
from atdata_codegen.plan import Modules
from atdata_codegen.project import Project
from atdata_codegen.targets.registry import find_target, is_built_in
from atdata_codegen.targets.target import TargetError, TargetInput
from atdata_codegen.wanted import Wanted
from atdata_schema.errors import LexiconError

__all__ = ["Made", "run_targets"]

_PACKAGE = "lexicons"


@dataclass(frozen=True, slots=True)
class Made:
    """What targets made.

    Attributes:
        files: for each target that is wanted, path below its folder to content.
        diagnostics: why one of them made nothing.
    """

    files: tuple[Mapping[str, bytes], ...]
    diagnostics: tuple[Diagnostic, ...]


def run_targets(project: Project, analysis: Analysis, nsids: Sequence[str]) -> Made:
    """Make the files of every target that a project wants.

    Args:
        project: the project.
        analysis: its lexicons, without errors.
        nsids: those to make files for.
    """
    files: list[Mapping[str, bytes]] = []
    problems: list[Diagnostic] = []
    package = project.package
    modules = Modules(analysis.catalog, package or _PACKAGE, analysis.external, frozenset(nsids))
    for wanted in project.targets:
        given = TargetInput(
            analysis.catalog, tuple(sorted(nsids)), wanted.options, modules, package is not None
        )
        try:
            files.append(_files(wanted, given))
        except TargetError as error:
            problems.append(_problem(wanted, str(error)))
        except LexiconError as error:
            problems += analysis.place(error.findings) or [_problem(wanted, str(error))]
        except Exception as error:
            if is_built_in(wanted.target):
                raise
            # Whatever a foreign package does is its fault, and said so.
            problems.append(_problem(wanted, f"it failed: {type(error).__name__}: {error}"))
    return Made(() if problems else tuple(files), tuple(problems))


def _files(wanted: Wanted, given: TargetInput) -> Mapping[str, bytes]:
    made = find_target(wanted.target)(given)
    if not isinstance(made, Mapping):
        raise TargetError(
            f"it gave a {type(made).__name__}, and not a mapping from path to content"
        )
    found: dict[str, bytes] = {}
    folded: dict[str, str] = {}
    for path, content in made.items():
        _check_path(path, content)
        if path.casefold() in folded:
            other = folded[path.casefold()]
            raise TargetError(f"{path!r} and {other!r} are one file where case does not count")
        folded[path.casefold()] = path
        found[path] = content.encode() if isinstance(content, str) else bytes(content)
    for path in folded:
        parent = path.rpartition("/")[0]
        while parent:
            if parent in folded:
                raise TargetError(f"{folded[parent]!r} would be a file and a folder")
            parent = parent.rpartition("/")[0]
    return found


def _check_path(path: object, content: object) -> None:
    if not isinstance(path, str) or not is_inside(path) or not path.isprintable():
        raise TargetError(f"{path!r} is no path below the folder, with '/'")
    if path.casefold() == MANIFEST:
        raise TargetError(f"{path} is where the compiler lists what it owns")
    if not isinstance(content, str | bytes):
        raise TargetError(
            f"{path!r} has a {type(content).__name__} for content, no text and no bytes"
        )


def _problem(wanted: Wanted, message: str) -> Diagnostic:
    return Diagnostic(
        path=f"<{wanted.target}>",
        severity="error",
        rule="target-failed",
        message=message,
        hint="docs/TARGETS.md says what a target is" if not is_built_in(wanted.target) else None,
    )

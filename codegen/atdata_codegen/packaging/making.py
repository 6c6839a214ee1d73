"""A project of lexicons: made, compared with what is there, and written when all of it is sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from atdata_codegen.analysis import Analysis, analyse
from atdata_codegen.building import Built, make
from atdata_codegen.diagnostics import Diagnostic, blocks, in_order
from atdata_codegen.excerpt import printable
from atdata_codegen.finishing import finish
from atdata_codegen.outputs import (
    Changes,
    Owned,
    SideFile,
    compare,
    edited_of,
    problems_of,
    read_owned,
)
from atdata_codegen.packaging.layout import Layout
from atdata_codegen.packaging.pyproject import pyproject_text
from atdata_codegen.packaging.readme import readme_text
from atdata_codegen.plan import Modules
from atdata_codegen.project import Options, Project, load_project
from atdata_codegen.source.discover import Discovery, discover
from atdata_codegen.writing import apply, write_beside

__all__ = ["Made", "make_project", "write_project"]


@dataclass(frozen=True, slots=True)
class Made:
    """A project as it would be.

    Attributes:
        diagnostics: what was found in the lexicons.
        around: what would change around the package: README and lexicons; None where there are errors.
        owned: what of that was made by this command before.
        pyproject: the file that is begun; None where there is one.
        built: what would change in the package; None where there are errors.
    """

    diagnostics: tuple[Diagnostic, ...]
    around: Changes | None
    owned: Owned
    pyproject: SideFile | None
    built: Built | None


def make_project(layout: Layout) -> Made:
    """Make everything; nothing is written.

    Raises:
        ProjectError: there is a pyproject.toml already that does not say what is compiled into what.
    """
    discovery = discover([layout.source])
    begun = not (layout.root / "pyproject.toml").exists()
    project = _project(layout, begun)
    owned = read_owned(layout.root)
    analysis = analyse(project, discovery)
    if blocks(analysis.diagnostics):
        return Made(analysis.diagnostics, None, owned, None, None)
    built = make(project)
    if built.changes is None:
        return Made(in_order([*analysis.diagnostics, *built.diagnostics]), None, owned, None, None)
    files = _around(layout, discovery, analysis)
    pyproject = _pyproject(layout, analysis) if begun else None
    return Made(built.diagnostics, compare(layout.root, files, owned), owned, pyproject, built)


def write_project(made: Made, *, force: bool) -> list[Diagnostic]:
    """Write it where nothing is in the way; what was in the way, or what the disk refused.

    Args:
        made: the project.
        force: replace files that were edited by hand.
    """
    if made.around is None or made.built is None:
        return []
    problems = problems_of(made.around, made.owned)
    problems += [] if force else edited_of(made.around)
    if problems:
        return problems
    problems = finish(made.built, force=force)
    if problems:
        return problems
    try:
        apply(made.around)
        if made.pyproject is not None:
            write_beside(made.pyproject)
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        path = str(error.filename or made.around.folder)
        return [Diagnostic(path=path, severity="error", rule="unwritable-output", message=message)]
    return []


def _project(layout: Layout, begun: bool) -> Project:
    """The project as its pyproject.toml says or will say, with its lexicons where they lie now."""
    if begun:
        return Project(layout.root, (layout.source,), layout.root / "src", layout.package)
    return replace(load_project(layout.root, Options()), lexicons=(layout.source,))


def _around(layout: Layout, discovery: Discovery, analysis: Analysis) -> Mapping[str, bytes]:
    modules = Modules(
        analysis.catalog, layout.package, analysis.external, frozenset(analysis.nsids)
    )
    files = {"README.md": readme_text(layout, modules, analysis.nsids).encode()}
    if layout.copies:
        for file in (*discovery.files, *discovery.lenses):
            below = Path(file.path).relative_to(layout.source).as_posix()
            files[f"{layout.lexicons}/{below}"] = file.data
    return files


def _pyproject(layout: Layout, analysis: Analysis) -> SideFile:
    names = analysis.nsids
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    text = pyproject_text(layout, printable(f"Lexicon types: {listed}"), _requirements(analysis))
    return SideFile(layout.root / "pyproject.toml", text.encode(), None)


def _requirements(analysis: Analysis) -> list[str]:
    """What compiled code needs: the kernel, and the packages that its lexicons refer to."""
    needed = {f"atdata>={version('atdata')}"}
    for nsid in analysis.external:
        for claim in analysis.installed.claims(nsid)[:1]:
            if claim.distribution and claim.distribution != "atdata":
                needed.add(f"{claim.distribution}>={claim.version}")
    return sorted(needed, key=lambda each: (not each.startswith("atdata>"), each))

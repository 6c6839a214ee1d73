"""Files of lenses held against their types, by the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from atdata_codegen.diagnostics import Diagnostic, in_order
from atdata_codegen.lenses.placing import placed
from atdata_codegen.lenses.reading import LensFile
from atdata_codegen.lenses.types import Types
from atdata_schema.lenses import Finding, Lens, check
from atdata_schema.lenses.language.lowering import Lowered
from atdata_schema.lenses.report import place_in
from atdata_schema.names import class_name

__all__ = ["CheckedFile", "check_file"]


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of lenses that was checked.

    Attributes:
        file: the file.
        lenses: its lenses that have no errors, by full name, in order of the file.
        diagnostics: all that is wrong or doubtful in it.
    """

    file: LensFile
    lenses: tuple[tuple[str, Lens[Any, Any]], ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def check_file(file: LensFile, types: Types) -> CheckedFile:
    """Hold the lenses of a file against their types.

    Args:
        file: the file, as it was read.
        types: where its types are looked up.
    """
    findings: list[Finding] = list(_clashes(file))
    lenses: list[tuple[str, Lens[Any, Any]]] = []
    for name, item in file.lenses:
        if any(finding.severity == "error" for finding in item.findings):
            continue
        found, lens = _check(item, types)
        findings += found
        if lens is not None:
            lenses.append((name, lens))
    diagnostics = in_order([*file.diagnostics, *placed(findings, file.path, file.text)])
    return CheckedFile(file, tuple(lenses), diagnostics)


def _check(item: Lowered, types: Types) -> tuple[list[Finding], Lens[Any, Any] | None]:
    program = item.program
    source, view = types.of(program.source), types.of(program.view)
    lost = [
        replace(found, span=place_in(item.places, (side,)), lens=program.name)
        for side, found in (("source", source), ("view", view))
        if isinstance(found, Finding)
    ]
    if isinstance(source, Finding) or isinstance(view, Finding):
        return lost, None
    checked = check(program, source, view, places=item.places)
    return list(checked.findings), checked.result


def _clashes(file: LensFile) -> Iterator[Finding]:
    """Lenses of one file that would have one name in Python."""
    owners: dict[str, Lowered] = {}
    for _, item in file.lenses:
        name = class_name(f"a.b.{item.program.name}").replace("_", "").lower()
        first = owners.setdefault(name, item)
        if first is not item:
            yield Finding(
                rule="name-clash",
                severity="error",
                message=f"the lenses {first.program.name} and {item.program.name} would have one name in Python",
                span=place_in(item.places, ()),
                help="rename one of them",
                related=((place_in(first.places, ()), "the first one"),),
            )

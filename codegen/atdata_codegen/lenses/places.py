"""Which files of lenses would get in each other's way, or in that of a lexicon."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from atdata_codegen.diagnostics import Diagnostic, diagnose, shown_path
from atdata_codegen.lenses.naming import is_name
from atdata_codegen.lenses.reading import LensFile
from atdata_codegen.source.span import Span
from atdata_schema.names import module_path

__all__ = ["check_places", "distinct"]


def distinct(files: Sequence[LensFile]) -> tuple[LensFile, ...]:
    """Each NSID once, from the first folder that has it."""
    found: dict[str, LensFile] = {}
    for file in files:
        found.setdefault(file.nsid, file)
    return tuple(found.values())


def check_places(files: Sequence[LensFile], lexicons: Collection[str]) -> list[Diagnostic]:
    """The files whose module, or whose name, another one has.

    Args:
        files: the files of lenses.
        lexicons: the NSIDs of the lexicons that are compiled with them.
    """
    taken = {module_path(nsid): f"the lexicon {nsid}" for nsid in sorted(lexicons, reverse=True)}
    named: dict[str, LensFile] = {}
    found: list[Diagnostic] = []
    for file in files:
        if not is_name(file.nsid):
            continue
        first = named.setdefault(file.nsid, file)
        if first is not file:
            if first.text != file.text:
                found.append(_duplicate(file, first))
            continue
        other = taken.setdefault(module_path(file.nsid), f"the lenses {file.nsid}")
        if other != f"the lenses {file.nsid}":
            found.append(_clash(file, other))
    return found


def _duplicate(file: LensFile, first: LensFile) -> Diagnostic:
    message = f"{shown_path(first.path)} has the name {file.nsid} already, and the two differ"
    return _about(file, "duplicate-lens", message, "keep one of them")


def _clash(file: LensFile, other: str) -> Diagnostic:
    module = ".".join(module_path(file.nsid))
    message = f"the lenses {file.nsid} and {other} would both be the module {module}"
    return _about(file, "lens-clash", message, "rename the file of lenses")


def _about(file: LensFile, rule: str, message: str, hint: str) -> Diagnostic:
    return diagnose(
        file.path,
        Span(1, 1, 1, 2),
        file.text,
        severity="error",
        rule=rule,
        message=message,
        hint=hint,
    )

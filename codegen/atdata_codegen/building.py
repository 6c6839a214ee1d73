"""What a build makes of a project, from the cache where nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from atdata_codegen.cache import Entry, key_of, load_entry, store_entry
from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.outputs import (
    MANIFEST,
    Changes,
    Owned,
    compare,
    content,
    digest,
    read_owned,
    render_owned,
)
from atdata_codegen.project import Project
from atdata_codegen.source.discover import discover

__all__ = ["Built", "make"]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to.

    Attributes:
        diagnostics: what was found in the documents.
        changes: what it would do to the disk; None where there are errors, and nothing is made.
        owned: what the compiler owns there now.
    """

    diagnostics: tuple[Diagnostic, ...]
    changes: Changes | None
    owned: Owned


def make(project: Project) -> Built:
    """Judge the documents, and compare what they compile to with the disk; nothing is written.

    Raises:
        ProjectError: if the project does not say where the package goes.
    """
    folder = project.folder()
    discovery = discover(project.lexicons)
    owned = read_owned(folder)
    key = key_of(project, discovery, "build")
    entry = load_entry(key)
    if entry is not None and _failed(entry.diagnostics):
        return Built(entry.diagnostics, None, owned)
    if entry is not None and _is_on_disk(folder, entry):
        files = tuple(sorted(entry.outputs))
        return Built(entry.diagnostics, Changes(folder, {}, files, (), (), (), (), False), owned)
    from atdata_codegen.compilation import compile_project  # the kernel, templates and black

    made = compile_project(project, discovery, _existing(folder, owned))
    store_entry(key, made.files, made.diagnostics, made.outside)
    if _failed(made.diagnostics):
        return Built(made.diagnostics, None, owned)
    return Built(made.diagnostics, compare(folder, made.files, owned), owned)


def _failed(diagnostics: tuple[Diagnostic, ...]) -> bool:
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def _is_on_disk(folder: Path, entry: Entry) -> bool:
    """Whether the folder is as a build would leave it: each file, and the list of them."""
    if content(folder, MANIFEST) != render_owned(entry.outputs):
        return False
    for path, expected in entry.outputs.items():
        found = content(folder, path)
        if found is None or digest(found) != expected:
            return False
    return True


def _existing(folder: Path, owned: Owned) -> Mapping[str, bytes]:
    found = {path: content(folder, path) for path in owned.files}
    return {path: data for path, data in found.items() if data is not None}

"""What a build makes of a project, from the cache where nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from atdata_codegen.cache import Entry, key_of, load_entry, store_entry
from atdata_codegen.diagnostics import Diagnostic, blocks, in_order
from atdata_codegen.outputs import (
    MANIFEST,
    Changes,
    Owned,
    SideFile,
    compare,
    content,
    digest,
    read_owned,
    render_owned,
)
from atdata_codegen.project import Project
from atdata_codegen.source.discover import discover

if TYPE_CHECKING:  # the kernel
    from atdata_codegen.compilation import Compilation
    from atdata_codegen.lenses.externs import Externs

__all__ = ["Built", "folders_of", "make"]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to.

    Attributes:
        diagnostics: what was found in the documents.
        changes: what it would do to the disk; None where there are errors, and nothing is made.
        owned: what the compiler owns there now.
        tests: what it would do to the folder of tests of lenses; None where there is none.
        tests_owned: what the compiler owns in that folder.
        beside: files outside of both, in the order in which they are written: last, when all else is there.
    """

    diagnostics: tuple[Diagnostic, ...]
    changes: Changes | None
    owned: Owned
    tests: Changes | None = None
    tests_owned: Owned = field(default_factory=Owned)
    beside: tuple[SideFile, ...] = ()


def folders_of(built: Built) -> Iterator[tuple[Changes, Owned]]:
    """The folders that a build writes into, and what the compiler owns there: the package, then the tests."""
    if built.changes is not None:
        yield built.changes, built.owned
    if built.tests is not None:
        yield built.tests, built.tests_owned


def make(project: Project, *, update_lenses: bool = False) -> Built:
    """Judge the documents, and compare what they compile to with the disk; nothing is written.

    Args:
        project: the configuration.
        update_lenses: take the types of lenses as they are now, whatever they were checked against before.

    Raises:
        ProjectError: if the project does not say where the package goes.
    """
    folder = project.folder()
    discovery = discover(project.lexicons)
    owned = read_owned(folder)
    key = key_of(project, discovery, "build")
    entry = load_entry(key)
    if entry is not None and blocks(entry.diagnostics):
        return Built(entry.diagnostics, None, owned)
    if entry is not None and _is_done(project, entry) and not _lacks_externs(project, entry):
        return Built(
            entry.diagnostics,
            _unchanged(folder, entry.outputs),
            owned,
            None if project.lens_tests is None else _unchanged(project.lens_tests, entry.tests),
            beside=_lock_as_it_is(project) if entry.lock else (),
        )
    from atdata_codegen.compilation import compile_project  # the kernel, templates and black

    tests = project.lens_tests
    tests_owned = Owned() if tests is None else read_owned(tests)
    tested = {} if tests is None else _existing(tests, tests_owned)
    made = compile_project(project, discovery, _existing(folder, owned), tested)
    store_entry(key, made.files, made.diagnostics, made.outside, made.lock, made.tests)
    if blocks(made.diagnostics):
        return Built(made.diagnostics, None, owned)
    problems = _lock_problems(project, made, update_lenses)
    if problems:
        return Built(in_order([*made.diagnostics, *problems]), None, owned)
    return Built(
        made.diagnostics,
        compare(folder, made.files, owned),
        owned,
        None if tests is None else compare(tests, made.tests, tests_owned),
        tests_owned,
        _beside(project, made),
    )


def _unchanged(folder: Path, outputs: Mapping[str, str]) -> Changes:
    return Changes(folder, {}, tuple(sorted(outputs)), (), (), (), (), False)


def _is_done(project: Project, entry: Entry) -> bool:
    """Whether everything is as a build would leave it."""
    lock = _read(project.lock_file())
    locked = entry.lock == digest(lock) if lock is not None else not entry.lock
    tests = project.lens_tests
    tested = tests is None or _is_on_disk(tests, entry.tests)
    return locked and tested and _is_on_disk(project.folder(), entry.outputs)


def _lacks_externs(project: Project, entry: Entry) -> bool:
    """Whether code is missing whose module a build would begin."""
    missing = any(found.rule == "missing-extern" for found in entry.diagnostics)
    return missing and not project.externs_file().exists()


def _is_on_disk(folder: Path, outputs: Mapping[str, str]) -> bool:
    """Whether a folder is as a build would leave it: each file, and the list of them."""
    if content(folder, MANIFEST) != render_owned(outputs):
        return False
    for path, expected in outputs.items():
        found = content(folder, path)
        if found is None or digest(found) != expected:
            return False
    return True


def _existing(folder: Path, owned: Owned) -> Mapping[str, bytes]:
    found = {path: content(folder, path) for path in owned.files}
    return {path: data for path, data in found.items() if data is not None}


def _read(path: Path) -> bytes | None:
    return content(path.parent, path.name)


def _lock_problems(project: Project, made: Compilation, update: bool) -> list[Diagnostic]:
    """Why the lenses cannot be built against the types as they are now."""
    if not made.analysis.lenses or update:
        return []
    from atdata_codegen.lenses.locking import problems_of_lock

    data = _read(project.lock_file())
    return problems_of_lock(
        project.lock_file(), data, made.analysis.lenses, project.folder(), made.analysis.catalog
    )


def _skeletons(externs: Externs) -> bytes:
    from atdata_codegen.emit.formatting import format_text
    from atdata_codegen.lenses.externs import module_text

    return format_text(module_text(externs, [each for each, _ in externs.missing])).encode()


def _lock_as_it_is(project: Project) -> tuple[SideFile, ...]:
    data = _read(project.lock_file())
    return (SideFile(project.lock_file(), data, data),)


def _beside(project: Project, made: Compilation) -> tuple[SideFile, ...]:
    """The user's module of externs where there is none yet, and the lock."""
    lock = _read(project.lock_file())
    found: list[SideFile] = []
    if made.externs is not None and not made.externs.exists:
        found.append(SideFile(made.externs.path, _skeletons(made.externs), None))
    if made.lock or lock is not None:
        found.append(SideFile(project.lock_file(), made.lock or None, lock))
    return tuple(found)

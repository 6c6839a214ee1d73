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
        targets: the folders of other targets, and what the compiler owns in each; where the project has no package,
            they are all that is made.
    """

    diagnostics: tuple[Diagnostic, ...]
    changes: Changes | None
    owned: Owned
    tests: Changes | None = None
    tests_owned: Owned = field(default_factory=Owned)
    beside: tuple[SideFile, ...] = ()
    targets: tuple[tuple[Changes, Owned], ...] = ()


def folders_of(built: Built) -> Iterator[tuple[Changes, Owned]]:
    """The folders that a build writes into, and what the compiler owns there: the package, the tests, the targets."""
    if built.changes is not None:
        yield built.changes, built.owned
    if built.tests is not None:
        yield built.tests, built.tests_owned
    yield from built.targets


def make(project: Project, *, update_lenses: bool = False) -> Built:
    """Judge the documents, and compare what they compile to with the disk; nothing is written.

    Args:
        project: the configuration.
        update_lenses: take the types of lenses as they are now, whatever they were checked against before.

    Raises:
        ProjectError: if the project does not say where the package goes.
    """
    discovery = discover(project.lexicons)
    key = key_of(project, discovery, "build")
    entry = load_entry(key) if _is_all_ours(project) else None
    if entry is not None and blocks(entry.diagnostics):
        return Built(entry.diagnostics, None, Owned())
    if entry is not None and _is_done(project, entry) and not _lacks_externs(project, entry):
        return _as_it_is(project, entry)
    from atdata_codegen.compilation import compile_all  # the kernel, templates and black
    from atdata_codegen.incremental.kept import Kept

    owned = read_owned(project.folder()) if project.compiles else Owned()
    existing = _existing(project.folder(), owned) if project.compiles else {}
    tests = project.lens_tests if project.compiles else None
    tests_owned = Owned() if tests is None else read_owned(tests)
    tested = {} if tests is None else _existing(tests, tests_owned)
    kept = Kept.of(project)
    made = compile_all(project, discovery, existing, tested, kept)
    kept.write()
    blocked = blocks(made.diagnostics)
    changes = (
        compare(project.folder(), made.files, owned, existing)
        if project.compiles and not blocked
        else None
    )
    store_entry(
        key,
        changes.digests if changes is not None else {},
        made.diagnostics,
        made.outside,
        made.lock,
        made.tests,
        made.targets,
    )
    if blocked:
        return Built(made.diagnostics, None, owned)
    targets = [
        _compared(wanted.output, files)
        for wanted, files in zip(project.targets, made.targets, strict=True)
    ]
    if changes is None:
        return Built(made.diagnostics, _no_package(project), owned, targets=tuple(targets))
    problems = _lock_problems(project, made, update_lenses)
    if problems:
        return Built(in_order([*made.diagnostics, *problems]), None, owned)
    return Built(
        made.diagnostics,
        changes,
        owned,
        None if tests is None else compare(tests, made.tests, tests_owned, tested),
        tests_owned,
        _beside(project, made),
        tuple(targets),
    )


def _is_all_ours(project: Project) -> bool:
    """Whether nothing is made by code that the cache does not know."""
    if not project.targets:
        return True
    from atdata_codegen.targets.registry import is_built_in

    return all(is_built_in(wanted.target) for wanted in project.targets)


def _no_package(project: Project) -> Changes:
    """What becomes of the package of a project that has none: nothing."""
    return _unchanged(project.root, {})


def _compared(folder: Path, files: Mapping[str, bytes]) -> tuple[Changes, Owned]:
    owned = read_owned(folder)
    return compare(folder, files, owned), owned


def _as_it_is(project: Project, entry: Entry) -> Built:
    """What a build comes to that changes nothing."""
    targets = [
        (_unchanged(wanted.output, outputs), read_owned(wanted.output))
        for wanted, outputs in zip(project.targets, entry.targets, strict=True)
    ]
    if not project.compiles:
        return Built(entry.diagnostics, _no_package(project), Owned(), targets=tuple(targets))
    return Built(
        entry.diagnostics,
        _unchanged(project.folder(), entry.outputs),
        read_owned(project.folder()),
        None if project.lens_tests is None else _unchanged(project.lens_tests, entry.tests),
        beside=_lock_as_it_is(project) if entry.lock else (),
        targets=tuple(targets),
    )


def _unchanged(folder: Path, outputs: Mapping[str, str]) -> Changes:
    return Changes(folder, {}, tuple(sorted(outputs)), (), (), (), (), False, outputs)


def _is_done(project: Project, entry: Entry) -> bool:
    """Whether everything is as a build would leave it."""
    pairs = zip(project.targets, entry.targets, strict=False)
    others = len(entry.targets) == len(project.targets) and all(
        _is_on_disk(wanted.output, outputs) for wanted, outputs in pairs
    )
    if not project.compiles:
        return others
    lock = _read(project.lock_file())
    locked = entry.lock == digest(lock) if lock is not None else not entry.lock
    tests = project.lens_tests
    tested = tests is None or _is_on_disk(tests, entry.tests)
    return others and locked and tested and _is_on_disk(project.folder(), entry.outputs)


def _lacks_externs(project: Project, entry: Entry) -> bool:
    """Whether code is missing whose module a build would begin."""
    if not project.compiles:
        return False
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

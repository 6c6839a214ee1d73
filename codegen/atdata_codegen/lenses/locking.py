"""The lock of a project held against its lenses as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.lenses.changes import about_moved
from atdata_codegen.lenses.checking import CheckedFile
from atdata_codegen.lenses.lock import locked_of, moved, read_lock
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema

__all__ = ["problems_of_lock"]


def problems_of_lock(
    path: Path,
    data: bytes | None,
    files: Sequence[CheckedFile],
    folder: Path,
    catalog: Catalog,
) -> list[Diagnostic]:
    """What keeps the lenses from being built: a lock that cannot be read, and types that have changed.

    Args:
        path: where the lock lies.
        data: what it holds.
        files: the lenses.
        folder: the compiled package on disk.
        catalog: every document.
    """
    lock = read_lock(data)
    if lock.problem is not None:
        return [_unreadable(path, lock.problem)]
    of_lens = {name: file for file in files for name, _ in file.lenses}
    now = {name: locked_of(lens) for file in files for name, lens in file.lenses}
    return [
        about_moved(change, of_lens[change.lens], folder, Schema.of(catalog, change.type).documents)
        for change in moved(lock, now)
    ]


def _unreadable(path: Path, problem: str) -> Diagnostic:
    return Diagnostic(
        path=str(path),
        severity="error",
        rule="bad-lock",
        message=f"the lock of lenses cannot be used: {problem}",
        hint="restore it from version control, or run `atdata-gen build --update-lenses` to write it anew",
    )

"""The end of a build: what keeps it from writing, and the writing."""

from __future__ import annotations

from atdata_codegen.building import Built, folders_of
from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.outputs import edited_of, problems_of
from atdata_codegen.writing import apply, write_beside

__all__ = ["finish"]


def finish(built: Built, *, force: bool = False) -> list[Diagnostic]:
    """Bring the disk to the state that a build gives it, where nothing is in the way.

    Args:
        built: what was made.
        force: replace compiled files that were edited by hand.

    Returns:
        What was in the way, and then nothing is written; or what the disk refused.
    """
    if built.changes is None:
        return []
    return _in_the_way(built, force) or _write(built)


def _in_the_way(built: Built, force: bool) -> list[Diagnostic]:
    problems: list[Diagnostic] = []
    for changes, owned in folders_of(built):
        problems += problems_of(changes, owned)
        problems += [] if force else edited_of(changes)
    return problems


def _write(built: Built) -> list[Diagnostic]:
    try:
        for changes, _ in folders_of(built):
            # These folders are the compiler's; among tests there may be somebody's own.
            apply(changes, whole=changes is not built.tests)
        for file in built.beside:
            write_beside(file)
    except OSError as error:
        path = str(error.filename or "")
        message = f"cannot be written: {error.strerror or error}"
        hint = "what was written is whole; the next build continues"
        return [
            Diagnostic(
                path=path, severity="error", rule="unwritable-output", message=message, hint=hint
            )
        ]
    return []

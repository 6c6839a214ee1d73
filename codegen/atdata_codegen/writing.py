"""Bringing a folder to the state that a build gives it: each file whole or not at all."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from atdata_codegen.excerpt import printable
from atdata_codegen.outputs import (
    MANIFEST,
    Changes,
    SideFile,
    content,
    digest,
    read_owned,
    render_owned,
)

__all__ = ["apply", "diff", "diff_beside", "write_beside", "write_file"]


def apply(changes: Changes) -> None:
    """Write, then remove, then list what is owned; files that are as they should be stay untouched.

    A build that is broken off leaves whole files and a list that says which were under way, so the next
    one continues.

    Raises:
        OSError: if the disk refuses.
    """
    if not changes.stale:
        return
    folder = changes.folder
    digests = {path: digest(data) for path, data in changes.files.items()}
    if changes.write or changes.remove:
        before = read_owned(folder)
        pending = (*changes.write, *changes.remove)
        write_file(folder, MANIFEST, render_owned({**before.files}, pending))
    for path in changes.write:
        write_file(folder, path, changes.files[path])
    for path in changes.remove:
        (folder / path).unlink()
        _prune(folder, path)
    write_file(folder, MANIFEST, render_owned(digests))


def write_beside(file: SideFile) -> None:
    """Bring one file beside the package to the state that a build gives it.

    Raises:
        OSError: if the disk refuses.
    """
    if not file.stale:
        return
    if file.data is None:
        file.path.unlink(missing_ok=True)
    else:
        write_file(file.path.parent, file.path.name, file.data)


def write_file(folder: Path, path: str, data: bytes) -> None:
    """One file below a folder, written beside its place and then moved there.

    Args:
        folder: absolute; made if it is missing.
        path: below it, with `/`.
        data: the content.
    """
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(place)
    except BaseException:
        temporary.unlink()
        raise


def diff(changes: Changes, shown: str) -> Iterator[str]:
    """What `apply` would change, as lines of a unified diff without their ends.

    Args:
        changes: what is to be done.
        shown: the folder as it is named in the diff.
    """
    for path in sorted((*changes.write, *changes.remove)):
        old = content(changes.folder, path)
        new = changes.files.get(path)
        before, after = (
            f"{shown}/{path}" if side is not None else "/dev/null" for side in (old, new)
        )
        for line in difflib.unified_diff(_lines(old), _lines(new), before, after, lineterm=""):
            yield printable(line)


def diff_beside(file: SideFile, shown: str) -> Iterator[str]:
    """The same of a file beside the package, which is named as it is shown."""
    if file.stale:
        before = shown if file.before is not None else "/dev/null"
        after = shown if file.data is not None else "/dev/null"
        old, new = _lines(file.before), _lines(file.data)
        for line in difflib.unified_diff(old, new, before, after, lineterm=""):
            yield printable(line)


def _lines(data: bytes | None) -> list[str]:
    return [] if data is None else data.decode("utf-8", "replace").split("\n")


def _prune(folder: Path, path: str) -> None:
    """Remove the folders that a removed file leaves empty, Python's cache of it included."""
    for parent in (folder / path).parents:
        entries = list(parent.iterdir())
        cache = parent / "__pycache__"
        if (
            parent == folder
            or entries not in ([], [cache])
            or (entries and not _clear_cache(cache))
        ):
            return
        parent.rmdir()


def _clear_cache(folder: Path) -> bool:
    files = list(folder.iterdir())
    if not all(file.suffix == ".pyc" for file in files):
        return False
    for file in files:
        file.unlink()
    folder.rmdir()
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

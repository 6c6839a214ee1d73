"""Bringing a folder to the state that a build gives it: each file whole or not at all."""

from __future__ import annotations

import difflib
import errno
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from atdata_codegen.excerpt import printable
from atdata_codegen.outputs import (
    MANIFEST,
    Changes,
    SideFile,
    content,
    read_owned,
    render_owned,
)
from atdata_codegen.swapping import swap_in, tidy

__all__ = ["apply", "diff", "diff_beside", "write_beside", "write_file", "write_together"]


def apply(changes: Changes, *, whole: bool = False) -> None:
    """Write, remove, and list what is owned; files that are as they should be stay untouched.

    A build that is broken off leaves whole files and a list that says which were under way, so the next
    one continues.

    Args:
        changes: what is to be done.
        whole: bring all of the folder to its new state in one step, where the system can.

    Raises:
        OSError: if the disk refuses.
    """
    if whole:
        tidy(changes.folder)
    if not changes.stale:
        return
    one = len(changes.write) + len(changes.remove) <= 1  # which is a step of its own
    if one or not (whole and swap_in(changes)):
        _one_by_one(changes)


def _one_by_one(changes: Changes) -> None:
    folder = changes.folder
    if changes.write or changes.remove:
        before = read_owned(folder)
        pending = (*changes.write, *changes.remove)
        write_file(folder, MANIFEST, render_owned({**before.files}, pending))
    for path in changes.write:
        write_file(folder, path, changes.files[path])
    for path in changes.remove:
        (folder / path).unlink()
        _prune(folder, path)
    write_file(folder, MANIFEST, render_owned(changes.digests))


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
    write_together({folder / path: data})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Several files, each whole or as it was: all are written beside their places, and then moved there in order.

    So a full disk, or a place that cannot be written, leaves everything as it was.

    Args:
        files: absolute places to contents; the last is moved last.

    Raises:
        OSError: the disk refuses.
    """
    prepared: list[tuple[Path, Path]] = []
    try:
        for place, data in files.items():
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
            place.parent.mkdir(parents=True, exist_ok=True)
            prepared.append((_temporary(place.parent, data), place))
        while prepared:
            temporary, place = prepared[0]
            temporary.replace(place)
            del prepared[0]
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def _temporary(folder: Path, data: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o666 & ~_umask())
    except BaseException:
        temporary.unlink()
        raise
    return temporary


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

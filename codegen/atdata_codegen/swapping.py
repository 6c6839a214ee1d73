"""A folder brought to a new state in one step: whoever looks, and whoever is killed, has the old one or the new one.

The new state is put together beside the folder, and the two change places. Files that stay are not written again:
they are the same files under a second name. Where a system cannot do that, nothing is done, and the caller goes
another way.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from atdata_codegen.outputs import MANIFEST, Changes, render_owned

__all__ = ["exchange", "swap_in", "tidy"]

_MOST = 10_000
"""Entries of a folder above which it is not put together anew."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2


class _UnfitError(Exception):
    """A folder that is not to be put together anew."""


def swap_in(changes: Changes) -> bool:
    """Bring the folder of a package to its new state in one step.

    Returns:
        Whether that was done; if not, the folder is as it was.
    """
    folder = changes.folder.resolve()
    present = folder.is_dir()
    if present and not os.access(folder, os.W_OK):
        return False  # a folder that nobody may write into is not replaced behind its back
    staged = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged.mkdir()
        if present:
            _link_all(folder, staged, {*changes.write, *changes.remove, MANIFEST})
        _write_all(staged, changes)
        if not present:
            staged.rename(folder)
            return True
        return exchange(staged, folder)
    except (OSError, _UnfitError):
        return False
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Have two folders of one file system change places; false where the system cannot."""
    if sys.platform == "win32":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    done: int
    try:
        if sys.platform == "darwin":
            done = library.renamex_np(first, second, _RENAME_SWAP)
        else:
            done = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    except AttributeError:  # a C library without it
        return False
    return done == 0


def _link_all(folder: Path, staged: Path, without: set[str]) -> None:
    """Give every file a second name, but for those that change; folders that would be empty then are left out."""
    count = 0
    for parent, names, files in os.walk(folder):
        below = os.path.relpath(parent, folder)
        place = staged / below
        prefix = "" if below == os.curdir else f"{Path(below).as_posix()}/"
        linked = [name for name in names if Path(parent, name).is_symlink()]
        count += len(files) + len(linked)
        if count > _MOST:
            raise _UnfitError
        staying = [name for name in (*files, *linked) if f"{prefix}{name}" not in without]
        if staying or not (
            names or files
        ):  # an empty one is somebody's, or it would have gone with its last file
            place.mkdir(parents=True, exist_ok=True)
        for name in staying:
            os.link(f"{parent}{os.sep}{name}", f"{place}{os.sep}{name}", follow_symlinks=False)
        if place.is_dir():
            shutil.copymode(parent, place)
    _leave_out_caches(staged)


def _leave_out_caches(staged: Path) -> None:
    """Remove folders that hold nothing any more but what Python kept of removed modules."""
    for parent, _, _ in os.walk(staged, topdown=False):
        entries = list(Path(parent).iterdir())
        only = len(entries) == 1 and entries[0].name == "__pycache__"
        if (
            only
            and Path(parent) != staged
            and all(e.suffix == ".pyc" for e in entries[0].iterdir())
        ):
            shutil.rmtree(parent)


def _write_all(staged: Path, changes: Changes) -> None:
    for path in changes.write:
        place = staged / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(changes.files[path])
    (staged / MANIFEST).write_bytes(render_owned(changes.digests))


def tidy(folder: Path) -> None:
    """Remove what builds that were killed have left beside a folder."""
    folder = folder.resolve()
    with suppress(OSError):
        for left in folder.parent.glob(f".{folder.name}.*.part"):
            number = left.name.removesuffix(".part").rpartition(".")[2]
            if number.isdecimal() and not _lives(int(number)):
                shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    if sys.platform == "win32":
        return True  # nothing is left there: nothing is swapped
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

"""Local folders for files on their way into a store, one a write, and the removal of those that writes left."""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from atdata.stores.disk_faults import disk_faults
from atdata.stores.layout import check_token

__all__ = ["staging_folder", "sweep_staging"]


@contextmanager
def staging_folder(base: Path, token: str, where: str) -> Iterator[Path]:
    """The folder of one write, removed at the end.

    Raises:
        StoreError: it cannot be made.
    """
    folder = base / check_token(token)
    with disk_faults(where, f"staging in {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        # What cannot be removed is swept later; it must not hide what went wrong inside.
        shutil.rmtree(folder, ignore_errors=True)


def sweep_staging(base: Path, alive: Iterable[str], older_than: float, where: str) -> int:
    """Remove what is not alive and was not written to for a while; bytes freed.

    Raises:
        StoreError: the folder cannot be read.
    """
    kept = set(alive)
    freed = 0
    with disk_faults(where, f"sweeping {base}"):
        if not base.is_dir():
            return 0
        latest = _now(base) - older_than
        for item in sorted(base.iterdir()):
            if item.name in kept:
                continue
            size, written = _size_and_time(item)
            if written <= latest:
                freed += size if _remove(item) else 0
    return freed


def _now(base: Path) -> float:
    """The time by the clock of the file system, which may be another machine's."""
    probe = base / f"clock-{uuid.uuid4().hex}"
    probe.touch(exist_ok=False)
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _size_and_time(item: Path) -> tuple[int, float]:
    """Bytes of a file or of all in a folder, and when any of it was last changed."""
    size, newest = 0, 0.0
    paths = [item]
    for folder, folders, files in os.walk(item):
        paths += [Path(folder, name) for name in (*folders, *files)]
    for path in paths:
        # What goes away while it is looked at belongs to a write that ends.
        with suppress(FileNotFoundError):
            status = path.lstat()
            newest = max(newest, status.st_mtime)
            size += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return size, newest


def _remove(item: Path) -> bool:
    if item.is_dir() and not item.is_symlink():
        shutil.rmtree(item, ignore_errors=True)
        return not item.exists()
    try:
        item.unlink()
    except FileNotFoundError:
        return False
    return True

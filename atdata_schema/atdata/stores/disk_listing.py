"""What lies below a store's root on disk, in the order of the keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from atdata.stores.layout import is_key
from atdata.stores.store import StoredFile

__all__ = ["listed"]


def listed(root: Path, prefix: str) -> Iterator[StoredFile]:
    """Every file whose key begins so, read folder by folder.

    Raises:
        OSError: a folder cannot be read.
    """
    yield from _below(root, "", prefix)


def _below(folder: Path, start: str, prefix: str) -> Iterator[StoredFile]:
    for name, entry in _sorted(folder):
        key = start + name
        is_folder = name.endswith("/")
        # A folder is entered where its keys may begin so.
        wanted = (
            prefix.startswith(key) or key.startswith(prefix)
            if is_folder
            else key.startswith(prefix)
        )
        if not wanted or not is_key(key.rstrip("/")):
            continue
        if is_folder:
            yield from _below(Path(entry.path), key, prefix)
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        yield StoredFile(key, status.st_size, status.st_mtime)


def _sorted(folder: Path) -> list[tuple[str, os.DirEntry[str]]]:
    """What is in a folder; folders end with a slash, as their keys do, so that the order is that of the keys."""
    found: list[tuple[str, os.DirEntry[str]]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.append((f"{entry.name}/", entry))
                elif entry.is_file(follow_symlinks=False):
                    found.append((entry.name, entry))
    except (FileNotFoundError, NotADirectoryError):
        # Removed while the listing goes on, or not made yet.
        return []
    return sorted(found, key=lambda item: item[0])

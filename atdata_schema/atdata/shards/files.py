"""Files that appear whole or not at all, and stay after a power cut."""

from __future__ import annotations

import errno
import os
from pathlib import Path

__all__ = ["part_of", "replace_file", "sync_folder"]


def part_of(path: Path) -> Path:
    """The name that a file has while it is being written.

    >>> part_of(Path("out/data.tar")).name
    '.data.tar.part'
    """
    return path.with_name(f".{path.name}.part")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file under another name, sync it and put it in place.

    Raises:
        OSError: the folder takes no file; nothing is left of the attempt.
    """
    part = part_of(path)
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last. Systems whose folders cannot be opened sync them on their own."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems sync no folders; that is theirs to say, and no fault of the data.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)

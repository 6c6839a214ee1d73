"""Files that appear whole or not at all, and stay after a power cut."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["part_of", "replace_file", "sync_folder", "write_all", "write_part"]

_MOST_BUFFERS: Final = 1024  # that one call takes: IOV_MAX


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
        write_part(path, content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_part(path: Path, content: bytes) -> None:
    """Write a file under its unfinished name, and sync it.

    Raises:
        OSError: the folder takes no file; what was written so far is left.
    """
    with part_of(path).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


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


def write_all(descriptor: int, buffers: Sequence[bytes | memoryview]) -> None:
    """Write buffers one behind the other, without joining them.

    Raises:
        OSError: the disk is full, or another of its reasons; some of it may be written.
    """
    pending = [memoryview(buffer) for buffer in buffers if len(buffer)]
    while pending:
        written = os.writev(descriptor, pending[:_MOST_BUFFERS])
        while pending and written >= len(pending[0]):
            written -= len(pending.pop(0))
        if written:
            pending[0] = pending[0][written:]

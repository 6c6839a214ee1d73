"""Which file a file is, whatever name it has."""

from __future__ import annotations

import os
from typing import TypeAlias

__all__ = ["Identity", "identity"]

Identity: TypeAlias = tuple[int, int, int, int]
"""Device, inode, size in bytes and time of the last change in nanoseconds."""


def identity(found: os.stat_result) -> Identity:
    """The identity in what `stat` says of a file."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

"""Which file a file is, whatever name it has, and in which state."""

from __future__ import annotations

import os
from typing import TypeAlias

__all__ = ["Identity", "identity"]

Identity: TypeAlias = str
"""A text that is another one for another file, and for the same one after a change."""


def identity(found: os.stat_result) -> Identity:
    """The identity in what `stat` says of a file: device, inode, size in bytes, time of the last change in ns."""
    return f"{found.st_dev}-{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"

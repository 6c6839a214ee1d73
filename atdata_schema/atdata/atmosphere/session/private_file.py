"""A file that only its user can read."""

from __future__ import annotations

import os
import stat
import uuid
import warnings
from contextlib import suppress
from pathlib import Path

__all__ = ["private_folder", "read_private", "write_private"]


def private_folder(folder: Path) -> Path:
    """The folder, made where it is not there; nobody else may look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file, in place of the one that is there, whole or not at all."""
    private_folder(path.parent)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def read_private(path: Path) -> str | None:
    """What is in a file; None where there is none. One that others can read is closed to them, with a warning."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
    except FileNotFoundError:
        return None
    if mode & 0o077:
        path.chmod(0o600)
        warnings.warn(
            f"{path} could be read by others, which was changed: log out and in again if somebody may have done so",
            stacklevel=2,
        )
    return text

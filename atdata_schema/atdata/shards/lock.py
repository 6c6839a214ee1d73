"""One writer at a time: a lock that the operating system drops when its process dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from atdata.errors import WriteError

__all__ = ["locked"]


@contextmanager
def locked(path: Path, what: Path) -> Iterator[None]:
    """Hold the lock file `path` while `what` is written.

    Raises:
        WriteError: another writer holds it.
    """
    descriptor = _acquire(path)
    if descriptor is None:
        raise WriteError(
            f"{what}: another writer is at work on this dataset; wait until it is done"
        )
    try:
        yield
    finally:
        # Removed while it is held: whoever opened the same file before finds that it is gone, and tries anew.
        # One that cannot be removed locks nobody out once it is closed.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path) -> int | None:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    # Spelt for type checkers, which know fcntl on the systems that have it.
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: nobody is kept out, as on systems that have none.
        return True
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False

"""What a disk refused, in a sentence that says the remedy."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from atdata.errors import StoreError

__all__ = ["disk_faults"]

_REMEDIES: Final = {
    errno.ENOSPC: "the disk is full: make room, then do it again",
    errno.EDQUOT: "your share of the disk is used up: make room, then do it again",
    errno.EFBIG: "the file is larger than the system allows here: see `ulimit -f`, or write smaller shards with maxsize=",
    errno.EACCES: "permission denied: check who may write there",
    errno.EPERM: "permission denied: check who may write there",
    errno.EROFS: "the file system is read-only: choose another root",
    errno.ENOENT: "no such file or folder",
    errno.ENOTDIR: "a part of the path is a file and no folder: move it away, or choose another root",
    errno.EISDIR: "a folder stands where the file should be: move it away",
    errno.ELOOP: "a symbolic link stands where a file should be, and none is followed here: replace it by the file",
    errno.ESTALE: "the network file system lost the file: mount it again",
    errno.EIO: "the disk has a fault: see the system's log",
    errno.EMFILE: "too many files are open: see `ulimit -n`",
}


@contextmanager
def disk_faults(where: str, what: str) -> Iterator[None]:
    """Raise what the operating system refuses as `StoreError`.

    Args:
        where: the URL of the store.
        what: the key, or what was being done.
    """
    try:
        yield
    except OSError as error:
        code = error.errno or 0
        reason = _REMEDIES.get(code) or (os.strerror(code) if code else str(error))
        raise StoreError(f"{where}: {what}: {reason}") from error

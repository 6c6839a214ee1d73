"""Files that come into a folder whole or not at all, and never over another one unless they may."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Final

__all__ = [
    "OtherDisk",
    "copy_hashed",
    "digest_of",
    "make_folders",
    "open_regular",
    "place",
    "seal",
    "write_new",
    "write_whole",
]

_BLOCK: Final = 16 << 20
_HASHED: Final = 1 << 20
_READ_ONLY: Final = 0o444
_NO_COPYING = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EBADF, errno.EPERM)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES)

Progress = Callable[[int], None]


class OtherDisk(OSError):
    """A file that cannot get its name without being copied."""


def open_regular(path: Path) -> FileIO:
    """Open a plain file for reading; no link is followed, and a pipe is not waited for.

    Raises:
        OSError: there is none, it is no plain file, or it may not be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = FileIO(os.open(path, flags | getattr(os, "O_CLOEXEC", 0)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return file


def write_new(path: Path) -> FileIO:
    """Make a file that nobody may change later; it is written through this object only."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    return FileIO(os.open(path, flags, _READ_ONLY), "r+b")


def copy_hashed(source: FileIO, target: FileIO, progress: Progress | None = None) -> str:
    """Copy a whole file into an empty one, and bring it to the disk; the sha-256 of what has arrived.

    The system copies, where it can without reading; a thread reads what has arrived, and hashes it behind that.

    Raises:
        OSError: the disk is full, or another of its reasons.
    """
    digest = hashlib.sha256()
    with ThreadPoolExecutor(1, "atdata-copy") as pool:
        hashing: list[Future[None]] = []
        at = 0
        while count := _copy_some(source.fileno(), target.fileno(), at):
            hashing.append(pool.submit(_hash, digest, target.fileno(), range(at, at + count)))
            at += count
            if progress is not None:
                progress(count)
        os.fsync(target.fileno())  # while the thread goes on
        for block in hashing:
            block.result()
    return digest.hexdigest()


def _copy_some(source: int, target: int, at: int) -> int:
    """Copy the next bytes to the same place; how many there were."""
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, _BLOCK, at, at)
        except OSError as error:
            if error.errno not in _NO_COPYING:
                raise
    data = os.pread(source, _BLOCK, at)
    written = 0
    while written < len(data):
        written += os.pwrite(target, memoryview(data)[written:], at + written)
    return len(data)


def _hash(digest: hashlib._Hash, file: int, part: range) -> None:
    at = part.start
    while at < part.stop:
        data = os.pread(file, min(_HASHED, part.stop - at), at)
        if not data:
            raise OSError(errno.EIO, "what was copied is not there")
        digest.update(data)
        at += len(data)


def write_whole(target: FileIO, data: bytes | memoryview) -> None:
    """Write all of it, however little the system takes at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[target.write(rest) :]


def digest_of(file: FileIO, kind: str = "sha256") -> str:
    """The digest of what is left of a file, in hexadecimal digits."""
    return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def seal(path: Path, file: FileIO, *, synced: bool) -> None:
    """Bring an open file to the disk, unless it is there, as new as it is in the store, and say that nobody changes it."""
    os.utime(path)
    path.chmod(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~0o222)
    if not synced:
        os.fsync(file.fileno())


def place(arrived: Path, target: Path, *, replace: bool) -> bool:
    """Give a finished file its name and take the one it had; `False` where the name is taken.

    Raises:
        OtherDisk: it has to be copied.
        OSError: the folder is gone, or takes no file.
    """
    try:
        if replace:
            arrived.replace(target)
            return True
        return _place_beside(arrived, target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise OtherDisk(*error.args) from error
        raise


def _place_beside(arrived: Path, target: Path) -> bool:
    try:
        target.hardlink_to(arrived)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Each file has one name here: of two processes at the same moment, both may be told that theirs is new.
        if os.path.lexists(target):
            return False
        arrived.rename(target)
    else:
        arrived.unlink(missing_ok=True)
    return True


def make_folders(root: Path, folder: Path) -> list[Path]:
    """Make the folders from the root down; those that are to be synced, so that the new ones last."""
    missing: list[Path] = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        with suppress(FileExistsError):
            path.mkdir()
    return [path.parent for path in missing]

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

from atdata.shards.files import sync_folder

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

_BLOCK: Final = 4 << 20
_READ_ONLY: Final = 0o444
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
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    return FileIO(os.open(path, flags, _READ_ONLY), "wb")


def copy_hashed(source: FileIO, target: FileIO, progress: Progress | None = None) -> str:
    """Copy what is left of a file; the sha-256 of what was written.

    One thread hashes a block while this one writes it and reads the next.
    """
    digest = hashlib.sha256()
    buffers = (memoryview(bytearray(_BLOCK)), memoryview(bytearray(_BLOCK)))
    hashing: list[Future[None] | None] = [None, None]
    with ThreadPoolExecutor(1) as pool:
        turn = 0
        while True:
            if (before := hashing[turn]) is not None:
                before.result()
            count = source.readinto(buffers[turn])
            if not count:
                break
            block = buffers[turn][:count]
            hashing[turn] = pool.submit(digest.update, block)
            write_whole(target, block)
            if progress is not None:
                progress(count)
            turn ^= 1
    return digest.hexdigest()


def write_whole(target: FileIO, data: bytes | memoryview) -> None:
    """Write all of it, however little the system takes at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[target.write(rest) :]


def digest_of(file: FileIO, kind: str = "sha256") -> str:
    """The digest of what is left of a file, in hexadecimal digits."""
    return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def seal(path: Path, file: FileIO) -> None:
    """Bring an open file to the disk, as new as it is in the store, and say that nobody changes it."""
    os.utime(path)
    path.chmod(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~0o222)
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


def make_folders(root: Path, folder: Path) -> None:
    """Make the folders from the root down, so that they last."""
    missing: list[Path] = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        with suppress(FileExistsError):
            path.mkdir()
        sync_folder(path.parent)

"""A store on the local disk, or on a file system that looks like one."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final

from atdata.errors import StoreError
from atdata.home import home
from atdata.shards.files import sync_folder
from atdata.stores.disk_faults import disk_faults
from atdata.stores.disk_files import (
    OtherDisk,
    copy_hashed,
    digest_of,
    make_folders,
    open_regular,
    place,
    seal,
    write_new,
    write_whole,
)
from atdata.stores.disk_listing import listed
from atdata.stores.layout import MARKER, STAGING, check_key, check_marker, marker
from atdata.stores.limits import LARGEST_SMALL, came_and_went, check_small
from atdata.stores.staging import staging_folder, sweep_staging
from atdata.stores.store import Store, StoredFile

__all__ = ["LocalDiskStore"]

_TRIES: Final = 5
"""How often a folder is made again that another process removes because it is empty."""


class LocalDiskStore(Store):
    """Files below a folder. They are read-only, and appear under their names when they are whole and synced.

    Symbolic links below the root are not followed. On file systems without hard links two processes that put the
    same new file at the same moment may both be told that theirs is new.

    Args:
        root: the folder, made when the first file is put; without it `data` in `ATDATA_HOME`. A folder that holds
            a dataset is refused then.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = LocalDiskStore(Path(folder) / "store")
    ...     print(store.put_bytes("datasets/digits/1.0.0/dataset.json", b"{}"), [file.key for file in store.list()])
    True ['datasets/digits/1.0.0/dataset.json']
    """

    def __init__(self, root: str | Path | None = None) -> None:
        # Without symbolic links, so that one folder has one URL.
        self.root = (home() / "data" if root is None else Path(root).expanduser()).resolve()
        self.url = self.root.as_uri()

    def __repr__(self) -> str:
        return f"LocalDiskStore({str(self.root)!r})"

    def staging(self, token: str) -> AbstractContextManager[Path]:
        return staging_folder(self.root / STAGING, token, self.url)

    def put(
        self,
        key: str,
        path: Path,
        *,
        sha256: str | None = None,
        move: bool = False,
        replace: bool = False,
        synced: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> bool:
        target = self._path(key)
        with disk_faults(self.url, f"{key}: {path}"):
            real = path.resolve(strict=True)
            if real == target:
                # What lies in the store already is not taken away from it.
                return False
            self._prepare()
            order = _Order(key, target, sha256, replace, synced, progress)
            with open_regular(real) as source:
                # Where a link leads, the file stays: only the link is ours to take.
                new = self._bring(order, source, real if move and not path.is_symlink() else None)
            if move:
                path.unlink(missing_ok=True)
            return new

    def put_bytes(self, key: str, data: bytes, *, overwrite: bool = False) -> bool:
        check_small(len(data), self.url, key)
        target = self._path(key)
        with disk_faults(self.url, key):
            self._prepare()
            if not overwrite and os.path.lexists(target):
                return False
            return self._place_bytes(target, data, replace=overwrite)

    def get_bytes(self, key: str) -> bytes | None:
        path = self._path(key)
        self._check_format()
        with disk_faults(self.url, key):
            try:
                file = open_regular(path)
            except (FileNotFoundError, NotADirectoryError):
                return None
            with file:
                check_small(os.fstat(file.fileno()).st_size, self.url, key)
                # One byte more, so that a file that grows is noticed.
                data = file.read(LARGEST_SMALL + 1)
                check_small(len(data), self.url, key)
                return data

    def find(self, key: str) -> StoredFile | None:
        path = self._path(key)
        self._check_format()
        with disk_faults(self.url, key):
            try:
                status = path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            if not stat.S_ISREG(status.st_mode):
                return None
            return StoredFile(key, status.st_size, status.st_mtime)

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        self._check_format()
        with disk_faults(self.url, "listing"):
            yield from listed(self.root, prefix)

    def delete(self, keys: Iterable[str]) -> None:
        changed: set[Path] = set()
        for key in keys:
            path = self._path(key)
            with disk_faults(self.url, key), suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
                changed.add(path.parent)
        with disk_faults(self.url, "deleting"):
            for folder in changed:
                # Gone where another process deleted the last file in it, and with it the folder.
                with suppress(FileNotFoundError):
                    sync_folder(folder)
                self._remove_empty(folder)

    def url_of(self, key: str) -> str:
        return self.root.joinpath(check_key(key)).as_uri()

    def sweep(self, alive: Iterable[str], older_than: float) -> int:
        self._check_format()
        return sweep_staging(self.root / STAGING, alive, older_than, self.url)

    # How files get their names.

    def _bring(self, order: _Order, source: FileIO, movable: Path | None) -> bool:
        """Give a file its key; whether it was new."""
        if self._is_there(order, source):
            return False
        if movable is not None:
            with suppress(OtherDisk):
                return self._move(order, source, movable)
        return self._copy(order, source)

    def _is_there(self, order: _Order, source: FileIO) -> bool:
        """Whether the same file is under the key; where another one is, whether it may not give way.

        Raises:
            StoreError: another one is, and it may not.
        """
        try:
            found = open_regular(order.target)
        except FileNotFoundError:
            return False
        with found:
            size, wanted = os.fstat(found.fileno()).st_size, os.fstat(source.fileno()).st_size
            # A file of the same size may be damaged: it is read, which costs less than writing it again.
            if size != wanted:
                how = f"of {size} bytes, not {wanted}"
            elif (digest := digest_of(found)) != (own := order.sha256 or _digest_again(source)):
                how = f"with the sha-256 {digest}, not {own}"
            else:
                return True
        if order.replace:
            return False
        raise StoreError(
            f"{self.url}: {order.key}: another file is there, {how}: it is damaged, or the key is used for two "
            "things; look at it and delete it, then do this again"
        )

    def _move(self, order: _Order, source: FileIO, path: Path) -> bool:
        seal(path, source, synced=order.synced)
        new = self._place(order, path, source)
        if new and order.progress is not None:
            order.progress(os.fstat(source.fileno()).st_size)
        return new

    def _copy(self, order: _Order, source: FileIO) -> bool:
        arriving = self._arriving()
        try:
            with write_new(arriving) as copy:
                digest = copy_hashed(source, copy, order.progress)
            if order.sha256 is not None and digest != order.sha256:
                raise StoreError(
                    f"{self.url}: {order.key}: what arrived has the sha-256 {digest}, not {order.sha256}: "
                    "the file was changed since its digest was made, or a disk is faulty"
                )
            return self._place(order, arriving, source)
        finally:
            arriving.unlink(missing_ok=True)

    def _place(self, order: _Order, arrived: Path, source: FileIO) -> bool:
        if self._name(arrived, order.target, replace=order.replace):
            return True
        # Of another process that was faster, only the same file is as good as ours.
        if not self._is_there(order, source):
            raise came_and_went(f"{self.url}: {order.key}")
        return False

    def _place_bytes(self, target: Path, data: bytes, *, replace: bool) -> bool:
        arriving = self._arriving()
        try:
            with write_new(arriving) as file:
                write_whole(file, data)
                os.fsync(file.fileno())
            return self._name(arriving, target, replace=replace)
        finally:
            arriving.unlink(missing_ok=True)

    def _name(self, arrived: Path, target: Path, *, replace: bool) -> bool:
        """Give a finished file its name; `False` where the name is taken."""
        changed = [target.parent]
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):
                changed += make_folders(self.root, target.parent)
                new = place(arrived, target, replace=replace)
                break
        else:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target))
        # All of them at the end: what the first one brings to the disk, the others mostly find there.
        for folder in dict.fromkeys(changed):
            with suppress(FileNotFoundError):
                sync_folder(folder)
        return new

    def _arriving(self) -> Path:
        """A name for a file that is being written; `sweep` finds what is left of it."""
        staging = self.root / STAGING
        make_folders(self.root, staging)
        return staging / f"put-{uuid.uuid4().hex}"

    def _remove_empty(self, folder: Path) -> None:
        with suppress(OSError):
            while folder != self.root:
                folder.rmdir()
                folder = folder.parent

    # The root.

    def _path(self, key: str) -> Path:
        """Where a key's file lies.

        Raises:
            StoreError: it is no key, or a link on the way leads elsewhere.
        """
        path = self.root.joinpath(check_key(key))
        for folder in path.parents:
            if folder == self.root:
                break
            if folder.is_symlink():
                raise StoreError(
                    f"{self.url}: {key}: {folder} is a symbolic link, and none is followed below the root: "
                    "put the folder itself there, or choose another root"
                )
        return path

    def _check_format(self) -> bool:
        """Whether the root is marked as a store's.

        Raises:
            StoreError: it is one that this version does not know.
        """
        with disk_faults(self.url, MARKER):
            try:
                with open_regular(self.root / MARKER) as file:
                    check_marker(file.read(1 << 16), self.url)
            except (FileNotFoundError, NotADirectoryError):
                return False
        return True

    def _prepare(self) -> None:
        """Make the root, where it is not there."""
        if self._check_format():
            return
        self.root.mkdir(parents=True, exist_ok=True)
        if any(self.root.glob("*.dataset.json")) or any(self.root.glob("*.tar*")):
            raise StoreError(
                f"{self.url}: the folder holds a dataset, and a store's root holds nothing else: "
                "choose another root, or a folder inside"
            )
        self._place_bytes(self.root / MARKER, marker(), replace=False)


@dataclass(frozen=True, slots=True)
class _Order:
    """What `put` was asked for."""

    key: str
    target: Path
    sha256: str | None
    replace: bool
    synced: bool
    progress: Callable[[int], None] | None


def _digest_again(file: FileIO) -> str:
    file.seek(0)
    try:
        return digest_of(file)
    finally:
        file.seek(0)

"""The contract of a store: files under keys, written whole or not at all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Store", "StoredFile"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a store.

    Attributes:
        key: its name: parts of `[A-Za-z0-9._@+-]` with slashes between, none of them `.` or `..`; see
            `atdata.stores.layout`.
        bytes: its size.
        modified: when it was put, in seconds since 1970 by the store's clock.
    """

    key: str
    bytes: int
    modified: float


class Store(ABC):
    """A place for files that are named by what they hold. Threads may share one; it works on after fork and pickles.

    Every method raises `StoreError` where the place cannot be reached, denies, is full, or is not as it should
    be, and where a key is none; the message names the store and the key, and the remedy. Secrets are in no
    message, repr or URL. Nothing is made before the first file is put; a place that is not there is an empty store.

    Attributes:
        url: where it is, without credentials: `file:///…` or `s3://bucket/prefix`; `open_store` takes it.
    """

    url: str

    @abstractmethod
    def staging(self, token: str) -> AbstractContextManager[Path]:
        """A local folder for files on their way to the store, removed at the end.

        It is where `put(..., move=True)` costs least, and is named for the token, so that `sweep` can tell whose it is.
        """

    @abstractmethod
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
        """Bring a local file in under a key; whether it was new.

        Where the key is there with the same size (and digest, where the store can know it), nothing is sent. A
        break leaves nothing under the key; the same call again goes on where it broke, where the store can.
        Of several processes that put the same file at once, one is told that it was new.

        Args:
            key: the name it gets.
            path: a local file, which does not change meanwhile.
            sha256: its digest; what arrives is held against it. A file that is moved on the disk does not
                arrive anew and is not read.
            move: whether the file may be taken away from where it is; it is then gone in the end, new or not.
            replace: whether another file under the key gives way. For what is made from a shard, whose bytes
                may differ from version to version; a shard never changes.
            synced: whether its bytes are on the local disk for good, so that a file that is moved there does not wait
                for it again.
            progress: called with the number of bytes that were sent since the last call.

        Raises:
            StoreError: another file is under the key, or what arrived has another digest.
        """

    @abstractmethod
    def put_bytes(self, key: str, data: bytes, *, overwrite: bool = False) -> bool:
        """Put a small file; without `overwrite` whether it was put, `False` where the key was there."""

    @abstractmethod
    def get_bytes(self, key: str) -> bytes | None:
        """A small file (64 MiB at most); `None` where there is none."""

    @abstractmethod
    def find(self, key: str) -> StoredFile | None:
        """What is under a key."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """Every file whose key begins so, in order of the keys; what lies there under other names is left out."""

    @abstractmethod
    def delete(self, keys: Iterable[str]) -> None:
        """Remove files; one that is not there is none to remove."""

    @abstractmethod
    def url_of(self, key: str) -> str:
        """Where a file lies, as `load_dataset` takes it: `file:///…` or `s3://…`."""

    @abstractmethod
    def sweep(self, alive: Iterable[str], older_than: float) -> int:
        """Remove what broken writes left (staging folders and uploads that never ended), bytes freed.

        Only what lies below `shards/`, `datasets/` and `staging/` is looked at: a bucket may hold other things.

        Args:
            alive: tokens of writes that go on; what is theirs stays. Uploads carry no token: while a write
                goes on, those that got a part within the last hour stay, and one that is swept all the same
                is begun anew by its writer.
            older_than: seconds, by the store's clock; what was added to since then stays.
        """

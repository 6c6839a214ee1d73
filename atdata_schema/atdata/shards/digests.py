"""The digests of a file that is still being written: of the whole, and of each block.

Side threads compute them, hashing without the interpreter's lock. What was written from memory that nobody
changes any more is handed to them; what was written from the arrays of a caller, who may use them again at
once, they read back from the file.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from threading import Condition
from typing import Final, Protocol, TypeAlias

__all__ = ["DIGEST_BLOCK", "BlockHash", "Digester", "Digests"]

DIGEST_BLOCK: Final = 1 << 20
"""Bytes that have a digest of their own."""

LAG: Final = 1 << 26
"""Bytes that the writer may be ahead of the digests; so many may wait in memory."""

Segment: TypeAlias = bytes | range
"""Bytes of the file, themselves or by where they lie."""


@dataclass(frozen=True, slots=True)
class Digests:
    """What a file holds, in digests.

    Attributes:
        sha256: of the whole file, in hexadecimal digits.
        blocks: the sha-256 of each block of 1 MiB, 32 bytes each, the last block as long as is left.
    """

    sha256: str
    blocks: bytes


class _Hash(Protocol):
    def update(self, data: memoryview, /) -> None: ...


class BlockHash:
    """The digest of each block of a stream."""

    def __init__(self) -> None:
        self._found: list[bytes] = []
        self._hash = hashlib.sha256()
        self._room = DIGEST_BLOCK

    def update(self, data: memoryview, /) -> None:
        """Take the next bytes."""
        while len(data) >= self._room:
            self._hash.update(data[: self._room])
            self._found.append(self._hash.digest())
            data = data[self._room :]
            self._hash, self._room = hashlib.sha256(), DIGEST_BLOCK
        self._hash.update(data)
        self._room -= len(data)

    def digests(self) -> bytes:
        """The digests, that of the last bytes too."""
        last = [self._hash.digest()] if self._room < DIGEST_BLOCK else []
        return b"".join([*self._found, *last])


class _Follower:
    """One digest, and what it has still to take. All but the hash is guarded by the digester's lock."""

    def __init__(self, digest: _Hash) -> None:
        self.digest = digest
        self.waiting: deque[Segment] = deque()
        self.bytes = 0


class Digester:
    """Follows a growing file.

    Args:
        descriptor: the file, open for reading.
        pool: where its two threads come from, once the file has a block.
    """

    def __init__(self, descriptor: int, pool: Executor) -> None:
        self._descriptor = descriptor
        self._pool = pool
        self._whole = hashlib.sha256()
        self._blocks = BlockHash()
        self._followers = (_Follower(self._whole), _Follower(self._blocks))
        self._state = Condition()
        self._size = 0
        self._closed = False
        self._threads: list[Future[None]] = []

    def grown(self, segment: Segment) -> None:
        """Say what was written; waits while the digests are too far behind.

        Raises:
            OSError: the file could not be read back.
        """
        with self._state:
            for follower in self._followers:
                follower.waiting.append(segment)
                follower.bytes += len(segment)
            self._size += len(segment)
            if not self._threads and self._size >= DIGEST_BLOCK:
                for follower in self._followers:
                    self._threads.append(self._pool.submit(self._follow, follower))
            self._state.notify_all()
            if self._threads:
                self._state.wait_for(lambda: self._failed() or self._lag() < LAG)
        self._raise_failure()

    def close(self) -> None:
        """Say that the file is whole; computing goes on."""
        with self._state:
            self._closed = True
            self._state.notify_all()

    def result(self) -> Digests:
        """The digests of the closed file, when they are there.

        Raises:
            OSError: the file could not be read back.
        """
        if not self._threads:
            for follower in self._followers:
                self._follow(follower)
        for thread in self._threads:
            thread.result()
        return Digests(self._whole.hexdigest(), self._blocks.digests())

    def stop(self) -> None:
        """End the threads, whatever the state of the file."""
        with self._state:
            self._closed = True
            for follower in self._followers:
                follower.waiting.clear()
            self._state.notify_all()
        for thread in self._threads:
            thread.exception()

    def _follow(self, follower: _Follower) -> None:
        """Take everything until the file is whole."""
        try:
            while (segment := self._next(follower)) is not None:
                for data in self._contents(segment):
                    follower.digest.update(data)
                with self._state:
                    follower.bytes -= len(segment)
                    self._state.notify_all()
        finally:
            with self._state:
                self._state.notify_all()

    def _next(self, follower: _Follower) -> Segment | None:
        with self._state:
            self._state.wait_for(lambda: self._closed or follower.waiting)
            return follower.waiting.popleft() if follower.waiting else None

    def _contents(self, segment: Segment) -> Iterator[memoryview]:
        if isinstance(segment, bytes):
            yield memoryview(segment)
            return
        buffer = memoryview(bytearray(min(len(segment), DIGEST_BLOCK)))
        at = segment.start
        while at < segment.stop:
            view = buffer[: segment.stop - at]
            count = os.preadv(self._descriptor, [view], at)
            if count == 0:
                raise OSError("the shard was cut short while it was written")
            yield view[:count]
            at += count

    def _lag(self) -> int:
        return max(follower.bytes for follower in self._followers)

    def _failed(self) -> bool:
        return any(thread.done() for thread in self._threads)

    def _raise_failure(self) -> None:
        for thread in self._threads:
            if thread.done():
                thread.result()

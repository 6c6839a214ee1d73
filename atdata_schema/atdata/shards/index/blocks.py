"""The contents of a shard held against their digests, one MiB at a time, when they are first read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.index.file import ShardIndexFile
from atdata.shards.index.form import BLOCK_BYTES

__all__ = ["BlockCheck", "Verify", "digest_blocks"]

Verify: TypeAlias = Literal["first", "always", "never"]
"""When contents are held against their digests."""

_MANY: Final = 8  # blocks from which on a second thread pays: hashing leaves the interpreter free
_THREADS: Final = 2


def digest_blocks(flat: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], str]:
    """The sha-256 of each MiB, uint8[blocks, 32], and of all bytes in hexadecimal digits.

    >>> blocks, whole = digest_blocks(np.zeros(3, np.uint8))
    >>> blocks.shape, blocks.tobytes().hex() == whole
    ((1, 32), True)
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        whole = pool.submit(lambda: hashlib.sha256(flat.data).hexdigest())
        blocks = _digests(flat, range(-(-len(flat) // BLOCK_BYTES)))
        return blocks, whole.result()


class BlockCheck:
    """Verifies the blocks of one shard as they are touched.

    A shard whose index has no digests of blocks is verified as a whole when it is first touched, if the
    digest of the file is known; if that is not known either, nothing can be verified, and `is_possible` says so.
    Threads may share one: at worst a block is verified twice.
    """

    def __init__(
        self,
        index: ShardIndexFile,
        flat: NDArray[np.uint8],
        path: Path,
        *,
        verify: Verify = "first",
        sha256: str | None = None,
        seen: NDArray[np.bool_] | None = None,
        end: int | None = None,
    ) -> None:
        """Verify a shard.

        Args:
            index: its index.
            flat: uint8[bytes], all of it.
            path: its name in messages.
            verify: each block once, at every use, or never.
            sha256: the digest of the file, where a description of the dataset says it.
            seen: where it is noted which blocks are verified, bool[blocks]; other processes may have it too.
            end: where the last payload ends, if that is known.
        """
        self._flat, self._path, self._verify = flat, path, verify
        self._said = index.blocks if verify != "never" else None
        self._whole = sha256 or index.shard_sha256
        self.is_possible = self._said is not None or self._whole is not None
        count = -(-len(flat) // BLOCK_BYTES)
        self._seen = np.zeros(count, np.bool_) if seen is None else seen
        self._wanted = count if end is None else -(-end // BLOCK_BYTES)
        self._before = self._counted()
        self._left = int(self._before[-1]) if verify != "never" and self.is_possible else 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to verify, whatever is touched."""
        return self._left == 0 and (self._verify != "always" or not self.is_possible)

    @property
    def are_payloads_done(self) -> bool:
        """The same of every payload: the last block may have nothing but the end of the archive, and is never touched."""
        return self.is_done or (self._verify == "first" and not self._before[self._wanted])

    def ensure(self, begin: int, end: int) -> None:
        """Verify the blocks of the bytes from `begin` to `end` of the shard.

        Raises:
            ShardError: a block is not what it was when the shard was written.
        """
        end = min(end, len(self._flat))
        if not self.is_done and begin < end:
            self._check(np.arange(begin // BLOCK_BYTES, (end - 1) // BLOCK_BYTES + 1))

    def ensure_rows(self, at: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        """Verify the blocks of many payloads.

        Args:
            at: int64[n], where each begins in the shard.
            sizes: int64[n], bytes of each.

        Raises:
            ShardError: a block is not what it was when the shard was written.
        """
        if self.is_done or not len(at):
            return
        first = at // BLOCK_BYTES
        last = (at + np.maximum(sizes, 1) - 1) // BLOCK_BYTES
        if self._verify == "first":
            new = self._before[last + 1] > self._before[first]
            if not new.any():
                return
            first, last = first[new], last[new]
        # +1 where a payload enters a block, -1 behind where it leaves: above 0 is touched.
        steps = np.zeros(len(self._seen) + 1, np.int64)
        np.add.at(steps, first, 1)
        np.add.at(steps, last + 1, -1)
        self._check(np.flatnonzero(np.cumsum(steps[:-1])))

    def _check(self, blocks: NDArray[np.int64]) -> None:
        if self._verify == "first" and self._seen.all():  # another process has verified them
            self._see(blocks)
            return
        if self._said is None:
            self._said = self._check_whole()
            if self._verify == "first":
                return
        elif self._verify == "first":
            blocks = blocks[~self._seen[blocks]]
            if not len(blocks):
                self._see(blocks)
                return
        wrong = np.flatnonzero((_digests(self._flat, blocks.tolist()) != self._said[blocks]).any(1))
        if len(wrong):
            raise self._differs(int(blocks[wrong[0]]))
        self._see(blocks)

    def _check_whole(self) -> NDArray[np.uint8]:
        """Verify the file; its blocks are what they are from now on."""
        blocks, whole = digest_blocks(self._flat)
        if whole != self._whole:
            raise ShardError(
                f"its sha-256 is {whole}, where its dataset says {self._whole}: it was damaged or "
                "replaced after it was written; restore it from where it came from",
                self._path,
            )
        self._see(np.arange(len(blocks)))
        return blocks

    def _differs(self, block: int) -> ShardError:
        begin, end = block * BLOCK_BYTES, min((block + 1) * BLOCK_BYTES, len(self._flat))
        return ShardError(
            f"block {block} (bytes {begin} to {end}) does not have the digest in its index: the file was "
            "damaged or replaced after it was indexed; restore it, or remove the index if this is the file "
            "you want",
            self._path,
        )

    def _see(self, blocks: NDArray[np.int64]) -> None:
        self._seen[blocks] = True
        self._before = self._counted()
        self._left = int(self._before[-1]) if self._verify != "never" else 0

    def _counted(self) -> NDArray[np.int64]:
        """How many blocks before each one are not verified yet."""
        return np.concatenate([[0], np.cumsum(~self._seen)])


def _digests(flat: NDArray[np.uint8], blocks: Sequence[int]) -> NDArray[np.uint8]:
    """uint8[n, 32]."""

    def digest(block: int) -> bytes:
        return hashlib.sha256(flat[block * BLOCK_BYTES : (block + 1) * BLOCK_BYTES].data).digest()

    if len(blocks) < _MANY:
        found = list(map(digest, blocks))
    else:
        # Made for this call: threads of a pool that is kept do not survive a fork.
        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(digest, blocks))
    return np.frombuffer(b"".join(found), np.uint8).reshape(-1, 32)

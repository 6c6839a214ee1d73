"""Writing one shard: many small samples at a time, large ones from their own memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import WriteError
from atdata.shards.digests import Digester, Digests, Segment
from atdata.shards.files import part_of, write_all
from atdata.shards.index.keys import CounterKeys, KeyTexts, joined
from atdata.shards.index.scan import Members
from atdata.shards.tar import BLOCK, END, LARGEST_MEMBER
from atdata.shards.tar_headers import Names, write_headers

__all__ = ["Rows", "ShardWriter", "Written", "costs"]

_ZEROS: Final = [bytes(count) for count in range(BLOCK)]
_SYNCED_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Rows:
    """Some samples to write, in order.

    Attributes:
        keys: their keys.
        names: their members' names.
        sizes: int64[n], bytes of each payload.
    """

    keys: CounterKeys | KeyTexts
    names: Names
    sizes: NDArray[np.int64]

    def cut(self, begin: int, end: int) -> Rows:
        """Those from one position to another."""
        return Rows(_cut(self.keys, begin, end), self.names.cut(begin, end), self.sizes[begin:end])


@dataclass(frozen=True, slots=True)
class Written:
    """A shard that is whole and on the disk, under its unfinished name.

    Attributes:
        bytes: of the file.
        contents: what lies in it.
        digests: of its bytes, where they were wanted.
    """

    bytes: int
    contents: Members
    digests: Digests | None


class ShardWriter:
    """A shard being written, as `.<name>.part` beside its place.

    Args:
        path: the place.
        pool: where side threads come from.
        digests: whether digests are computed.

    Attributes:
        path: the place.
        samples: how many it holds so far.
        bytes: the size that the file would have if it were finished now.
    """

    def __init__(self, path: Path, pool: Executor, *, digests: bool) -> None:
        self.path = path
        self.samples = 0
        self.bytes = len(END)
        self._pool = pool
        self._sizes: list[NDArray[np.int64]] = []
        self._keys: list[CounterKeys | KeyTexts] = []
        self._sync: Future[None] | None = None
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(part_of(path), flags, 0o666)
        self._digester = Digester(self._descriptor, pool) if digests else None

    def add(self, rows: Rows, payloads: Sequence[bytes]) -> None:
        """Append samples.

        Raises:
            WriteError: one has 8 GiB or more.
            OSError: the disk is full, or another of its reasons.
        """
        _check_sizes(rows.sizes)
        parts = [b""] * (3 * len(payloads))
        parts[0::3] = write_headers(rows.names, rows.sizes)
        parts[1::3] = payloads
        parts[2::3] = [_ZEROS[count] for count in (-rows.sizes % BLOCK).tolist()]
        data = b"".join(parts)
        write_all(self._descriptor, [data])
        self._added(rows, data)

    def add_pieces(self, rows: Rows, pieces: Sequence[bytes | memoryview]) -> None:
        """Append one sample from its pieces, which are not copied.

        Raises:
            WriteError: it has 8 GiB or more.
            OSError: the disk is full, or another of its reasons.
        """
        _check_sizes(rows.sizes)
        pad = _ZEROS[-int(rows.sizes[0]) % BLOCK]
        write_all(self._descriptor, [*write_headers(rows.names, rows.sizes), *pieces, pad])
        begin = self.bytes - len(END)
        # The pieces are the caller's, who may change them: the digests read what the file holds.
        self._added(rows, range(begin, begin + int(costs(rows.sizes)[0])))

    def finish(self) -> None:
        """End the archive; it goes to the disk, and its digests are computed, while other work goes on."""
        write_all(self._descriptor, [END])
        if self._digester is not None:
            self._digester.grown(END)
            self._digester.close()
        if self.bytes > _SYNCED_AT_ONCE:
            self._sync = self._pool.submit(os.fsync, self._descriptor)

    def settle(self) -> Written:
        """Wait until the finished shard is on the disk; it keeps its unfinished name (`part_of`)."""
        if self._sync is None:
            os.fsync(self._descriptor)
        else:
            self._sync.result()
        digests = None if self._digester is None else self._digester.result()
        self._close()
        return Written(self.bytes, self._contents(), digests)

    def discard(self) -> None:
        """Remove what was written."""
        try:
            if self._digester is not None:
                self._digester.stop()
            if self._sync is not None:
                self._sync.exception()
            self._close()
        finally:
            part_of(self.path).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _added(self, rows: Rows, segment: Segment) -> None:
        self.samples += len(rows.sizes)
        self.bytes += len(segment)
        self._sizes.append(rows.sizes)
        self._keys.append(rows.keys)
        if self._digester is not None:
            self._digester.grown(segment)

    def _contents(self) -> Members:
        sizes = np.concatenate(self._sizes)
        offsets = np.cumsum(costs(sizes)) - costs(sizes) + BLOCK
        return Members(offsets, sizes, joined(self._keys))


def costs(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bytes that samples add to a shard's file: int64[n]."""
    return BLOCK + sizes + -sizes % BLOCK


def _check_sizes(sizes: NDArray[np.int64]) -> None:
    largest = int(sizes.max())
    if largest > LARGEST_MEMBER:
        raise WriteError(f"the sample has {largest} bytes; a tar member holds {LARGEST_MEMBER}")


def _cut(keys: CounterKeys | KeyTexts, begin: int, end: int) -> CounterKeys | KeyTexts:
    if isinstance(keys, CounterKeys):
        return CounterKeys(keys.first + begin, end - begin)
    ends = np.cumsum(keys.lengths)
    start = int(ends[begin - 1]) if begin else 0
    return KeyTexts(keys.text[start : int(ends[end - 1])], keys.lengths[begin:end])

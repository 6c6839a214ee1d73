"""The order of an epoch: a permutation that depends on fingerprint, seed, epoch and mode alone.

It is defined by published algorithms, so that it is the same on every machine and in every release. The
global order of `n` samples:

1. The key is the first half of a sha-256 over four lines: `atdata order 1`, fingerprint, seed, epoch.
2. One word is drawn for each sample, in turn, by Philox4x64-10 (Salmon et al., SC 2011) under that key.
3. The low bits of each word, as many as `n - 1` has, are replaced by the number of its sample.
4. The words are sorted; their low bits are the order.

The order of a window of so many bytes: the shards that hold samples are put in the global order of as many
samples, under the key of `atdata shards 1`. They are taken from the front in groups of at most so many
bytes of file, at least one shard each, and the groups are numbered from 0. Before step 3, each word is
shifted right by as many bits as the highest group's number has, and the number of the group of its sample's
shard is put in their place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import AtdataError, LoadError
from atdata.shards.sizes import bytes_of

__all__ = ["Order", "Places", "permutation", "window_permutation"]

_BLOCK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Places:
    """Which shard each sample lies in.

    Attributes:
        shards: int32[n], the shard of each sample.
        bytes: int64[shards], the size of each shard's file.
    """

    shards: NDArray[np.int32]
    bytes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Order:
    """How an epoch is shuffled: over all samples, or in windows of shards.

    Attributes:
        window: bytes of the shards that are shuffled together; `None` is all of them.

    >>> print(Order.parse("window:256MB"), Order.parse("global"))
    window:256000000 global
    """

    window: int | None = None

    @classmethod
    def parse(cls, text: object) -> Order:
        """The order that a text names: `"global"`, or `"window:"` and a size.

        Raises:
            LoadError: it names none.
        """
        if text == "global":
            return cls()
        head, _, size = text.partition(":") if isinstance(text, str) else ("", "", "")
        try:
            if head == "window":
                return cls(bytes_of(size))
        except AtdataError:
            pass  # said below, with what is allowed
        raise LoadError(
            f'order is {text!r}: give "global", or "window:" and a size, such as "window:256MB"'
        )

    def __str__(self) -> str:
        return "global" if self.window is None else f"window:{self.window}"


def permutation(
    fingerprint: str, seed: int, epoch: int, count: int, use: str = "order"
) -> NDArray[np.int64]:
    """The global order of `count` samples in one epoch: int64[count], each of 0 to `count - 1` once.

    >>> permutation("9f86d081", seed=0, epoch=0, count=5)
    array([1, 3, 2, 4, 0])
    >>> permutation("9f86d081", seed=0, epoch=1, count=5)
    array([2, 3, 4, 1, 0])
    """
    return _sorted(_words(fingerprint, seed, epoch, count, use))


def window_permutation(
    fingerprint: str, seed: int, epoch: int, places: Places, window: int
) -> NDArray[np.int64]:
    """The order of one epoch in windows of `window` bytes: int64[n], each sample once."""
    used = np.flatnonzero(np.bincount(places.shards, minlength=len(places.bytes)))
    shards = used[permutation(fingerprint, seed, epoch, len(used), "shards")]
    groups = np.zeros(len(places.bytes), np.uint64)
    groups[shards] = _groups(places.bytes[shards].tolist(), window)
    words = _words(fingerprint, seed, epoch, len(places.shards), "order")
    bits = int(groups.max(initial=0)).bit_length()
    if bits:
        words >>= np.uint64(bits)
        words |= (groups << np.uint64(64 - bits))[places.shards]
    return _sorted(words)


def _words(fingerprint: str, seed: int, epoch: int, count: int, use: str) -> NDArray[np.uint64]:
    """A word for each sample."""
    text = f"atdata {use} 1\n{fingerprint}\n{seed}\n{epoch}\n"
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
    words: NDArray[np.uint64] = np.random.Philox(key=key, counter=0).random_raw(count)
    return words


def _sorted(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The order of words, which are overwritten."""
    count = len(words)
    low = np.uint64((1 << max(count - 1, 0).bit_length()) - 1)
    for begin in range(0, count, _BLOCK):
        part = words[begin : begin + _BLOCK]
        part &= ~low
        part |= np.arange(begin, begin + len(part), dtype=np.uint64)
    # All words differ, so any way to sort them gives one result: the fastest one may be used.
    words.sort()
    words &= low
    return words.view(np.int64)


def _groups(sizes: list[int], window: int) -> list[int]:
    """The group of each shard: as many in a row as fit into the window, at least one."""
    found: list[int] = []
    group, room = -1, -1
    for size in sizes:
        if group < 0 or size > room:
            group, room = group + 1, window
        room -= size
        found.append(group)
    return found

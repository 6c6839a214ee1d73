"""The keys of many samples in few bytes.

A shard whose keys count on needs two numbers; the others are one text, cut by the length of each key.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from atdata.shards.keys import LONGEST_READ, counter

__all__ = ["DUPLICATE", "CounterKeys", "Keys", "TextKeys", "KeyTexts", "joined", "keys_of"]

DUPLICATE: Final = -1
"""What `find` returns for a key that stands more than once."""

WIDTH: Final = 9
"""Digits of a counter."""

_CHUNK: Final = 1 << 16


class Keys(ABC):
    """Keys in order: numbered, iterated, and found."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, number: int) -> str: ...

    @abstractmethod
    def __iter__(self) -> Iterator[str]: ...

    @abstractmethod
    def find(self, key: str) -> int | None:
        """The number of a key; `None` where there is none, `DUPLICATE` where there are several."""

    @abstractmethod
    def lines(self) -> Iterator[bytes]:
        """Every key followed by a newline, in pieces."""

    @cached_property
    def digest(self) -> str:
        """The sha-256 of the keys in order, each followed by a newline (which no key holds)."""
        digest = hashlib.sha256()
        for piece in self.lines():
            digest.update(piece)
        return digest.hexdigest()


@dataclass(frozen=True)
class CounterKeys(Keys):
    """Nine digits, counting on.

    >>> keys = CounterKeys(40, 3)
    >>> list(keys), keys.find("000000042"), keys.find("42")
    (['000000040', '000000041', '000000042'], 2, None)
    """

    first: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < self.count:
            raise IndexError(number)
        return counter(self.first + number)

    def __iter__(self) -> Iterator[str]:
        return map(counter, range(self.first, self.first + self.count))

    def find(self, key: str) -> int | None:
        """The number of a key, by arithmetic."""
        if len(key) != WIDTH or not (key.isascii() and key.isdigit()):
            return None
        number = int(key) - self.first
        return number if 0 <= number < self.count else None

    def lines(self) -> Iterator[bytes]:
        """Every key followed by a newline, in pieces."""
        for begin in range(0, self.count, _CHUNK):
            numbers = self.first + np.arange(begin, min(begin + _CHUNK, self.count))
            text = np.full((len(numbers), WIDTH + 1), ord("\n"), np.uint8)
            for column in range(WIDTH - 1, -1, -1):
                text[:, column] = numbers % 10 + ord("0")
                numbers //= 10
            yield text.tobytes()


@dataclass(frozen=True, eq=False)
class TextKeys(Keys):
    """Any keys.

    Attributes:
        text: all of them in UTF-8, nothing between.
        lengths: uint16[n], bytes of each.
    """

    text: bytes
    lengths: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self.lengths):
            raise IndexError(number)
        end = int(self._ends[number])
        return self.text[end - int(self.lengths[number]) : end].decode()

    def __iter__(self) -> Iterator[str]:
        start = 0
        for end in self._ends.tolist():
            yield self.text[start:end].decode()
            start = end

    def find(self, key: str) -> int | None:
        """The number of a key: sorted hashes, made at the first call."""
        hashes, order = self._sorted
        wanted = hash(key)
        begin = int(np.searchsorted(hashes, wanted))
        end = int(np.searchsorted(hashes, wanted, side="right"))
        found = [number for number in order[begin:end].tolist() if self[number] == key]
        if not found:
            return None
        return int(found[0]) if len(found) == 1 else DUPLICATE

    def lines(self) -> Iterator[bytes]:
        """Every key followed by a newline, in pieces."""
        starts = self._ends - self.lengths
        for begin in range(0, len(self), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            pairs = zip(starts[part].tolist(), self._ends[part].tolist(), strict=True)
            yield b"".join([self.text[start:end] + b"\n" for start, end in pairs])

    def fault(self) -> str | None:
        """What is wrong with keys that came from a file; `None` where nothing is."""
        ends = self._ends
        if len(self.text) != (int(ends[-1]) if len(ends) else 0):
            return "its keys are not as long as it says"
        if (
            len(ends)
            and not 1 <= int(self.lengths.min()) <= int(self.lengths.max()) <= LONGEST_READ
        ):
            return f"a key has no bytes or more than {LONGEST_READ}"
        starts = np.frombuffer(self.text, np.uint8)[ends - self.lengths]
        try:
            text = self.text.decode()
        except UnicodeDecodeError:
            return "its keys are not UTF-8"
        # Cut within a character, or characters that may do harm where they are printed.
        if ((starts & 0xC0) == 0x80).any() or _CONTROL.search(text) is not None:
            return "its keys are not those of samples"
        return None

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.lengths, dtype=np.int64)

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        hashes = np.fromiter(map(hash, self), np.int64, len(self))
        order = np.argsort(hashes, kind="stable")
        return hashes[order], order


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class KeyTexts(NamedTuple):
    """Some keys, undecoded.

    Attributes:
        text: uint8[bytes], all of them in UTF-8, nothing between.
        lengths: int64[n], bytes of each.
    """

    text: NDArray[np.uint8]
    lengths: NDArray[np.int64]


def keys_of(keys: Iterable[str]) -> Keys:
    """Keys in their shortest form."""
    encoded = [key.encode() for key in keys]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    counted = _counted(encoded)
    if counted is not None:
        return counted
    return TextKeys(b"".join(encoded), lengths.astype(np.uint16))


def joined(parts: Sequence[CounterKeys | KeyTexts]) -> Keys:
    """Parts of the keys of one shard, in order, in their shortest form."""
    counters = [part for part in parts if isinstance(part, CounterKeys)]
    follow = all(a.first + a.count == b.first for a, b in pairwise(counters))
    if len(counters) == len(parts) and follow:
        first = counters[0].first if counters else 0
        return CounterKeys(first, sum(part.count for part in counters))
    texts = [_text(part) if isinstance(part, CounterKeys) else part for part in parts]
    text = b"".join([part.text.tobytes() for part in texts])
    return TextKeys(text, np.concatenate([part.lengths for part in texts]).astype(np.uint16))


def _text(keys: CounterKeys) -> KeyTexts:
    text = b"".join(keys.lines()).replace(b"\n", b"")
    return KeyTexts(np.frombuffer(text, np.uint8), np.full(len(keys), WIDTH, np.int64))


def _counted(keys: list[bytes]) -> CounterKeys | None:
    first = keys[0] if keys else b"0" * WIDTH
    if len(first) != WIDTH or not first.isdigit():
        return None
    start = int(first)
    same = all(key == b"%09d" % number for number, key in enumerate(keys, start))
    return CounterKeys(start, len(keys)) if same and start + len(keys) <= 10**WIDTH else None

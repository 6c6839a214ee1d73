"""Several plans behind each other."""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atdata.order import Places
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile
from atdata.shards.shard_set import ShardSet
from atdata.views.plan import Entry, Numbers, Plan
from atdata.views.rows import Rows

if TYPE_CHECKING:
    from atdata.views.question import Question

__all__ = ["Joined"]


class Joined(Plan):
    """The samples of several plans of one class, those of the first one first."""

    def __init__(self, parts: Sequence[Plan]) -> None:
        self.parts = tuple(parts)
        self.calls = any(part.calls for part in parts)
        self.is_made = any(part.is_made for part in parts)

    @cached_property
    def starts(self) -> Numbers:
        """The number of each part's first sample, and of all samples."""
        return np.cumsum([0, *(part.count() for part in self.parts)], dtype=np.int64)

    @property
    def sample_type(self) -> type[Any]:
        return self.parts[0].sample_type

    @cached_property
    def fingerprint(self) -> str:
        """The sha-256 of a line `atdata concat 1` and one with the fingerprint of each part."""
        lines = ["atdata concat 1", *(part.fingerprint for part in self.parts)]
        return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()

    @property
    def known_type(self) -> type[Any] | None:
        return self.parts[0].known_type

    def count(self) -> int:
        return int(self.starts[-1])

    def known_count(self) -> int | None:
        counts = [count for part in self.parts if (count := part.known_count()) is not None]
        return sum(counts) if len(counts) == len(self.parts) else None

    def is_empty(self) -> bool:
        return all(part.is_empty() for part in self.parts)

    def stream(self) -> Iterator[Entry]:
        return itertools.chain.from_iterable(part.stream() for part in self.parts)

    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        # Each part is read by one iterator, which is fed the numbers of its samples as they come up.
        feeds = [deque[Numbers]() for _ in self.parts]
        readers = [part.entries(_fed(feed)) for part, feed in zip(self.parts, feeds, strict=True)]
        for block in blocks:
            owners = np.searchsorted(self.starts, block, side="right") - 1
            for owner in np.unique(owners).tolist():
                feeds[owner].append(block[owners == owner] - self.starts[owner])
            for owner in owners.tolist():
                yield next(readers[owner])

    def key_list(self) -> list[str]:
        return [key for part in self.parts for key in part.key_list()]

    def places(self) -> Places:
        found = [part.places() for part in self.parts]
        shifts = np.cumsum([0, *(len(places.bytes) for places in found)])
        shards = [
            places.shards + np.int32(shift) for places, shift in zip(found, shifts, strict=False)
        ]
        return Places(np.concatenate(shards), np.concatenate([places.bytes for places in found]))

    def files(self) -> tuple[ShardFile, ...]:
        return tuple(dict.fromkeys(file for part in self.parts for file in part.files()))

    def steps(self) -> tuple[str, ...]:
        return (f"concat of {len(self.parts)}",)

    @property
    def verify(self) -> Verify:
        return "always" if any(part.verify == "always" for part in self.parts) else "first"

    def check_random(self) -> None:
        for part in self.parts:
            part.check_random()

    def rows(self) -> Rows | None:
        return None if self.calls else self._rows

    @cached_property
    def _rows(self) -> Rows | None:
        """The rows of all parts as rows of one set of shards, where they are read alike."""
        found = [rows for part in self.parts if (rows := part.rows()) is not None]
        if len(found) < len(self.parts):
            return None
        first = found[0]
        if any(rows.cls != first.cls or rows.faces != first.faces for rows in found):
            return None
        sets = list(dict.fromkeys(rows.shards for rows in found))
        if len({(s.verify, s.cache) for s in sets}) > 1:
            return None
        shards = sets[0] if len(sets) == 1 else _together(sets)
        starts = dict(zip(sets, itertools.accumulate(map(len, sets), initial=0), strict=False))
        numbers = [
            starts[rows.shards]
            + (np.arange(len(rows.shards)) if rows.numbers is None else rows.numbers)
            for rows in found
        ]
        return Rows(shards, first.cls, np.concatenate(numbers).astype(np.int64), first.faces)

    def truth(self, question: Question) -> NDArray[np.bool_] | None:
        found = [truth for part in self.parts if (truth := part.truth(question)) is not None]
        return np.concatenate(found) if len(found) == len(self.parts) else None

    def as_class(self, cls: type[Any]) -> Plan:
        return Joined([part.as_class(cls) for part in self.parts])

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_rows", None)
        return state


def _fed(feed: deque[Numbers]) -> Iterator[Numbers]:
    while True:
        yield feed.popleft()


def _together(sets: Sequence[ShardSet]) -> ShardSet:
    """The shards of several sets that are read in one way."""
    files = [file for found in sets for file in found.files]
    return ShardSet(files, sets[0].verify, cache=sets[0].cache)

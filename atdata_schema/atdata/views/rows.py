"""Samples that lie in shards, read many at once."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import DatasetNotFound, LoadError, OrderWarning, ShardError, SourceError
from atdata.outside import outside
from atdata.sample_type import SampleType
from atdata.shards.columnar.contents import Contents
from atdata.shards.columnar.promised import Promised
from atdata.shards.columnar.reading import Reading
from atdata.shards.columnar.rows import Located, rechunked
from atdata.shards.shard_set import ShardSet
from atdata.views.faces import Face

__all__ = ["Rows", "sound"]

_MAX_ROWS: Final = 8192
_MAX_BYTES: Final = 8 << 20
_BATCHES: Final = 8
_SAMPLED: Final = 1024


@dataclass(frozen=True, slots=True)
class Rows:
    """Some samples of plain shards.

    Attributes:
        shards: the shards.
        cls: the class that they are read as.
        numbers: int64[n], which samples; `None` is all of them.
        faces: what then becomes of each sample and batch, in turn.
    """

    shards: ShardSet
    cls: SampleType[Any]
    numbers: NDArray[np.int64] | None = None
    faces: tuple[Face, ...] = ()

    def chosen(self, positions: NDArray[np.int64]) -> Rows:
        """Some of these."""
        return replace(self, numbers=self._numbers_at(positions))

    def shown(self, face: Face) -> Rows:
        """The same, as another class."""
        return replace(self, faces=(*self.faces, face))

    def mean_bytes(self, positions: NDArray[np.int64]) -> float:
        """About how many bytes a sample has in its shard, by the first of some positions."""
        numbers = self._numbers_at(positions[:_SAMPLED])
        return float(self._contents.samples(numbers).sizes.mean()) if len(numbers) else 0.0

    def warn_of_order(self) -> None:
        """Say once what an order over all samples costs, where that is much."""
        said = None if "order" in self.shards.notes else self._contents.scattered()
        self.shards.notes["order"] = True
        if said is not None:
            warnings.warn(
                f'{said}: give order="window:64MB" to shuffled, loader or torch, which reads each block once, or keep blocks '
                "(cache=None, with a folder in ATDATA_CACHE)",
                OrderWarning,
                stacklevel=outside(),
            )

    def keep_buffers(self, count: int) -> None:
        """Keep the memory of so many batches, which are made ahead."""
        self._contents.buffers.keep(count)

    def read(self, blocks: Iterable[NDArray[np.int64]], size: int | None) -> Iterator[Any]:
        """Samples, or batches of `size`, at some positions.

        Raises:
            ShardError: a shard is damaged.
            DatasetNotFound: a shard is not there.
            DecodeError: a payload is no sample of the class.
        """
        contents = self._contents
        waiting = iter(blocks)
        first = next(waiting, None)
        if first is None:
            return
        parts = (
            contents.samples(self._numbers_at(part[begin : begin + _MAX_ROWS]))
            for part in itertools.chain([first], waiting)
            for begin in range(0, len(part), _MAX_ROWS)
        )
        mean = self.mean_bytes(first)
        yield from self._items(Reading(contents, self.cls), parts, mean, size, located=True)

    def read_all(self, size: int | None) -> Iterator[Any]:
        """Every sample, or batch of `size`, in order; at a damaged shard what is before the fault."""
        assert self.numbers is None
        faults: list[ShardError | LoadError] = []
        contents = self._contents
        parts = sound(contents, faults)
        first = next(parts, None)
        if first is not None:
            mean = float(first.sizes.mean()) if len(first) else 0.0
            reading = Reading(contents, self.cls)
            yield from self._items(reading, itertools.chain([first], parts), mean, size)
        for fault in faults:
            raise fault

    def _items(
        self,
        reading: Reading,
        parts: Iterable[Located],
        mean: float,
        size: int | None,
        *,
        located: bool = False,
    ) -> Iterator[Any]:
        """Samples, or batches, of rows.

        Args:
            reading: reads them.
            parts: the rows.
            mean: about how many bytes one has.
            size: samples of a batch; `None` for single samples.
            located: whether it is known where all of them lie.
        """
        if size is None:
            yield from self._samples(reading, parts)
            return
        # Rows that are fetched are held together; of mapped ones no more is looked at than where their fields lie.
        # The first batch of either does not wait for others.
        fetched = self.are_fetched
        most = _chunk_size(size, mean, 1 if fetched else _BATCHES)
        first = size if fetched or size * mean > _MAX_BYTES else None
        chunks = rechunked(parts, most, first)
        with closing(reading.contents.promised(chunks, located=located)) as promises:
            for promised in promises:
                yield from self._batches(reading, promised, size)

    def _batches(self, reading: Reading, promised: Promised, size: int) -> Iterator[Any]:
        chunk = reading.chunk(promised)
        del promised  # it keeps what it holds
        for batch in chunk.batches(size):
            for face in self.faces:
                batch = face.batch(batch)
            yield batch

    def promised(self, blocks: Iterable[NDArray[np.int64]]) -> Generator[Promised]:
        """Samples at some positions, a block at a time; blocks that are to be fetched are fetched ahead.

        Raises:
            ShardError, DatasetNotFound, SourceError: as `read`, behind the blocks before it.
        """
        contents = self._contents
        parts = (contents.samples(self._numbers_at(block)) for block in blocks)
        return contents.promised(parts, located=True)

    def promise(self, block: NDArray[np.int64]) -> Promised:
        """One such block, of which nothing is fetched yet; it is held in one.

        Raises:
            ShardError, DatasetNotFound, SourceError: as `read`.
        """
        contents = self._contents
        located = contents.samples(self._numbers_at(block))
        return Promised(located, partial(contents.hold, located))

    def given(self, promised: Promised, size: int) -> Iterator[Any]:
        """The batches of such a block."""
        return self._batches(Reading(self._contents, self.cls), promised, size)

    def entries(self, promised: Promised) -> Iterator[tuple[str, Any]]:
        """The samples of such a block one by one, each with its key before it.

        Raises:
            ShardError, SourceError, DatasetNotFound, DecodeError: as `read`, behind the samples before it.
        """
        return self._shown(Reading(self._contents, self.cls).entries_of(promised))

    def _samples(self, reading: Reading, parts: Iterable[Located]) -> Iterator[Any]:
        if not self.faces:
            return reading.samples(parts)
        return (sample for _, sample in self._shown(reading.entries(parts)))

    def _shown(self, entries: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        for key, sample in entries:
            for face in self.faces:
                sample = face.shown(key, sample)
            yield key, sample

    @property
    def are_fetched(self) -> bool:
        """Whether their bytes come over a network."""
        return self._contents.are_fetched

    @property
    def _contents(self) -> Contents:
        contents = self.shards.contents
        assert contents is not None  # there are rows of plain shards only
        return contents

    def _numbers_at(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        return positions if self.numbers is None else self.numbers[positions]


def sound(contents: Contents, faults: list[ShardError | LoadError]) -> Iterator[Located]:
    """The samples of each shard up to the first fault, which is noted."""
    for place in range(len(contents)):
        try:
            yield from contents.parts(place)
        except (ShardError, DatasetNotFound, SourceError) as fault:
            faults.append(fault)
            if isinstance(fault, ShardError) and fault.readable is not None:
                yield contents.located(place, fault.readable)
            return


def _chunk_size(batch: int, mean: float, least: int) -> int:
    """How many rows are found together: `least` whole batches, many where samples are small."""
    most = min(_MAX_ROWS, max(int(_MAX_BYTES / max(mean, 1.0)), least * batch))
    return max(1, most // batch) * batch

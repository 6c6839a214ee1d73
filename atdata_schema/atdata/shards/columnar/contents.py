"""The shards of a dataset, where their samples lie, and their bytes: all mapped, or fetched as they are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.layouts import Layouts
from atdata.shards.columnar.promised import Promised
from atdata.shards.columnar.rows import Held, Located
from atdata.shards.columnar.sidecar_chunk import ColumnSource
from atdata.shards.columnar.table import Table
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sources.place import Place
from atdata_schema.fields.fieldset import Fields
from atdata_schema.memory import Buffers

__all__ = ["Contents"]


class Contents(ABC):
    """Shards whose rows are read many at a time.

    Args:
        files: the shards, in order.
        index: gives the index of the shard at a place.

    Attributes:
        buffers: memory for batches, used again from epoch to epoch.
    """

    def __init__(self, files: Sequence[ShardFile], index: Callable[[int], ShardIndex]) -> None:
        self._files = files
        self._index = index
        self._known: dict[int, ShardIndex] = {}
        self.buffers = Buffers()

    @property
    def are_fetched(self) -> bool:
        """Whether bytes come over a network, so that nothing is held before it is likely to be wanted."""
        return False

    def scattered(self) -> str | None:
        """What an order over all samples costs that windows would spare, in words; `None` where it is nothing to speak of."""
        return None

    def __len__(self) -> int:
        return len(self._files)

    @abstractmethod
    def located(self, place: int, index: ShardIndex) -> Located:
        """The samples that an index of one shard knows.

        Raises:
            ShardError: the shard was replaced.
        """

    @abstractmethod
    def hold(self, rows: Located) -> Held:
        """The bytes of some rows. Whether they were verified, `verify` sees to.

        Raises:
            ShardError: a shard is damaged or was replaced.
            SourceError: it lies elsewhere and cannot be read.
        """

    @property
    def is_verified(self) -> bool:
        """Whether `verify` has nothing left to do for any row."""
        return False

    @abstractmethod
    def verify(self, rows: Located) -> None:
        """Hold the bytes of some rows against the digests of their blocks, where that is still to be done.

        Raises:
            ShardError: a block is not what it was when the shard was written.
        """

    @abstractmethod
    def payload(self, place: int, inner: int) -> memoryview:
        """The bytes of one sample, by its shard and its number in that, verified.

        Raises:
            ShardError: the shard is damaged.
            DatasetNotFound: it is not there.
            SourceError: it lies elsewhere and cannot be read.
        """

    @abstractmethod
    def layouts(self, fields: Fields) -> Layouts:
        """What is known of the rows' layouts, as far as these fields go."""

    @property
    def columns(self) -> ColumnSource | None:
        """The columns of the shards' column files, where these are read."""
        return None

    def shard(self, place: int) -> Located:
        """Every sample of one shard, in order.

        Raises:
            ShardError: the shard is damaged; its `readable` says where the samples before the fault lie.
            DatasetNotFound: it is not there.
        """
        return self.located(place, self._index(place))

    def parts(self, place: int) -> Iterator[Located]:
        """The same, in parts that are to be held soon."""
        yield self.shard(place)

    def stretches(self, parts: Iterable[Located]) -> Iterator[Located]:
        """Rows in the stretches in which they are to be held."""
        yield from parts

    def promised(self, parts: Iterable[Located], *, located: bool = False) -> Generator[Promised]:
        """The parts, each to be held when it is asked for; those that are fetched are fetched ahead.

        Args:
            parts: the parts.
            located: whether it is known where all of them lie, so that to look at one costs nothing.
        """
        for rows in parts:
            yield Promised(rows, partial(self.hold, rows))

    def counts(self, rows: Located) -> dict[int, int]:
        """The samples of each shard that rows lie in, by its place."""
        return {place: len(self._known[place].keys) for place in rows.shards()}

    def samples(self, numbers: NDArray[np.int64]) -> Located:
        """Some samples by their numbers from 0.

        Raises:
            ShardError: a shard is damaged.
            DatasetNotFound: a shard is not there.
        """
        return self._everywhere.samples(numbers)

    def key(self, rows: Located, row: int) -> str:
        """The key of a row."""
        return self._known[int(rows.places[row])].keys[int(rows.inner[row])]

    def place(self, rows: Located, row: int) -> Place:
        """Where the file lies that a row lies in."""
        return self._files[int(rows.places[row])].place

    @cached_property
    def _everywhere(self) -> Table:
        return Table(self.shard(place) for place in range(len(self._files)))

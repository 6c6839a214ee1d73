"""From located rows to batches and samples: the columnar way where it goes, row by row where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import (
    DatasetNotFound,
    DecodeError,
    LoadError,
    ShardError,
    SourceError,
    ValidationError,
    say_where,
)
from atdata.sample_type import SampleType
from atdata.shards.columnar.chunk import Chunk, is_flat
from atdata.shards.columnar.chunk_columns import ChunkColumns
from atdata.shards.columnar.contents import Contents
from atdata.shards.columnar.promised import Promised
from atdata.shards.columnar.rows import Held, Located
from atdata.shards.columnar.sidecar_chunk import SidecarChunk, is_small
from atdata.shards.columnar.walk import Irregular
from atdata.shards.columnar.windows import Places, elements, window
from atdata_schema.batch import batches_of
from atdata_schema.fields.fieldset import Fields
from atdata_schema.memory import Buffers

__all__ = ["Reading", "RowChunk"]

_SMALL: Final = 1024
_TAIL: Final = 8


class Reading:
    """Reads rows of shards as samples of a class."""

    def __init__(self, contents: Contents, cls: SampleType[Any]) -> None:
        self.contents = contents
        self.cls = cls
        self.buffers = contents.buffers
        fields = getattr(cls, "FIELDS", None)
        self.fields: Fields | None = (
            fields if isinstance(fields, Fields) and is_flat(fields) else None
        )
        self.small = self.fields is not None and is_small(self.fields)

    def chunk(self, promised: Promised) -> RowChunk:
        """Rows to be given out in batches."""
        return RowChunk(self, promised)

    def samples(self, parts: Iterable[Located]) -> Iterator[Any]:
        """Samples in order.

        Raises:
            DecodeError, ValidationError: as `sample`, after the samples before it.
            ShardError, SourceError, DatasetNotFound: a shard is damaged or cannot be read.
        """
        return (self.sample(held, row) for held, row in self._each(parts))

    def entries(self, parts: Iterable[Located]) -> Iterator[tuple[str, Any]]:
        """The same, each with its key before it."""
        return self._entries(self._each(parts))

    def entries_of(self, promised: Promised) -> Iterator[tuple[str, Any]]:
        """The same of rows that are held together."""
        return self._entries(self._rows_of(promised))

    def _entries(self, rows: Iterable[tuple[Held, int]]) -> Iterator[tuple[str, Any]]:
        key = self.contents.key
        return ((key(held.rows, row), self.sample(held, row)) for held, row in rows)

    def _each(self, parts: Iterable[Located]) -> Iterator[tuple[Held, int]]:
        with closing(self.contents.promised(self.contents.stretches(parts))) as stretches:
            for promised in stretches:
                yield from self._rows_of(promised)

    def _rows_of(self, promised: Promised) -> Iterator[tuple[Held, int]]:
        for held in self.held(promised):
            for row in range(len(held.rows)):
                yield held, row

    def hold(self, promised: Promised) -> Held | None:
        """Rows in memory; `None` where one cannot be had, which each row alone then shows."""
        try:
            return promised.held()
        except (ShardError, DatasetNotFound, SourceError):
            return None

    def held(self, promised: Promised) -> Iterator[Held]:
        """Rows in memory: all at once, or each alone up to a fault.

        Raises:
            ShardError, SourceError, DatasetNotFound: a shard is damaged or cannot be read.
        """
        whole = self.hold(promised)
        if whole is not None:
            yield whole
            return
        yield from self.alone(promised.rows)

    def alone(self, rows: Located) -> Iterator[Held]:
        """Rows in memory, each by itself.

        Raises:
            ShardError, SourceError, DatasetNotFound: as `held`.
        """
        for row in range(len(rows)):
            yield self.contents.hold(rows.cut(row, row + 1))

    def sample(self, held: Held, row: int) -> Any:
        """One sample.

        Raises:
            DecodeError: the payload is no sample of the class; the message names field, key and shard.
            ValidationError: the same, for a value that its field does not allow.
        """
        rows = held.rows
        self.contents.verify(rows.cut(row, row + 1))
        begin = int(rows.at[row])
        payload = held.flat[begin : begin + int(rows.sizes[row])].data
        try:
            return self.cls.decode(payload)
        except (DecodeError, ValidationError) as error:
            key = self.contents.key(rows, row)
            say_where(error, f"key {key!r} of {self.contents.place(rows, row)}")
            raise


class RowChunk:
    """A stretch of rows; its fields are found together where the rows are laid out alike."""

    __slots__ = ("_columns", "_held", "_promised", "_reading", "rows")

    def __init__(self, reading: Reading, promised: Promised) -> None:
        self._reading = reading
        self.rows = promised.rows
        self._promised: Promised | None = promised
        self._held: Held | None = None
        self._columns = self._found()

    def _found(self) -> Chunk | SidecarChunk | None:
        reading = self._reading
        if reading.fields is None or not len(self.rows):
            return None
        columns = reading.contents.columns
        if reading.small and columns is not None:
            # What the column files hold was verified with them.
            with suppress(LookupError):
                return SidecarChunk(self.rows, reading.fields, columns)
        layouts = reading.contents.layouts(reading.fields)
        known = layouts.whole.of(self.rows)
        prefix = layouts.prefix.of(self.rows) if known is None else None
        self._hold()
        if self._held is None:
            return None  # row by row the fault is met again, behind the samples before it
        try:
            chunk = Chunk(*_dense(*self._held), reading.fields, known, prefix)
            chunk.prepare()
        except Irregular:
            return None
        if known is None and chunk.layout is not None:
            layouts.whole.note(self.rows, chunk.layout, reading.contents.counts(self.rows))
        if prefix is None and chunk.prefix is not None:
            layouts.prefix.note(self.rows, chunk.prefix, reading.contents.counts(self.rows))
        return chunk

    @property
    def fields(self) -> Fields:
        """The codecs of the sample type."""
        fields = self._reading.fields
        assert fields is not None  # there are columns
        return fields

    @property
    def buffers(self) -> Buffers:
        """Memory for arrays."""
        return self._reading.buffers

    def _hold(self) -> None:
        """Have all rows held together, if that goes; it is tried once."""
        promised, self._promised = self._promised, None
        if promised is not None:
            self._held = self._reading.hold(promised)

    def batches(self, size: int) -> Iterator[Any]:
        """The rows in batches of `size`, the last one shorter.

        At a row that cannot be read, the batch of those before it, then the error.
        """
        count, columns = len(self.rows), self._columns
        bounds = ((begin, min(begin + size, count)) for begin in range(0, count, size))
        if columns is None:
            for begin, end in bounds:
                yield from self._decoded(begin, end)
            return
        contents, batch = self._reading.contents, batches_of(self._reading.cls)
        for begin, end in bounds:
            if isinstance(columns, Chunk) and not contents.is_verified:
                contents.verify(self.rows.cut(begin, end))
            yield batch(ChunkColumns(columns, begin, end, self))

    def _decoded(self, begin: int, end: int) -> Iterator[Any]:
        samples: list[Any] = []
        fault: Exception | None = None
        try:
            for sample in self._samples(begin, end):
                samples.append(sample)
        except (DecodeError, ValidationError, ShardError, LoadError) as error:
            fault = error
        if samples:
            yield self._reading.cls.collate(samples, self.keys(begin, begin + len(samples)))
        if fault is not None:
            raise fault

    def samples(self, begin: int, end: int) -> list[Any]:
        """Some of the samples, decoded."""
        return list(self._samples(begin, end))

    def _samples(self, begin: int, end: int) -> Iterator[Any]:
        """Some of them, of all rows held together where that goes."""
        self._hold()
        if self._held is not None:
            for row in range(begin, end):
                yield self._reading.sample(self._held, row)
            return
        for held in self._reading.alone(self.rows.cut(begin, end)):
            for row in range(len(held.rows)):
                yield self._reading.sample(held, row)

    def keys(self, begin: int, end: int) -> list[str]:
        """The keys of some rows."""
        return [self._reading.contents.key(self.rows, row) for row in range(begin, end)]


def _dense(
    flat: NDArray[np.uint8], rows: Located
) -> tuple[NDArray[np.uint8], Places, NDArray[np.int64]]:
    """Small rows that lie apart, copied behind each other: every further step then stays in the cache."""
    places = Places.of(rows.at)
    width = int(rows.sizes.max())
    width += _TAIL + -width % 8
    near = places.stride is not None and places.stride < 2 * width
    if near or width > _SMALL or places.last + width > len(flat):
        return flat, places, rows.sizes
    # A window may begin at the last byte of the last row: something has to lie behind it.
    count, spare = len(rows), -(-_SMALL // width)
    if places.stride is None:
        more = Places(np.concatenate([rows.at, np.full(spare, rows.at[-1])]), None)
        copied = window(flat, more, width).reshape(-1)
    else:
        copied = np.empty((count + spare) * width, np.uint8)
        copied[count * width :] = 0
        copied[: count * width].view(f"V{width}")[:] = elements(flat, places, width)
    return copied, Places(np.arange(count, dtype=np.int64) * width, width), rows.sizes

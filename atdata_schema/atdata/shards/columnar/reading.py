"""From located rows to batches and samples: the columnar way where it goes, row by row where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.errors import DecodeError, ShardError, ValidationError, say_where
from atdata.sample_type import SampleType
from atdata.shards.columnar.chunk import Chunk, ChunkColumns, is_flat
from atdata.shards.columnar.mapped import Mapped
from atdata.shards.columnar.rows import Located
from atdata.shards.columnar.sidecar_chunk import SidecarChunk, is_small
from atdata.shards.columnar.walk import Irregular
from atdata.shards.columnar.windows import Places, window
from atdata_schema.batch import Batch, DynamicBatch
from atdata_schema.fields.fieldset import Fields

__all__ = ["Reading", "RowChunk"]

_SMALL: Final = 1024
_TAIL: Final = 8


class Reading:
    """Reads rows of mapped shards as samples of a class."""

    def __init__(self, mapped: Mapped, cls: SampleType[Any]) -> None:
        self.mapped = mapped
        self.cls = cls
        self.buffers = mapped.buffers
        fields = getattr(cls, "FIELDS", None)
        self.fields: Fields | None = (
            fields if isinstance(fields, Fields) and is_flat(fields) else None
        )
        self.small = self.fields is not None and is_small(self.fields)

    def chunk(self, rows: Located) -> RowChunk:
        """Rows to be given out in batches."""
        return RowChunk(self, rows)

    def sample(self, rows: Located, row: int) -> Any:
        """One sample.

        Raises:
            DecodeError: the payload is no sample of the class; the message names field, key and shard.
            ValidationError: the same, for a value that its field does not allow.
        """
        self.mapped.verify(rows.cut(row, row + 1))
        begin = int(rows.at[row])
        payload = self.mapped.flat[begin : begin + int(rows.sizes[row])].data
        try:
            return self.cls.decode(payload)
        except (DecodeError, ValidationError) as error:
            say_where(error, f"key {self.mapped.key(rows, row)!r} of {self.mapped.path(rows, row)}")
            raise


class RowChunk:
    """A stretch of rows; its fields are found together where the rows are laid out alike."""

    __slots__ = ("_columns", "_reading", "rows")

    def __init__(self, reading: Reading, rows: Located) -> None:
        self._reading = reading
        self.rows = rows
        self._columns = self._found()

    def _found(self) -> Chunk | SidecarChunk | None:
        reading = self._reading
        if reading.fields is None or not len(self.rows):
            return None
        if reading.small:
            # What the column files hold was verified with them.
            with suppress(LookupError):
                return SidecarChunk(self.rows, reading.fields, reading.mapped)
        layouts = reading.mapped.layouts(reading.fields)
        known = layouts.whole.of(self.rows)
        prefix = layouts.prefix.of(self.rows) if known is None else None
        try:
            chunk = Chunk(*_dense(reading.mapped.flat, self.rows), reading.fields, known, prefix)
            chunk.prepare()
        except Irregular:
            return None
        if known is None and chunk.layout is not None:
            layouts.whole.note(self.rows, chunk.layout, reading.mapped.counts(self.rows))
        if prefix is None and chunk.prefix is not None:
            layouts.prefix.note(self.rows, chunk.prefix, reading.mapped.counts(self.rows))
        return chunk

    def batches(self, begin: int, end: int) -> Iterator[Any]:
        """The batch of some rows. At a row that cannot be read, the batch of those before it, then the error."""
        if self._columns is not None:
            if isinstance(self._columns, Chunk):
                self._reading.mapped.verify(self.rows.cut(begin, end))
            yield self._batch(self._columns, begin, end)
            return
        samples: list[Any] = []
        fault: Exception | None = None
        try:
            for row in range(begin, end):
                samples.append(self._reading.sample(self.rows, row))
        except (DecodeError, ValidationError, ShardError) as error:
            fault = error
        if samples:
            yield self._reading.cls.collate(samples, self.keys(begin, begin + len(samples)))
        if fault is not None:
            raise fault

    def _batch(self, chunk: Chunk | SidecarChunk, begin: int, end: int) -> Batch:
        reading = self._reading
        assert reading.fields is not None
        source = ChunkColumns(
            chunk,
            begin,
            end,
            reading.fields,
            reading.buffers,
            lambda: self.keys(begin, end),
            lambda: [reading.sample(self.rows, row) for row in range(begin, end)],
        )
        cls: Any = reading.cls
        if cls.BATCH is not None:
            batch: Batch = cls.BATCH(source)
            return batch
        return DynamicBatch(source, reading.fields, cls)

    def samples(self) -> Iterator[Any]:
        """The samples one by one."""
        return (self._reading.sample(self.rows, row) for row in range(len(self.rows)))

    def keys(self, begin: int, end: int) -> list[str]:
        """The keys of some rows."""
        return [self._reading.mapped.key(self.rows, row) for row in range(begin, end)]


def _dense(
    flat: NDArray[np.uint8], rows: Located
) -> tuple[NDArray[np.uint8], Places, NDArray[np.int64]]:
    """Small rows that lie apart, copied behind each other: every further step then stays in the cache."""
    places = Places.of(rows.at)
    width = int(rows.sizes.max())
    width += _TAIL + -width % 8
    near = places.stride is not None and places.stride < 2 * width
    if near or width > _SMALL or int(rows.at.max()) + width > len(flat):
        return flat, places, rows.sizes
    count = len(rows)
    copied = np.empty(count * width + _SMALL, np.uint8)
    copied[count * width :] = 0
    copied[: count * width].reshape(count, width)[:] = window(flat, places, width)
    return copied, Places(np.arange(count, dtype=np.int64) * width, width), rows.sizes

"""The columns of one batch, cut out of a chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.columns import listed
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.presence import bare
from atdata_schema.memory import Buffers

__all__ = ["ChunkColumns"]


class Found(Protocol):
    """Rows whose fields were found, in their shards or in column files."""

    plain: dict[str, Any]

    def ready(self, name: str, begin: int, end: int, buffers: Buffers) -> Any | None: ...

    def numbers(self, name: str) -> NDArray[Any] | None: ...

    def valid(self, name: str) -> NDArray[np.bool_] | None: ...

    def extent(self, name: str) -> tuple[Any, Any] | None: ...

    def values(self, name: str) -> list[Any]: ...

    def array(self, name: str, begin: int, end: int, buffers: Buffers) -> NDArray[Any] | None: ...


class Rows(Protocol):
    """The rows of a chunk, as far as columns do not tell."""

    @property
    def fields(self) -> Fields: ...

    @property
    def buffers(self) -> Buffers: ...

    def keys(self, begin: int, end: int) -> list[str]: ...

    def samples(self, begin: int, end: int) -> list[Any]: ...


class ChunkColumns:
    """The columns of one batch: some rows of a chunk."""

    __slots__ = ("_begin", "_chunk", "_end", "_rows")

    def __init__(self, chunk: Found, begin: int, end: int, rows: Rows) -> None:
        self._chunk = chunk
        self._begin = begin
        self._end = end
        self._rows = rows

    @property
    def keys(self) -> Sequence[str]:
        """The key of each sample."""
        return self._rows.keys(self._begin, self._end)

    def __len__(self) -> int:
        return self._end - self._begin

    def ready(self, name: str) -> Any | None:
        """A column as `Batch.column` gives it, `None` where it is not at hand."""
        plain = self._chunk.plain.get(name)
        if plain is None:
            return self._chunk.ready(name, self._begin, self._end, self._rows.buffers)
        part = plain[self._begin : self._end]
        return part if type(part) is list else part.tolist()

    def values(self, name: str) -> list[Any]:
        """The values of a property, one a sample, `None` where there is none."""
        column = self.numbers(name)
        if column is None:
            if isinstance(bare(self._rows.fields[name]), ArrayField):
                stacked = self.stacked(name)
                return [None] * len(self) if stacked is None else list(stacked)
            return self._chunk.values(name)[self._begin : self._end]
        return listed(column, self.valid(name), 0, len(column))

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A field of numbers as one array, `None` for another kind."""
        column = self._chunk.numbers(name)
        return None if column is None else column[self._begin : self._end]

    def valid(self, name: str) -> NDArray[np.bool_] | None:
        """Which samples have a value, `None` where all have."""
        valid = self._chunk.valid(name)
        return None if valid is None else valid[self._begin : self._end]

    def stacked(self, name: str) -> NDArray[Any] | None:
        """An array field as one array, `None` for another kind or where that cannot be."""
        return self._chunk.array(name, self._begin, self._end, self._rows.buffers)

    def extent(self, name: str) -> tuple[Any, Any] | None:
        """Bounds of a property in all rows of the chunk."""
        return self._chunk.extent(name)

    def samples(self) -> list[Any]:
        """The samples themselves, decoded now."""
        return self._rows.samples(self._begin, self._end)

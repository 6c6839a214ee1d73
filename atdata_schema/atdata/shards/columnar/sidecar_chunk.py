"""A stretch of rows read from the column files of their shards; the shards themselves are not touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.columns import listed
from atdata.shards.columnar.records import Records
from atdata.shards.columnar.rows import Located
from atdata.shards.columnar.stored_column import StoredColumn
from atdata_schema.errors import DecodeError
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import CidLink
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import bare
from atdata_schema.fields.text import Choice, Text
from atdata_schema.memory import Buffers

__all__ = ["ColumnSource", "SidecarChunk", "is_small"]

_KINDS: Final[dict[type[Any], str]] = {
    Integer: "integer",
    Float64: "float64",
    Float32: "float32",
    Boolean: "boolean",
    Text: "text",
    Choice: "text",
    Datetime: "text",
    CidLink: "text",
}
_MAX_RUNS: Final = 16
_DTYPES: Final[dict[str, type[np.generic]]] = {
    "integer": np.int64,
    "float64": np.float64,
    "float32": np.float32,
    "boolean": np.bool_,
}


def is_small(fields: Fields) -> bool:
    """Whether every field is a number, a boolean or a text, so that a column file can hold it."""
    return all(type(bare(field)) in _KINDS for field in fields.values()) and not fields.aliases


class ColumnSource(Protocol):
    """Where columns of column files come from."""

    def column(self, place: int, name: str) -> StoredColumn | None:
        """A column of one shard, `None` where there is none that can be trusted."""
        ...

    def whole_columns(self, names: Sequence[str]) -> dict[str, StoredColumn | None]:
        """Columns of all shards, one behind the other."""
        ...

    def firsts(self) -> NDArray[np.int64]:
        """int64[shards], the number of each shard's first sample."""
        ...


class SidecarChunk:
    """Rows of shards whose column files hold every field of the sample type.

    Args:
        rows: the rows.
        fields: the codecs of the sample type, for which `is_small` holds.
        source: where their columns come from.

    Attributes:
        plain: the columns that are ready, as arrays or lists in which nothing is missing but what is `None`.

    Raises:
        LookupError: a column is missing, is of another kind than its field, or holds what its field refuses.
    """

    def __init__(self, rows: Located, fields: Fields, source: ColumnSource) -> None:
        self._fields = fields
        self._count = len(rows)
        self.plain: dict[str, Any] = {}
        self._columns: dict[str, Any] = {}
        self._valid: dict[str, NDArray[np.bool_] | None] = {}
        runs = _runs(rows)
        self._rows = runs or [(0, rows.inner + source.firsts()[rows.places])]
        self._records: dict[Records, dict[str, NDArray[Any]]] = {}
        whole = source.whole_columns(tuple(fields)) if runs is None else {}
        self._stored = {
            name: [
                self._fitting(whole[name] if runs is None else source.column(place, name), field)
                for place, _ in self._rows
            ]
            for name, field in fields.items()
        }
        self._check()

    def _check(self) -> None:
        """What is no value of its field is the row path's to refuse: it knows the sample."""
        for name, field in self._fields.items():
            kind = bare(field)
            if isinstance(kind, Integer) and kind.enum is not None:
                found: Any = self.numbers(name)
                valid, allowed = self.valid(name), np.isin(found, np.asarray(kind.enum))
                if not (allowed if valid is None else allowed | ~valid).all():
                    raise LookupError
            elif _KINDS[type(kind)] == "text" and type(kind) is not Text:
                self.values(name)

    @staticmethod
    def _fitting(stored: StoredColumn | None, field: Field[Any]) -> StoredColumn:
        kind = bare(field)
        if stored is None or stored.kind != _KINDS[type(kind)]:
            raise LookupError
        if stored.valid is not None and kind is field:
            raise LookupError
        return stored

    def ready(self, name: str, begin: int, end: int, buffers: Buffers) -> Any | None:
        """A field of some rows as the column of a batch, `None` where there is no such field."""
        column = self._columns.get(name)
        if column is None:
            if name not in self._stored:
                return None
            column = self.numbers(name)
            if column is None:
                column = self.values(name)
        valid = None if isinstance(column, list) else self.valid(name)
        return listed(column, valid, begin, end)

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A field of numbers or booleans as one array, `None` for a text."""
        if name in self._columns:
            known = self._columns[name]
            return known if isinstance(known, np.ndarray) else None
        field = bare(self._fields[name])
        dtype = _DTYPES.get(_KINDS[type(field)])
        if dtype is None:
            return None
        found = _joined([self._numbers(name, column, rows) for column, rows in self._pieces(name)])
        valid = self.valid(name)
        if valid is not None and dtype is not np.int64 and dtype is not np.bool_:
            found = np.where(valid, found, np.array(np.nan, dtype))
        self._columns[name] = found
        if valid is None:
            self.plain[name] = found
        return found

    def _numbers(
        self, name: str, column: StoredColumn, rows: slice | NDArray[np.int64]
    ) -> NDArray[Any]:
        """The numbers of some samples; those of other columns beside them are taken with them, once."""
        records = column.records
        if records is None or isinstance(rows, slice):
            return column.numbers(rows)
        if records not in self._records:
            self._records[records] = records.taken(rows)
        return self._records[records][name]

    def valid(self, name: str) -> NDArray[np.bool_] | None:
        """Which rows have a value: bool[rows], `None` where all have."""
        if name not in self._valid:
            self._valid[name] = self._flags(name)
        return self._valid[name]

    def _flags(self, name: str) -> NDArray[np.bool_] | None:
        if all(stored.valid is None for stored in self._stored[name]):
            return None
        return _joined([column.flags(rows) for column, rows in self._pieces(name)])

    def extent(self, name: str) -> tuple[Any, Any]:
        """The least and the greatest number, or bytes of a text, in the columns that the rows lie in."""
        found = [stored.extent for stored in self._stored[name]]
        return min(low for low, _ in found), max(high for _, high in found)

    def values(self, name: str) -> list[Any]:
        """A field of texts as a list."""
        if name not in self._columns:
            found: list[Any] = []
            for stored, rows in self._pieces(name):
                found += stored.texts(rows)
            self._columns[name] = self.plain[name] = self._read(name, found)
        column: list[Any] = self._columns[name]
        return column

    def _pieces(self, name: str) -> Iterator[tuple[StoredColumn, slice | NDArray[np.int64]]]:
        """Each column that the rows lie in, with the rows of it."""
        for stored, (_, rows) in zip(self._stored[name], self._rows, strict=True):
            yield stored, rows

    def _read(self, name: str, found: list[Any]) -> list[Any]:
        valid, field = self.valid(name), bare(self._fields[name])
        if valid is not None:
            for row in np.flatnonzero(~valid).tolist():
                found[row] = None
        if type(field) is Text:
            return found
        try:
            return [None if text is None else field.unpack(text) for text in found]
        except DecodeError:
            raise LookupError from None

    def array(self, name: str, begin: int, end: int, buffers: Buffers) -> NDArray[Any] | None:
        """`None`: there are no arrays here."""
        return None


def _runs(rows: Located) -> list[tuple[int, slice | NDArray[np.int64]]] | None:
    """Shards one after the other, each with the samples that are wanted of it; `None` where rows jump between shards."""
    ends = np.flatnonzero(np.diff(rows.places)) + 1
    if len(ends) > _MAX_RUNS:
        return None
    bounds = [0, *ends.tolist(), len(rows)]
    return [
        (int(rows.places[begin]), _slice(rows.inner[begin:end])) for begin, end in pairwise(bounds)
    ]


def _slice(inner: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """A slice where numbers count on, so that nothing is copied; else the numbers."""
    first, count = int(inner[0]), len(inner)
    even = int(inner[-1]) - first == count - 1 and bool((np.diff(inner) == 1).all())
    return slice(first, first + count) if even else inner


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)

"""A stretch of rows read from the column files of their shards; the shards themselves are not touched."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.buffers import Buffers
from atdata.shards.columnar.rows import Located
from atdata.shards.columnar.sidecar import Column
from atdata_schema.errors import DecodeError
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import CidLink
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import bare
from atdata_schema.fields.text import Choice, Text

__all__ = ["SidecarChunk", "StoredColumn", "is_small"]

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
_DTYPES: Final[dict[str, type[np.generic]]] = {
    "integer": np.int64,
    "float64": np.float64,
    "float32": np.float32,
    "boolean": np.bool_,
}


def is_small(fields: Fields) -> bool:
    """Whether every field is a number, a boolean or a text, so that a column file can hold it."""
    return all(type(bare(field)) in _KINDS for field in fields.values()) and not fields.aliases


class StoredColumn:
    """A column of one shard, its texts as one text with a NUL behind each."""

    __slots__ = ("_begins", "_joined", "column")

    def __init__(self, column: Column) -> None:
        self.column = column
        self._joined: str | None = None
        self._begins: NDArray[np.int64] | None = None

    def texts(self, inner: NDArray[np.int64]) -> list[str]:
        """The texts of some samples, by their numbers in the shard."""
        joined, begins = self._text()
        count = len(inner)
        first = int(inner[0])
        if int(inner[-1]) - first == count - 1 and bool((np.diff(inner) == 1).all()):
            stretch = joined[int(begins[first]) : int(begins[first + count]) - 1]
            found = stretch.split("\0")
            if len(found) == count:
                return found
        starts, stops = begins[inner].tolist(), (begins[inner + 1] - 1).tolist()
        return [joined[start:stop] for start, stop in zip(starts, stops, strict=True)]

    def _text(self) -> tuple[str, NDArray[np.int64]]:
        if self._joined is None or self._begins is None:
            raw, offsets = self.column.text, self.column.values
            text = raw.decode()
            if len(text) != len(raw):  # from bytes to characters
                starts = (np.frombuffer(raw, np.uint8) & 0xC0) != 0x80
                offsets = np.concatenate([[0], np.cumsum(starts, dtype=np.int64)])[offsets]
            pieces = pairwise(offsets.tolist())
            self._joined = "".join([text[start:stop] + "\0" for start, stop in pieces])
            self._begins = offsets + np.arange(len(offsets))
        return self._joined, self._begins


class SidecarChunk:
    """Rows of shards whose column files hold every field of the sample type.

    Args:
        rows: the rows.
        fields: the codecs of the sample type, for which `is_small` holds.
        column: gives a column of the shard at a place by its name, `None` where there is none.

    Raises:
        LookupError: a column is missing, or is of another kind than its field.
    """

    def __init__(
        self, rows: Located, fields: Fields, column: Callable[[int, str], StoredColumn | None]
    ) -> None:
        self._fields = fields
        self._parts = _parts(rows)
        self._count = len(rows)
        self._columns: dict[str, Any] = {}
        self._stored = {
            name: [self._fitting(column(place, name), field) for place, _, _ in self._parts]
            for name, field in fields.items()
        }

    @staticmethod
    def _fitting(stored: StoredColumn | None, field: Field[Any]) -> StoredColumn:
        kind = bare(field)
        if stored is None or stored.column.kind != _KINDS[type(kind)]:
            raise LookupError
        if stored.column.valid is not None and kind is field:
            raise LookupError
        return stored

    def numbers(self, name: str) -> NDArray[Any] | None:
        """A field of numbers or booleans as one array, `None` for a text."""
        if name in self._columns:
            known = self._columns[name]
            return known if isinstance(known, np.ndarray) else None
        field = bare(self._fields[name])
        dtype = _DTYPES.get(_KINDS[type(field)])
        if dtype is None:
            return None
        found: NDArray[Any] = self._gathered(name, lambda column: column.values, dtype)
        valid = self.valid(name)
        if valid is not None and dtype is not np.int64 and dtype is not np.bool_:
            found = np.where(valid, found, np.array(np.nan, dtype))
        self._columns[name] = found
        return found

    def valid(self, name: str) -> NDArray[np.bool_] | None:
        """Which rows have a value: bool[rows], `None` where all have."""
        if all(stored.column.valid is None for stored in self._stored[name]):
            return None

        def flags(column: Column) -> NDArray[Any]:
            return np.ones(len(column.values), np.bool_) if column.valid is None else column.valid

        return self._gathered(name, flags, np.bool_)

    def values(self, name: str) -> list[Any]:
        """A field of texts as a list.

        Raises:
            DecodeError: a text is not one of its field.
        """
        if name not in self._columns:
            found: list[Any] = [None] * self._count
            for (_, inner, where), stored in zip(self._parts, self._stored[name], strict=True):
                texts = stored.texts(inner)
                if where is None:
                    found = texts
                else:
                    for row, text in zip(where.tolist(), texts, strict=True):
                        found[row] = text
            self._columns[name] = self._read(name, found)
        column: list[Any] = self._columns[name]
        return column

    def _read(self, name: str, found: list[Any]) -> list[Any]:
        valid, field = self.valid(name), bare(self._fields[name])
        if valid is not None:
            for row in np.flatnonzero(~valid).tolist():
                found[row] = None
        if type(field) is Text:
            return found
        try:
            return [None if text is None else field.unpack(text) for text in found]
        except DecodeError as error:
            error.inside(name)
            raise

    def array(self, name: str, begin: int, end: int, buffers: Buffers) -> NDArray[Any] | None:
        """`None`: there are no arrays here."""
        return None

    def _gathered(
        self, name: str, part: Callable[[Column], NDArray[Any]], dtype: type[np.generic]
    ) -> NDArray[Any]:
        stored = self._stored[name]
        if len(self._parts) == 1:
            whole: NDArray[Any] = part(stored[0].column)[_slice(self._parts[0][1])]
            return whole
        out = np.empty(self._count, dtype)
        for (_, inner, where), column in zip(self._parts, stored, strict=True):
            out[where] = part(column.column)[inner]
        return out


def _parts(
    rows: Located,
) -> list[tuple[int, NDArray[np.int64], NDArray[np.int64] | None]]:
    """Each shard with the numbers of its samples, and which rows they are where there are several shards."""
    places = np.unique(rows.places).tolist()
    if len(places) == 1:
        return [(places[0], rows.inner, None)]
    found = [np.flatnonzero(rows.places == place) for place in places]
    return [(place, rows.inner[where], where) for place, where in zip(places, found, strict=True)]


def _slice(inner: NDArray[np.int64]) -> Any:
    """A slice where numbers count on, so that nothing is copied; else the numbers."""
    first, count = int(inner[0]), len(inner)
    even = int(inner[-1]) - first == count - 1 and bool((np.diff(inner) == 1).all())
    return slice(first, first + count) if even else inner

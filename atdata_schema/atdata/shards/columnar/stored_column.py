"""One field of many samples out of column files, made ready for cutting batches out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.records import Records
from atdata.shards.columnar.repeats import repeated
from atdata.shards.columnar.sidecar import Column
from atdata.shards.columnar.texts import TABLED, cell_width, cells_of, cut_texts
from atdata.shards.columnar.windows import Places

__all__ = ["StoredColumn"]

_SEVERAL: Final = 256  # texts that a column may have in all, for each to be kept once
_LOOKED_AT: Final = 1024  # texts that say whether that is likely
_NARROW: Final = 1 << 32  # bytes of text up to which half of the memory says where each begins
_ROWS: Final = 8192  # samples whose texts are looked at together


class StoredColumn:
    """A field of the samples of a shard, or of several shards one behind the other.

    Args:
        columns: the field in each column file, in the order of the shards, all of one kind.
        records: of numbers that lie beside those of other columns, all of these.

    Attributes:
        records: the same.
        kind: `integer`, `float64`, `float32`, `boolean` or `text`.
        values: int64[n], float64[n], float32[n] or bool[n]; empty for texts.
        valid: bool[n], which samples have a value; `None` where all have.
    """

    __slots__ = ("_extent", "_texts", "kind", "records", "valid", "values")

    def __init__(self, columns: Sequence[Column], records: Records | None = None) -> None:
        self.records = records
        self.kind = columns[0].kind
        self.valid = _valid(columns)
        self._texts: _Repeated | _Joined | None = None
        self._extent: tuple[Any, Any] | None = None
        if self.kind == "text":
            self.values: NDArray[Any] = np.empty(0, np.int64)
            self._texts = _Repeated.of(columns) or _Joined(columns)
        else:
            self.values = _concatenated([column.values for column in columns])

    @property
    def extent(self) -> tuple[Any, Any]:
        """The least and the greatest number, or bytes of a text, of all samples."""
        if self._extent is None:
            found = self.values if self._texts is None else self._texts.sizes()
            self._extent = (found.min(), found.max())
        return self._extent

    def numbers(self, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        """The numbers of some samples; a slice copies nothing."""
        return self.values[rows]

    def flags(self, rows: slice | NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of some samples have a value."""
        if self.valid is None:
            return np.ones(
                rows.stop - rows.start if isinstance(rows, slice) else len(rows), np.bool_
            )
        return self.valid[rows]

    def texts(self, rows: slice | NDArray[np.int64]) -> list[str]:
        """The texts of some samples, as a list of its own; empty ones where there is no value."""
        assert self._texts is not None
        return self._texts.cut(rows)


class _Repeated:
    """Texts of which there are few: each once, and for each sample which one it has."""

    __slots__ = ("_codes", "_each")

    def __init__(self, codes: NDArray[np.uint8], each: NDArray[np.object_]) -> None:
        self._codes = codes
        self._each = each

    @classmethod
    def of(cls, columns: Sequence[Column]) -> _Repeated | None:
        """`None` where there are many."""
        numbers: dict[str, int] = {}
        codes: list[NDArray[np.uint8]] = []
        for column in columns:
            for begin in range(0, len(column.values) - 1, _ROWS):
                part = column.values[begin : begin + _ROWS + 1]
                found = _numbered(column.text[int(part[0]) : int(part[-1])], part, numbers)
                if found is None:
                    return None
                codes.append(found)
        each = np.array([*numbers, None], object)[:-1]
        return cls(np.concatenate([*codes, np.empty(0, np.uint8)]), each)

    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text that there is."""
        return np.fromiter((len(text.encode()) for text in self._each), np.int64)

    def cut(self, rows: slice | NDArray[np.int64]) -> list[str]:
        found: list[str] = self._each[self._codes[rows]].tolist()
        return found


class _Joined:
    """Texts as one, a NUL behind each, and where each begins."""

    __slots__ = ("_begins", "_bytes", "_plain")

    def __init__(self, columns: Sequence[Column]) -> None:
        count = sum(len(column.values) - 1 for column in columns)
        total = sum(len(column.text) for column in columns) + count
        self._bytes = np.zeros(total, np.uint8)
        self._begins = np.zeros(count + 1, np.uint32 if total < _NARROW else np.int64)
        row = at = 0
        for column in columns:
            text = np.frombuffer(column.text, np.uint8)
            for begin in range(0, len(column.values) - 1, _ROWS):
                bounds = column.values[begin : begin + _ROWS + 1]
                ends = np.cumsum(np.diff(bounds) + 1)
                rows, size = len(ends), int(ends[-1])
                self._begins[row + 1 : row + rows + 1] = at + ends
                kept = np.ones(size, np.bool_)
                kept[ends - 1] = False
                self._bytes[at : at + size][kept] = text[int(bounds[0]) : int(bounds[-1])]
                row, at = row + rows, at + size
        self._plain = total - int(np.count_nonzero(self._bytes)) == count

    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text."""
        return np.diff(self._begins).astype(np.int64) - 1

    def cut(self, rows: slice | NDArray[np.int64]) -> list[str]:
        begins = self._begins
        if isinstance(rows, slice) and self._plain:
            begin, end = int(begins[rows.start]), int(begins[rows.stop])
            found = self._bytes[begin:end].tobytes().decode().split("\0")
            found.pop()
            return found
        chosen = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        starts: NDArray[np.int64] = begins.take(chosen).astype(np.int64)
        ends: NDArray[np.int64] = begins.take(chosen + 1).astype(np.int64)
        return cut_texts(self._bytes, Places(starts, None), ends - starts - 1)


def _numbered(
    text: bytes, bounds: NDArray[np.int64], numbers: dict[str, int]
) -> NDArray[np.uint8] | None:
    """Which text each of some samples has, `None` where there are many.

    Args:
        text: their texts.
        bounds: where each begins, and where the last one ends; the first at the first byte of `text`.
        numbers: those of the texts that are known; others join them.
    """
    at, sizes = bounds[:-1] - bounds[0], np.diff(bounds)
    width = cell_width(int(sizes.max()))
    if len(at) >= _LOOKED_AT and width <= TABLED:
        flat = np.frombuffer(text + bytes(width), np.uint8)
        found = repeated(cells_of(flat, Places(at, None), sizes, width), sizes)
        if found is None:
            return None
        each, chosen = found.texts.tolist(), found.numbers
    else:
        own: dict[str, int] = {}
        pairs = zip(at.tolist(), (at + sizes).tolist(), strict=True)
        codes = [own.setdefault(text[begin:end].decode(), len(own)) for begin, end in pairs]
        if len(own) > _SEVERAL:
            return None
        each, chosen = [*own], np.array(codes, np.int64)
    known = [numbers.setdefault(one, len(numbers)) for one in each]
    return None if len(numbers) > _SEVERAL else np.asarray(known, np.uint8)[chosen]


def _valid(columns: Sequence[Column]) -> NDArray[np.bool_] | None:
    if all(column.valid is None for column in columns):
        return None
    counts = [len(column.values) - (column.kind == "text") for column in columns]
    return _concatenated(
        [
            np.ones(count, np.bool_) if column.valid is None else column.valid
            for count, column in zip(counts, columns, strict=True)
        ]
    )


def _concatenated(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)

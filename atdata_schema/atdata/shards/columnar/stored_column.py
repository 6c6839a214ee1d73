"""One field of many samples out of column files, made ready for cutting batches out of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.records import Records
from atdata.shards.columnar.sidecar import Column
from atdata.shards.columnar.texts import cut_texts
from atdata.shards.columnar.windows import Places

__all__ = ["StoredColumn"]

_SEVERAL: Final = 256  # texts that a column may have in all, for each to be kept once
_LOOKED_AT: Final = 1024  # texts at the beginning that say whether that is likely


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
            texts = [text for column in columns for text in _split(column)]
            self._texts = _Repeated.of(texts) or _Joined(texts)
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
    def of(cls, texts: list[str]) -> _Repeated | None:
        """`None` where there are many."""
        if len(set(texts[:_LOOKED_AT])) > min(_SEVERAL, max(1, len(texts) // 4)):
            return None
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        if len(numbers) > _SEVERAL:
            return None
        return cls(np.asarray(codes, np.uint8), np.array([*numbers, None], object)[:-1])

    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text that there is."""
        return np.fromiter((len(text.encode()) for text in self._each), np.int64)

    def cut(self, rows: slice | NDArray[np.int64]) -> list[str]:
        found: list[str] = self._each[self._codes[rows]].tolist()
        return found


class _Joined:
    """Texts as one, a NUL behind each, and where each begins."""

    __slots__ = ("_begins", "_bytes", "_plain")

    def __init__(self, texts: list[str]) -> None:
        self._bytes = "\0".join([*texts, ""]).encode()
        sizes = np.fromiter((len(text) for text in texts), np.int64, len(texts))
        if not self._bytes.isascii():
            sizes = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
        self._begins = np.concatenate([[0], np.cumsum(sizes + 1)])
        self._plain = self._bytes.count(0) == len(texts)

    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text."""
        return np.diff(self._begins) - 1

    def cut(self, rows: slice | NDArray[np.int64]) -> list[str]:
        begins = self._begins
        if isinstance(rows, slice) and self._plain:
            begin, end = int(begins[rows.start]), int(begins[rows.stop])
            found = self._bytes[begin:end].decode().split("\0")
            found.pop()
            return found
        chosen = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        # Where each begins and where the next one does, side by side, so that both are found at once.
        pairs = np.ndarray((len(begins) - 1,), "V16", begins.data, 0, (8,))
        bounds = pairs[chosen].view(np.int64).reshape(-1, 2)
        starts = np.ascontiguousarray(bounds[:, 0])
        sizes = bounds[:, 1] - starts - 1
        return cut_texts(np.frombuffer(self._bytes, np.uint8), Places(starts, None), sizes)


def _split(column: Column) -> list[str]:
    """The texts of a column, one by one."""
    raw, offsets = column.text, column.values.tolist()
    if raw.isascii():
        text = raw.decode()
        return [text[begin:end] for begin, end in pairwise(offsets)]
    return [raw[begin:end].decode() for begin, end in pairwise(offsets)]


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

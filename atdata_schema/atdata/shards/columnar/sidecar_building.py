"""Making the column file of a shard, whoever wrote the shard.

Rows are walked many at a time; those that are not laid out alike are decoded one by one. What a column
holds is told by the bytes alone: a field is one where all its values are numbers of one kind, or all are
texts, null apart, and its texts are short.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.columnar.sidecar import SUFFIX, Column, encode_file
from atdata.shards.columnar.sidecar_pieces import Piece, decoded_pieces, walked_pieces
from atdata.shards.columnar.walk import Irregular
from atdata.shards.files import replace_file

__all__ = ["build", "columns_of", "encode_columns"]

_REGION: Final = 8 << 20  # bytes of a shard that are looked at together
_MOST_ROWS: Final = 8192
_SLACK: Final = 64
LONGEST: Final = 1024
"""Bytes that the texts of a column have on average; longer ones are read from the shard."""


def build(shard: Path, *, type_cid: str | None = None) -> Path:
    """Make or replace the column file of a shard; its path.

    Args:
        shard: a plain `.tar`, of whichever writer.
        type_cid: the type of its samples, where it is known.

    Raises:
        ShardError: the shard is damaged or refused.
        OSError: the folder takes no file.
    """
    from atdata.shards.reader import ShardFile, index_of

    index = index_of(ShardFile(shard))
    with shard.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    path = shard.with_name(shard.name + SUFFIX)
    content = encode_columns(
        shard, index.offsets, index.sizes, shard_sha256=sha256, type_cid=type_cid
    )
    replace_file(path, content)
    return path


def encode_columns(
    file: Path,
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int64],
    *,
    shard_sha256: str,
    type_cid: str | None = None,
) -> bytes:
    """The bytes of a shard's column file.

    Args:
        file: the shard, under whichever name.
        offsets: int64[n], where each payload begins.
        sizes: int64[n], bytes of each payload.
        shard_sha256: its digest in hexadecimal digits.
        type_cid: the type of its samples, where it is known.
    """
    return encode_file(columns_of(file, offsets, sizes), len(sizes), shard_sha256, type_cid)


def columns_of(file: Path, offsets: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[Column]:
    """The columns that a shard's column file has; arguments as of `encode_columns`."""
    gathered: dict[str, _Gathered] | None = None
    for pieces in _pieces(file, offsets, sizes):
        if gathered is None:
            gathered = {name: _Gathered() for name in pieces}
        for name in list(gathered):
            piece = pieces.get(name)
            if piece is None or not gathered[name].add(piece):
                del gathered[name]
    columns = [item.column(name) for name, item in (gathered or {}).items()]
    return [column for column in columns if column is not None]


def _pieces(
    file: Path, offsets: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Iterator[dict[str, Piece]]:
    """The fields of some rows after the other, as far as they may become columns."""
    with file.open("rb", buffering=0) as source:
        for begin, end in _regions(offsets, sizes):
            flat = _read(source.fileno(), offsets[begin:end], sizes[begin:end])
            rows = offsets[begin:end] - offsets[begin]
            try:
                yield walked_pieces(flat, rows, sizes[begin:end])
            except Irregular:
                yield decoded_pieces(flat, rows, sizes[begin:end])


def _regions(offsets: NDArray[np.int64], sizes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Stretches of rows that lie near each other."""
    begin = 0
    while begin < len(offsets):
        limit = int(offsets[begin]) + _REGION
        end = int(np.searchsorted(offsets, limit, "right"))
        end = min(max(end, begin + 1), begin + _MOST_ROWS)
        yield begin, end
        begin = end


def _read(
    descriptor: int, offsets: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """The bytes of some rows, with zeros behind that a look beyond the last row finds."""
    first = int(offsets[0])
    size = int(offsets[-1]) + int(sizes[-1]) - first
    data = bytearray(size + int(sizes.max()) + _SLACK)
    view, done = memoryview(data)[:size], 0
    while done < size and (count := os.preadv(descriptor, [view[done:]], first + done)):
        done += count
    if done < size:
        raise OSError("the shard was cut short while its columns were made")
    return np.frombuffer(data, np.uint8)


class _Gathered:
    """The pieces of one column."""

    def __init__(self) -> None:
        self._kind: str | None = None
        self._pieces: list[Piece] = []
        self._count = 0
        self._bytes = 0

    def add(self, piece: Piece) -> bool:
        """Append a piece; whether the column is still one."""
        if piece.kind is not None:
            if self._kind not in (None, piece.kind):
                return False
            self._kind = piece.kind
        self._pieces.append(piece)
        self._count += len(piece.valid)
        self._bytes += len(piece.text)
        return self._bytes <= LONGEST * self._count

    def column(self, name: str) -> Column | None:
        """The column; `None` where no sample has a value."""
        if self._kind is None:
            return None
        valid = np.concatenate([piece.valid for piece in self._pieces])
        values = np.concatenate([self._values(piece) for piece in self._pieces])
        text = b"".join([piece.text for piece in self._pieces])
        if self._kind == "text":
            values = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
        return Column(name, self._kind, values, text, None if valid.all() else valid)

    def _values(self, piece: Piece) -> NDArray[Any]:
        if piece.kind is not None:
            return piece.values
        return np.zeros(len(piece.valid), np.int64)

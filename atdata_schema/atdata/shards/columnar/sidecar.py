"""The column file of a shard: its small fields once more, as native numbers and as texts with offsets.

It is derived: whoever doubts one reads the shard itself. Little-endian:

      0  magic: "atdcol01"
      8  bytes of the directory
     16  sha-256 of the directory
     48  zeros
     64  the directory: JSON in UTF-8, without spaces, keys in this order
     ..  the parts, in the order of the directory

The directory and each part begin at a multiple of 64 bytes; between them stand zeros, and the file ends at
a multiple of 64 too. The directory is

    {"columns":[{"kind":"integer","name":"time","parts":[[256,80,"9f86d0..."]]},...],
     "samples":10,"shard":"60303ae2...","type":"bafyrei..."}

`shard` is the sha-256 of the shard, `type` the type CID of its samples or null, `parts` has offset, bytes and
sha-256 of each part. The parts of a kind, of n samples:

    integer, float64, float32   int64[n], float64[n], float32[n]
    boolean                     uint8[n], 0 or 1
    text                        int64[n + 1], where each text begins and the last one ends; then all texts in UTF-8

A column in which samples have no value has `"nullable":true` and one part more, uint8[n]: 1 where there is a value;
where there is none, a number is 0 and a text empty.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "SUFFIX", "Column", "ColumnFile", "encode_file"]

SUFFIX: Final = ".cols"
"""What follows the name of a shard in the name of its column file."""

KINDS: Final = {"integer": "<i8", "float64": "<f8", "float32": "<f4", "boolean": "|u1"}
"""The kinds of numbers and their dtypes; the other kind is `text`."""

_MAGIC: Final = b"atdcol01"
_ALIGNED: Final = 64
_MOST_DIRECTORY: Final = 1 << 22


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column in the directory."""

    kind: str
    name: str
    parts: list[tuple[int, int, str]]
    nullable: bool = False

    def lengths(self, count: int) -> list[int] | None:
        """Bytes of each part, -1 where any number will do; `None` for an unknown kind."""
        valid = [count] if self.nullable else []
        if self.kind == "text":
            return [8 * (count + 1), -1, *valid]
        dtype = KINDS.get(self.kind)
        return None if dtype is None else [count * np.dtype(dtype).itemsize, *valid]


class _Directory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    columns: list[_Entry]
    samples: int
    shard: str
    type: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field of all samples of a shard; arrays are read-only.

    Attributes:
        name: the property.
        kind: `integer`, `float64`, `float32`, `boolean` or `text`.
        values: int64[n], float64[n], float32[n] or bool[n]; of texts int64[n + 1], where each begins in `text`
            and the last one ends.
        text: all texts in UTF-8, nothing between; empty for numbers.
        valid: bool[n], which samples have a value; `None` where all have.
    """

    name: str
    kind: str
    values: NDArray[Any]
    text: bytes = b""
    valid: NDArray[np.bool_] | None = None


class ColumnFile:
    """A column file that was found to belong to a shard. A column is read, and verified, whenever it is asked for.

    Attributes:
        names: the columns that there are.
        type_cid: the type of the samples, where it is known.
    """

    def __init__(self, path: Path, directory: _Directory) -> None:
        self._path = path
        self._count = directory.samples
        self._entries = {entry.name: entry for entry in directory.columns}
        self.names = tuple(self._entries)
        self.type_cid = directory.type

    @classmethod
    def open(cls, path: Path, shard_sha256: str, count: int) -> ColumnFile | None:
        """The column file of a shard; `None` where there is none that can be trusted.

        Args:
            path: the file.
            shard_sha256: the digest of the shard in hexadecimal digits.
            count: the samples of the shard.
        """
        try:
            with path.open("rb", buffering=0) as file:
                directory = _read_directory(file.fileno())
        except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
            return None
        belongs = (directory.shard, directory.samples) == (shard_sha256, count)
        return cls(path, directory) if belongs else None

    def kind(self, name: str) -> str | None:
        """The kind of a column; `None` where there is none of that name."""
        entry = self._entries.get(name)
        return None if entry is None else entry.kind

    def column(self, name: str) -> Column | None:
        """A column; `None` where the file has none of that name, or it is damaged."""
        entry = self._entries.get(name)
        try:
            return None if entry is None else self._read(entry)
        except (OSError, ValueError):
            return None

    def _read(self, entry: _Entry) -> Column:
        with self._path.open("rb", buffering=0) as file:
            parts = [_read_part(file.fileno(), *part) for part in entry.parts]
        valid = _flags(parts.pop()) if entry.nullable else None
        if entry.kind == "text":
            offsets = np.frombuffer(parts[0], "<i8")
            _check_texts(offsets, parts[1])
            return Column(entry.name, entry.kind, offsets, parts[1], valid)
        if entry.kind == "boolean":
            return Column(entry.name, entry.kind, _flags(parts[0]), valid=valid)
        values = np.frombuffer(parts[0], KINDS[entry.kind])
        return Column(entry.name, entry.kind, values, valid=valid)


def encode_file(
    columns: Sequence[Column], count: int, shard_sha256: str, type_cid: str | None
) -> bytes:
    """The bytes of a column file; equal arguments give equal bytes."""
    parts = [_parts(column) for column in columns]
    size = 0
    # Offsets are written in digits, which move what they stand for: at most a few rounds.
    while True:
        directory = _directory(columns, parts, count, shard_sha256, type_cid, size)
        if len(directory) == size:
            break
        size = len(directory)
    head = _MAGIC + size.to_bytes(8, "little") + hashlib.sha256(directory).digest()
    pieces = [head, directory, *(part for found in parts for part in found)]
    return b"".join([piece + bytes(-len(piece) % _ALIGNED) for piece in pieces])


def _directory(
    columns: Sequence[Column],
    parts: list[list[bytes]],
    count: int,
    shard: str,
    type_cid: str | None,
    size: int,
) -> bytes:
    at = _ALIGNED + _padded(size)
    entries: list[_Entry] = []
    for column, found in zip(columns, parts, strict=True):
        places: list[tuple[int, int, str]] = []
        for part in found:
            places.append((at, len(part), hashlib.sha256(part).hexdigest()))
            at += _padded(len(part))
        entries.append(_Entry(column.kind, column.name, places, column.valid is not None))
    return msgspec.json.encode(_Directory(entries, count, shard, type_cid))


def _parts(column: Column) -> list[bytes]:
    parts = [column.values.astype(KINDS.get(column.kind, "<i8"), copy=False).tobytes()]
    if column.kind == "text":
        parts.append(column.text)
    return parts if column.valid is None else [*parts, column.valid.astype(np.uint8).tobytes()]


def _read_directory(descriptor: int) -> _Directory:
    """The directory, held against its digest and against the size of the file.

    Raises:
        ValueError: the file is none of this version, or damaged.
    """
    head = os.pread(descriptor, _ALIGNED, 0)
    size = int.from_bytes(head[8:16], "little")
    if len(head) != _ALIGNED or not head.startswith(_MAGIC) or head[48:] != bytes(16):
        raise ValueError("no column file of this version")
    if size > _MOST_DIRECTORY:
        raise ValueError("a directory that is too long")
    data = os.pread(descriptor, size, _ALIGNED)
    if len(data) != size or hashlib.sha256(data).digest() != head[16:48]:
        raise ValueError("a directory that does not have its digest")
    directory = msgspec.json.decode(data, type=_Directory)
    if _end(directory, _ALIGNED + _padded(size)) != os.fstat(descriptor).st_size:
        raise ValueError("parts that do not lie one behind the other")
    return directory


def _end(directory: _Directory, at: int) -> int:
    """Where the last part ends; -1 where the parts are not as their kinds say."""
    names = {entry.name for entry in directory.columns}
    if directory.samples < 0 or len(names) != len(directory.columns):
        return -1
    for entry in directory.columns:
        lengths = entry.lengths(directory.samples)
        if lengths is None or len(lengths) != len(entry.parts):
            return -1
        for (begin, size, _), length in zip(entry.parts, lengths, strict=True):
            if begin != at or size < 0 or length not in (-1, size):
                return -1
            at += _padded(size)
    return at


def _read_part(descriptor: int, at: int, size: int, sha256: str) -> bytes:
    data = os.pread(descriptor, size, at)
    while len(data) < size and (more := os.pread(descriptor, size - len(data), at + len(data))):
        data += more
    if len(data) != size or hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError("a part that does not have its digest")
    return data


def _check_texts(offsets: NDArray[np.int64], text: bytes) -> None:
    """Whether texts follow each other and are UTF-8, each by itself."""
    if int(offsets[0]) != 0 or int(offsets[-1]) != len(text) or (np.diff(offsets) < 0).any():
        raise ValueError("texts that do not follow each other")
    if not text.isascii():
        text.decode()
        begins = np.frombuffer(text, np.uint8)[offsets[offsets < len(text)]]
        if ((begins & 0xC0) == 0x80).any():
            raise ValueError("a text that begins within a character")


def _flags(data: bytes) -> NDArray[np.bool_]:
    flags = np.frombuffer(data, np.uint8)
    if len(flags) and int(flags.max()) > 1:
        raise ValueError("a flag that is neither 0 nor 1")
    return flags.view(np.bool_)


def _padded(size: int) -> int:
    return size + -size % _ALIGNED

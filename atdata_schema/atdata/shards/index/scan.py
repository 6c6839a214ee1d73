"""Every sample of a mapped archive, exactly as the careful scanner finds them.

Plain archives are verified with a few operations on many headers; whatever is not plain, be it harmless or
hostile, goes to the careful scanner, whose results and refusals are the only ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.index.chain import SMALL, header_blocks, spacing
from atdata.shards.index.columns import Columns, columns_of
from atdata.shards.index.headers import PAX, read_sizes
from atdata.shards.index.keys import CounterKeys, Keys, KeyTexts, joined, keys_of
from atdata.shards.index.mapped import Mapped, populate
from atdata.shards.index.names import read_keys
from atdata.shards.keys import key_of
from atdata.shards.pax import read_records
from atdata.shards.scan import LONGEST_EXTENDED, Member, scan
from atdata.shards.tar import BLOCK, TarFault

__all__ = ["Headers", "Members", "plain_headers", "scan_members"]

T = TypeVar("T")
_CHUNK: Final = 2048  # headers verified at once: they stay in the cache of the processor
_SAMPLED: Final = 64
_REGULAR: Final = b"\x0007"


@dataclass(frozen=True, slots=True)
class Members:
    """The samples of an archive.

    Attributes:
        offsets: int64[n], where each payload begins, in bytes.
        sizes: int64[n], bytes of each payload.
        keys: their keys.
    """

    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: Keys


@dataclass(frozen=True, slots=True)
class Headers(Generic[T]):
    """The headers of the regular files in an archive.

    Attributes:
        own: int64[n], the number of the block that each is.
        sizes: int64[n], bytes of each payload.
        names: what was made of their names, some at a time.
    """

    own: NDArray[np.int64]
    sizes: NDArray[np.int64]
    names: list[T]


def scan_members(flat: NDArray[np.uint8], path: str | Path) -> Members:
    """Find every sample of an archive without reading payloads.

    Args:
        flat: uint8[bytes], the whole archive.
        path: its name in messages.

    Raises:
        ShardError: it is damaged or refused.

    >>> from atdata.shards.tar import END, write_header
    >>> archive = write_header("000000000.msgpack", 3) + b"abc".ljust(512, bytes(1)) + END
    >>> found = scan_members(np.frombuffer(archive, np.uint8), "data.tar")
    >>> list(found.keys), found.offsets.tolist(), found.sizes.tolist()
    (['000000000'], [512], [3])
    """
    flat = np.ascontiguousarray(flat)
    plain: Headers[CounterKeys | KeyTexts] | None = plain_headers(flat, read_keys)
    if plain is None:
        return _careful(flat, path)
    return Members((plain.own + 1) * BLOCK, plain.sizes, joined(plain.names))


def _careful(flat: NDArray[np.uint8], path: str | Path) -> Members:
    members: list[Member] = []
    keys: list[str] = []
    try:
        for member in scan(Mapped(flat)):
            keys.append(key_of(member.name))
            members.append(member)
    except TarFault as fault:
        raise ShardError(str(fault), path, _key_or_none(fault)) from None
    offsets = np.fromiter((member.offset for member in members), np.int64, len(members))
    sizes = np.fromiter((member.size for member in members), np.int64, len(members))
    return Members(offsets, sizes, keys_of(keys))


def _key_or_none(fault: TarFault) -> str | None:
    try:
        return None if fault.member is None else key_of(fault.member)
    except TarFault:
        return None


def plain_headers(
    flat: NDArray[np.uint8], read_names: Callable[[NDArray[np.uint8], Columns], T | None]
) -> Headers[T] | None:
    """The headers of a plain archive, verified; `None` where one is not plain.

    Args:
        flat: uint8[bytes], the whole archive.
        read_names: makes something of the names in some headers, uint8[n, 512], and their columns; `None` where
            a name is not plain.
    """
    even = spacing(flat)
    if even is not None:
        evenly = _evenly(flat, *even, read_names)
        if evenly is not None:
            return evenly
    blocks = header_blocks(flat)
    if blocks is None:
        return None
    # Most archives have no PAX header, and a look at the kind of each costs as much as a fifth of the rest.
    if not _extended(flat, blocks[:_SAMPLED]).any():
        found = _plain(flat, blocks, read_names)
        if found is not None:
            return found
    extended = _extended(flat, blocks)
    if not extended.any() or not _are_harmless(flat, blocks, extended):
        return None
    return _plain(flat, blocks[~extended], read_names)


def _evenly(
    flat: NDArray[np.uint8],
    count: int,
    stride: int,
    read_names: Callable[[NDArray[np.uint8], Columns], T | None],
) -> Headers[T] | None:
    """The headers of an archive in which so many follow each other at equal distances, if they do."""
    blocks = np.arange(0, count * stride, stride, dtype=np.int64)
    if _extended(flat, blocks[:_SAMPLED]).any():
        return None
    if stride <= SMALL:
        populate(flat)
    found = _plain(flat, blocks, read_names)
    if found is None or not (1 + -(-found.sizes // BLOCK) == stride).all():
        return None
    return found


def _extended(flat: NDArray[np.uint8], blocks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which headers describe the next one."""
    found: NDArray[np.bool_] = flat[blocks * BLOCK + 156] == PAX
    return found


def _plain(
    flat: NDArray[np.uint8],
    blocks: NDArray[np.int64],
    read_names: Callable[[NDArray[np.uint8], Columns], T | None],
) -> Headers[T] | None:
    """The headers at these blocks, all of them of regular files."""
    sizes = np.empty(len(blocks), np.int64)
    names: list[T] = []
    for part, rows in _chunks(flat, blocks):
        table = columns_of(rows)
        said = read_sizes(table, _REGULAR)
        found = None if said is None else read_names(rows, table)
        if said is None or found is None:
            return None
        sizes[part] = said
        names.append(found)
    return Headers(blocks, sizes, names)


def _chunks(
    flat: NDArray[np.uint8], blocks: NDArray[np.int64]
) -> Iterator[tuple[slice, NDArray[np.uint8]]]:
    """Headers, uint8[n, 512], some at a time."""
    table = flat[: len(flat) // BLOCK * BLOCK].reshape(-1, BLOCK)
    for begin in range(0, len(blocks), _CHUNK):
        some = blocks[begin : begin + _CHUNK]
        step = int(some[1] - some[0]) if len(some) > 1 else 1
        if (some[1:] - some[:-1] == step).all():
            rows = table[int(some[0]) : int(some[-1]) + 1 : step]
        else:
            rows = table.take(some, 0)
        yield slice(begin, begin + len(some)), rows


def _are_harmless(
    flat: NDArray[np.uint8], blocks: NDArray[np.int64], extended: NDArray[np.bool_]
) -> bool:
    """Whether each PAX header stands before a sample and says nothing of its name or size."""
    if extended[-1] or (extended[1:] & extended[:-1]).any():
        return False
    headers = blocks[extended]
    lengths = np.empty(len(headers), np.int64)
    for part, rows in _chunks(flat, headers):
        table = columns_of(rows)
        said = read_sizes(table, b"x")
        # A name of other bytes than ASCII may not be UTF-8.
        if said is None or not table.are_within(slice(0, 100), 0, 127):
            return False
        lengths[part] = said
    if (lengths + BLOCK > LONGEST_EXTENDED).any():
        return False
    starts = (headers + 1) * BLOCK
    odd = ~_are_times(flat, starts, lengths)
    return all(
        _is_silent(flat[start : start + length].tobytes())
        for start, length in zip(starts[odd].tolist(), lengths[odd].tolist(), strict=True)
    )


def _are_times(
    flat: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which contents are one record with the time of the member, which most writers leave there."""
    fields = flat[starts[:, None] + np.arange(9)]
    digits = (fields[:, :2] - np.uint8(ord("0"))).astype(np.int64)
    said = digits[:, 0] * 10 + digits[:, 1]
    named: NDArray[np.bool_] = (fields[:, 2:] == np.frombuffer(b" mtime=", np.uint8)).all(1)
    is_record: NDArray[np.bool_] = named & (digits < 10).all(1) & (said == lengths) & (lengths > 9)
    # An empty content has no last byte; its first one is looked at and does not matter.
    closed: NDArray[np.bool_] = flat[starts + np.maximum(lengths, 1) - 1] == ord("\n")
    return is_record & closed


def _is_silent(content: bytes) -> bool:
    try:
        return not read_records(content)
    except TarFault:
        return False

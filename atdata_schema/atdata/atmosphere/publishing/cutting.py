"""A shard that is larger than a blob may be, cut between samples: keys and the bytes of members stay as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atdata.errors import PublishError
from atdata.shards.index.file import encode_index
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.index.keys import keys_of
from atdata.shards.index.mapped import map_file
from atdata.shards.index.scan import Members, scan_members
from atdata.shards.tar import BLOCK, END

__all__ = ["Described", "Piece", "cut", "describe", "described"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some samples of a shard in a row, to be a shard of their own.

    Attributes:
        begin: where its bytes begin in the shard.
        end: where they end.
        first: the number of its first sample.
        last: the number behind its last one.
        ended: whether its bytes have the end of the archive in them; else it is put behind.
    """

    begin: int
    end: int
    first: int
    last: int
    ended: bool

    @property
    def bytes(self) -> int:
        """The size of the file that it becomes."""
        return self.end - self.begin + (0 if self.ended else len(END))


@dataclass(frozen=True, slots=True)
class Described:
    """A piece, and what a record says about it.

    Attributes:
        piece: the piece.
        sha256: the digest of its file.
        samples: how many it holds.
        index: its `.idx`.
    """

    piece: Piece
    sha256: str
    samples: int
    index: bytes


def described(path: Path, limit: int, *, flat: bool, name: str) -> Iterator[Described]:
    """The pieces of a shard, one after the other, with what is known of each when it was read.

    Args:
        path: the shard: a plain tar file of this machine. It is mapped, never held.
        limit: bytes that a piece may have.
        flat: whether no field of the samples holds others, which an index says.
        name: the shard in messages.

    Raises:
        ShardError: it is damaged, or cannot be opened.
        PublishError: a sample is larger than a piece may be.
    """
    data = map_file(path)
    members = scan_members(data, name)
    for piece in cut(members, data, limit, name):
        yield describe(data, members, piece, flat=flat)


def cut(members: Members, data: NDArray[np.uint8], limit: int, name: str) -> list[Piece]:
    """Where a shard is cut: as few pieces as there can be, in order.

    Args:
        members: its samples.
        data: uint8[bytes], all of it.
        limit: bytes that a piece may have.
        name: the shard in messages.

    Raises:
        PublishError: a sample is larger than a piece may be.
    """
    count = len(members.sizes)
    if len(data) <= limit:
        return [Piece(0, len(data), 0, count, ended=True)]
    # What stands before a sample (its header, and what describes it) goes with it.
    ends = members.offsets + members.sizes + -members.sizes % BLOCK
    pieces: list[Piece] = []
    first, begin = 0, 0
    while first < count:
        last = int(np.searchsorted(ends, begin + limit - len(END), "right"))
        if last <= first:
            raise _too_large(members, int(ends[first]) - begin + len(END), first, limit, name)
        end = int(ends[last - 1])
        pieces.append(Piece(begin, end, first, last, ended=False))
        first, begin = last, end
    return pieces or [Piece(0, 0, 0, 0, ended=False)]


def describe(data: NDArray[np.uint8], members: Members, piece: Piece, *, flat: bool) -> Described:
    """Read a piece once: its digest, those of its blocks, and its index."""
    whole = hashlib.sha256()
    blocks: list[bytes] = []
    for chunk in _chunks(data, piece):
        whole.update(chunk)
        blocks.append(hashlib.sha256(chunk).digest())
    rows = slice(piece.first, piece.last)
    sizes, sha256 = members.sizes[rows], whole.hexdigest()
    equal = len(sizes) > 0 and bool((sizes == sizes[0]).all())
    index = encode_index(
        offsets=members.offsets[rows] - piece.begin,
        sizes=sizes,
        keys=keys_of(members.keys[number] for number in range(piece.first, piece.last)),
        shard_bytes=piece.bytes,
        shard_sha256=sha256,
        layout="A" if equal else "B" if flat else "C",
        blocks=np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, 32),
    )
    return Described(piece, sha256, len(sizes), index)


def _chunks(data: NDArray[np.uint8], piece: Piece) -> Iterator[bytes | memoryview]:
    """The bytes of the file that a piece becomes, a MiB at a time."""
    size = piece.end - piece.begin
    whole = size if piece.ended else size // BLOCK_BYTES * BLOCK_BYTES
    for at in range(0, whole, BLOCK_BYTES):
        yield data[piece.begin + at : piece.begin + min(at + BLOCK_BYTES, size)].data
    if not piece.ended:
        rest = data[piece.begin + whole : piece.end].tobytes() + END
        for at in range(0, len(rest), BLOCK_BYTES):
            yield rest[at : at + BLOCK_BYTES]


def _too_large(members: Members, size: int, number: int, limit: int, name: str) -> PublishError:
    return PublishError(
        f"{name}, key {members.keys[number]!r}: the sample takes {size:,} bytes, and a blob of the account's server "
        f"may have {limit:,}: put the shards where they are public and give that as data_store=, for example "
        'data_store="s3://bucket/prefix"'
    )

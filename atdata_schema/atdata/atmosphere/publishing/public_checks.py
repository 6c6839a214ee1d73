"""Whether everybody can read a shard: it is asked for without credentials, and held against what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from atdata.errors import AtdataError, LoadError
from atdata.shards.forward import is_packed
from atdata.shards.index.file import decode_index
from atdata.shards.index.form import BLOCK_BYTES
from atdata.shards.sources.https import HttpsSource
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.retrying import Patience
from atdata.shards.sources.source import Source
from atdata.shards.tar import BLOCK, TarFault, read_header

__all__ = ["Answered", "Asked", "check_public"]

_PATIENCE: Final = Patience(tries=4, first=0.2, most=5.0, asked=30.0)
_WORKERS: Final = 32
_WHOLE_INDEX: Final = 1 << 20
"""Bytes of an index that are read to know it; of a larger one its beginning has to do, which names the shard."""

_PROVED: Final = 8
"""Shards of which a block is read and held against its digest."""

_OF_SHARD: Final = slice(32, 64)


@dataclass(frozen=True, slots=True)
class Asked:
    """A shard to be looked at.

    Attributes:
        address: where it lies, for everybody.
        bytes: its size.
        sha256: its digest.
        index: the digest of the `.idx` beside it, where there should be one.
    """

    address: str
    bytes: int
    sha256: str
    index: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What was found.

    Attributes:
        fault: why the shard cannot be named in a record; `None` where it can.
        index: whether its `.idx` is there for everybody, and is the right one.
    """

    fault: str | None
    index: bool = False


def check_public(shards: Sequence[Asked], *, local: bool = False) -> list[Answered]:
    """Look at shards, many at a time: one request for each, one for its index, and one for a block of some.

    Args:
        shards: the shards.
        local: reach private addresses too, for experiments and tests.

    Returns:
        What was found of each.
    """
    if not shards:
        return []
    # Contents are looked at in some: what is served is rarely wrong in one file alone, and is held against its
    # digest by whoever reads it.
    some = {number * (len(shards) - 1) // max(_PROVED - 1, 1) for number in range(_PROVED)}
    with ThreadPoolExecutor(min(_WORKERS, len(shards)), "atdata-check") as pool:
        jobs = [
            pool.submit(_look, shard, local=local, proved=number in some)
            for number, shard in enumerate(shards)
        ]
        return [job.result() for job in jobs]


def _look(shard: Asked, *, local: bool, proved: bool) -> Answered:
    try:
        place = RemotePlace(shard.address, public_only=not local)
        source = HttpsSource(place, _PATIENCE)
        fault = _fault(place, source, shard)
        if fault is not None:
            return Answered(fault)
        index = None if shard.index is None else _index(place, shard)
        if index and proved and not _is_true(source, index, shard):
            return Answered("its server has other bytes there: it was replaced")
    except LoadError as error:
        # It begins with the address, which stands before it where it is shown.
        return Answered(str(error).removeprefix(f"{shard.address}: "))
    return Answered(None, index is not None)


def _fault(place: RemotePlace, source: Source, shard: Asked) -> str | None:
    first = source.read(0, min(BLOCK, shard.bytes))
    size = source.known_size()
    if size is None:
        return "its server does not say how large it is"
    if size != shard.bytes:
        return f"its server has {size:,} bytes there, and the shard has {shard.bytes:,}: it was replaced"
    if is_packed(place):
        return None
    if any(first):  # an archive without members is zeros
        try:
            read_header(first)
        except TarFault:
            return "its server has no tar archive there"
    return None


def _index(place: RemotePlace, shard: Asked) -> bytes | None:
    """The index beside a shard; empty where it is too large to be read, `None` where it is not the right one."""
    try:
        source = HttpsSource(place.with_name(f"{place.name}.idx"), _PATIENCE)
        data = bytearray()
        for chunk in source.chunks():
            data += chunk
            if len(data) > _WHOLE_INDEX:
                return b"" if data[_OF_SHARD].hex() == shard.sha256 else None
        return bytes(data) if hashlib.sha256(data).hexdigest() == shard.index else None
    except AtdataError:
        return None


def _is_true(source: Source, index: bytes, shard: Asked) -> bool:
    """Whether the last block of a shard has the digest that its index says."""
    blocks = decode_index(index, Path(shard.address.rpartition("/")[2])).blocks
    if blocks is None or not len(blocks):
        return True
    begin = (len(blocks) - 1) * BLOCK_BYTES
    data = source.read(begin, shard.bytes - begin)
    return hashlib.sha256(data).digest() == bytes(blocks[-1])

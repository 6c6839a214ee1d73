"""Whether everybody can read a shard: it is asked for without credentials, and held against what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from atdata.errors import AtdataError, LoadError
from atdata.shards.forward import is_packed
from atdata.shards.sources.https import HttpsSource
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.retrying import Patience
from atdata.shards.tar import BLOCK, TarFault, read_header

__all__ = ["Answered", "Asked", "check_public"]

_PATIENCE: Final = Patience(tries=4, first=0.2, most=5.0, asked=30.0)
_WORKERS: Final = 32
_WHOLE_INDEX: Final = 1 << 20
"""Bytes of an index that are read to know it; of a larger one its beginning has to do, which names the shard."""

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
    """Look at shards, many at a time: one request for each, and one for its index.

    Args:
        shards: the shards.
        local: reach private addresses too, for experiments and tests.

    Returns:
        What was found of each.
    """
    if not shards:
        return []
    with ThreadPoolExecutor(min(_WORKERS, len(shards)), "atdata-check") as pool:
        return list(pool.map(lambda shard: _look(shard, local), shards))


def _look(shard: Asked, local: bool) -> Answered:
    try:
        place = RemotePlace(shard.address, public_only=not local)
        fault = _fault(place, shard)
    except LoadError as error:
        # It begins with the address, which stands before it where it is shown.
        return Answered(str(error).removeprefix(f"{shard.address}: "))
    if fault is not None:
        return Answered(fault)
    return Answered(None, shard.index is not None and _has_index(place, shard))


def _fault(place: RemotePlace, shard: Asked) -> str | None:
    source = HttpsSource(place, _PATIENCE)
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


def _has_index(place: RemotePlace, shard: Asked) -> bool:
    try:
        source = HttpsSource(place.with_name(f"{place.name}.idx"), _PATIENCE)
        data = bytearray()
        for chunk in source.chunks():
            data += chunk
            if len(data) > _WHOLE_INDEX:
                return data[_OF_SHARD].hex() == shard.sha256
        return hashlib.sha256(data).hexdigest() == shard.index
    except AtdataError:
        return False

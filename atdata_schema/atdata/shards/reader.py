"""Reading one shard from its beginning to its end, and finding where its samples lie."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atdata.errors import ShardError
from atdata.shards.description import ShardEntry
from atdata.shards.identity import Identity, identity
from atdata.shards.index.file import ShardIndexFile
from atdata.shards.index.keys import Keys
from atdata.shards.keys import key_of
from atdata.shards.member_names import key_and_extension
from atdata.shards.scan import Member, scan
from atdata.shards.sources import Source, open_source
from atdata.shards.tar import TarFault

__all__ = ["ShardFile", "ShardIndex", "index_of", "opened", "stream"]


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A shard to read.

    Attributes:
        path: the file.
        entry: what the description of its dataset says about it, where one lists it.
        grouped: whether a sample is several members with one key, as other writers have it.
    """

    path: Path
    entry: ShardEntry | None = None
    grouped: bool = False


@dataclass(frozen=True)
class ShardIndex:
    """Where each sample of a shard lies.

    Attributes:
        keys: the keys, in order.
        offsets: int64[n], where each payload begins, in bytes.
        sizes: int64[n], bytes of each payload.
        bytes: the size of the file.
        identity: which file it was made from.
        file: the index file that says so, which may hold digests of the shard's blocks too.
    """

    keys: tuple[str, ...] | Keys
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    bytes: int
    identity: Identity
    file: ShardIndexFile | None = None

    @cached_property
    def key_digest(self) -> str:
        """The sha-256 of the keys in order, each followed by a newline (which no key holds)."""
        if self.file is not None:
            return self.file.key_digest
        digest = hashlib.sha256()
        for key in self.keys:
            digest.update(key.encode())
            digest.update(b"\n")
        return digest.hexdigest()


def stream(shard: ShardFile) -> Iterator[tuple[str, bytes]]:
    """The key and the payload of every sample, in order.

    Raises:
        ShardError: the shard is damaged, refused, or not the one that its dataset.json describes; the
            samples before the fault were given out.
    """
    with opened(shard) as source:
        count = 0
        for member in scan(source):
            key = key_of(member.name)
            payload = source.read(member.size)
            if len(payload) < member.size:
                raise TarFault("the file ends within its payload", member.name)
            yield key, payload
            count += 1
        _check_count(shard, count)


def index_of(shard: ShardFile) -> ShardIndex:
    """Find every sample of a shard without reading payloads.

    Raises:
        ShardError: as `stream`; its `readable` is the index of the samples before the fault.
    """
    members: list[Member] = []
    keys: list[str] = []
    before = shard.path.stat() if shard.path.exists() else None
    try:
        with opened(shard) as source:
            for member in scan(source):
                keys.append(key_of(member.name))
                members.append(member)
            _check_count(shard, len(keys))
    except ShardError as error:
        if before is not None:
            size = before.st_size
            whole = [member for member in members if member.offset + member.size <= size]
            error.readable = _index(before, whole, keys)
        raise
    assert before is not None  # it was opened
    return _index(before, members, keys)


def _index(found: os.stat_result, members: list[Member], keys: list[str]) -> ShardIndex:
    offsets = np.fromiter((member.offset for member in members), np.int64, len(members))
    sizes = np.fromiter((member.size for member in members), np.int64, len(members))
    return ShardIndex(tuple(keys[: len(members)]), offsets, sizes, found.st_size, identity(found))


@contextmanager
def opened(shard: ShardFile) -> Iterator[Source]:
    """The shard's bytes; what goes wrong with them becomes a `ShardError` with its name.

    Raises:
        ShardError: the block raised `TarFault`, or the file has another size than its dataset.json says.
    """
    with open_source(shard.path) as source:
        try:
            yield source
            _check_size(shard)
        except TarFault as fault:
            raise ShardError(str(fault), shard.path, _key_or_none(shard, fault)) from None


def _key_or_none(shard: ShardFile, fault: TarFault) -> str | None:
    if fault.member is None:
        return None
    try:
        if shard.grouped:
            found = key_and_extension(fault.member)
            return None if found is None else found[0]
        return key_of(fault.member)
    except TarFault:
        return None  # not named as a sample: the message names the member


def _check_count(shard: ShardFile, count: int) -> None:
    if shard.entry is not None and count != shard.entry.samples:
        raise TarFault(
            f"holds {count} samples, where its dataset.json says {shard.entry.samples}; "
            "one of the two was replaced"
        )


def _check_size(shard: ShardFile) -> None:
    size = shard.path.stat().st_size
    if shard.entry is not None and size != shard.entry.bytes:
        raise TarFault(
            f"has {size} bytes, where its dataset.json says {shard.entry.bytes}; one of the two was replaced"
        )

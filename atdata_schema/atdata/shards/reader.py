"""Reading one shard from its beginning to its end, and finding where its samples lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atdata.errors import LoadError, ShardError
from atdata.shards.description import ShardEntry
from atdata.shards.forward import Forward, open_forward
from atdata.shards.identity import Identity, identity
from atdata.shards.index.file import ShardIndexFile
from atdata.shards.index.keys import Keys
from atdata.shards.keys import key_of
from atdata.shards.member_names import key_and_extension
from atdata.shards.scan import Member, scan
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.place import Place, RemotePlace
from atdata.shards.sources.source import Source
from atdata.shards.tar import TarFault

__all__ = ["ShardFile", "ShardIndex", "index_of", "key_at_fault", "opened", "stream"]


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A shard to read.

    Attributes:
        place: where the file lies.
        entry: what the description of its dataset says about it, where one lists it.
        grouped: whether a sample is several members with one key, as other writers have it.
        digest: the sha-256 that a record of the network vouches for, in hexadecimal digits. Then nothing is believed
            that does not lead to it: no index and no manifest beside the shard that the record does not name.
    """

    place: Place
    entry: ShardEntry | None = None
    grouped: bool = False
    digest: str | None = None

    @property
    def sha256(self) -> str | None:
        """The digest that it should have, where anything says it."""
        said = None if self.entry is None else self.entry.sha256
        return self.digest or said

    @property
    def described_by(self) -> str:
        """What says how it should be, in messages."""
        named = isinstance(self.place, RemotePlace) and self.place.record is not None
        return "its record" if named else "its dataset.json"

    @property
    def is_local(self) -> bool:
        """Whether it is a file of this machine."""
        return isinstance(self.place, Path)

    @property
    def path(self) -> Path:
        """The file.

        Raises:
            LoadError: it lies elsewhere.
        """
        if not isinstance(self.place, Path):
            raise LoadError(
                f"{self.place} is no local file: `locations` names files wherever they lie"
            )
        return self.place


@dataclass(frozen=True)
class ShardIndex:
    """Where each sample of a shard lies.

    Attributes:
        keys: the keys, in order.
        offsets: int64[n], where each payload begins, in bytes.
        sizes: int64[n], bytes of each payload.
        bytes: the size of the file.
        identity: which file it was made from; empty where its dataset vouches for it.
        file: the index file that says so, which may hold digests of the shard's blocks too.
        is_true: whether it is known to agree with the shard; else a row is held against the headers before it
            when it is first read.
    """

    keys: Sequence[str] | Keys
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    bytes: int
    identity: Identity
    file: ShardIndexFile | None = None
    is_true: bool = True

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


def stream(shard: ShardFile, source: Source | None = None) -> Iterator[tuple[str, bytes]]:
    """The key and the payload of every sample, in order.

    Args:
        shard: the shard.
        source: of one that lies elsewhere, its source.

    Raises:
        ShardError: the shard is damaged, refused, or not the one that its dataset.json describes; the
            samples before the fault were given out.
        SourceError: it lies elsewhere and cannot be read.
    """
    with opened(shard, source) as forward:
        count = 0
        for member in scan(forward):
            key = key_of(member.name)
            payload = forward.read(member.size)
            if len(payload) < member.size:
                raise TarFault("the file ends within its payload", member.name)
            yield key, payload
            count += 1
        _check_count(shard, count)


def index_of(shard: ShardFile, source: Source | None = None) -> ShardIndex:
    """Find every sample of a shard without reading payloads.

    Args:
        shard: the shard.
        source: of one that lies elsewhere, its source.

    Raises:
        ShardError: as `stream`; its `readable` is the index of the samples before the fault.
        SourceError: it lies elsewhere and cannot be read.
    """
    members: list[Member] = []
    keys: list[str] = []
    if source is None and not shard.is_local:
        source = open_source(shard.place)
    before = shard.place.stat() if isinstance(shard.place, Path) and shard.place.exists() else None
    try:
        with opened(shard, source) as forward:
            for member in scan(forward):
                keys.append(key_of(member.name))
                members.append(member)
            _check_count(shard, len(keys))
    except ShardError as error:
        if before is not None:
            size = before.st_size
            whole = [member for member in members if member.offset + member.size <= size]
            error.readable = _index(before.st_size, identity(before), whole, keys)
        raise
    if before is not None:
        return _index(before.st_size, identity(before), members, keys)
    assert source is not None  # it was read
    return _index(source.known_size() or 0, source.version(), members, keys)


def _index(size: int, which: Identity, members: list[Member], keys: list[str]) -> ShardIndex:
    offsets = np.fromiter((member.offset for member in members), np.int64, len(members))
    sizes = np.fromiter((member.size for member in members), np.int64, len(members))
    return ShardIndex(tuple(keys[: len(members)]), offsets, sizes, size, which)


@contextmanager
def opened(shard: ShardFile, source: Source | None = None) -> Iterator[Forward]:
    """The shard's bytes; what goes wrong with them becomes a `ShardError` with its name.

    Args:
        shard: the shard.
        source: of one that lies elsewhere, its source.

    Raises:
        ShardError: the block raised `TarFault`, or the file has another size than its dataset.json says.
        SourceError: it lies elsewhere and cannot be read.
    """
    if source is None and not shard.is_local:
        source = open_source(shard.place)
    with open_forward(shard.place, source) as forward:
        try:
            yield forward
            _check_size(shard, source)
        except TarFault as fault:
            raise ShardError(str(fault), str(shard.place), key_at_fault(shard, fault)) from None


def key_at_fault(shard: ShardFile, fault: TarFault) -> str | None:
    """The key of the sample at which an archive is wrong, where it has one."""
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
            f"holds {count} samples, where {shard.described_by} says {shard.entry.samples}; "
            "one of the two was replaced"
        )


def _check_size(shard: ShardFile, source: Source | None) -> None:
    if shard.entry is None:
        return
    size = shard.path.stat().st_size if source is None else source.known_size()
    if size != shard.entry.bytes:
        raise TarFault(
            f"has {size} bytes, where {shard.described_by} says {shard.entry.bytes}; one of the two was replaced"
        )

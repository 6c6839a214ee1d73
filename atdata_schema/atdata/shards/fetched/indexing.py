"""Where the samples of a plain shard elsewhere lie.

Its index file is fetched as a whole. One whose digest the description of the dataset gives is kept in the cache
folder under that digest; another one under the shard's address, size and version. A shard without one is
read once from its beginning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from atdata.errors import DatasetNotFound, ShardError
from atdata.shards.cache_folder import named
from atdata.shards.description import ShardEntry
from atdata.shards.fetched.following import Following
from atdata.shards.fetched.following_groups import FollowingGroups
from atdata.shards.fetched.shard import TAIL
from atdata.shards.grouped import kept
from atdata.shards.index.blocks import Verify
from atdata.shards.index.cache import digest_path, elsewhere_path
from atdata.shards.index.file import (
    SUFFIX,
    IndexFault,
    ShardIndexFile,
    decode_index,
    write_index,
)
from atdata.shards.index.form import BLOCK_BYTES, BYTES
from atdata.shards.kept.growing import Growing
from atdata.shards.keys import LONGEST_READ
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.source import Denied, Source
from atdata.shards.tar import BLOCK, END

__all__ = ["following", "kept_index", "known_index"]

LARGEST: Final = 1 << 29
"""Bytes of an index file that are read: some ten million samples with keys of their own."""


def known_index(shard: ShardFile, source: Source, verify: Verify) -> ShardIndex | None:
    """The index of a shard, if it can be had without reading the shard.

    Raises:
        ShardError: the shard is not the one that is described.
        DatasetNotFound: there is no such shard, as far as it had to be asked for.
        SourceError: a server cannot be reached.
    """
    if shard.grouped:
        return _known_groups(shard, source)
    entry = shard.entry
    if entry is not None and entry.index is not None:
        pinned = _pinned(shard, entry, entry.index)
        if pinned is not None and not _lacks_digests(pinned, shard, verify):
            return _index(pinned, "", is_true=True)
    if shard.digest is not None and verify != "never":
        return _made_here(shard, shard.digest)
    size = source.size()
    _check_size(shard, size)
    place = elsewhere_path(source.url, size, source.version())
    for content, keep in _contents(place, shard, size // BLOCK, size):
        found = _fitting(content, shard, size)
        if found is None or _lacks_digests(found, shard, verify):
            continue
        if found.count or _is_empty(source, size):
            _keep(keep, content)
            return _index(found, source.version(), is_true=False)
    return None


def following(
    shard: ShardFile, source: Source, verify: Verify, growing: Growing | None = None
) -> Following:
    """A reading of a shard from its beginning, of which `kept_index` makes its index.

    Args:
        shard: the shard.
        source: its source.
        verify: whether it is held against a digest that is known.
        growing: keeps it on disk, if it is.
    """
    if shard.grouped:
        return FollowingGroups(shard, source)
    return Following(shard, source, digests=_is_described(shard, verify), growing=growing)


def kept_index(shard: ShardFile, source: Source, found: Following) -> ShardIndex:
    """The index that a finished reading gives; it is kept in the cache folder."""
    if isinstance(found, FollowingGroups):
        return _kept_groups(source, found)
    content = found.content()
    file = decode_index(content, str(shard.place))
    if shard.digest is not None and file.head.blocks:
        # All of the shard was held against its digest: whoever has that, has this index.
        _keep(_vouched_path(shard.digest), content)
        return _index(file, "", is_true=True)
    _keep(elsewhere_path(source.url, file.shard_bytes, source.version()), content)
    return _index(file, source.version(), is_true=True)


def _made_here(shard: ShardFile, digest: str) -> ShardIndex | None:
    """The index of a shard that a record vouches for, made when all of it was read here; others are not believed."""
    place = _vouched_path(digest)
    with suppress(OSError):
        if place is not None:
            found = _fitting(place.read_bytes(), shard, None)
            if found is not None and (found.head.blocks or not found.count):
                return _index(found, "", is_true=True)
    return None


def _vouched_path(digest: str) -> Path | None:
    return digest_path(named("vouched", digest))


def _known_groups(shard: ShardFile, source: Source) -> ShardIndex | None:
    """The index of a grouped shard: nobody else makes such, so that it is in the cache folder or nowhere."""
    size, version = source.size(), source.version()
    place = elsewhere_path(source.url, size, version, kept.SUFFIX)
    return kept.decode_groups(place, shard.place, size, version)


def _kept_groups(source: Source, found: FollowingGroups) -> ShardIndex:
    version = source.version()
    index = kept.index_of_groups(found.groups, found.size, version)
    if found.groups:
        place = elsewhere_path(source.url, found.size, version, kept.SUFFIX)
        kept.keep(place, kept.encode_groups(index))
    return index


def _is_described(shard: ShardFile, verify: Verify) -> bool:
    """Whether contents are to be held against a digest that is known."""
    return verify != "never" and shard.sha256 is not None


def _lacks_digests(index: ShardIndexFile, shard: ShardFile, verify: Verify) -> bool:
    return _is_described(shard, verify) and not index.head.blocks and bool(index.count)


def _index(file: ShardIndexFile, version: str, *, is_true: bool) -> ShardIndex:
    return ShardIndex(
        file.keys(), file.offsets, file.sizes, file.shard_bytes, version, file, is_true
    )


def _pinned(shard: ShardFile, entry: ShardEntry, digest: str) -> ShardIndexFile | None:
    """The index file that the description of the dataset vouches for."""
    place = digest_path(digest)
    for content, keep in _contents(place, shard, entry.samples, entry.bytes):
        if hashlib.sha256(content).hexdigest() == digest:
            found = _fitting(content, shard, entry.bytes)
            if found is not None:
                _keep(keep, content)
                return found
    return None


def _contents(
    place: Path | None, shard: ShardFile, samples: int, size: int
) -> Iterator[tuple[bytes, Path | None]]:
    """The index file in the cache folder, then the one beside the shard, with where it is to be kept."""
    with suppress(OSError):
        if place is not None:
            yield place.read_bytes(), None
    beside = _beside(shard, samples, size)
    if beside is not None:
        yield beside, place


def _beside(shard: ShardFile, samples: int, size: int) -> bytes | None:
    """The index file beside a shard of at most so many samples and so many bytes, if one is there."""
    assert isinstance(shard.place, RemotePlace)
    # No index of so many samples is longer: two numbers, a length and a key each, and the digests of blocks.
    most = BYTES + 40 + samples * (18 + LONGEST_READ) + (size // BLOCK_BYTES + 1) * 32
    try:
        source = open_source(shard.place.with_name(shard.place.name + SUFFIX))
        return source.read_all(min(most, LARGEST))
    except (DatasetNotFound, Denied):
        return None


def _fitting(content: bytes, shard: ShardFile, size: int | None) -> ShardIndexFile | None:
    """An index file, if it is whole and about a shard of this size (if that is known) and description."""
    entry = shard.entry
    try:
        index = decode_index(content, str(shard.place))
        # Each section is held against its digest when it is first used: here, so that nothing fails later.
        _ = index.offsets, index.keys(), index.blocks
    except IndexFault:
        return None
    if size is not None and index.shard_bytes != size:
        return None
    said = index.count if entry is None else entry.samples
    if index.count != said or (shard.sha256 and index.shard_sha256 not in (None, shard.sha256)):
        return None
    return index


def _is_empty(source: Source, size: int) -> bool:
    """Whether a shard is the end of an archive and nothing else."""
    return len(END) <= size <= TAIL and not any(source.read(0, size))


def _check_size(shard: ShardFile, size: int) -> None:
    if shard.entry is not None and size != shard.entry.bytes:
        raise ShardError(
            f"has {size} bytes, where {shard.described_by} says {shard.entry.bytes}; one of the two was replaced",
            str(shard.place),
        )


def _keep(place: Path | None, content: bytes) -> None:
    """Save an index file where it may be saved; without it, the next reader fetches again."""
    if place is not None:
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_index(place, content)

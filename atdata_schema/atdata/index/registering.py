"""A shard that lies somewhere, as an Index keeps it: its size, how many samples it holds, its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from atdata.errors import DecodeError, ShardError, ValidationError, WriteError, say_where
from atdata.index.entry import ShardRecord
from atdata.sample_type import sample_type_of
from atdata.shards.indexing import found_index
from atdata.shards.reader import ShardFile, index_of, stream
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.source import Source

__all__ = ["check_first", "check_lasting", "digest_of", "record_of", "url_of"]


def record_of(shard: ShardFile, count: Callable[[int], None]) -> ShardRecord:
    """What the Index keeps of a shard that stays where it is.

    What its `dataset.json` says is taken from there, and held against the size of the file; the rest is
    found out by reading it.

    Args:
        shard: the shard.
        count: called with numbers of bytes as they are read.

    Raises:
        DatasetNotFound: there is no such file.
        ShardError: it is damaged, or not the one that is described.
        SourceError: it lies elsewhere and cannot be read.
    """
    source = open_source(shard.place)
    size, said = source.size(), shard.entry
    if said is not None and said.bytes != size:
        raise ShardError(
            f"has {size} bytes, where its dataset.json says {said.bytes}; one of the two was replaced",
            str(shard.place),
        )
    if said is not None and said.sha256 is not None:
        count(size)
        return ShardRecord(
            url_of(shard), size, said.samples, said.sha256, said.index, said.manifest
        )
    samples = said.samples if said is not None else _samples(shard, source)
    digest = digest_of(source, count)
    index, manifest = (None, None) if said is None else (said.index, said.manifest)
    return ShardRecord(url_of(shard), size, samples, digest, index, manifest)


def digest_of(source: Source, count: Callable[[int], None]) -> str:
    """The sha-256 of a file, read from its beginning to its end."""
    digest = hashlib.sha256()
    for chunk in source.chunks():
        digest.update(chunk)
        count(len(chunk))
    return digest.hexdigest()


def url_of(shard: ShardFile) -> str:
    """Where a shard lies, as an entry says it: without credentials, and from any working folder.

    >>> url_of(ShardFile(Path("/data/a b.tar")))
    'file:///data/a%20b.tar'
    """
    place = shard.place
    return place.absolute().as_uri() if isinstance(place, Path) else place.url


def _samples(shard: ShardFile, source: Source) -> int:
    index = found_index(shard) if shard.is_local else index_of(shard, source)
    return len(index.keys)


def check_lasting(shard: ShardFile) -> None:
    """Refuse a shard that an entry could not lead to again, since its address is not all that it takes.

    Raises:
        WriteError: its address holds a user or a signature, or its service is one that only this program knows.
    """
    place = shard.place
    if isinstance(place, Path):
        return
    if place.address != place.url:
        raise WriteError(
            f"{place}: its address holds more than a path (a user, a signature), which an entry does not keep; "
            "give copy=True, or an address without"
        )
    given = None if place.access is None else place.access.endpoint_url
    # Imported where it is needed: it brings S3 with it.
    from atdata.stores.s3_place import endpoint_of

    if given is not None and endpoint_of(given) != endpoint_of(None):
        raise WriteError(
            f"{place}: it is at {given}, which its address does not say; give copy=True, or set AWS_ENDPOINT_URL "
            "here and wherever it is read"
        )


def check_first(shard: ShardFile, sample_type: type[Any]) -> None:
    """Find out by its first sample whether a shard is of the type, where no `dataset.json` says so.

    Raises:
        DecodeError, ValidationError: it is not.
        ShardError: it is damaged.
    """
    if shard.entry is not None:
        return
    cls = sample_type_of(sample_type)
    for key, payload in stream(shard):
        try:
            cls.decode(payload)
        except (DecodeError, ValidationError) as error:
            say_where(error, f"key {key!r} of {shard.place}")
            raise
        return

"""Shards as a record lists them: where each one lies, and what is known of it before it is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["BlobPlace", "HttpPlace", "Place", "PublishedShard", "S3Place"]


@dataclass(frozen=True, slots=True)
class HttpPlace:
    """A file on a web server."""

    url: str


@dataclass(frozen=True, slots=True)
class S3Place:
    """An object of a bucket.

    Attributes:
        bucket: the bucket.
        key: the key, as it is: nothing in it is a pattern.
        endpoint: the origin of the service, `None` for Amazon's.
        region: the region, where it is told.
    """

    bucket: str
    key: str
    endpoint: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class BlobPlace:
    """A blob of the account whose record names it.

    Attributes:
        cid: its CID, which holds the sha-256 of its bytes.
        size: its size in bytes.
        mime_type: what the server took it for.
    """

    cid: str
    size: int
    mime_type: str


Place: TypeAlias = HttpPlace | S3Place | BlobPlace
"""Where a shard lies."""


@dataclass(frozen=True, slots=True)
class PublishedShard:
    """A shard of a published dataset.

    Attributes:
        place: where it lies.
        sha256: the digest of the file, in lower-case hexadecimal; `None` where the record tells none.
        bytes: the size of the file, where the record tells it.
        samples: how many samples it has, where the record tells it.
        index: the digest of its index, the file beside it with `.idx` added, where the record tells it.
        index_blob: the index itself, where shards are blobs.
    """

    place: Place
    sha256: str | None = None
    bytes: int | None = None
    samples: int | None = None
    index: str | None = None
    index_blob: BlobPlace | None = None

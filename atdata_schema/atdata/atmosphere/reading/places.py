"""Where the shards of a record lie, as what can be opened.

What a stranger names is read at public addresses only, without anybody's credentials, and held against the digests of the record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NoReturn

from atdata.atmosphere.reading.terms import Terms
from atdata.atmosphere.records.shards import BlobPlace, HttpPlace, PublishedShard, S3Place
from atdata.atmosphere.records.web_address import web_address
from atdata.errors import LoadError, RecordError
from atdata.shards.description import ShardEntry
from atdata.shards.reader import ShardFile
from atdata.shards.sources.hosted_blob import HostedBlob, blob_digest
from atdata.shards.sources.place import RemotePlace
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.remote.s3_access import S3Access

__all__ = ["Owner", "shard_file"]

_LEAST: Final = 512  # bytes of a sample: the header of its member


@dataclass(frozen=True, slots=True)
class Owner:
    """The record that names shards, and the account that it is of.

    Attributes:
        record: the address of the record.
        did: the account.
        server: the origin of its server, which has its blobs.
        local: whether http and private addresses are read, for experiments.
    """

    record: str
    did: str
    server: str
    local: bool = False

    def blob(self, place: BlobPlace, terms: Terms, index: HostedBlob | None = None) -> HostedBlob:
        """A blob of the account."""
        return HostedBlob.of(
            self.server,
            self.did,
            place.cid,
            place.size,
            index=index,
            public_only=not self.local,
            record=self.record,
            offline=terms.offline,
        )


def shard_file(shard: PublishedShard, number: int, owner: Owner, terms: Terms) -> ShardFile:
    """A shard of a record, to be opened.

    Args:
        shard: the shard.
        number: its number in the record, from 0, for messages.
        owner: the record.
        terms: whether a server may be asked, and how S3 services are reached.

    Raises:
        RecordError: its address is none, two digests of it contradict each other, or `access` is for another service.
    """
    try:
        place = _place(shard, owner, terms)
        digest = _digest(shard)
    except RecordError:
        raise
    except LoadError as error:
        raise RecordError(owner.record, f"shard {number}: {error}") from None
    size = shard.place.size if isinstance(shard.place, BlobPlace) else shard.bytes
    if shard.bytes not in (None, size):
        raise RecordError(
            owner.record,
            f"shard {number}: has {shard.bytes} bytes in one place of the record and {size} in another",
        )
    entry = None
    if size is not None and shard.samples is not None:
        # Orders of so many samples are drawn before the shard is read.
        if shard.samples * _LEAST > size:
            raise RecordError(
                owner.record,
                f"shard {number}: {size} bytes have no room for {shard.samples} samples, which take {_LEAST} at least",
            )
        entry = ShardEntry(place.name, size, shard.samples, digest, shard.index)
    return ShardFile(place, entry, digest=digest)


def _place(shard: PublishedShard, owner: Owner, terms: Terms) -> RemotePlace:
    place = shard.place
    if isinstance(place, BlobPlace):
        index = None if shard.index_blob is None else owner.blob(shard.index_blob, terms)
        return owner.blob(place, terms, index)
    if isinstance(place, HttpPlace) or terms.access is None:
        return _remote(web_address(place), None, owner, terms)
    _check_service(place, terms.access)
    return replace(
        _remote(f"s3://{place.bucket}/{place.key}", terms.access, owner, terms), public_only=True
    )


def _remote(address: str, access: S3Access | None, owner: Owner, terms: Terms) -> RemotePlace:
    return RemotePlace(address, access, not owner.local, owner.record, terms.offline)


def _check_service(place: S3Place, access: S3Access) -> None:
    """Refuse to take an access, and its keys, to a service that it is not for."""
    given = access.endpoint_url
    if (given or "").rstrip("/") != (place.endpoint or ""):
        raise LoadError(
            f"the record has it at {place.endpoint or 'Amazon S3'}, and access= is for {given or 'Amazon S3'}: give "
            "an access for that service, or none to read it as everybody can"
        )


def _digest(shard: PublishedShard) -> str | None:
    if not isinstance(shard.place, BlobPlace):
        return shard.sha256
    digest = blob_digest(shard.place.cid)
    if shard.sha256 not in (None, digest):
        _contradiction(shard.place.cid, shard.sha256)
    return digest


def _contradiction(cid: str, sha256: str | None) -> NoReturn:
    raise LoadError(f"its CID {cid} and its checksum {quoted(sha256 or '')} are of different bytes")

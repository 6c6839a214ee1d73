"""The part of an entry that says where shards lie, in the forms of all that write one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from atdata.atmosphere.records.places import check_published, place_of_url, s3_place
from atdata.atmosphere.records.shards import BlobPlace, HttpPlace, Place, PublishedShard, S3Place
from atdata.atmosphere.records.steps import at
from atdata.atmosphere.records.texts import check_blob_cid, check_digest, check_line, sha256_of
from atdata.errors import ValidationError
from atdata_schema.data import Link
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "BLOBS",
    "HTTP",
    "S3",
    "SHARD_LIST",
    "Listed",
    "blob_place",
    "blob_record",
    "listed_in",
    "storage_of",
]

SHARD_LIST: Final = "dev.atdata.storageIndex"
"""The storage whose list of shards is a blob."""

_NSID: Final = "science.alt.dataset.storage"
HTTP: Final = f"{_NSID}Http"
"""The storage of files on web servers."""

S3: Final = f"{_NSID}S3"
"""The storage of objects in a bucket."""

BLOBS: Final = f"{_NSID}Blobs"
"""The storage of blobs of an account."""

_EXTERNAL: Final = f"{_NSID}External"

Listed: TypeAlias = tuple[Place, str | None]
"""A place, and the sha-256 that its record tells."""


def listed_in(storage: Mapping[str, Any], *, local: bool = False) -> list[Listed]:
    """The places that a storage lists, in order.

    Args:
        storage: a storage that its lexicon allows.
        local: take http and hosts of this machine and private networks too.

    Raises:
        AtdataError: it is of no kind that is known, or one of its places is wrong.
    """
    kind = storage["$type"]
    read = _READERS.get(kind)
    if read is None:
        known = ", ".join(_READERS)
        raise ValidationError(f"{quoted(kind)} is no storage that is known: {known}", ["$type"])
    key = {BLOBS: "blobs", _EXTERNAL: "urls"}.get(kind, "shards")
    found: list[Listed] = []
    for index, item in enumerate(storage[key]):
        with at(key, index):
            found.append(read(storage, item, local))
    return found


def _http(storage: Mapping[str, Any], item: Mapping[str, Any], local: bool) -> Listed:
    return place_of_url(item["url"], local=local), _digest(item["checksum"])


def _s3(storage: Mapping[str, Any], item: Mapping[str, Any], local: bool) -> Listed:
    place = s3_place(
        storage["bucket"],
        item["key"],
        storage.get("endpoint"),
        storage.get("region"),
        local=local,
    )
    return place, _digest(item["checksum"])


def _external(storage: Mapping[str, Any], url: str, local: bool) -> Listed:
    return place_of_url(url, local=local), None


def _blob(storage: Mapping[str, Any], item: Mapping[str, Any], local: bool) -> Listed:
    place = blob_place(item["blob"], "blob")
    digest = sha256_of(place.cid)
    told = _digest(item["checksum"]) if "checksum" in item else None
    if told not in (None, digest):
        raise ValidationError(
            f"the sha-256 is {told}, and the CID of the blob says {digest}", ["checksum", "digest"]
        )
    return place, digest


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Any, bool], Listed]]] = {
    HTTP: _http,
    S3: _s3,
    BLOBS: _blob,
    _EXTERNAL: _external,
}


def _digest(checksum: Mapping[str, Any]) -> str | None:
    """The sha-256 of a checksum; `None` where it says that there is none."""
    algorithm, digest = checksum["algorithm"], checksum["digest"]
    if algorithm == "none" and not digest:
        return None
    with at("checksum"):
        if algorithm != "sha256":
            raise ValidationError(
                f"{quoted(algorithm)} is not read: sha256, or none with an empty digest",
                ["algorithm"],
            )
        return check_digest(digest)


def blob_place(blob: Mapping[str, Any], name: str) -> BlobPlace:
    """The blob that a record names.

    Raises:
        AtdataError: its CID is not one of bytes.
    """
    with at(name):
        cid = check_blob_cid(str(blob["ref"]), "ref")
        return BlobPlace(cid, blob["size"], check_line(blob["mimeType"], "mimeType"))


def blob_record(blob: BlobPlace) -> dict[str, Any]:
    """A blob as a record names it."""
    return {
        "$type": "blob",
        "ref": Link(blob.cid),
        "mimeType": blob.mime_type,
        "size": blob.size,
    }


def storage_of(shards: Sequence[PublishedShard], *, local: bool = False) -> dict[str, Any]:
    """The storage that lists shards.

    Raises:
        AtdataError: there are none, they lie in places of several kinds, or one is private or lacks its digest.
    """
    kinds = {type(shard.place) for shard in shards}
    if len(kinds) != 1:
        raise ValidationError(
            "a dataset has at least one shard, and all of them in one kind of place"
        )
    for index, shard in enumerate(shards):
        with at("shards", index):
            if shard.sha256 is None:
                raise ValidationError("its sha-256 is missing")
            check_digest(shard.sha256)
            check_published(shard.place, local=local)
    if kinds == {BlobPlace}:
        return {"$type": BLOBS, "blobs": [_blob_entry(shard) for shard in shards]}
    if kinds == {HttpPlace}:
        return {"$type": HTTP, "shards": [_http_entry(shard) for shard in shards]}
    return _s3_storage(shards)


def _blob_entry(shard: PublishedShard) -> dict[str, Any]:
    assert isinstance(shard.place, BlobPlace)
    return {"blob": blob_record(shard.place), "checksum": _checksum(shard)}


def _http_entry(shard: PublishedShard) -> dict[str, Any]:
    assert isinstance(shard.place, HttpPlace)
    return {"url": shard.place.url, "checksum": _checksum(shard)}


def _s3_storage(shards: Sequence[PublishedShard]) -> dict[str, Any]:
    places = [shard.place for shard in shards if isinstance(shard.place, S3Place)]
    services = {(place.bucket, place.endpoint, place.region) for place in places}
    if len(services) != 1:
        raise ValidationError("the shards of a dataset in S3 lie in one bucket of one service")
    ((bucket, endpoint, region),) = services
    told = {"endpoint": endpoint, "region": region}
    return {
        "$type": S3,
        "bucket": bucket,
        **{key: value for key, value in told.items() if value is not None},
        "shards": [
            {"key": place.key, "checksum": _checksum(shard)}
            for place, shard in zip(places, shards, strict=True)
        ],
    }


def _checksum(shard: PublishedShard) -> dict[str, str]:
    return {"algorithm": "sha256", "digest": str(shard.sha256)}

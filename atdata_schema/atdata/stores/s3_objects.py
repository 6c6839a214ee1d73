"""Single objects of a bucket: looking at them, getting and putting small ones, listing and deleting them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from atdata.errors import StoreError
from atdata.remote.s3_faults import FaultKind
from atdata.stores.layout import is_key
from atdata.stores.limits import check_small
from atdata.stores.s3_dialect import S3Dialect
from atdata.stores.s3_place import S3Error, S3Place
from atdata.stores.store import StoredFile

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

__all__ = ["DIGEST", "Found", "delete", "get", "head", "listed", "put"]

DIGEST: Final = "sha256"
"""The metadata of an object in which its sha-256 stands, in hexadecimal digits."""

_PUT: Final = "put"
"""The metadata in which the number of the request stands that made the object."""

_MOST_DELETED: Final = 1000
_TRIES: Final = 4
_DELETING_THREADS: Final = 8
_NO_BATCHES: Final = frozenset(
    {"MissingContentMD5", "MalformedXML", "MethodNotAllowed", "InvalidRequest"}
)


@dataclass(frozen=True, slots=True)
class Found:
    """An object, as HEAD shows it.

    Attributes:
        bytes: its size.
        modified: when it was put, in seconds since 1970.
        metadata: what was said about it when it was put; the names in small letters.
        tag: its MD5, where the service says that.
    """

    bytes: int
    modified: float
    metadata: Mapping[str, str]
    tag: str


def head(place: S3Place, key: str) -> Found | None:
    """What is under a key.

    Raises:
        S3Error: the service does not say.
    """
    try:
        with place.faults(key):
            answer: Any = place.client.head_object(Bucket=place.bucket, Key=place.name(key))
            # Encrypted by a key of the service, the tag is a digest of something else.
            hidden = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
            return Found(
                bytes=answer["ContentLength"],
                modified=answer["LastModified"].timestamp(),
                metadata={name.lower(): text for name, text in answer.get("Metadata", {}).items()},
                tag="" if hidden else answer.get("ETag", "").strip('"'),
            )
    except S3Error as error:
        if error.fault.kind is FaultKind.NOT_FOUND:
            return None
        raise


def get(place: S3Place, key: str) -> bytes | None:
    """A small object, held against its digest; `None` where there is none.

    Raises:
        StoreError: it is too large, damaged, or the service does not give it.
    """
    for left in reversed(range(_TRIES)):
        try:
            with place.faults(key):
                answer = place.client.get_object(Bucket=place.bucket, Key=place.name(key))
                with closing(answer["Body"]) as body:
                    check_small(answer["ContentLength"], place.url, key)
                    data = body.read()
        except S3Error as error:
            if error.fault.kind is FaultKind.NOT_FOUND:
                return None
            # Requests are tried again by the client, answers that break off are not.
            if left and error.fault.kind is FaultKind.UNREACHABLE and _broke_off(error):
                continue
            raise
        said = {name.lower(): text for name, text in answer.get("Metadata", {}).items()}.get(DIGEST)
        if said is not None and said != hashlib.sha256(data).hexdigest():
            raise StoreError(
                f"{place.url_of(key)}: the object is damaged: its sha-256 is not {said}"
            )
        return data
    raise AssertionError("the last try returns or raises")


def _broke_off(error: S3Error) -> bool:
    from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    return isinstance(
        error.__cause__, IncompleteReadError | ReadTimeoutError | ResponseStreamingError
    )


def put(place: S3Place, dialect: S3Dialect, key: str, data: bytes, *, exclusive: bool) -> bool:
    """Put a small object; `False` where it is exclusive and the key is taken.

    Raises:
        StoreError: the service does not take it, or stored something else.
    """
    ours = uuid.uuid4().hex
    about = {DIGEST: hashlib.sha256(data).hexdigest(), _PUT: ours}
    if exclusive and head(place, key) is not None:
        # Asked first, for services that do not know conditions and would put one object over another.
        return False
    for left in reversed(range(_TRIES)):
        try:
            with place.faults(key):
                answer: Any = place.client.put_object(
                    Bucket=place.bucket,
                    Key=place.name(key),
                    Body=data,
                    Metadata=about,
                    **dialect.digests(data),
                    **dialect.condition(exclusive=exclusive),
                )
        except S3Error as error:
            if exclusive and error.fault.kind is FaultKind.EXISTS:
                found = head(place, key)
                if found is None and left:
                    continue
                # The answer to an earlier try of this very request may have been lost.
                return found is not None and found.metadata.get(_PUT) == ours
            if left and dialect.tries_again(error.fault, exclusive=exclusive):
                continue
            raise
        if dialect.is_confirmed(answer, data) is not False:
            return True
        if not left:
            break
        exclusive = False  # what is there is ours, and damaged
    raise StoreError(
        f"{place.url_of(key)}: the service stored something else than was sent, {_TRIES} times"
    )


def listed(place: S3Place, prefix: str) -> Iterator[StoredFile]:
    """Every file whose key begins so, in order.

    Raises:
        S3Error: the service does not say.
    """
    start = place.name(prefix)
    page: dict[str, Any] = {}
    while True:
        with place.faults(prefix):
            answer: Any = place.client.list_objects_v2(Bucket=place.bucket, Prefix=start, **page)
            found = [_stored(place, item) for item in answer.get("Contents", ())]
            more = bool(answer.get("IsTruncated"))
            page = {"ContinuationToken": answer["NextContinuationToken"]} if more else {}
        yield from (file for file in found if is_key(file.key))
        if not more:
            return


def _stored(place: S3Place, item: Mapping[str, Any]) -> StoredFile:
    return StoredFile(place.key(item["Key"]), item["Size"], item["LastModified"].timestamp())


def delete(place: S3Place, keys: Iterable[str]) -> None:
    """Remove objects, a thousand a request.

    Raises:
        StoreError: one of them cannot be removed; those before it are.
    """
    names: Iterator[ObjectIdentifierTypeDef] = ({"Key": place.name(key)} for key in keys)
    while batch := list(islice(names, _MOST_DELETED)):
        try:
            with place.faults(""):
                answer = place.client.delete_objects(
                    Bucket=place.bucket, Delete={"Objects": batch, "Quiet": True}
                )
        except S3Error as error:
            if error.fault.kind is FaultKind.NOT_SUPPORTED or error.fault.code in _NO_BATCHES:
                _delete_singly(place, [item["Key"] for item in batch])
                continue
            raise
        refused = [item for item in answer.get("Errors", ()) if item.get("Code") != "NoSuchKey"]
        if refused:
            key = place.key(refused[0].get("Key", ""))
            raise StoreError(
                f"{place.url_of(key)}: cannot be deleted ({refused[0].get('Code', 'no reason given')}), "
                f"nor can {len(refused) - 1} others: check what the credentials may do with this bucket"
            )


def _delete_singly(place: S3Place, names: Iterable[str]) -> None:
    """For services that know no request for many."""

    def delete_one(name: str) -> None:
        with place.faults(place.key(name)):
            place.client.delete_object(Bucket=place.bucket, Key=name)

    with ThreadPoolExecutor(_DELETING_THREADS) as pool:
        for _ in pool.map(delete_one, names):
            pass

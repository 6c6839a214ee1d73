"""Sending a large file in parts: several at a time, each checked, going on where an earlier upload broke off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from typing import TYPE_CHECKING, Any, Final

from atdata.errors import StoreError
from atdata.remote.s3_faults import FaultKind
from atdata.stores.s3_dialect import S3Dialect
from atdata.stores.s3_objects import DIGEST, delete, head
from atdata.stores.s3_parts import Part, Plan, unfinished
from atdata.stores.s3_place import S3Error, S3Place

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

__all__ = ["Sending", "send"]

_TRIES: Final = 3
_GONE: Final = frozenset({"NoSuchUpload", "InvalidPart", "InvalidPartOrder"})


@dataclass(frozen=True, slots=True)
class Sending:
    """A file to be sent.

    Attributes:
        key: what it gets to be called.
        file: the file, open.
        sha256: its digest.
        plan: how it is cut.
        exclusive: whether an object that is there stays.
        parallel: how many parts are on their way at once.
        progress: called with bytes that were sent.
    """

    key: str
    file: FileIO
    sha256: str
    plan: Plan
    exclusive: bool
    parallel: int
    progress: Callable[[int], None] | None


@dataclass(slots=True)
class _Upload:
    """One upload that goes on.

    Attributes:
        id: the service's name for it.
        known: the parts that it had.
        sent: what is needed to end it, by the number of the part.
    """

    id: str
    known: Mapping[int, Part]
    sent: dict[int, CompletedPartTypeDef] = field(default_factory=dict)


class _LostUpload(Exception):
    """The upload, or a part of it, is not there any more: another process ended it or swept it."""


def send(place: S3Place, dialect: S3Dialect, sending: Sending) -> bool:
    """Send a file; `False` where another process was faster and the key is taken.

    What broke off stays with the service, for the next call or for a sweep.

    Raises:
        StoreError: the service does not take it, or the file is not what its digest says.
    """
    for number in range(_TRIES):
        with suppress(_LostUpload):
            return _send_once(place, dialect, sending, resume=number == 0)
    raise StoreError(
        f"{place.url_of(sending.key)}: the upload was ended by others, {_TRIES} times: "
        "see that no rule of the bucket and no other program removes unfinished uploads"
    )


def _send_once(place: S3Place, dialect: S3Dialect, sending: Sending, *, resume: bool) -> bool:
    found = unfinished(place, sending.key, sending.plan, sending.file) if resume else None
    upload = _Upload(found[0].id, found[1]) if found else _begin(place, dialect, sending)
    digest = _send_parts(place, dialect, sending, upload)
    if digest != sending.sha256:
        _abort(place, sending.key, upload)
        raise StoreError(
            f"{place.url_of(sending.key)}: what was sent has the sha-256 {digest}, not {sending.sha256}: "
            "the file was changed since its digest was made, or a disk is faulty"
        )
    new = _end(place, dialect, sending, upload)
    _check(place, sending, adopted=found is not None)
    return new


def _begin(place: S3Place, dialect: S3Dialect, sending: Sending) -> _Upload:
    while True:
        checksums: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"} if dialect.checksums else {}
        try:
            with place.faults(sending.key):
                answer = place.client.create_multipart_upload(
                    Bucket=place.bucket,
                    Key=place.name(sending.key),
                    Metadata={DIGEST: sending.sha256},
                    **checksums,
                )
            return _Upload(answer["UploadId"], {})
        except S3Error as error:
            if not dialect.tries_again(error.fault):
                raise


def _send_parts(place: S3Place, dialect: S3Dialect, sending: Sending, upload: _Upload) -> str:
    """Send what the upload has not; the digest of the whole file as it was read.

    One part is read while others are on their way, so that memory holds one more than are sent at once.
    """
    whole = hashlib.sha256()
    flying: dict[Future[CompletedPartTypeDef], int] = {}
    pool = ThreadPoolExecutor(sending.parallel, "atdata-s3")
    try:
        for number in range(1, sending.plan.count + 1):
            data = sending.plan.read(sending.file, number)
            known = upload.known.get(number)
            if known is not None and known.holds(data):
                upload.sent[number] = _completed(number, known.tag, known.sha256)
            else:
                if len(flying) >= sending.parallel:
                    _land(sending, upload, flying)
                flying[
                    pool.submit(_send_part, place, dialect, sending.key, upload.id, number, data)
                ] = number
            whole.update(data)
        while flying:
            _land(sending, upload, flying)
    finally:
        pool.shutdown(cancel_futures=True)
    return whole.hexdigest()


def _land(
    sending: Sending, upload: _Upload, flying: dict[Future[CompletedPartTypeDef], int]
) -> None:
    """Wait for a part that is on its way."""
    for future in wait(flying, return_when=FIRST_COMPLETED).done:
        number = flying.pop(future)
        upload.sent[number] = future.result()
        if sending.progress is not None:
            sending.progress(sending.plan.bytes_of(number))


def _send_part(
    place: S3Place, dialect: S3Dialect, key: str, id: str, number: int, data: bytes
) -> CompletedPartTypeDef:
    for left in reversed(range(_TRIES)):
        try:
            with place.faults(key):
                answer: Any = place.client.upload_part(
                    Bucket=place.bucket,
                    Key=place.name(key),
                    UploadId=id,
                    PartNumber=number,
                    Body=data,
                    **dialect.digests(data),
                )
        except S3Error as error:
            if error.fault.code in _GONE:
                raise _LostUpload from error
            if left and dialect.tries_again(error.fault):
                continue
            raise
        if dialect.is_confirmed(answer, data) is not False:
            return _completed(number, answer["ETag"].strip('"'), answer.get("ChecksumSHA256"))
    raise StoreError(
        f"{place.url_of(key)}: the service stored something else than was sent, {_TRIES} times"
    )


def _completed(number: int, tag: str, sha256: str | None) -> CompletedPartTypeDef:
    part: CompletedPartTypeDef = {"PartNumber": number, "ETag": f'"{tag}"'}
    if sha256 is not None:
        part["ChecksumSHA256"] = sha256
    return part


def _end(place: S3Place, dialect: S3Dialect, sending: Sending, upload: _Upload) -> bool:
    """Make the object of its parts; `False` where the key was taken meanwhile."""
    while True:
        if sending.exclusive and not dialect.conditions and head(place, sending.key) is not None:
            _abort(place, sending.key, upload)
            return False
        try:
            with place.faults(sending.key):
                place.client.complete_multipart_upload(
                    Bucket=place.bucket,
                    Key=place.name(sending.key),
                    UploadId=upload.id,
                    MultipartUpload={
                        "Parts": [upload.sent[number] for number in sorted(upload.sent)]
                    },
                    **dialect.condition(exclusive=sending.exclusive),
                )
            return True
        except S3Error as error:
            if error.fault.kind is FaultKind.EXISTS:
                _abort(place, sending.key, upload)
                return False
            if error.fault.code in _GONE:
                return _end_of_lost(place, sending, upload, error)
            if not dialect.tries_again(error.fault, exclusive=sending.exclusive):
                raise


def _end_of_lost(place: S3Place, sending: Sending, upload: _Upload, error: S3Error) -> bool:
    """An upload that is gone may have become the object: by a try whose answer was lost, or by another process."""
    found = head(place, sending.key)
    if found is not None and _is_same(found.bytes, found.metadata, sending):
        return error.fault.retries > 0 or not sending.exclusive
    _abort(place, sending.key, upload)
    raise _LostUpload from error


def _check(place: S3Place, sending: Sending, *, adopted: bool) -> None:
    """See that the object is there, and is what was sent."""
    found = head(place, sending.key)
    if found is None:
        raise StoreError(
            f"{place.url_of(sending.key)}: the service said that it stored the object, and lost it: put it again"
        )
    if _is_same(found.bytes, found.metadata, sending):
        return
    if adopted and found.bytes == sending.plan.size:
        # Begun for another file that begins alike: the bytes are right, and what is said about them is not.
        delete(place, [sending.key])
        raise _LostUpload
    raise StoreError(
        f"{place.url_of(sending.key)}: another file is there, of {found.bytes} bytes: "
        "the key is used for two things; look at it and delete it, then do this again"
    )


def _is_same(size: int, metadata: Mapping[str, str], sending: Sending) -> bool:
    return size == sending.plan.size and metadata.get(DIGEST, sending.sha256) == sending.sha256


def _abort(place: S3Place, key: str, upload: _Upload) -> None:
    """End an upload for which there is no use; what cannot be ended is swept later."""
    with suppress(S3Error), place.faults(key):
        place.client.abort_multipart_upload(
            Bucket=place.bucket, Key=place.name(key), UploadId=upload.id
        )

"""Ending uploads that nobody goes on with: what they hold is paid for and seen by nobody."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from atdata.remote.s3_faults import FaultKind
from atdata.stores.layout import DATASETS, SHARDS, is_key
from atdata.stores.s3_parts import Unfinished, parts_of, uploads_of
from atdata.stores.s3_place import S3Error, S3Place

__all__ = ["sweep_uploads"]

_BUSY: Final = 3600.0
"""Seconds without a part after which an upload is none of those that go on."""


def sweep_uploads(place: S3Place, older_than: float, *, busy: bool) -> int:
    """End the uploads of our own layout that got no part for a while; bytes freed.

    Args:
        place: the store.
        older_than: seconds, by the service's clock.
        busy: whether writes go on: what got a part within the last hour is theirs.

    Raises:
        S3Error: the service does not list uploads, or does not end one.
    """
    quiet = max(older_than, _BUSY) if busy else older_than
    freed = 0
    for folder in (SHARDS, DATASETS):
        for upload in list(uploads_of(place, f"{folder}/")):
            if is_key(place.key(upload.name)):
                freed += _sweep(place, upload, quiet)
    return freed


def _sweep(place: S3Place, upload: Unfinished, quiet: float) -> int:
    try:
        parts = parts_of(place, upload)
        latest = max((part.modified for part in parts.values()), default=upload.begun)
        # The service says its time in whole seconds.
        if max(0.0, (_now(place) - latest).total_seconds()) < quiet:
            return 0
        with place.faults(place.key(upload.name)):
            place.client.abort_multipart_upload(
                Bucket=place.bucket, Key=upload.name, UploadId=upload.id
            )
    except S3Error as error:
        # It ended while it was looked at.
        if error.fault.kind is FaultKind.NOT_FOUND:
            return 0
        raise
    return sum(part.size for part in parts.values())


def _now(place: S3Place) -> datetime:
    """The time by the service's clock, which is the one of its dates."""
    with place.faults(""):
        answer = place.client.list_objects_v2(Bucket=place.bucket, MaxKeys=1)
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    with suppress(ValueError):
        return parsedate_to_datetime(said)
    return datetime.now().astimezone()

"""Large files as parts: how they are cut, and which parts an upload that broke off has already."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from typing import Any, Final

from atdata.errors import StoreError
from atdata.stores.s3_dialect import is_md5, md5_of
from atdata.stores.s3_place import S3Error, S3Place

__all__ = [
    "LARGEST_PART",
    "Part",
    "SMALLEST_PART",
    "Plan",
    "Unfinished",
    "parts_of",
    "unfinished",
    "uploads_of",
]

SMALLEST_PART: Final = 5 << 20
"""Bytes that every part but the last has at least, as S3 wants it."""

LARGEST_PART: Final = 512 << 20
"""Bytes that a part may be wished to have: several of them are held in memory."""

_MOST_PARTS: Final = 10_000
_LARGEST_OBJECT: Final = 5 << 40
_MIB: Final = 1 << 20
_MOST_LOOKED_AT: Final = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is cut.

    Attributes:
        size: its bytes.
        part: bytes of each part but the last.
    """

    size: int
    part: int

    @classmethod
    def of(cls, size: int, part: int) -> Plan:
        """Parts as wished, or larger where there would be more than 10,000.

        Raises:
            StoreError: the file is too large for an object.

        >>> Plan.of(100 << 20, 16 << 20).count, Plan.of(1 << 40, 16 << 20).part >> 20
        (7, 105)
        """
        if size > _LARGEST_OBJECT:
            raise StoreError(
                f"a file of {size} bytes is larger than S3 takes: write smaller shards with maxsize="
            )
        least = -(-size // _MOST_PARTS)
        return cls(size, max(part, -(-least // _MIB) * _MIB))

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-self.size // self.part)

    def bytes_of(self, number: int) -> int:
        """The size of a part; they are numbered from 1."""
        return min(self.part, self.size - (number - 1) * self.part)

    def read(self, file: FileIO, number: int) -> bytes:
        """A part of the file.

        Raises:
            StoreError: the file is shorter now.
        """
        wanted = self.bytes_of(number)
        file.seek((number - 1) * self.part)
        data = file.read(wanted)
        while len(data) < wanted:
            more = file.read(wanted - len(data))
            if not more:
                raise StoreError(f"{file.name!r}: the file was cut short while it was read")
            data += more
        return data


@dataclass(frozen=True, slots=True)
class Part:
    """A part that a service has.

    Attributes:
        number: which one it is.
        size: its bytes.
        modified: when it arrived.
        tag: its MD5, where the service says that.
        sha256: its sha-256 in base 64, where the service knows it.
    """

    number: int
    size: int
    modified: datetime
    tag: str
    sha256: str | None

    def holds(self, data: bytes) -> bool:
        """Whether it is known to be just these data."""
        if len(data) != self.size:
            return False
        if self.sha256 is not None:
            return self.sha256 == base64.b64encode(hashlib.sha256(data).digest()).decode()
        return is_md5(self.tag) and self.tag == md5_of(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that has not ended.

    Attributes:
        id: the service's name for it.
        name: the object that it would become.
        begun: when it began.
    """

    id: str
    name: str
    begun: datetime


def uploads_of(place: S3Place, key: str) -> Iterator[Unfinished]:
    """Every upload for objects whose key begins so.

    Raises:
        S3Error: the service does not say.
    """
    page: dict[str, Any] = {}
    while True:
        try:
            with place.faults(key):
                answer: Any = place.client.list_multipart_uploads(
                    Bucket=place.bucket, Prefix=place.name(key), **page
                )
                found = [
                    Unfinished(item["UploadId"], item["Key"], item["Initiated"])
                    for item in answer.get("Uploads", ())
                ]
        except S3Error as error:
            # rclone says so where no upload was ever begun.
            if error.fault.code == "NoSuchUpload":
                return
            raise
        yield from found
        if not answer.get("IsTruncated"):
            return
        page = {
            "KeyMarker": answer.get("NextKeyMarker", ""),
            "UploadIdMarker": answer.get("NextUploadIdMarker", ""),
        }


def parts_of(place: S3Place, upload: Unfinished) -> dict[int, Part]:
    """The parts that an upload has.

    Raises:
        S3Error: the service does not say, or the upload has ended.
    """
    found: dict[int, Part] = {}
    last = 0
    while True:
        with place.faults(place.key(upload.name)):
            answer: Any = place.client.list_parts(
                Bucket=place.bucket, Key=upload.name, UploadId=upload.id, PartNumberMarker=last
            )
            found |= {item["PartNumber"]: _part(item) for item in answer.get("Parts", ())}
            if not answer.get("IsTruncated"):
                return found
            last = answer["NextPartNumberMarker"]


def _part(item: Mapping[str, Any]) -> Part:
    return Part(
        number=item["PartNumber"],
        size=item["Size"],
        modified=item["LastModified"],
        tag=item["ETag"].strip('"'),
        sha256=item.get("ChecksumSHA256"),
    )


def unfinished(
    place: S3Place, key: str, plan: Plan, file: FileIO
) -> tuple[Unfinished, Mapping[int, Part]] | None:
    """An upload of this file that can go on: cut alike, and its first part is that of the file.

    The other parts are compared when their turn comes, since the file is read for that.
    """
    try:
        begun = [item for item in uploads_of(place, key) if item.name == place.name(key)]
    except S3Error:
        # To list uploads is a right of its own. Without it every upload begins anew.
        return None
    for upload in sorted(begun, key=lambda item: item.begun, reverse=True)[:_MOST_LOOKED_AT]:
        try:
            parts = parts_of(place, upload)
        except S3Error:
            continue
        if parts and all(
            number <= plan.count and part.size == plan.bytes_of(number)
            for number, part in parts.items()
        ):
            first = parts[min(parts)]
            if first.holds(plan.read(file, first.number)):
                return upload, parts
    return None

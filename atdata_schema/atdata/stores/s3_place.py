"""A bucket and a prefix in it: names, addresses, and what goes wrong on the way there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from atdata.errors import StoreError
from atdata.remote.s3_access import S3Access, client
from atdata.remote.s3_faults import FaultKind, S3Fault, fault_of
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Error", "S3Place", "endpoint_of"]

_LONGEST_PREFIX: Final = 400
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9._@+=~-]+(/[A-Za-z0-9._@+=~-]+)*")


class S3Error(StoreError):
    """What an S3 service refused.

    Attributes:
        fault: which kind of fault it is.
    """

    def __init__(self, fault: S3Fault) -> None:
        super().__init__(fault.sentence)
        self.fault = fault

    def __reduce__(self) -> tuple[type[S3Error], tuple[S3Fault]]:
        return type(self), (self.fault,)


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where a store's objects are.

    Attributes:
        bucket: the bucket.
        prefix: what their keys begin with, without a slash at its end; empty for the whole bucket.
        access: how the service is reached.
    """

    bucket: str
    prefix: str
    access: S3Access

    def __post_init__(self) -> None:
        if not _BUCKET.fullmatch(self.bucket):
            raise StoreError(
                f"{quoted(self.bucket)} is no name of a bucket: give 3 to 63 characters of A-Z a-z 0-9 . _ -"
            )
        parts = self.prefix.split("/")
        if self.prefix and (
            not _PREFIX.fullmatch(self.prefix)
            or len(self.prefix) > _LONGEST_PREFIX
            or not {".", ".."}.isdisjoint(parts)
        ):
            raise StoreError(
                f"{quoted(self.prefix)} is no prefix of a store: give at most {_LONGEST_PREFIX} characters, "
                "parts of A-Z a-z 0-9 . _ @ + = ~ - with slashes between, none of them . or .."
            )

    @property
    def client(self) -> S3Client:
        """The client of this process."""
        return client(self.access)

    @property
    def url(self) -> str:
        """`s3://bucket/prefix`, with the endpoint and its region behind `?` where the service is not AWS."""
        address = f"s3://{self.bucket}/{self.prefix}" if self.prefix else f"s3://{self.bucket}"
        if self.access.endpoint_url is None:
            return address
        said = {"endpoint": self.access.endpoint_url, "region": self.access.region}
        known = {name: value for name, value in said.items() if value is not None}
        return f"{address}?{urlencode(known, safe=':/[]')}"

    def name(self, key: str) -> str:
        """The name that the bucket knows a key by."""
        return f"{self.prefix}/{key}" if self.prefix else key

    def key(self, name: str) -> str:
        """The key of an object of ours."""
        return name[len(self.prefix) + 1 :] if self.prefix else name

    def url_of(self, key: str) -> str:
        """Where an object is, without the endpoint."""
        return f"s3://{self.bucket}/{self.name(key)}"

    @contextmanager
    def faults(self, key: str) -> Iterator[None]:
        """Raise what the service refuses, what breaks on the way, and an answer that lacks something, as `S3Error`.

        Args:
            key: what is asked for.
        """
        try:
            yield
        except StoreError:
            raise
        except KeyError as error:
            sentence = f"{self.url_of(key)}: the answer has no {error}: is this an S3 service?"
            raise S3Error(S3Fault(FaultKind.OTHER, sentence)) from error
        except Exception as error:
            fault = fault_of(error, self.url_of(key), self.access)
            if fault is None:
                raise
            raise S3Error(fault) from error

    def check_bucket(self) -> None:
        """Tell a missing bucket from a missing object, which the answer to HEAD does not.

        Raises:
            S3Error: there is no such bucket.
        """
        try:
            with self.faults(""):
                self.client.head_bucket(Bucket=self.bucket)
        except S3Error as error:
            if error.fault.status != 404:
                # It is not ours to ask, which says nothing about the bucket.
                return
            sentence = f"s3://{self.bucket}: there is no such bucket: make it, or check its name and the endpoint"
            raise S3Error(S3Fault(FaultKind.NO_BUCKET, sentence, status=404)) from None


def endpoint_of(given: str | None) -> str | None:
    """The endpoint in one spelling: as given, else as the environment says it for AWS's own tools.

    It becomes a part of the store's URL, so that an entry finds the store again where the environment is another.
    """
    if (
        given is None
        and os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true"
    ):
        given = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if not given:
        return None
    try:
        parts = urlsplit(given)
        return parts._replace(netloc=parts.netloc.lower()).geturl().rstrip("/")
    except ValueError:
        # Refused by name where it is used.
        return given

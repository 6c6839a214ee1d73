"""An object in a bucket as a source."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import urllib3

from atdata.errors import DatasetNotFound, SourceError, StoreError
from atdata.remote.s3_access import S3Access, client
from atdata.remote.s3_faults import FaultKind, fault_of
from atdata.remote.s3_repeated import learn, learned
from atdata.shards.sources.crew import watch
from atdata.shards.sources.network import Refused, network
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.ranged import (
    NOTHING,
    Answer,
    Body,
    RangedSource,
    read_content_range,
    read_number,
)
from atdata.shards.sources.receiving import receive
from atdata.shards.sources.redirects import Streamed, leave
from atdata.shards.sources.retrying import PATIENCE, Passing, Patience
from atdata.shards.sources.source import Denied

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Source", "client_of", "refused"]

_OTHERWISE: Final = frozenset({301, 302, 307, 308, 400, 401, 403})
"""Statuses of a service that is to be asked otherwise than before."""

_MISSING: Final = (FaultKind.NOT_FOUND, FaultKind.NO_BUCKET)


class S3Source(RangedSource):
    """An object in a bucket. A version is its ETag, which each request for a range has to match.

    boto3 finds out where the object is, and how it is asked for; its request is repeated for other bytes without it. It is asked
    again where that gives anything but bytes: it repeats requests that fail in passing, and says what a service means by a refusal. A
    body that breaks off is gone on with here.
    """

    def __init__(self, place: RemotePlace, patience: Patience = PATIENCE) -> None:
        self._bucket, self._key = place.bucket_and_key
        self._access = place.access or S3Access()
        super().__init__(str(place), (self._access.endpoint_url, self._bucket), patience)
        self._place = place
        self._is_refused = False  # what is asked for without boto3

    def _ask(self, start: int, stop: int | None) -> Answer:
        self._place.check_online()
        span = f"bytes={start}-{'' if stop is None else stop - 1}"
        s3 = client_of(self._place)
        response = self._again(s3, span)
        if response is not None:
            return self._answered(response.headers, Streamed(response), start, stop)
        options: dict[str, Any] = {"Range": span}
        if self._version:
            options["IfMatch"] = self._version
        try:
            answer: Any = s3.get_object(Bucket=self._bucket, Key=self._key, **options)
        except Exception as error:
            return self._failed(error, start)
        learn(s3, self._bucket, self._key)
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        return self._answered(headers, _Streamed(answer["Body"]), start, stop)

    def _again(self, s3: S3Client, span: str) -> Any | None:
        """The answer to a request as the client has made one before; `None` where it is to be asked itself."""
        found = None if self._is_refused else learned(s3, self._bucket)
        url = None if found is None else found.url(self._key)
        if found is None or url is None:
            return None
        wanted = {"Range": span, **({"If-Match": self._version} if self._version else {})}
        try:
            headers = found.headers(url, wanted)
        except Exception:  # of whatever gives credentials; boto3 meets it again, and says it
            return None
        try:
            response = network().get(url, headers, public_only=False)
        except Passing:
            return None
        except Refused:  # a certificate, say, that only its configuration trusts
            self._is_refused = True
            return None
        if response.status in (200, 206):
            return response
        leave(response)
        self._is_refused = response.status in _OTHERWISE
        return None

    def _answered(
        self, headers: Mapping[str, str], body: Body, start: int, stop: int | None
    ) -> Answer:
        version, said = headers.get("etag", ""), headers.get("content-range")
        if said is None:
            total = read_number(headers.get("content-length"))
            return Answer(0, total, version, body, is_range=False)
        found = read_content_range(said)
        span = None if found is None else found.span
        if found is None or span is None or span[0] != start or span[1] > (stop or span[1]):
            body.close()
            raise SourceError(f"{self.url}: the service gave other bytes than those asked for")
        return Answer(start, found.total, version, body)

    def _failed(self, error: Exception, start: int) -> Answer:
        """The answer that an exception is: no bytes there. Other exceptions are raised as ours."""
        fault = fault_of(error, self.url, self._access)
        if fault is None:
            raise error
        if fault.status == 412:
            raise self._replaced() from None
        if fault.kind is FaultKind.RANGE:
            return Answer(start, *self._measured(), NOTHING)
        raise refused(error, self._place) from None

    def _measured(self) -> tuple[int, str]:
        """Size and version, of an object that has no such bytes as were asked for."""
        try:
            found = client_of(self._place).head_object(Bucket=self._bucket, Key=self._key)
        except Exception as error:
            raise refused(error, self._place) from None
        return found["ContentLength"], found["ETag"]


def client_of(place: RemotePlace) -> S3Client:
    """The client that reaches a place.

    Raises:
        MissingExtra: boto3 is not installed.
        SourceError: the configuration cannot be used; or others named the place, and nobody said how it is reached.
    """
    if place.public_only and place.access is None:
        # Who names a bucket has no use of this machine's credentials, nor of a service that only it reaches.
        raise SourceError(
            f"{place}: is named by others' data, and read by an access given for it only"
        )
    try:
        return client(place.access or S3Access())
    except StoreError as error:
        raise SourceError(f"{place}: {error}") from None


def refused(error: Exception, place: RemotePlace) -> Exception:
    """What an exception of a client means for who reads; one that is none of botocore's is given back."""
    fault = fault_of(error, place.url, place.access or S3Access())
    if fault is None:
        return error
    if fault.kind in _MISSING:
        return DatasetNotFound(fault.sentence)
    if fault.kind is FaultKind.DENIED:
        return Denied(fault.sentence)
    return SourceError(fault.sentence)


class _Streamed:
    """The body of an answer."""

    def __init__(self, body: Any) -> None:
        self._body = body
        # botocore has no name for them. Without the first, bytes are copied once more; without the second, who leaves has to
        # wait for the server.
        raw = getattr(body, "_raw_stream", None)
        self._raw = raw if isinstance(raw, urllib3.HTTPResponse) else None
        connection = getattr(raw, "connection", None)
        found = getattr(connection, "sock", None)
        self._unwatch = watch(found if isinstance(found, socket.socket) else None)

    def read(self, amount: int, /) -> bytes:
        import botocore.exceptions
        import urllib3.exceptions

        try:
            data: bytes = self._body.read(amount)
        except (
            botocore.exceptions.BotoCoreError,
            urllib3.exceptions.HTTPError,
            OSError,
        ):
            raise Passing("the connection broke off") from None
        return data

    def readinto(self, out: memoryview, /) -> int:
        import botocore.exceptions
        import urllib3.exceptions

        try:
            if self._raw is not None:
                return receive(self._raw, out)
            data: bytes = self._body.read(len(out))
        except (
            botocore.exceptions.BotoCoreError,
            urllib3.exceptions.HTTPError,
            OSError,
        ):
            raise Passing("the connection broke off") from None
        out[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._unwatch()
        with suppress(Exception):  # whatever is left of it is not wanted
            self._body.close()

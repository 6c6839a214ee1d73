"""Requests for objects of a bucket, made as a client has made one before.

boto3 computes 2 ms for a request, nearly all of which finds out anew what it knew: where the bucket is, who asks, what an
answer may hold. Here botocore signs, which takes 0.1 ms, and the connections of other web servers' files send it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from weakref import WeakKeyDictionary

from urllib3.util import parse_url

from atdata.remote.s3_access import Sent, last_sent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Repeated", "learn", "learned"]

_SCHEME: Final = "AWS4-HMAC-SHA256 Credential="
_AGENT: Final = "user-agent"
_KNOWN: Final = frozenset(
    {
        *(_AGENT, "range", "if-match", "authorization", "accept-encoding"),
        *("x-amz-date", "x-amz-content-sha256", "x-amz-security-token"),
        *("amz-sdk-invocation-id", "amz-sdk-request"),
    }
)
"""Headers of a request that are made anew, or are nothing that the service needs."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """How objects of a bucket are asked for.

    Attributes:
        base: the address of the bucket, which a key is put behind.
        agent: what asks, as the client says it.
        scope: service and region that are signed for; `None` for requests that are not signed.
        credentials: botocore's, which are renewed where they end.
    """

    base: str
    agent: str
    scope: tuple[str, str] | None
    credentials: Any = field(repr=False)

    def url(self, key: str) -> str | None:
        """The address of an object; `None` for a key such as `a/../b`, which would be changed on the way."""
        url = self.base + _quoted(key)
        return url if parse_url(url).url == url else None

    def headers(self, url: str, wanted: Mapping[str, str]) -> dict[str, str]:
        """The headers of a request for some bytes, signed at this moment.

        Args:
            url: the address of the object.
            wanted: the headers that say which bytes.

        Raises:
            Exception: whatever botocore raises where there are no credentials any more.
        """
        own = {"User-Agent": self.agent, "Accept-Encoding": "identity", **wanted}
        if self.scope is None:
            return own
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest("GET", url, headers=own)
        S3SigV4Auth(self.credentials.get_frozen_credentials(), *self.scope).add_auth(request)
        return dict(request.headers.items())


_learned: WeakKeyDictionary[S3Client, dict[str, Repeated | None]] = WeakKeyDictionary()


def learned(client: S3Client, bucket: str) -> Repeated | None:
    """How a client asks for objects of a bucket, where that is known and not only boto3's to do."""
    return _learned.get(client, {}).get(bucket)


def learn(client: S3Client, bucket: str, key: str) -> None:
    """Learn it from the request that this thread has made last, for an object of the bucket."""
    known = _learned.setdefault(client, {})
    if bucket not in known:
        known[bucket] = _read(last_sent(client), key)


def _read(sent: Sent | None, key: str) -> Repeated | None:
    if sent is None or not {name.lower() for name in sent.headers} <= _KNOWN:
        return None
    base = sent.url.removesuffix(_quoted(key))
    if not base.endswith("/") or base == sent.url:
        return None
    agent = next((value for name, value in sent.headers.items() if name.lower() == _AGENT), "")
    said = sent.headers.get("Authorization")
    if said is None:
        return Repeated(base, agent, None, None)
    # Credential=<id>/<date>/<region>/<service>/aws4_request: the common kind of signature.
    parts = said.removeprefix(_SCHEME).partition(",")[0].split("/")
    if not said.startswith(_SCHEME) or len(parts) < 5 or sent.credentials is None:
        return None
    return Repeated(base, agent, (parts[-2], parts[-3]), sent.credentials)


def _quoted(key: str) -> str:
    return quote(key, safe="/~")

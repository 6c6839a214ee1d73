"""The address under which everybody reaches a shard, where it has one that may be published."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from atdata.atmosphere.identity.hosts import check_host, origin_of
from atdata.atmosphere.records.places import check_published
from atdata.atmosphere.records.shards import HttpPlace, S3Place
from atdata.errors import AtdataError, IdentityError

__all__ = ["NotPublic", "PublicPlace", "public_place"]

PublicPlace: TypeAlias = HttpPlace | S3Place
"""Where a shard lies that is not a blob."""


class NotPublic(Exception):
    """An address that is not to be published.

    Attributes:
        reason: why, to be read behind the address; nothing secret is in it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def public_place(url: str, store: str | None = None, *, local: bool = False) -> PublicPlace:
    """Where a shard lies, as a record says it. Nobody is asked.

    Args:
        url: where it lies, as an Index has it.
        store: the URL of the S3 store that it lies in, which says the service; without it that of the environment.
        local: take http and hosts of this machine and of private networks, for experiments and tests.

    Raises:
        NotPublic: there is no such address.

    >>> public_place("https://data.example.org/scans/a.tar")
    HttpPlace(url='https://data.example.org/scans/a.tar')
    >>> public_place("s3://lab/a.tar", "s3://lab?endpoint=https://s3.example.org").endpoint
    'https://s3.example.org'
    >>> public_place("https://me:secret@data.example.org/a.tar")
    Traceback (most recent call last):
        ...
    atdata.atmosphere.publishing.addresses.NotPublic: its address holds more than a path
    """
    scheme = url.partition("://")[0]
    if scheme == "file":
        raise NotPublic("it is a file of this machine")
    if scheme == "s3":
        place: PublicPlace = _of_s3(url, store, local)
    elif scheme == "https" or (local and scheme == "http"):
        place = _of_web(url, local)
    else:
        raise NotPublic("records name https and s3 addresses alone")
    try:
        check_published(place, local=local)
    except AtdataError:
        raise NotPublic("its address is none that records may name") from None
    return place


def _of_web(url: str, local: bool) -> HttpPlace:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise NotPublic("it has no address of the form https://host/path") from None
    # A query may be what opens the file to its bearer, and so may what stands before the host.
    if "@" in parts.netloc or url != f"{parts.scheme}://{parts.netloc}{parts.path}":
        raise NotPublic("its address holds more than a path")
    try:
        check_host(host, local=local)
    except IdentityError:
        raise NotPublic("its server is not on the public network") from None
    return HttpPlace(url)


def _of_s3(url: str, store: str | None, local: bool) -> S3Place:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if "?" in url or "#" in url:
        raise NotPublic("its address holds more than a bucket and a key")
    endpoint, region = _service(url, store)
    if endpoint is not None:
        try:
            endpoint = origin_of(endpoint, local=local)
        except IdentityError:
            raise NotPublic(
                "its S3 service is not on the public network, or not reached by https"
            ) from None
    return S3Place(bucket, key, endpoint, region)


def _service(url: str, store: str | None) -> tuple[str | None, str | None]:
    """Endpoint and region of the service that a bucket is in."""
    if store is not None and store.startswith("s3://"):
        base, _, query = store.partition("?")
        if url.startswith(f"{base.rstrip('/')}/"):
            said = {name: values[0] for name, values in parse_qs(query).items()}
            return said.get("endpoint"), said.get("region")
    # Imported where it is needed: it brings S3 with it.
    from atdata.stores.s3_place import endpoint_of

    return endpoint_of(None), None

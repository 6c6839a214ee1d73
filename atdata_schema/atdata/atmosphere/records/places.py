"""Where a record says that shards lie: what is taken from strangers, and what we let out ourselves.

Nothing is expanded, resolved or opened here. Whoever connects looks at the addresses that a name leads to.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from atdata.atmosphere.identity.hosts import check_host, origin_of
from atdata.atmosphere.records.shards import BlobPlace, HttpPlace, Place, S3Place
from atdata.errors import IdentityError, ValidationError
from atdata_schema.syntax.quoting import quoted

__all__ = ["check_published", "place_of_url", "s3_place"]

_LONGEST: Final = 2000
_URL: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_REGION: Final = re.compile(r"[a-z0-9-]{1,50}")
_LONGEST_KEY: Final = 1024
_HARMLESS: Final = frozenset(
    (
        *("alt", "dl", "download", "format", "generation", "raw", "ref", "rev", "revision"),
        *("version", "versionId"),
    )
)
"""Parameters of a query that open nothing: any other may be a signature or a key, and stays out of our records."""


def place_of_url(url: str, *, local: bool = False) -> HttpPlace | S3Place:
    """The place that a URL in a record names: `https://…`, or `s3://bucket/key`.

    Args:
        url: the URL, as it stands in the record.
        local: take http and hosts of this machine and private networks too.

    Raises:
        AtdataError: it is of another scheme, holds credentials, leads to a private host, or is a pattern.

    >>> place_of_url("https://example.org/mnist-000000.tar")
    HttpPlace(url='https://example.org/mnist-000000.tar')
    >>> place_of_url("pipe:rm -rf ~")
    Traceback (most recent call last):
        ...
    atdata_schema.errors.ValidationError: 'pipe' is no kind of address that records are read from: https and s3 are
    """
    scheme, _, rest = url.partition(":")
    if scheme == "s3" and rest.startswith("//"):
        bucket, _, key = rest[2:].partition("/")
        return s3_place(bucket, key)
    if scheme not in (("https", "http") if local else ("https",)):
        raise ValidationError(
            f"{quoted(scheme)} is no kind of address that records are read from: https and s3 are"
        )
    if "{" in url or "}" in url:
        raise ValidationError(
            f"{quoted(_shown(url))} names files in brace notation, which is not expanded in a record: "
            "a record names every shard, and a brace in a name stands encoded"
        )
    if len(url) > _LONGEST or not _URL.fullmatch(url):
        raise ValidationError(f"{quoted(_shown(url))} is no URL: its characters stand encoded")
    _check_web(url, local)
    return HttpPlace(url)


def _check_web(url: str, local: bool) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValidationError(f"{quoted(_shown(url))} is no URL") from None
    # Nothing of the address is repeated: what stands before the @ may be a password.
    if "@" in parts.netloc:
        raise ValidationError("a URL with a user or a password in it is not read from a record")
    if not host or port == 0 or parts.fragment or not parts.path.strip("/"):
        raise ValidationError(f"{quoted(_shown(url))} is no URL of a file: https://host/path")
    if not unquote(parts.path, errors="replace").isprintable():
        raise ValidationError(f"{quoted(_shown(url))} has characters that cannot be shown")
    check_host(host, local=local)


def s3_place(
    bucket: str,
    key: str,
    endpoint: str | None = None,
    region: str | None = None,
    *,
    local: bool = False,
) -> S3Place:
    """An object of a bucket.

    Raises:
        AtdataError: a part of it cannot be what stands there.

    >>> s3_place("data", "mnist-000000.tar", region="eu-central-1").region
    'eu-central-1'
    """
    if "@" in bucket or ":" in bucket:
        raise ValidationError("an address of s3 with keys in it is not read from a record")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise ValidationError(f"{quoted(bucket)} is no name of a bucket")
    if (
        not key
        or len(key.encode(errors="replace")) > _LONGEST_KEY
        or not key.isprintable()
        or key.startswith("/")
        or not {".", ".."}.isdisjoint(key.split("/"))
    ):
        raise ValidationError(
            f"{quoted(key)} is no key of an object: 1 to {_LONGEST_KEY} bytes that can be shown, no slash before them, no part . or .."
        )
    if "{" in key or "}" in key:
        raise ValidationError(
            f"{quoted(key)} has braces, which some readers expand: a record names every shard"
        )
    if region is not None and not _REGION.fullmatch(region):
        raise ValidationError(f"{quoted(region)} is no region", ["region"])
    origin = None
    if endpoint is not None:
        try:
            origin = origin_of(endpoint, local=local)
        except IdentityError as error:
            raise ValidationError(str(error), ["endpoint"]) from None
    return S3Place(bucket, key, origin, region)


def check_published(place: Place, *, local: bool = False) -> None:
    """Refuse a place that is not to stand in a record of ours: private, or opened by what the address holds.

    Raises:
        AtdataError: it is one.

    >>> check_published(HttpPlace("https://example.org/a.tar?X-Amz-Signature=0f"))
    Traceback (most recent call last):
        ...
    atdata_schema.errors.ValidationError: 'https://example.org/a.tar' has the parameter 'X-Amz-Signature', which may be what \
opens the file; publish an address that is good without it
    """
    match place:
        case HttpPlace():
            found = place_of_url(place.url, local=local)
            if found != place:
                raise ValidationError(f"{quoted(_shown(place.url))} is no web address")
            for name, _ in parse_qsl(urlsplit(place.url).query, keep_blank_values=True):
                if name not in _HARMLESS:
                    raise ValidationError(
                        f"{quoted(_shown(place.url))} has the parameter {quoted(name)}, which may be what "
                        "opens the file; publish an address that is good without it"
                    )
        case S3Place():
            s3_place(place.bucket, place.key, place.endpoint, place.region, local=local)
        case BlobPlace():
            pass


def _shown(url: str) -> str:
    """An address without its query, which may be a secret, and without a user."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("#")[0].partition("?")[0].partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"

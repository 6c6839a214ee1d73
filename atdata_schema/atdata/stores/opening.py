"""From a store's URL back to the store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from atdata.errors import StoreError
from atdata.stores.disk import LocalDiskStore
from atdata.stores.s3 import S3DataStore
from atdata.stores.store import Store
from atdata_schema.syntax.quoting import quoted

__all__ = ["open_store"]

_SAID = frozenset({"endpoint", "region"})


def open_store(url: str, *, anonymous: bool = False) -> Store:
    """The store that a URL names, as `Store.url` says it.

    `s3://bucket/prefix` is AWS, or what AWS_ENDPOINT_URL names; `s3://bucket/prefix?endpoint=https://...` is the
    service there. Keys are never in a URL: they come from where AWS's tools look for them. The URL decides who
    is asked with them, so give one that comes from strangers only with `anonymous=True`.

    Args:
        url: `file:///...`, `s3://...`, or the path of a folder.
        anonymous: whether a bucket is asked unsigned.

    Raises:
        StoreError: it is no URL of a store.

    >>> open_store("s3://lab-data/atdata?endpoint=https://s3.example.org")
    S3DataStore('lab-data', 'atdata', 'https://s3.example.org')
    """
    if "://" not in url:
        return LocalDiskStore(url)
    try:
        parts = urlsplit(url)
        said = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError:
        raise _no_store(url) from None
    if parts.fragment or "@" in parts.netloc:
        raise _no_store(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and not said:
        return LocalDiskStore(Path(unquote(parts.path)))
    if parts.scheme == "s3" and said.keys() <= _SAID and all(len(v) == 1 for v in said.values()):
        return S3DataStore(
            parts.netloc,
            parts.path,
            said["endpoint"][0] if "endpoint" in said else None,
            region=said["region"][0] if "region" in said else None,
            anonymous=anonymous,
        )
    raise _no_store(url)


def _no_store(url: str) -> StoreError:
    # What stands before an @ or behind a ? may be a password.
    shown = quoted(url.partition("?")[0].rpartition("@")[2])
    return StoreError(
        f"{shown} is no URL of a store: give file:///folder, s3://bucket/prefix, "
        "or s3://bucket/prefix?endpoint=https://host; keys come from the environment or a profile"
    )

"""Whether two URLs of stores mean one store."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

__all__ = ["is_same", "store_name"]


def store_name(url: str) -> str:
    """What two URLs of one store have in common: not the region, which one may say and another leave out.

    >>> store_name("s3://lab/atdata?endpoint=https://s3.example.org&region=eu-1")
    's3://lab/atdata?endpoint=https://s3.example.org'
    >>> store_name("file:///data")
    'file:///data'
    """
    address, mark, query = url.partition("?")
    if not mark or not address.startswith("s3://"):
        return url
    said = [(name, value) for name, value in parse_qsl(query) if name != "region"]
    return f"{address}?{urlencode(said, safe=':/[]')}" if said else address


def is_same(first: str | None, second: str | None) -> bool:
    """Whether two URLs mean one store; `None` means none."""
    return first is not None and second is not None and store_name(first) == store_name(second)

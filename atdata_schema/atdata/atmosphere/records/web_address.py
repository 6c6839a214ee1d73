"""Where everybody can read a shard that a record names."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from atdata.atmosphere.records.shards import HttpPlace, S3Place

__all__ = ["web_address"]

_HOST_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])")


def web_address(place: HttpPlace | S3Place) -> str:
    """The address of a shard without credentials; an object in S3 has one on the web.

    >>> web_address(S3Place("lab", "cells/a 1.tar", "https://s3.example.org"))
    'https://s3.example.org/lab/cells/a%201.tar'
    >>> web_address(S3Place("lab-data", "a.tar", region="eu-west-1"))
    'https://lab-data.s3.eu-west-1.amazonaws.com/a.tar'
    """
    if isinstance(place, HttpPlace):
        return place.url
    key = quote(place.key)
    if place.endpoint is not None:
        return f"{place.endpoint}/{quote(place.bucket)}/{key}"
    region = "" if place.region is None else f".{quote(place.region, safe='')}"
    if _HOST_NAME.fullmatch(place.bucket):
        return f"https://{place.bucket}.s3{region}.amazonaws.com/{key}"
    # A name with dots is none that the service's certificate is for.
    return f"https://s3{region}.amazonaws.com/{quote(place.bucket)}/{key}"

"""Redirects that may be followed, and the bodies of answers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import urllib3.exceptions as faults

from atdata.errors import LoadError
from atdata.shards.sources.network import Refused
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.receiving import receive
from atdata.shards.sources.retrying import Passing

__all__ = ["MOVED", "REDIRECTS", "Streamed", "leave", "next_address", "origin_of", "plain"]

REDIRECTS: Final = 5
"""Redirects that are followed, one after the other."""

MOVED: Final = frozenset({301, 302, 303, 307, 308})
"""The statuses of redirects."""

_DRAINED: Final = 8 * 1024


def next_address(url: str, location: str) -> str:
    """Where a redirect from an address leads.

    Raises:
        Refused: to no web address, or from https to http.
    """
    try:
        target = plain(RemotePlace(urljoin(url, location)).address)
    except (LoadError, ValueError):
        raise Refused("redirects to what is no web address") from None
    before, after = urlsplit(url).scheme, urlsplit(target).scheme
    if after not in ("https", "http") or (before, after) == ("https", "http"):
        raise Refused(f"redirects from {before} to {after}, which is not followed")
    return target


def plain(address: str) -> str:
    """An address without user, password and fragment."""
    parts = urlsplit(address)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def origin_of(url: str) -> tuple[str, str]:
    """What a password or a token is bound to: the scheme, and the host with its port."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


class Streamed:
    """The body of an answer, as it comes."""

    def __init__(self, response: Any) -> None:
        self._response = response

    def read(self, amount: int, /) -> bytes:
        """The next bytes; none at the end.

        Raises:
            Passing: it breaks off.
        """
        try:
            data: bytes = self._response.read(amount, decode_content=False)
        except faults.TimeoutError:
            raise Passing("the server stopped sending") from None
        except (faults.HTTPError, OSError):
            raise Passing("the connection broke off") from None
        return data

    def readinto(self, out: memoryview, /) -> int:
        """Receive the next bytes, as many as there is room for; none at the end.

        Raises:
            Passing: it breaks off.
        """
        try:
            return receive(self._response, out)
        except faults.HTTPError:
            raise Passing("the connection broke off") from None

    def close(self) -> None:
        """Leave the rest."""
        leave(self._response)


def leave(response: Any) -> None:
    """Give a connection back: for another request where little is left to read, else closed."""
    left = response.length_remaining
    with suppress(faults.HTTPError, OSError, ValueError):
        if left is not None and 0 < left <= _DRAINED:
            response.read(left, decode_content=False)
    response.close()

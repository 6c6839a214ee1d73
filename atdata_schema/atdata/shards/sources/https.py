"""A file on a web server as a source: GET requests for ranges, of one version of the file."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from atdata.errors import DatasetNotFound, SourceError
from atdata.shards.sources.hosted_blob import HostedBlob
from atdata.shards.sources.network import Refused, network
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.ranged import (
    NOTHING,
    Answer,
    Body,
    ContentRange,
    Family,
    RangedSource,
    read_content_range,
    read_number,
)
from atdata.shards.sources.redirects import (
    MOVED,
    REDIRECTS,
    Streamed,
    leave,
    next_address,
    origin_of,
    plain,
)
from atdata.shards.sources.retrying import PATIENCE, Passing, Patience, seconds_asked
from atdata.shards.sources.source import Denied

__all__ = ["HttpsSource"]

_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE: Final = frozenset({401, 403, 404, 410})
_PACKED: Final = (".gz", ".tgz", ".zst")


class HttpsSource(RangedSource):
    """A file on a web server.

    A version is an ETag, or else the time of the last change. Redirects are followed to https, and not to this
    machine or a private network unless the address itself is there; the place they lead to is remembered
    as long as it answers. What is sent packed (`Content-Encoding`) is never unpacked.
    """

    def __init__(self, place: RemotePlace, patience: Patience = PATIENCE) -> None:
        self._address = plain(place.address)
        super().__init__(str(place), _family(self._address), patience)
        self._place = place
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "atdata"}
        self._login = _login(place.address)
        self._moved: str | None = None

    def _ask(self, start: int, stop: int | None) -> Answer:
        self._place.check_online()
        headers = dict(self._headers)
        headers["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        version = self._version
        # A weak tag matches nothing by the rules of HTTP; it is compared with the answer's like the others.
        if version.startswith('"'):
            headers["If-Match"] = version
        response = self._get(headers)
        try:
            return self._read_head(response, start, stop)
        except BaseException:
            leave(response)
            raise

    def _get(self, headers: dict[str, str]) -> Any:
        """The answer at the end of all redirects."""
        try:
            if self._moved is not None:
                response = self._at(self._moved, headers)
                if response.status not in _GONE | MOVED:
                    return response
                # Signed addresses that files are handed out at are good for some minutes.
                leave(response)
                self._moved = None
            return self._followed(headers)
        except Refused as refused:
            raise SourceError(f"{self.url}: {refused.reason}") from None

    def _followed(self, headers: dict[str, str]) -> Any:
        url = self._address
        for _ in range(REDIRECTS + 1):
            response = self._at(url, headers)
            if response.status not in MOVED or "Location" not in response.headers:
                self._moved = None if url == self._address else url
                return response
            leave(response)
            url = next_address(url, response.headers["Location"])
        raise Refused(f"redirects more than {REDIRECTS} times")

    def _at(self, url: str, headers: dict[str, str]) -> Any:
        """The answer of one address; one that a redirect gave leads to no private network from outside."""
        connections = network()
        own = url == self._address or connections.was_private(self._address)
        if self._login is not None and origin_of(url) == origin_of(self._address):
            headers = {**headers, **self._login}
        return connections.get(url, headers, public_only=self._place.public_only or not own)

    def _read_head(self, response: Any, start: int, stop: int | None) -> Answer:
        status, headers = int(response.status), response.headers
        if status in (200, 206):
            self._check_encoding(headers)
            return self._answered(response, start, stop)
        if status == 416:
            found = read_content_range(headers.get("Content-Range", ""))
            if found is not None and found.total is not None:
                leave(response)
                return Answer(start, found.total, self._version or _version(headers), NOTHING)
        if status == 412:
            raise self._replaced()
        if status in _PASSING:
            raise Passing(
                f"the server answered {status}", seconds_asked(headers.get("Retry-After"))
            )
        raise self._refused(status)

    def _answered(self, response: Any, start: int, stop: int | None) -> Answer:
        headers, body = response.headers, Streamed(response)
        length = read_number(headers.get("Content-Length"))
        said = headers.get("Content-Range")
        # Some servers answer a range with status 200; the header says what it is.
        if said is None:
            if response.status == 206:
                raise SourceError(f"{self.url}: the server does not say which bytes it gave")
            return Answer(0, length, _version(headers), body, is_range=False)
        return self._part(read_content_range(said), headers, start, stop, body)

    def _part(
        self, found: ContentRange | None, headers: Any, start: int, stop: int | None, body: Body
    ) -> Answer:
        if found is None or found.span is None:
            raise SourceError(f"{self.url}: the server does not say which bytes it gave")
        if found.span[0] != start or (stop is not None and found.span[1] > stop):
            raise SourceError(f"{self.url}: the server gave other bytes than those asked for")
        return Answer(start, found.total, _version(headers), body)

    def _check_encoding(self, headers: Any) -> None:
        encoding = headers.get("Content-Encoding", "identity").strip().lower()
        # Of a packed file it says what the name says too.
        if encoding not in ("", "identity") and not self._place.name.endswith(_PACKED):
            raise SourceError(
                f"{self.url}: the server sends it packed ({encoding[:20]!r}) though it was asked not to, "
                "so its bytes cannot be told: have it served as it is stored"
            )

    def _refused(self, status: int) -> Exception:
        if status == 400 and isinstance(self._place, HostedBlob):  # as servers of accounts say it
            return DatasetNotFound(
                f"{self.url}: the account's server does not have this blob ({status})"
            )
        if status in (404, 410):
            return DatasetNotFound(f"{self.url}: there is no such file ({status})")
        if status in (401, 403):
            return Denied(
                f"{self.url}: the server denies access ({status}): an address that is signed may have expired"
            )
        return SourceError(f"{self.url}: the server answered {status}")


def _family(address: str) -> Family:
    """Origin, folder and suffix: a server that packs texts, and so gives no ranges of them, may give those of archives."""
    folder, _, name = urlsplit(address).path.rpartition("/")
    return (*origin_of(address), folder, name.rpartition(".")[2])


def _version(headers: Any) -> str:
    tag: str = headers.get("ETag", "").strip()
    return tag or headers.get("Last-Modified", "").strip()


def _login(address: str) -> dict[str, str] | None:
    """The header for a user and password that stand in an address."""
    parts = urlsplit(address)
    if parts.username is None:
        return None
    basic = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return {"Authorization": f"Basic {b64encode(basic).decode()}"}

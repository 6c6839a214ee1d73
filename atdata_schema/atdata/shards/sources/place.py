"""Where a file lies: a path, or an address elsewhere whose secrets are not shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from atdata.errors import LoadError, SourceError

if TYPE_CHECKING:
    from atdata.remote.s3_access import S3Access

__all__ = ["SCHEMES", "Place", "RemotePlace", "is_address"]

SCHEMES: Final = ("https", "http", "s3")
"""How addresses begin that are read."""

_LONGEST: Final = 8192
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]")
_CONTROL_IN_KEY: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")


def is_address(text: str) -> bool:
    """Whether a text is an address of a kind that is read.

    >>> is_address("https://example.org/data.tar"), is_address("out/data.tar")
    (True, False)
    """
    return text.startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


@dataclass(frozen=True, slots=True, repr=False)
class RemotePlace:
    """A file or a folder that is read over a network. Pickles hold its secrets, its texts never.

    Attributes:
        address: `https://…`, `http://…` or `s3://bucket/key`, as it is requested: it may hold a signature or a
            password, and stands in no message.
        access: how an S3 service is reached, where the usual places do not say.
        public_only: whether the host must have a public address, which is so for what others wrote.
        record: the record of the network that names the file, which messages then name too.
        offline: whether no server is asked, so that only what was kept can be read.

    Raises:
        LoadError: it is no such address.

    >>> place = RemotePlace("https://me:secret@example.org/a/data.tar?signature=0f3a")
    >>> place
    RemotePlace('https://example.org/a/data.tar')
    >>> print(place.with_name("data.tar.idx"), place.name)
    https://example.org/a/data.tar.idx data.tar
    """

    address: str
    access: S3Access | None = field(default=None)
    public_only: bool = False
    record: str | None = None
    offline: bool = False

    def __post_init__(self) -> None:
        scheme, given, rest = self.address.partition("://")
        if not given or scheme not in SCHEMES:
            raise LoadError(
                f"{scheme[:20]!r} is no kind of address that is read: give https://…, s3://bucket/… or a path"
            )
        if len(self.address) > _LONGEST:
            raise LoadError(f"an address of {scheme}:// has more than {_LONGEST} characters")
        check = _check_s3 if scheme == "s3" else _check_web
        check(scheme, rest, self.address)

    @property
    def scheme(self) -> str:
        """`https`, `http` or `s3`."""
        return self.address.partition("://")[0]

    @property
    def url(self) -> str:
        """The address as it may be shown: without user, password, query and fragment."""
        if self.scheme == "s3":
            return self.address
        parts = urlsplit(self.address)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    @property
    def name(self) -> str:
        """The last part of the path."""
        last = self.url.rpartition("/")[2]
        return last if self.scheme == "s3" else unquote(last)

    @property
    def bucket_and_key(self) -> tuple[str, str]:
        """The parts of an `s3://` address."""
        bucket, _, key = self.address.removeprefix("s3://").partition("/")
        return bucket, key

    def with_name(self, name: str) -> RemotePlace:
        """A file in the same folder; a query stays, since it may be what opens the folder."""
        if self.scheme == "s3":
            return self.at(self.address.rpartition("/")[0] + "/" + name)
        parts = urlsplit(self.address)
        path = f"{parts.path.rpartition('/')[0]}/{quote(name, safe='')}"
        return self.at(urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")))

    def at(self, address: str) -> RemotePlace:
        """Another address, reached in the same way."""
        return replace(self, address=address)

    def check_online(self) -> None:
        """Refuse to ask a server where none is to be asked.

        Raises:
            SourceError: none is.
        """
        if self.offline:
            raise SourceError(
                f"{self}: is not kept here, and offline no server is asked: read it once online, or have it "
                "by `atdata pull`"
            )

    def __str__(self) -> str:
        return self.url if self.record is None else f"{self.url} (of {self.record})"

    def __repr__(self) -> str:
        return f"RemotePlace({self.url!r})"


Place: TypeAlias = Path | RemotePlace
"""Where a file lies."""


def _check_s3(scheme: str, rest: str, address: str) -> None:
    bucket, slash, _ = rest.partition("/")
    # What stands before an @ might be a key and its secret, so nothing is repeated.
    if "@" in bucket:
        raise LoadError(
            "s3://: no keys stand in an address: give them in the environment or a profile"
        )
    if _BUCKET.fullmatch(bucket) is None or not slash:
        raise LoadError("s3://: an address is s3://bucket/key, or s3://bucket/ for all of a bucket")
    if _CONTROL_IN_KEY.search(address):
        raise LoadError(f"s3://{bucket}: a key with control characters is not read")


def _check_web(scheme: str, rest: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        host, _, path = parts.hostname, parts.port, unquote(parts.path)
    except ValueError:
        host, path = None, ""
    # What stands encoded comes back as a name in messages.
    if not host or _CONTROL.search(address) or "\\" in address or _CONTROL_IN_KEY.search(path):
        raise LoadError(
            f"an address of {scheme}:// is not of the form {scheme}://host/path, its characters encoded"
        )

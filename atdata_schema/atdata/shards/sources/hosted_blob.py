"""A blob on the server of an account: a file that is named for its bytes, and given as a whole only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from atdata.errors import DatasetNotFound, LoadError
from atdata.shards.sources.place import RemotePlace
from atdata_schema.data import Link
from atdata_schema.errors import DataError, InvalidSyntax
from atdata_schema.syntax.quoting import quoted

__all__ = ["HostedBlob", "blob_digest"]

_RAW: Final = b"\x01\x55\x12\x20"  # CID version 1, raw bytes, sha2-256, 32 bytes
_INDEX: Final = ".idx"


def blob_digest(cid: str) -> str:
    """The sha-256 that the CID of a blob is, in hexadecimal digits.

    Raises:
        LoadError: it is no CID of raw bytes, so that nothing could be held against it.

    >>> blob_digest("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    try:
        binary = Link(cid).binary
    except (DataError, InvalidSyntax):
        binary = b""
    if len(binary) != len(_RAW) + 32 or not binary.startswith(_RAW):
        raise LoadError(
            f"{quoted(cid)} is no CID of a blob: those are of raw bytes with sha2-256, bafkrei…"
        )
    return binary[len(_RAW) :].hex()


@dataclass(frozen=True, slots=True, repr=False)
class HostedBlob(RemotePlace):
    """A blob of an account.

    Attributes:
        cid: its CID.
        size: its bytes, as the record says them.
        index: the blob with its sample index, where there is one; nothing else lies beside a blob.

    Raises:
        LoadError: it is no CID of a blob.
    """

    cid: str = ""
    size: int = 0
    index: HostedBlob | None = None

    def __post_init__(self) -> None:
        RemotePlace.__post_init__(self)  # `super()` does not find its way in a class with slots
        blob_digest(self.cid)

    @classmethod
    def of(
        cls,
        server: str,
        did: str,
        cid: str,
        size: int,
        *,
        index: HostedBlob | None = None,
        public_only: bool = True,
        record: str | None = None,
        offline: bool = False,
    ) -> HostedBlob:
        """The blob of an account on its server, which is an origin."""
        query = f"did={quote(did, safe=':')}&cid={cid}"
        address = f"{server}/xrpc/com.atproto.sync.getBlob?{query}"
        return cls(address, None, public_only, record, offline, cid, size, index)

    @property
    def digest(self) -> str:
        """The sha-256 of its bytes."""
        return blob_digest(self.cid)

    @property
    def url(self) -> str:
        """The address, which holds nothing secret."""
        return self.address

    @property
    def name(self) -> str:
        """What a file of these bytes is called."""
        return f"{self.digest}.tar"

    @property
    def server(self) -> str:
        """The origin of the server."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    def with_name(self, name: str) -> RemotePlace:
        """The blob of the sample index.

        Raises:
            DatasetNotFound: there is none, or another file is asked for.
        """
        if self.index is not None and name == self.name + _INDEX:
            return self.index
        raise DatasetNotFound(f"{self}: nothing called {name[:80]!r} lies beside a blob")

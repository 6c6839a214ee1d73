"""Blobs of an account: how they are called, and how they go up."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import sleep
from typing import Any, BinaryIO, Final, cast

from atdata.atmosphere.publishing.journal import Journal
from atdata.atmosphere.xrpc.client import Xrpc
from atdata.errors import PublishError, XrpcError
from atdata_schema.data.links import cid_text

__all__ = ["INDEX", "LIST", "SHARD", "TooLarge", "blob_cid", "send"]

SHARD: Final = "application/x-tar"
INDEX: Final = "application/octet-stream"
LIST: Final = "application/json"

_TRIES: Final = 6
_RAW: Final = b"\x01\x55\x12\x20"  # CIDv1, raw, sha2-256, 32 bytes


class TooLarge(Exception):
    """A blob that the server does not take.

    Attributes:
        bytes: its size.
    """

    def __init__(self, size: int) -> None:
        super().__init__(f"a blob of {size} bytes is too large")
        self.bytes = size


def blob_cid(sha256: str) -> str:
    """The CID of a blob, by the digest of its bytes.

    >>> blob_cid("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
    """
    return cid_text(_RAW + bytes.fromhex(sha256))


def send(
    server: Xrpc,
    journal: Journal,
    did: str,
    open_file: Callable[[], BinaryIO],
    size: int,
    sha256: str,
    mime_type: str,
) -> None:
    """Send a blob, again where the connection breaks, and note it.

    What the server says that it got is held against the digest of what was sent.

    Args:
        server: the account's server.
        journal: where it is noted.
        did: the account.
        open_file: gives the file from its beginning.
        size: bytes of it.
        sha256: its digest.
        mime_type: what it is.

    Raises:
        TooLarge: the server does not take a blob of this size.
        PublishError: the server got something else.
        XrpcError: it refuses, or cannot be reached.
    """
    tries = 0
    while True:
        try:
            with open_file() as file:
                answer = server.upload("com.atproto.repo.uploadBlob", file, size, mime_type)
            break
        except XrpcError as error:
            if error.status == 413 or error.name in ("BlobTooLarge", "PayloadTooLarge"):
                raise TooLarge(size) from None
            tries += 1
            # The same blob may be sent any number of times.
            if tries == _TRIES or not (error.status is None or error.status >= 500):
                raise
            sleep(min(20.0, 0.25 * 2**tries) * random.uniform(0.5, 1.0))
    journal.note_blob(did, sha256, _checked(server, answer, size, sha256))


def _checked(server: Xrpc, answer: dict[str, Any], size: int, sha256: str) -> str:
    """The type that the server takes a blob for, where it got the right bytes."""
    blob: Any = answer.get("blob")
    said = cast("dict[str, Any]", blob) if isinstance(blob, dict) else {}
    ref: Any = said.get("ref")
    link = ref.get("$link") if isinstance(ref, dict) else None
    if (link, said.get("size")) != (blob_cid(sha256), size):
        raise PublishError(
            f"{server.origin}: a blob of {size:,} bytes was sent and arrived as another one: a disk, the network or "
            "the server damages data; nothing was published"
        )
    mime_type = said.get("mimeType")
    return mime_type if isinstance(mime_type, str) else ""

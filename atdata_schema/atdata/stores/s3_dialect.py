"""What a service knows of newer requests: checksums and conditions. Learnt from its answers, not from its name."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from atdata.remote.s3_faults import FaultKind, S3Fault

__all__ = ["S3Dialect", "Sealed", "is_md5", "md5_of", "sha256_of"]

_MD5 = re.compile(r"[0-9a-f]{32}")
_REFUSALS: Final = frozenset({"InvalidArgument", "InvalidRequest", "NotImplemented"})


@dataclass(frozen=True, slots=True)
class Sealed:
    """Data on their way, with what is said about them.

    Attributes:
        data: the data.
        sha256: their sha-256 in base 64, where it goes with them.
        md5: their MD5, where it goes with them.
    """

    data: bytes
    sha256: str | None
    md5: bytes | None

    @property
    def options(self) -> dict[str, Any]:
        """What a request says, so that the service refuses data that were damaged."""
        said: dict[str, Any] = {}
        if self.sha256 is not None:
            said["ChecksumSHA256"] = self.sha256
        if self.md5 is not None:
            said["ContentMD5"] = _base64(self.md5)
        return said


class S3Dialect:
    """How requests to one service are worded.

    The first ones have a SHA-256 checksum, an MD5 and conditions. A service that answers the checksum has checked it, and
    gets no MD5 any more; one that does not know it gets the MD5 alone, and the tag of what it stored is held against
    that; one that refuses gets less.
    """

    def __init__(self) -> None:
        self.checksums = True
        self.conditions = True
        self._answers: bool | None = None

    def seal(self, data: bytes, sha256: str | None = None) -> Sealed:
        """Data, with the digests that this service is to get.

        Args:
            data: the data.
            sha256: their sha-256 in hexadecimal digits, where it is known.
        """
        digest = None
        if self.checksums and self._answers is not False:
            digest = sha256_of(data) if sha256 is None else _base64(bytes.fromhex(sha256))
        is_checked = digest is not None and self._answers
        return Sealed(data, digest, None if is_checked else md5_of(data))

    def condition(self, *, exclusive: bool) -> dict[str, Any]:
        """What makes a request fail where the key is taken."""
        return {"IfNoneMatch": "*"} if exclusive and self.conditions else {}

    def is_confirmed(self, answer: Mapping[str, Any], sealed: Sealed) -> bool | None:
        """Whether an answer says that just these data are stored; `None` where it does not say."""
        if said := answer.get("ChecksumSHA256"):
            self._answers = True
            return bool(said == (sealed.sha256 or sha256_of(sealed.data)))
        self._answers = False
        tag = str(answer.get("ETag", "")).strip('"')
        if is_md5(tag) and not str(answer.get("ServerSideEncryption", "")).startswith("aws:kms"):
            return bytes.fromhex(tag) == (sealed.md5 or md5_of(sealed.data))
        return None

    def tries_again(self, fault: S3Fault, *, exclusive: bool = False) -> bool:
        """Whether to send the same again: as it was, where it was damaged on its way; in older words, where these may be unknown.

        Args:
            fault: how it was refused.
            exclusive: whether the request had a condition.
        """
        if fault.kind is FaultKind.DAMAGED:
            return True
        if fault.kind is not FaultKind.NOT_SUPPORTED and fault.code not in _REFUSALS:
            return False
        # What it has answered before is not what it refuses now.
        if self.checksums and not self._answers:
            self.checksums = False
            return True
        if self.conditions and exclusive:
            self.conditions = False
            return True
        return False


def sha256_of(data: bytes) -> str:
    """Its sha-256, as S3 writes it: in base 64."""
    return _base64(hashlib.sha256(data).digest())


def md5_of(data: bytes) -> bytes:
    """Its MD5, which finds accidents; it keeps nobody out."""
    return hashlib.md5(data, usedforsecurity=False).digest()


def is_md5(tag: str) -> bool:
    """Whether a tag looks like one. Those of objects in several parts do not."""
    return _MD5.fullmatch(tag) is not None


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()

"""What a service knows of newer requests: checksums and conditions. Learnt from its answers, not from its name."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from atdata.remote.s3_faults import FaultKind, S3Fault

__all__ = ["S3Dialect", "is_md5", "md5_of"]

_MD5 = re.compile(r"[0-9a-f]{32}")
_REFUSALS: Final = frozenset({"InvalidArgument", "InvalidRequest", "NotImplemented"})


class S3Dialect:
    """How requests to one service are worded.

    All begin with SHA-256 checksums, MD5 and conditions. A service that answers the checksum has checked it, and gets no
    MD5 any more; one that refuses gets less. Where none was answered, the tag of what was stored is held against its MD5.
    """

    def __init__(self) -> None:
        self.checksums = True
        self.conditions = True
        self._answers = False

    def digests(self, data: bytes) -> dict[str, Any]:
        """What goes with data on their way, so that the service refuses what is damaged."""
        said: dict[str, Any] = {}
        if self.checksums:
            said["ChecksumSHA256"] = _base64(hashlib.sha256(data))
        if not self._answers:
            said["ContentMD5"] = _base64(md5_of(data))
        return said

    def condition(self, *, exclusive: bool) -> dict[str, Any]:
        """What makes a request fail where the key is taken."""
        return {"IfNoneMatch": "*"} if exclusive and self.conditions else {}

    def is_confirmed(self, answer: Mapping[str, Any], data: bytes) -> bool | None:
        """Whether an answer says that just these data are stored; `None` where it does not say."""
        if said := answer.get("ChecksumSHA256"):
            self._answers = True
            return bool(said == _base64(hashlib.sha256(data)))
        tag = str(answer.get("ETag", "")).strip('"')
        if is_md5(tag) and not str(answer.get("ServerSideEncryption", "")).startswith("aws:kms"):
            return tag == md5_of(data).hexdigest()
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
        if self.checksums:
            self.checksums = False
            return True
        if self.conditions and exclusive:
            self.conditions = False
            return True
        return False


def md5_of(data: bytes) -> hashlib._Hash:
    """Its MD5, which finds accidents; it keeps nobody out."""
    return hashlib.md5(data, usedforsecurity=False)


def is_md5(tag: str) -> bool:
    """Whether a tag looks like one. Those of objects in several parts do not."""
    return _MD5.fullmatch(tag) is not None


def _base64(digest: hashlib._Hash) -> str:
    return base64.b64encode(digest.digest()).decode()

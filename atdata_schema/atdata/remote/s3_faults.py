"""What an S3 service or the way to it refused: which kind of fault, and one sentence that says the remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from atdata.remote.s3_access import S3Access

__all__ = ["FaultKind", "S3Fault", "fault_of"]


class FaultKind(Enum):
    """Kinds of faults, as far as callers tell them apart."""

    DENIED = "denied"
    NO_CREDENTIALS = "no credentials"
    NO_BUCKET = "no bucket"
    NOT_FOUND = "not found"
    EXISTS = "exists"
    RANGE = "range"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    NOT_SUPPORTED = "not supported"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class S3Fault:
    """What went wrong.

    Attributes:
        kind: which kind of fault it is.
        sentence: what was asked for, what went wrong and the remedy; nothing secret, and nothing that the server
            worded but its error code.
        code: the server's error code, `""` where it said none.
        status: the HTTP status, 0 where there was no answer.
    """

    kind: FaultKind
    sentence: str
    code: str = ""
    status: int = 0


_KINDS = {
    "AccessDenied": FaultKind.DENIED,
    "AllAccessDisabled": FaultKind.DENIED,
    "AccountProblem": FaultKind.DENIED,
    "Forbidden": FaultKind.DENIED,
    "Unauthorized": FaultKind.DENIED,
    "InvalidAccessKeyId": FaultKind.DENIED,
    "SignatureDoesNotMatch": FaultKind.DENIED,
    "ExpiredToken": FaultKind.DENIED,
    "InvalidToken": FaultKind.DENIED,
    "TokenRefreshRequired": FaultKind.DENIED,
    "RequestTimeTooSkewed": FaultKind.DENIED,
    "NoSuchBucket": FaultKind.NO_BUCKET,
    "NoSuchKey": FaultKind.NOT_FOUND,
    "NoSuchUpload": FaultKind.NOT_FOUND,
    "NotFound": FaultKind.NOT_FOUND,
    "PreconditionFailed": FaultKind.EXISTS,
    "ConditionalRequestConflict": FaultKind.EXISTS,
    "InvalidRange": FaultKind.RANGE,
    "SlowDown": FaultKind.THROTTLED,
    "Throttling": FaultKind.THROTTLED,
    "ThrottlingException": FaultKind.THROTTLED,
    "RequestLimitExceeded": FaultKind.THROTTLED,
    "TooManyRequests": FaultKind.THROTTLED,
    "ServiceUnavailable": FaultKind.THROTTLED,
    "NotImplemented": FaultKind.NOT_SUPPORTED,
}

# Answers to HEAD have no body, so no code: then botocore gives the status as one.
_KINDS_BY_STATUS = {
    401: FaultKind.DENIED,
    403: FaultKind.DENIED,
    404: FaultKind.NOT_FOUND,
    412: FaultKind.EXISTS,
    416: FaultKind.RANGE,
    429: FaultKind.THROTTLED,
    501: FaultKind.NOT_SUPPORTED,
    503: FaultKind.THROTTLED,
}

_REMEDIES = {
    FaultKind.DENIED: "access was denied: check the credentials and what they may do with this bucket",
    FaultKind.NO_BUCKET: "there is no such bucket: make it, or check its name and the endpoint",
    FaultKind.NOT_FOUND: "there is no such object",
    FaultKind.EXISTS: "an object is there already",
    FaultKind.RANGE: "the object has no such bytes",
    FaultKind.THROTTLED: "the service asked to slow down, and did so after every wait: try again later",
    FaultKind.NOT_SUPPORTED: "the service does not know this request",
    FaultKind.OTHER: "the service refused",
}

_CODE_REMEDIES = {
    "InvalidAccessKeyId": "the service does not know this access key: check it and the endpoint",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key: check both",
    "ExpiredToken": "the credentials have expired: get new ones",
    "RequestTimeTooSkewed": "the clock of this machine is wrong: set it",
    "PermanentRedirect": "the bucket is in another region: give region=",
    "AuthorizationHeaderMalformed": "the bucket is in another region: give region=",
}

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


def fault_of(error: Exception, where: str, access: S3Access) -> S3Fault | None:
    """What an exception of botocore says; `None` where it is none of botocore's.

    Args:
        error: what a client raised.
        where: what was asked for, such as `s3://bucket/key`.
        access: how the service was reached.
    """
    import botocore.exceptions as raised

    if isinstance(error, raised.ClientError):
        return _answered(error, where)
    if isinstance(error, raised.NoCredentialsError | raised.PartialCredentialsError):
        return S3Fault(
            FaultKind.NO_CREDENTIALS,
            f"{where}: there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, "
            "or read a public bucket with anonymous=True",
        )
    if isinstance(
        error,
        raised.CredentialRetrievalError | raised.TokenRetrievalError | raised.SSOError,
    ):
        return S3Fault(
            FaultKind.NO_CREDENTIALS,
            f"{where}: the credentials could not be fetched ({type(error).__name__}): log in again, "
            "or check the profile",
        )
    if isinstance(
        error, raised.ConnectionError | raised.HTTPClientError | raised.IncompleteReadError
    ):
        return S3Fault(
            FaultKind.UNREACHABLE,
            f"{where}: {_service(error, access)} cannot be reached or broke off ({type(error).__name__}): "
            "check the endpoint and the network",
        )
    if isinstance(error, raised.BotoCoreError):
        return S3Fault(
            FaultKind.OTHER,
            f"{where}: the request could not be made ({type(error).__name__})",
        )
    return None


def _answered(error: object, where: str) -> S3Fault:
    response = getattr(error, "response", {})
    said = str(response.get("Error", {}).get("Code", ""))
    code = said if _CODE.fullmatch(said) else ""
    number = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    status = number if isinstance(number, int) else 0
    kind = _KINDS.get(code) or _KINDS_BY_STATUS.get(status, FaultKind.OTHER)
    remedy = _CODE_REMEDIES.get(code) or _REMEDIES[kind]
    # Where the service stumbles, its operator is asked, not the user.
    if kind is FaultKind.OTHER and status >= 500:
        remedy = "the service failed at this: try again later"
    return S3Fault(kind, f"{where}: {remedy} ({_label(status, code)})", code, status)


def _label(status: int, code: str) -> str:
    return " ".join(part for part in (f"HTTP {status}" if status else "", code) if part)


def _service(error: Exception, access: S3Access) -> str:
    """Scheme, host and port of what was asked; never its path or query."""
    url = getattr(error, "kwargs", {}).get("endpoint_url") or access.endpoint_url
    try:
        parts = urlsplit(url or "")
        if parts.hostname:
            port = f":{parts.port}" if parts.port else ""
            return f"{parts.scheme}://{parts.hostname}{port}"
    except ValueError:
        pass
    return "the S3 service"

"""How S3 is reached: one way to say it, and one client for each process that says it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from weakref import ref

from atdata.errors import StoreError
from atdata_schema.errors import MissingExtra

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["ATTEMPTS", "CONNECTIONS", "S3Access", "Sent", "client", "last_sent"]

ATTEMPTS: Final = 8
"""How often a request is tried, with longer waits between, where AWS_MAX_ATTEMPTS or the profile says nothing."""

CONNECTIONS: Final = 64
"""Connections that one client keeps; so many threads may use it at once without waiting."""

_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 60
_MOST_CLIENTS: Final = 32


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where an S3 service is, and as whom it is asked.

    What is not given comes from where AWS's tools look: environment, `~/.aws/config`, `~/.aws/credentials`, the
    machine's role. No repr shows a key. Pickles hold all of it, so that workers read as their parent does.

    Attributes:
        endpoint_url: the service, `https://host[:port]`, where it is not AWS; buckets are then named in the path.
        region: its region.
        profile: which profile of `~/.aws` is taken.
        anonymous: whether requests are sent unsigned, as public buckets allow.
        access_key: the id of a key, together with `secret_key`.
        secret_key: its secret.
        session_token: what goes with a key that is valid for a while.

    Raises:
        StoreError: the endpoint is no web address or holds credentials, half of a key is given, or a key for
            unsigned requests.

    >>> S3Access("https://s3.example.org", access_key="AKIDEXAMPLE", secret_key="a secret")
    S3Access(endpoint_url='https://s3.example.org', region=None, profile=None, anonymous=False)
    """

    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None
    anonymous: bool = False
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.endpoint_url is not None:
            _check_endpoint(self.endpoint_url)
        if (self.access_key is None) != (self.secret_key is None):
            raise StoreError("S3: access_key and secret_key belong together: give both or neither")
        if self.session_token is not None and self.access_key is None:
            raise StoreError("S3: a session_token belongs to an access_key and a secret_key")
        if self.anonymous and self.access_key is not None:
            raise StoreError("S3: anonymous=True sends unsigned requests: give no key with it")


def _check_endpoint(url: str) -> None:
    """Refuse what is no address of a service; what might be a password is not repeated."""
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, named = None, False
    if parts is None or not named:
        raise StoreError(
            "S3: endpoint_url is no web address: give one such as 'https://s3.example.org:9000'"
        )
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise StoreError(
            "S3: endpoint_url holds more than scheme, host, port and path: "
            "give keys as access_key= and secret_key=, or in the environment or a profile"
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it was sent.

    Attributes:
        url: the address.
        headers: the headers, by the names that they were sent with.
        credentials: botocore's, which it was signed with; `None` where there are none.
    """

    url: str
    headers: dict[str, str] = field(repr=False)
    credentials: Any = field(repr=False)


class _Noted(threading.local):
    """What this thread has sent last."""

    by: S3Client | None = None
    credentials: Any = None
    request: Any = None


class _Clients:
    """The clients of this process. A lock, because sessions make clients one at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: dict[tuple[S3Access, tuple[tuple[str, str], ...]], S3Client] = {}


_clients = _Clients()
_noted: Final = _Noted()


def _forget() -> None:
    """A child shares no connection with its parent, nor a lock that a thread of the parent held."""
    global _clients
    _clients = _Clients()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def client(access: S3Access) -> S3Client:
    """The client for an access: one a process, which threads may share; a new one after fork.

    A change of an AWS variable in the environment gives another one.

    Raises:
        MissingExtra: boto3 is not installed.
        StoreError: the profile or its configuration cannot be used.
    """
    key = access, _environment()
    clients = _clients
    with clients.lock:
        found = clients.made.get(key)
        if found is None:
            found = _new_client(access)
            if len(clients.made) >= _MOST_CLIENTS:
                del clients.made[next(iter(clients.made))]
            clients.made[key] = found
    return found


def last_sent(made: S3Client) -> Sent | None:
    """The request for an object's bytes that this thread sent last; `None` where another client sent it."""
    request = _noted.request
    if request is None or _noted.by is not made:
        return None
    headers = {name: _text(value) for name, value in request.headers.items()}
    return Sent(request.url, headers, _noted.credentials)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _environment() -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))


def _new_client(access: S3Access) -> S3Client:
    try:
        import boto3
        import botocore.exceptions
        import botocore.session
    except ImportError:
        raise MissingExtra("S3", "s3") from None
    try:
        core = botocore.session.Session(profile=access.profile)
        session = boto3.session.Session(
            aws_access_key_id=access.access_key,
            aws_secret_access_key=access.secret_key,
            aws_session_token=access.session_token,
            region_name=access.region,
            botocore_session=core,
        )
        made = session.client("s3", endpoint_url=access.endpoint_url, config=_config(access, core))
        credentials = None if access.anonymous else core.get_credentials()
    except botocore.exceptions.ProfileNotFound:
        raise StoreError(
            f"S3: there is no profile {access.profile or os.environ.get('AWS_PROFILE')!r}; "
            "`aws configure list-profiles` lists them"
        ) from None
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        # Their texts may repeat a value from the configuration; its kind says enough.
        raise StoreError(
            f"S3: no client can be made ({type(error).__name__}): check endpoint_url, region and ~/.aws/config"
        ) from None
    made.meta.events.register("before-send.s3.GetObject", partial(_note, ref(made), credentials))
    return made


def _note(made: ref[S3Client], credentials: Any, request: Any, **_: Any) -> None:
    """Note what is about to be sent; by giving back nothing it is left to be sent."""
    _noted.by, _noted.credentials, _noted.request = made(), credentials, request


def _config(access: S3Access, core: Any) -> Any:
    import botocore
    from botocore.config import Config

    return Config(
        signature_version=botocore.UNSIGNED if access.anonymous else None,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        # Waits double from try to try, with chance in them, up to 20 s: some seconds in all for a network that
        # breaks, half a minute for a service that asks to slow down.
        retries={
            "mode": core.get_config_variable("retry_mode") or "standard",
            "total_max_attempts": core.get_config_variable("max_attempts") or ATTEMPTS,
        },
        # We send and hold digests of our own where they count. Whole-object checksums on ranges break some servers.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )

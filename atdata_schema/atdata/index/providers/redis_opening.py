"""Reaching Redis or Valkey: from a URL to a client that never does anything twice by itself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from atdata.errors import ProviderError
from atdata_schema.errors import MissingExtra

if TYPE_CHECKING:
    import redis

__all__ = ["PREFIX", "Target", "connect"]

PREFIX: Final = "atdata:"
"""What all keys begin with, where the URL says nothing else."""

_SAFE: Final = "-._~:{}"
_OPTIONS: Final = ("db", "socket_timeout", "socket_connect_timeout", "protocol", "client_name")


class Target:
    """Where a database is, and as whom it is asked; no repr shows a password.

    Args:
        url: `redis://user:password@host:port/database?prefix=...`, or with `rediss` over TLS.

    Attributes:
        url: the same without user, password and options, but with the prefix where it is not the usual one.
        prefix: what all keys begin with.

    Raises:
        ProviderError: it cannot be read as such a URL.
        MissingExtra: the driver is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import_module("redis")
        except ImportError:
            raise MissingExtra("an Index in Redis", "redis") from None
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "localhost", parts.port or 6379
            options = parse_qsl(
                parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)
            )
        except ValueError:
            raise _unreadable() from None
        database = parts.path.strip("/") or dict(options).get("db", "0")
        self.prefix = dict(options).get("prefix", PREFIX)
        kept = [(name, text) for name, text in options if name != "prefix"]
        known = all(name in _OPTIONS or name.startswith("ssl_") for name, _ in kept)
        if (
            not known
            or not self.prefix
            or parts.fragment
            or not database.isdecimal()
            or not database.isascii()
        ):
            raise _unreadable()
        self.server = parts._replace(query=urlencode(kept)).geturl()
        name = f"[{host}]" if ":" in host else host
        self.url = f"{parts.scheme}://{name}:{port}/{int(database)}"
        if self.prefix != PREFIX:
            self.url += f"?prefix={quote(self.prefix, safe=_SAFE)}"

    def __repr__(self) -> str:
        return f"Target({self.url!r})"


def connect(target: Target) -> redis.Redis:
    """A client; it connects when it is first used.

    Raises:
        ProviderError: the driver cannot read the URL.
    """
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    class Client(redis.Redis):
        def __del__(self) -> None:
            # Not as the driver has it, which waits for a lock: in a child that was forked off while another
            # thread held it, nobody would ever give it back.
            pass

    defaults: dict[str, Any] = {
        "protocol": 2,
        "max_connections": 1,  # one thread uses a client at a time
        "socket_timeout": 60,
        "socket_connect_timeout": 10,
        "socket_keepalive": True,
        # A command whose answer was lost may have been done: whether it is sent again is for us to say.
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
    }
    try:
        client: redis.Redis = Client.from_url(target.server, **defaults)
    except ValueError:
        raise _unreadable() from None
    return client


def _unreadable() -> ProviderError:
    # Without the URL, parts of which may be parts of a password.
    return ProviderError(
        "the URL of the Redis database cannot be read: give redis://user:password@host:6379/0, with the "
        "characters : / ? # @ % of a user or a password as %3A %2F %3F %23 %40 %25; after '?' stands "
        f"prefix=..., {'=..., '.join(_OPTIONS)}=... or ssl_...=... at most"
    )

"""From the URL of an Index to the provider that holds its tables.

    sqlite:///index.db              a file in the working folder
    sqlite:////data/index.db        a file by its absolute path
    sqlite:///~/index.db            a file in the home folder
    postgresql://host/database      tables `atdata_*` of a PostgreSQL database
    redis://host:6379/0             keys `atdata:*` of a Redis or Valkey database; `?prefix=lab:` names others
    rediss://host:6379/0            the same over TLS

The drivers of servers are imported when one is opened. A URL may hold a password: no message repeats the URL.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, unquote

from atdata.errors import ProviderError
from atdata.index.providers.provider import Provider

__all__ = ["open_provider"]

_ALLOWED: Final = (
    "sqlite:///index.db, sqlite:////data/index.db, postgresql://host/database, redis://host:6379/0 or "
    "rediss://host:6379/0"
)


def open_provider(url: str) -> Provider:
    """The provider that a URL names. Nothing is opened before it is first used.

    Args:
        url: as above.

    Raises:
        ProviderError: it is no such URL.
        MissingExtra: the driver of its server is not installed.

    >>> open_provider("sqlite:////data/index.db")
    SqliteProvider('/data/index.db')
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "sqlite":
        return _open_sqlite(rest)
    if separator and scheme in ("postgresql", "postgres"):
        from atdata.index.providers.postgres import PostgresProvider

        return PostgresProvider(url)
    if separator and scheme in ("redis", "rediss"):
        from atdata.index.providers.redis import RedisProvider

        return RedisProvider(url)
    raise ProviderError(
        f"{scheme + '://' if separator else 'this'!r} begins no URL of an Index: give {_ALLOWED}"
    )


def _open_sqlite(rest: str) -> Provider:
    from atdata.index.providers.sqlite import SqliteProvider

    path, _, query = rest.partition("?")
    if not path.startswith("/") or path == "/":
        raise ProviderError(
            f"sqlite://{rest} names no file: three slashes and a path, sqlite:///index.db, or four where the "
            "path is absolute, sqlite:////data/index.db"
        )
    options = dict(parse_qsl(query, keep_blank_values=True))
    timeout = options.pop("timeout", "30")
    if options or not timeout.isascii() or not timeout.isdigit():
        raise ProviderError(
            f"sqlite://{rest}: after '?' stands timeout=SECONDS at most, how long to wait for other processes"
        )
    return SqliteProvider(unquote(path[1:], errors="surrogateescape"), timeout=float(timeout))

"""Connections to PostgreSQL: how they are made, and what becomes of them when the server goes away.

Each statement has a time limit on the server, and the network one of its own, so that nothing waits for ever.
A session is in no transaction while nobody uses it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from atdata.errors import ProviderError
from atdata.index.providers.postgres_layout import Connection, bring_up
from atdata_schema.errors import MissingExtra

__all__ = ["Session", "Target", "close_session", "is_idle", "open_session"]

_DEFAULTS: Final[dict[str, Any]] = {
    "application_name": "atdata",
    "connect_timeout": 10,
    # A server that vanishes without a word is found out in half a minute.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "client_encoding": "UTF8",
}

_LIMITS: Final = (
    "SET statement_timeout = '120s'; SET lock_timeout = '60s'; "
    "SET idle_in_transaction_session_timeout = '120s'; "
    "SET default_transaction_isolation = 'read committed'"
)


class Target:
    """Where a database is, and as whom it is asked; no repr shows a password.

    Args:
        url: `postgresql://user:password@host:port/database?...`, as libpq reads it.

    Attributes:
        url: the same without user, password and options.

    Raises:
        ProviderError: it cannot be read as such a URL.
        MissingExtra: the driver is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            from psycopg.conninfo import make_conninfo
        except ImportError:
            raise MissingExtra("an Index in PostgreSQL", "postgres") from None
        given = _read(url)
        self.conninfo = make_conninfo(**{**_DEFAULTS, **given})
        self.url = _shown(given)

    def __repr__(self) -> str:
        return f"Target({self.url!r})"


class Session:
    """An open connection.

    Attributes:
        connection: the connection, each statement for itself where no transaction was begun.
        used: whether it has been used before, so that the server may have gone away since.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.used = False


def open_session(target: Target) -> Session:
    """Connect, and see that the tables are there.

    Raises:
        ProviderError: they are of a newer release.
        psycopg.Error: the server cannot be reached or refuses.
    """
    import psycopg

    connection = psycopg.connect(target.conninfo, autocommit=True)
    try:
        connection.execute(_LIMITS)
        bring_up(connection)
    except BaseException:
        connection.close()
        raise
    return Session(connection)


def close_session(session: Session) -> None:
    """Hang up."""
    import psycopg

    with suppress(psycopg.Error):
        session.connection.close()


def is_idle(session: Session) -> bool:
    """Whether a session may be used again."""
    from psycopg.pq import TransactionStatus

    status = session.connection.info.transaction_status
    return not session.connection.closed and status == TransactionStatus.IDLE


def _read(url: str) -> dict[str, Any]:
    """The parts of a URL, by their names in libpq."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    # A sign of a password that is not encoded may shift what comes after it; the driver would name the host or
    # the port that it then sees in its messages, which are parts of the password.
    path = url.partition("://")[2].partition("?")[0].partition("/")[2]
    with suppress(psycopg.Error, UnicodeError):
        given: dict[str, Any] = conninfo_to_dict(url)
        ports = str(given.get("port") or "0").split(",")
        if "@" not in path and all(port.isascii() and port.isdigit() for port in ports):
            return given
    raise ProviderError(
        "the URL of the PostgreSQL database cannot be read: give "
        "postgresql://user:password@host:port/database, with the characters : / ? # @ % of a user, a password or "
        "a name as %3A %2F %3F %23 %40 %25"
    )


def _shown(given: dict[str, Any]) -> str:
    host = str(given.get("host") or "")
    if "/" in host:
        host = quote(host, safe="")
    elif host.count(":") > 1:
        host = f"[{host}]"
    port = f":{given['port']}" if given.get("port") else ""
    return f"postgresql://{host}{port}/{quote(str(given.get('dbname') or ''), safe='')}"

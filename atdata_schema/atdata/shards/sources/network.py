"""Connections to web servers: pooled in each process, kept off addresses that they must not reach, silent about secrets."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import urllib3
import urllib3.exceptions as faults
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from atdata.shards.sources.addresses import is_public, may_be_reached
from atdata.shards.sources.pace import PACE, Pace, PacedResponse, at_pace
from atdata.shards.sources.retrying import Passing

__all__ = ["Network", "Refused", "Sent", "network"]

CONNECTIONS: Final = 32
"""Connections that are kept to one host."""

_TIMES: Final = urllib3.Timeout(connect=10.0, read=60.0)


class Sent(Protocol):
    """What is sent with a request."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end."""
        ...


class Refused(Exception):
    """A request that is not made, or would fail again.

    Attributes:
        reason: why, to be read behind an address.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_seen: dict[tuple[str, int | None], bool] = {}
"""Hosts that were connected to, and whether their address was a public one."""


class _PacedConnection(HTTPConnection):
    """One whose answers come at a pace."""

    response_class = PacedResponse


class _PacedTlsConnection(_PacedConnection, HTTPSConnection):
    """The same with TLS."""


class _Connection(_PacedConnection):
    """Notes whether it reached a public address."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        _seen[self.host, self.port] = is_public(connected.getpeername()[0])
        return connected


class _TlsConnection(_Connection, HTTPSConnection):
    """The same with TLS."""


class _PublicConnection(_PacedConnection):
    """Reaches public addresses only, and those that the user allows. The name is resolved once, so that it cannot mean another address later."""

    def _new_conn(self) -> socket.socket:
        host, reached = self._dns_host, False
        _check_public(host, _resolved(host, self.port))
        connected = super()._new_conn()
        try:
            # Nothing was sent yet. The name may have been resolved to another address meanwhile.
            reached = may_be_reached(connected.getpeername()[0])
        finally:
            if not reached:
                connected.close()
        if not reached:
            raise Refused(_private(host))
        return connected


class _PublicTlsConnection(_PublicConnection, HTTPSConnection):
    """The same with TLS."""


class _ProxyPool(HTTPConnectionPool):
    ConnectionCls: Any = _PacedConnection


class _ProxyTlsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _PacedTlsConnection


class _Pool(HTTPConnectionPool):
    ConnectionCls: Any = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _TlsConnection


class _PublicPool(HTTPConnectionPool):
    ConnectionCls: Any = _PublicConnection


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _PublicTlsConnection


def _resolved(host: str, port: int | None) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)]
    except OSError:
        return []  # said when it is connected to


def _check_public(host: str, addresses: list[str]) -> None:
    if not all(map(may_be_reached, addresses)):
        raise Refused(_private(host))


def _private(host: str) -> str:
    return (
        f"leads to {host}, which is an address of this machine or of a private network: "
        "data from elsewhere does not send readers there; ATDATA_ALLOW_PRIVATE_HOSTS may name networks that count as public"
    )


class Network:
    """The connections of one process."""

    def __init__(self) -> None:
        self._pools: dict[tuple[bool, str | None], urllib3.PoolManager] = {}
        self._context = _context()

    def get(self, url: str, headers: Mapping[str, str], *, public_only: bool) -> Any:
        """Send a GET; see `request`."""
        return self.request("GET", url, headers, public_only=public_only)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        public_only: bool,
        body: Sent | None = None,
        pace: Pace | None = None,
    ) -> Any:
        """Send a request; the answer, whose body is unread and whose redirect is not followed.

        Args:
            method: `GET` or `POST`.
            url: the address.
            headers: with `Content-Length` where there is a body.
            public_only: whether the host must have a public address.
            body: what is sent, from where it stands, some at a time.
            pace: how slowly the answer may come.

        Raises:
            Passing: no answer came, which may be better next time.
            Refused: none will come.
        """
        parts = urlsplit(url)
        host, proxy = parts.hostname or "", _proxy(parts.scheme, parts.netloc)
        sent: Any = body  # of which urllib3 asks no more than `read`
        if proxy is not None and public_only:
            _check_public(host, _resolved(host, parts.port))
        try:
            with _silent(), at_pace(PACE if pace is None else pace):
                return self._pool(public_only and proxy is None, proxy).request(
                    method,
                    url,
                    headers=dict(headers),
                    body=sent,
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=_TIMES,
                )
        except faults.HTTPError as error:
            raise _fault(error) from None

    def _pool(self, public_only: bool, proxy: str | None) -> urllib3.PoolManager:
        found = self._pools.get((public_only, proxy))
        if found is not None:
            return found
        options: dict[str, Any] = {
            "num_pools": 64,
            "maxsize": CONNECTIONS,
            "ssl_context": self._context,
        }
        made = _manager(options, proxy)
        if proxy is not None:
            classes: dict[str, Any] = {"http": _ProxyPool, "https": _ProxyTlsPool}
        elif public_only:
            classes = {"http": _PublicPool, "https": _PublicTlsPool}
        else:
            classes = {"http": _Pool, "https": _TlsPool}
        made.pool_classes_by_scheme = classes
        return self._pools.setdefault((public_only, proxy), made)

    @property
    def context(self) -> ssl.SSLContext:
        """Which certificates are trusted."""
        return self._context

    def was_private(self, url: str) -> bool:
        """Whether the host of an address was found on this machine or a private network."""
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return not _seen.get((parts.hostname or "", port), True)


def _manager(options: dict[str, Any], proxy: str | None) -> urllib3.PoolManager:
    if proxy is None:
        return urllib3.PoolManager(**options)
    parts = urlsplit(proxy)
    if parts.username is None:
        return urllib3.ProxyManager(proxy, **options)
    basic = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    headers = urllib3.make_headers(proxy_basic_auth=basic)
    return urllib3.ProxyManager(plain, proxy_headers=headers, **options)


def _proxy(scheme: str, netloc: str) -> str | None:
    """The proxy that the environment names for an address, as other programs understand it."""
    proxies = getproxies_environment()
    found = proxies.get(scheme) or proxies.get("all")
    if not found or proxy_bypass(netloc.rpartition("@")[2]):
        return None
    return found if "://" in found else f"http://{found}"


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        # A Python that was not given the system's certificates; many environments have these instead.
        try:
            import certifi
        except ImportError:
            return context
        context.load_verify_locations(certifi.where())
    return context


def _fault(error: faults.HTTPError) -> Passing | Refused:
    """What an exception says, in words of our own: its text may hold a whole address."""
    if isinstance(error, faults.NameResolutionError):
        return Passing("its host has no address", sent=False)
    if isinstance(error, faults.SSLError):
        inner = error.args[0] if error.args else error
        if isinstance(inner, ssl.SSLCertVerificationError):
            return Refused(
                f"the server's certificate is not trusted ({inner.verify_message}): "
                "SSL_CERT_FILE may name the certificates of those who are"
            )
        return Passing("the encrypted connection could not be made")
    if isinstance(error, faults.NewConnectionError):
        return Passing("the server cannot be reached", sent=False)
    if isinstance(error, faults.ConnectTimeoutError):
        return Passing("the server cannot be reached in time", sent=False)
    if isinstance(error, faults.TimeoutError):
        return Passing("the server did not answer in time")
    if isinstance(error, faults.ProxyError):
        return Passing("the proxy cannot be reached")
    if isinstance(error, faults.ProtocolError):
        return Passing("the connection broke off")
    return Refused(f"cannot be requested ({type(error).__name__})")


class _Shown(logging.Filter):
    """Leaves queries out of what urllib3 logs about our requests: a query may be what opens a file."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _own.active and isinstance(record.args, tuple):
            record.args = tuple(
                arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args
            )
        return True


class _Own(threading.local):
    active = False


_own: Final = _Own()
for _name in ("urllib3.connectionpool", "urllib3.poolmanager"):
    logging.getLogger(_name).addFilter(_Shown())


@contextmanager
def _silent() -> Iterator[None]:
    before, _own.active = _own.active, True
    try:
        yield
    finally:
        _own.active = before


_networks: dict[int, Network] = {}


def network() -> Network:
    """The connections of this process: a child makes its own."""
    found = _networks.get(os.getpid())
    return found or _networks.setdefault(os.getpid(), Network())

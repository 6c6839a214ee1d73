"""WebSockets to servers of the network: to public addresses only, unless the settings are for experiments."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from atdata.atmosphere.discovery.frames import StreamRefused
from atdata.errors import SourceError
from atdata.shards.sources.addresses import may_be_reached
from atdata.shards.sources.network import network
from atdata_schema.errors import MissingExtra

__all__ = ["Stream", "connected"]

_PATIENCE: Final = 15.0
"""Seconds in which a connection has to be made."""

_QUIET: Final = 1.0
"""Seconds after which a reader looks whether it should go on."""


class Stream:
    """A WebSocket that is read.

    Args:
        connection: the connection.
        where: the server, for messages.
    """

    def __init__(self, connection: Any, where: str) -> None:
        self._connection = connection
        self._where = where

    def next(self) -> str | bytes | None:
        """The next message; None where nothing came for a moment.

        Raises:
            SourceError: the connection ended, or a message is larger than it may be.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            message: str | bytes = self._connection.recv(timeout=_QUIET)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            code = None if error.rcvd is None else error.rcvd.code
            own = None if error.sent is None else error.sent.code
            if own == 1009:
                raise SourceError(f"{self._where}: a message is larger than it may be") from None
            raise SourceError(f"{self._where}: the stream ended (code {code or own})") from None
        return message


@contextmanager
def connected(
    url: str, *, local: bool, largest: int, subprotocol: str | None = None
) -> Iterator[Stream]:
    """A connection for as long as the context is open.

    Args:
        url: the address, `wss://` or, for experiments, `ws://`.
        local: reach addresses of this machine and of private networks.
        largest: bytes of a message.
        subprotocol: what is asked for, where the server knows several.

    Raises:
        SourceError: it cannot be made.
        StreamRefused: the server does not want it so.
        MissingExtra: `websockets` is not installed.
    """
    try:
        from websockets.exceptions import InvalidStatus, WebSocketException
        from websockets.sync.client import connect
        from websockets.typing import Subprotocol
    except ImportError:
        raise MissingExtra("Following a stream", "atmosphere") from None
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc}"
    secure = parts.scheme == "wss"
    plain = _socket(parts.hostname or "", parts.port or (443 if secure else 80), where, local)
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(
                connect(
                    url,
                    sock=plain,
                    ssl=network().context if secure else None,
                    server_hostname=parts.hostname if secure else None,
                    subprotocols=None if subprotocol is None else [Subprotocol(subprotocol)],
                    compression=None,  # so that what comes has the size that it has
                    proxy=None,
                    open_timeout=_PATIENCE,
                    close_timeout=1.0,
                    max_size=largest,
                    max_queue=64,
                )
            )
        except InvalidStatus as error:
            plain.close()
            raise _refused(where, error) from None
        except (WebSocketException, OSError) as error:
            plain.close()
            raise SourceError(
                f"{where}: the stream cannot be opened ({type(error).__name__})"
            ) from None
        yield Stream(connection, where)


def _socket(host: str, port: int, where: str, local: bool) -> socket.socket:
    """A connection to a host whose address may be reached; the name is resolved once."""
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    except OSError:
        raise SourceError(f"{where}: its host has no address") from None
    if not local and not all(may_be_reached(str(item[4][0])) for item in found):
        raise SourceError(
            f"{where}: that is an address of this machine or of a private network, where streams of others do not lead; "
            "ATDATA_ALLOW_PRIVATE_HOSTS may name networks that count as public"
        )
    for family, kind, protocol, _, address in found:
        made = socket.socket(family, kind, protocol)
        made.settimeout(_PATIENCE)
        try:
            made.connect(address)
        except OSError:
            made.close()
            continue
        return made
    raise SourceError(f"{where}: the server cannot be reached")


def _refused(where: str, error: Any) -> SourceError:
    """What a server said instead of a stream."""
    status = error.response.status_code
    try:
        body = json.loads(error.response.body or b"{}")
        name = body.get("error")
    except (ValueError, AttributeError, RecursionError):
        name = None
    said = name if isinstance(name, str) and name.isidentifier() and len(name) < 64 else None
    text = (
        f"{where}: the server refuses the stream with status {status}{f' ({said})' if said else ''}"
    )
    return StreamRefused(text, said) if 400 <= status < 500 and status != 429 else SourceError(text)

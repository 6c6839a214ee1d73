"""Who publishes: what of a session is needed for it."""

from __future__ import annotations

from typing import Protocol

from atdata.atmosphere.reading.reader import Reader
from atdata.atmosphere.xrpc.client import Xrpc

__all__ = ["Account"]


class Account(Reader, Protocol):
    """An account that is logged in; `Atmosphere` is one."""

    @property
    def did(self) -> str | None:
        """Its DID; None without a login."""
        ...

    @property
    def handle(self) -> str | None:
        """Its handle; None without a login."""
        ...

    def own(self) -> Xrpc:
        """Its server, with its token; raises `AuthenticationError` without a login."""
        ...

"""What reading needs of whoever reads."""

from __future__ import annotations

from typing import Protocol

from atdata.atmosphere.identities import Identities
from atdata.atmosphere.settings import Settings
from atdata.atmosphere.xrpc.client import Xrpc

__all__ = ["Reader"]


class Reader(Protocol):
    """Somebody who reads records; a login is not needed. `Atmosphere` is one."""

    @property
    def settings(self) -> Settings:
        """Which servers are asked."""
        ...

    @property
    def identities(self) -> Identities:
        """Accounts by handle or DID."""
        ...

    def server(self, did: str) -> Xrpc:
        """The server of any account, without a token."""
        ...

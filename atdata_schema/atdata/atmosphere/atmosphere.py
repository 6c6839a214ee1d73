"""The network as programs use it: who is logged in, and the servers of everybody."""

from __future__ import annotations

from typing import Self, final

from atdata.atmosphere.identities import Identities
from atdata.atmosphere.settings import Settings
from atdata.atmosphere.xrpc.client import Xrpc

__all__ = ["Atmosphere"]


@final
class Atmosphere:
    """The network, seen by an account or, without a login, by a reader.

    Nothing that it holds is shown: neither tokens nor passwords stand in a repr, a log or an error. A pickle of it has no login.

    Args:
        settings: which servers are asked; the user's without it.

    Attributes:
        settings: which servers are asked.
        identities: accounts by handle or DID.
    """

    settings: Settings
    identities: Identities

    def __init__(self, *, settings: Settings | None = None) -> None:
        raise NotImplementedError

    @classmethod
    def login(
        cls,
        handle: str | None = None,
        password: str | None = None,
        *,
        service: str | None = None,
        settings: Settings | None = None,
        keep: bool = True,
    ) -> Self:
        """Log in with a password, best an app password.

        Args:
            handle: the handle, with or without @, or the DID; `ATDATA_HANDLE` without it.
            password: the password; `ATDATA_PASSWORD` without it.
            service: the account's server; `ATDATA_PDS_URL` without it, else the one that its identity names.
            settings: which servers are asked; the user's without it.
            keep: keep the session, so that `kept` finds it: in the system's keyring, or in a file that only the user can read.

        Raises:
            AuthenticationError: the server refuses.
            IdentityError: there is no such account.
            SourceError: no answer came.
        """
        raise NotImplementedError

    @classmethod
    def from_session(cls, text: str, *, settings: Settings | None = None) -> Self:
        """Go on with the session that `session` gave.

        Raises:
            AuthenticationError: the text is none.
        """
        raise NotImplementedError

    @classmethod
    def kept(cls, handle: str | None = None, *, settings: Settings | None = None) -> Self:
        """Go on with the session that `login` kept.

        Where none is kept, and `ATDATA_HANDLE` and `ATDATA_PASSWORD` are set, it logs in.

        Args:
            handle: whose, as handle or DID; without it the one that logged in last.
            settings: which servers are asked; the user's without it.

        Raises:
            AuthenticationError: none is kept.
        """
        raise NotImplementedError

    def session(self) -> str:
        """The session as a text. Whoever has it acts as the account: keep it as a password.

        Raises:
            AuthenticationError: nobody is logged in.
        """
        raise NotImplementedError

    def logout(self) -> None:
        """End the session at the server, and forget what is kept of it; without a login nothing happens."""
        raise NotImplementedError

    @property
    def did(self) -> str | None:
        """The DID of the account; None without a login."""
        raise NotImplementedError

    @property
    def handle(self) -> str | None:
        """The handle of the account, as its server says it; None without a login."""
        raise NotImplementedError

    @property
    def service(self) -> str | None:
        """The server of the account, as an origin; None without a login."""
        raise NotImplementedError

    def own(self) -> Xrpc:
        """The account's server, with its token.

        Raises:
            AuthenticationError: nobody is logged in; `atdata auth login` does it.
        """
        raise NotImplementedError

    def server(self, did: str) -> Xrpc:
        """The server of any account, without a token.

        Args:
            did: the account, by DID or handle.

        Raises:
            IdentityError: there is no such account, or it has no server.
            SourceError: no answer came.
        """
        raise NotImplementedError

"""Accounts by handle or DID, kept for a day, and longer for when there is no network."""

from __future__ import annotations

from atdata.atmosphere.identity.identities import Identity
from atdata.atmosphere.identity.resolver import Resolver
from atdata.atmosphere.settings import Settings

__all__ = ["Identities"]


class Identities:
    """Accounts, looked up once a day.

    They are kept in the folder for what can be made again (`ATDATA_CACHE`), so that all programs of a user share them.

    Args:
        settings: which directory is asked.
        resolver: makes the look-ups; over the network without it.
    """

    def __init__(self, settings: Settings, resolver: Resolver | None = None) -> None:
        raise NotImplementedError

    def identity(self, name: str, *, fresh: bool = False) -> Identity:
        """The account that a handle, with or without @, or a DID names.

        Args:
            name: the handle or DID.
            fresh: look it up anew, as when a signature or a server turns out to be another one.

        Raises:
            IdentityError: there is none, or its handle and DID do not name each other.
            SourceError: no answer came.
        """
        raise NotImplementedError

    def known(self, name: str) -> Identity | None:
        """What was last found about a name, however long ago: for use without a network."""
        raise NotImplementedError

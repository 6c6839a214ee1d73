"""Accounts by handle or DID, kept for a day, and longer for when there is no network."""

from __future__ import annotations

import time
from typing import Final

from atdata.atmosphere.identity.handles import normal_handle
from atdata.atmosphere.identity.identities import Identity, resolve_identity
from atdata.atmosphere.identity.resolver import Resolver
from atdata.atmosphere.kept_identities import KeptIdentities, KeptIdentity
from atdata.atmosphere.lookups import LiveResolver
from atdata.atmosphere.settings import Settings
from atdata.errors import IdentityError

__all__ = ["Identities"]

DAY: Final = 24 * 60 * 60
"""Seconds after which an account is looked up anew; the protocol asks for no more."""

_MOST: Final = 10_000  # accounts that are held in memory


class Identities:
    """Accounts, looked up once a day.

    They are kept in the folder for what can be made again (`ATDATA_CACHE`), so that all programs of a user share them.

    Args:
        settings: which directory is asked.
        resolver: makes the look-ups; over the network without it.
    """

    def __init__(self, settings: Settings, resolver: Resolver | None = None) -> None:
        self._settings: Final = settings
        self._resolver: Final = LiveResolver(settings) if resolver is None else resolver
        self._kept: Final = KeptIdentities(settings)
        self._seen: dict[str, KeptIdentity] = {}

    def identity(self, name: str, *, fresh: bool = False) -> Identity:
        """The account that a handle, with or without @, or a DID names.

        Args:
            name: the handle or DID.
            fresh: look it up anew, as when a signature or a server turns out to be another one.

        Raises:
            IdentityError: there is none, or its handle and DID do not name each other.
            SourceError: no answer came.
        """
        key = self._key(name)
        found = None if fresh else self._latest(key)
        # What comes from the future was written by another clock, and may be of any age.
        if found is not None and 0 <= time.time() - found.at <= DAY:
            return found.identity
        return self._looked_up(key)

    def known(self, name: str) -> Identity | None:
        """What was last found about a name, however long ago: for use without a network."""
        try:
            found = self._latest(self._key(name))
        except IdentityError:
            return None
        return None if found is None else found.identity

    def _key(self, name: str) -> str:
        if name.startswith("did:"):
            return name
        return normal_handle(name, local=self._settings.local)

    def _latest(self, key: str) -> KeptIdentity | None:
        """What is known: another program may have looked it up since."""
        seen = self._seen.get(key)
        if seen is not None and 0 <= time.time() - seen.at <= DAY:
            return seen
        found = self._kept.read(key) or seen
        if found is not None:
            self._remember(key, found)
        return found

    def _looked_up(self, key: str) -> Identity:
        settings = self._settings
        try:
            found = resolve_identity(
                key, self._resolver, directory=settings.directory, local=settings.local
            )
        except IdentityError:
            # It is known that this is nobody's any more, with or without a network.
            self._forget(key)
            raise
        kept = KeptIdentity(found, time.time())
        # Asked by a handle, both directions were seen; asked by a DID whose handle could not be confirmed, only the DID.
        for name in {key, found.did}:
            self._remember(name, kept)
            self._kept.write(name, kept)
        return found

    def _remember(self, key: str, found: KeptIdentity) -> None:
        if len(self._seen) >= _MOST:
            self._seen.clear()  # they are on the disk
        self._seen[key] = found

    def _forget(self, key: str) -> None:
        self._seen.pop(key, None)
        self._kept.remove(key)

"""A session in use: refreshed when its token ends, by one process at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final, final

from atdata.atmosphere.session.calls import delete_session, refresh_session
from atdata.atmosphere.session.keeping import forget, keep, only_one, read_kept
from atdata.atmosphere.session.tokens import Session
from atdata.atmosphere.settings import Settings
from atdata.atmosphere.xrpc.secret import Secret
from atdata.errors import AuthenticationError

__all__ = ["LiveSession"]


@final
class LiveSession:
    """A session in use, as the `Login` of calls. Threads may share one; a child process goes on with it after fork.

    Args:
        session: the session.
        settings: whether http and private addresses are reached.
        kept: whether it is kept, so that other processes may refresh it too.

    Attributes:
        session: the session, with its present tokens.
    """

    __slots__ = ("_by_clock", "_kept", "_locks", "_settings", "session")

    def __init__(self, session: Session, *, settings: Settings, kept: bool) -> None:
        self.session = session
        self._settings: Final = settings
        self._kept: Final = kept
        self._by_clock = True
        self._locks: dict[int, threading.RLock] = {}

    def token(self) -> Secret:
        """The token of the next call; a new one where it says itself that it ends now."""
        session = self.session
        return self.renewed(session.access) if self._is_ending() else session.access

    def renewed(self, used: Secret) -> Secret:
        """A token in place of one that has ended.

        Raises:
            AuthenticationError: the session has ended too.
            XrpcError: the server cannot be asked.
        """
        with self._alone():
            self._take_kept()
            if self.session.access == used or self._is_ending():
                self.session = refresh_session(self.session, self._settings)
                # One that ends when it is new: this machine's clock is wrong, and only the server knows.
                self._by_clock = not self.session.is_ending()
                if self._kept:
                    keep(self.session)
            return self.session.access

    def end(self) -> None:
        """End the session at the server, and forget what is kept of it, also where the server cannot be asked.

        Raises:
            XrpcError: the server cannot be asked.
        """
        with self._alone():
            try:
                self._take_kept()
                delete_session(self.session, self._settings)
            except AuthenticationError:
                return  # another process has ended it
            finally:
                if self._kept:
                    forget(self.session.did)

    def _is_ending(self) -> bool:
        return self._by_clock and self.session.is_ending()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # A child does not get the lock that a thread of its parent held.
        own = self._locks.setdefault(os.getpid(), threading.RLock())
        with own, only_one(self.session.did) if self._kept else nullcontext():
            yield

    def _take_kept(self) -> None:
        """Take what another process has kept since: the tokens that this one has may be used up."""
        if not self._kept:
            return
        found = read_kept(self.session.did, local=self._settings.local)
        if found is None or found.service != self.session.service:
            raise AuthenticationError(
                f"{self.session.handle} was logged out meanwhile, or logged in at another server: `atdata auth login` "
                "begins a new session"
            )
        self.session = found

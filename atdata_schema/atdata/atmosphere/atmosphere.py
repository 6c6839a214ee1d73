"""The network as programs use it: who is logged in, and the servers of everybody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, final

from atdata.atmosphere.discovery.methods import Discovering
from atdata.atmosphere.identities import Identities
from atdata.atmosphere.identity.handles import normal_handle
from atdata.atmosphere.identity.hosts import origin_of
from atdata.atmosphere.publishing.publisher import Publisher
from atdata.atmosphere.session.calls import create_session
from atdata.atmosphere.session.keeping import keep as keep_session
from atdata.atmosphere.session.keeping import kept_sessions, only_one, read_kept
from atdata.atmosphere.session.live import LiveSession
from atdata.atmosphere.session.tokens import parse_session
from atdata.atmosphere.settings import Settings
from atdata.atmosphere.settings import settings as user_settings
from atdata.atmosphere.xrpc.client import Xrpc
from atdata.atmosphere.xrpc.secret import Secret
from atdata.errors import AuthenticationError, IdentityError
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.proofs.verification import VerifiedRecord
    from atdata.atmosphere.reading.published import Published
    from atdata.remote.s3_access import S3Access

__all__ = ["Atmosphere"]

_HANDLE: Final = "ATDATA_HANDLE"
_PASSWORD: Final = "ATDATA_PASSWORD"
_SERVICE: Final = "ATDATA_PDS_URL"


@final
class Atmosphere(Publisher, Discovering):
    """The network, seen by an account or, without a login, by a reader.

    Nothing that it holds is shown: neither tokens nor passwords stand in a repr, a log or an error. A pickle of it, as worker
    processes get one, has no login.

    Args:
        settings: which servers are asked; the user's without it.

    Attributes:
        settings: which servers are asked.
        identities: accounts by handle or DID.

    >>> from atdata.atmosphere import Atmosphere, Settings
    >>> Atmosphere(settings=Settings())
    Atmosphere(not logged in)
    """

    __slots__ = ("_live", "_travelled", "identities", "settings")

    def __init__(self, *, settings: Settings | None = None) -> None:
        self.settings: Final = user_settings() if settings is None else settings
        self.identities: Final = Identities(self.settings)
        self._live: LiveSession | None = None
        self._travelled = False

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
            AuthenticationError: the server refuses, or handle and password are not given.
            IdentityError: there is no such account.
            SourceError: no answer came.
        """
        made = cls(settings=settings)
        name = made._name(_given(handle, _HANDLE, "a handle"))
        secret = Secret(_given(password, _PASSWORD, "a password"))
        server, did = made._server_of(name, service or os.environ.get(_SERVICE))
        session = create_session(name, secret, server, did, made.settings)
        if keep:
            # Not while another process refreshes an earlier session of the account, which it would keep over this one.
            with only_one(session.did):
                keep_session(session, first=True)
        made._live = LiveSession(session, settings=made.settings, kept=keep)
        return made

    @classmethod
    def from_session(cls, text: str, *, settings: Settings | None = None) -> Self:
        """Go on with the session that `session` gave.

        Its tokens are refreshed in memory. A refresh token is good once: where several processes go on with one session for hours, use
        `kept`, by which they share it.

        Raises:
            AuthenticationError: the text is none.
        """
        made = cls(settings=settings)
        session = parse_session(text, local=made.settings.local)
        made._live = LiveSession(session, settings=made.settings, kept=False)
        return made

    @classmethod
    def kept(cls, handle: str | None = None, *, settings: Settings | None = None) -> Self:
        """Go on with the session that `login` kept.

        Where none is kept, and `ATDATA_HANDLE` and `ATDATA_PASSWORD` are set, it logs in.

        Args:
            handle: whose, as handle or DID; without it `ATDATA_HANDLE`, else the one that logged in last.
            settings: which servers are asked; the user's without it.

        Raises:
            AuthenticationError: none is kept.
        """
        made = cls(settings=settings)
        wanted = handle or os.environ.get(_HANDLE)
        name = None if wanted is None else made._name(wanted)
        for item in kept_sessions():
            if name is None or name in (item.did, item.handle):
                session = read_kept(item.did, local=made.settings.local)
                if session is not None:
                    made._live = LiveSession(session, settings=made.settings, kept=True)
                    return made
        own = os.environ.get(_HANDLE)
        if own and os.environ.get(_PASSWORD) and name == made._name(own):
            return cls.login(settings=settings)
        who = "" if name is None else f" as {name}"
        raise AuthenticationError(f"nobody is logged in{who}: `atdata auth login` does it")

    def session(self) -> str:
        """The session as a text. Whoever has it acts as the account: keep it as a password.

        Raises:
            AuthenticationError: nobody is logged in.
        """
        return self._logged_in().session.to_text()

    def logout(self) -> None:
        """End the session at the server, and forget what is kept of it; without a login nothing happens.

        Raises:
            SourceError: the server cannot be asked; what is kept is forgotten all the same.
        """
        live, self._live = self._live, None
        if live is not None:
            live.end()

    @property
    def did(self) -> str | None:
        """The DID of the account; None without a login."""
        return None if self._live is None else self._live.session.did

    @property
    def handle(self) -> str | None:
        """The handle of the account, as its server says it; None without a login."""
        return None if self._live is None else self._live.session.handle

    @property
    def service(self) -> str | None:
        """The server of the account, as an origin; None without a login."""
        return None if self._live is None else self._live.session.service

    def own(self) -> Xrpc:
        """The account's server, with its token.

        Raises:
            AuthenticationError: nobody is logged in.
        """
        live = self._logged_in()
        return Xrpc(live.session.service, settings=self.settings, login=live)

    def server(self, did: str) -> Xrpc:
        """The server of any account, without a token.

        Args:
            did: the account, by DID or handle.

        Raises:
            IdentityError: there is no such account, or it has no server.
            SourceError: no answer came.
        """
        return Xrpc(self._pds(did), settings=self.settings)

    def record(
        self,
        uri: str,
        *,
        trust: str = "signed",
        cid: str | None = None,
        offline: bool | None = None,
    ) -> VerifiedRecord:
        """A record of anybody, proved.

        Args:
            uri: its AT-URI, with a DID or a handle.
            trust: how much has to be proved: `"signed"`, `"cid"` or `"unverified"`.
            cid: the CID that it should have, where a reference says one.
            offline: take what was kept when it was last read; without it, what `ATDATA_OFFLINE` says.

        Raises:
            ProofError: it is not proved as asked, or it is proved that there is none (`RecordAbsent`).
            IdentityError: the account cannot be found.
            SourceError: its server does not answer, or refuses.
        """
        # Imported when it is asked for: who publishes need not read.
        from atdata.atmosphere.reading.fetching import fetch_record
        from atdata.atmosphere.reading.terms import Terms

        terms = Terms.of(trust, offline=offline)
        return fetch_record(self, uri, trust=terms.trust, cid=cid, offline=terms.offline)

    def dataset(
        self,
        reference: str,
        *,
        trust: str = "signed",
        locked: bool = False,
        lock: str | Path | None = None,
        offline: bool | None = None,
        access: S3Access | None = None,
    ) -> Published:
        """What anybody published as a dataset, with its records proved, and none of its data fetched.

        Args:
            reference: `@handle/name`, `@handle/name@1.2.0`, the same with a DID, or `at://…`.
            trust: as `load_dataset` has it, and so are the others.
            locked: read what the lock pins, and nothing else.
            lock: the path of the lock, in which what is found is pinned.
            offline: ask no server.
            access: how an S3 service is reached.

        Raises:
            LoadError: as `load_dataset`.
        """
        from atdata.atmosphere.reading.resolving import resolve_published
        from atdata.atmosphere.reading.terms import Terms

        terms = Terms.of(trust, locked, lock, offline, access)
        return resolve_published(reference, self, terms, pins=lock is not None)

    def __repr__(self) -> str:
        if self._live is None:
            return "Atmosphere(not logged in)"
        return f"Atmosphere({self.handle!r}, {self.did!r}, {self.service!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Tokens do not travel: a pickle is kept in places that nobody thinks of.
        return _without_login, (self.settings, self._live is not None)

    def _logged_in(self) -> LiveSession:
        if self._live is not None:
            return self._live
        if self._travelled:
            raise AuthenticationError(
                "nobody is logged in here: a login does not travel in a pickle; `Atmosphere.kept()` goes on with the one that is kept"
            )
        raise AuthenticationError(
            "nobody is logged in: `Atmosphere.login(handle, password)` does it, or `atdata auth login` and `Atmosphere.kept()`"
        )

    def _name(self, text: str) -> str:
        return text if text.startswith("did:") else normal_handle(text, local=self.settings.local)

    def _server_of(self, name: str, service: str | None) -> tuple[str, str | None]:
        """The server to log in at, and the account that has to come, where it is known."""
        if service is None:
            identity = self.identities.identity(name, fresh=True)
            return self._pds(name), identity.did
        address = service if "://" in service else f"https://{service}"
        try:
            origin = origin_of(address, local=self.settings.local)
        except IdentityError as error:
            raise AuthenticationError(f"the server to log in at: {error}") from None
        return origin, name if name.startswith("did:") else None

    def _pds(self, name: str) -> str:
        document = self.identities.identity(name).document
        if document.pds is None:
            raise IdentityError(f"{quoted(name)} has no server: the account was closed")
        return document.pds


def _without_login(settings: Settings, travelled: bool) -> Atmosphere:
    made = Atmosphere(settings=settings)
    made._travelled = travelled
    return made


def _given(value: str | None, variable: str, what: str) -> str:
    found = value or os.environ.get(variable)
    if not found:
        raise AuthenticationError(f"{what} is missing: give it, or set {variable}")
    return found

"""The three calls of a session: to begin, to go on, to end."""

from __future__ import annotations

from typing import Any, Final

from atdata.atmosphere.session.tokens import Session, as_token
from atdata.atmosphere.settings import Settings
from atdata.atmosphere.xrpc.client import Xrpc
from atdata.atmosphere.xrpc.secret import Secret
from atdata.errors import AuthenticationError, XrpcError
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["create_session", "delete_session", "refresh_session"]

_CREATE: Final = "com.atproto.server.createSession"
_REFRESH: Final = "com.atproto.server.refreshSession"
_DELETE: Final = "com.atproto.server.deleteSession"
_REMEDIES: Final = {
    "AuthFactorTokenRequired": "the account asks for a code by mail at every login: make an app password in its settings, and give that",
    "AccountTakedown": "the server has taken the account down",
}


def create_session(
    name: str, password: Secret, service: str, did: str | None, settings: Settings
) -> Session:
    """Log in.

    Args:
        name: the handle or DID.
        password: its password.
        service: the account's server.
        did: the account that has to come, where it is known.
        settings: whether http and private addresses are reached.

    Raises:
        AuthenticationError: the server refuses, or logs in another account.
        XrpcError: no answer came, or one that cannot be used.
    """
    body = {"identifier": name, "password": password.reveal()}
    try:
        answer = Xrpc(service, settings=settings).call(_CREATE, body)
    except XrpcError as error:
        if not _is_refusal(error):
            raise
        remedy = _REMEDIES.get(error.name or "", "check the handle, the password and the server")
        raise AuthenticationError(
            f"{service} does not log in {quoted(name)} ({error.name or error.status}): {remedy}"
        ) from None
    return _understood(answer, service, did)


def refresh_session(session: Session, settings: Settings) -> Session:
    """The session with new tokens; its old ones are good no more.

    Raises:
        AuthenticationError: the session has ended.
        XrpcError: no answer came, or one that cannot be used.
    """
    try:
        # Made again also where it may have been done: with the answer lost, the account would be logged out.
        answer = _with(session, settings).call(_REFRESH, repeat=True)
    except XrpcError as error:
        if not _is_refusal(error):
            raise
        raise AuthenticationError(
            f"the session of {session.handle} at {session.service} has ended ({error.name or error.status}): "
            "`atdata auth login` begins a new one"
        ) from None
    return _understood(answer, session.service, session.did)


def delete_session(session: Session, settings: Settings) -> None:
    """Let the server forget a session; one that it does not know is no error.

    Raises:
        XrpcError: no answer came, or one that cannot be used.
    """
    try:
        _with(session, settings).call(_DELETE, repeat=True)
    except XrpcError as error:
        if not _is_refusal(error):
            raise


def _with(session: Session, settings: Settings) -> Xrpc:
    return Xrpc(session.service, settings=settings, login=_Refreshing(session.refresh))


class _Refreshing:
    """The token that gives new ones. Nothing stands in for it."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def token(self) -> Secret:
        """The token."""
        return self._token

    def renewed(self, used: Secret) -> Secret:
        """The same."""
        return used


def _is_refusal(error: XrpcError) -> bool:
    """Whether a server understood, and says no."""
    return error.status in (400, 401, 403) and error.name != "InvalidRequest"


def _understood(answer: dict[str, Any], service: str, did: str | None) -> Session:
    found, handle = answer.get("did"), answer.get("handle")
    access, refresh = as_token(answer.get("accessJwt")), as_token(answer.get("refreshJwt"))
    if (
        not isinstance(found, str)
        or not is_valid("did", found)
        or access is None
        or refresh is None
    ):
        raise XrpcError(
            f"{service}: the answer to the login is none: is this a server of the network?"
        )
    if did is not None and found != did:
        raise AuthenticationError(
            f"{service} gave a session of {quoted(found)}, where {did} was asked for"
        )
    if not isinstance(handle, str) or not is_valid("handle", handle):
        raise XrpcError(f"{service}: the answer to the login names no handle")
    return Session(found, handle.lower(), service, access, refresh)

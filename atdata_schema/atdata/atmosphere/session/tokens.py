"""What a login gave, and its text."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Final

from atdata.atmosphere.identity.hosts import origin_of
from atdata.atmosphere.xrpc.secret import Secret
from atdata.errors import AuthenticationError, IdentityError
from atdata_schema.syntax import is_valid

__all__ = ["Session", "as_token", "parse_session"]

_FORM: Final = 1
_TYPE: Final = "atdata-session"
_LONGEST: Final = 32 * 1024
_KEYS: Final = frozenset(("type", "form", "did", "handle", "service", "access", "refresh"))
# What may stand in a header behind `Bearer`; nothing that could end the line.
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")
_MARGIN: Final = 30.0


@dataclass(frozen=True, slots=True)
class Session:
    """An account's login at its server.

    Attributes:
        did: the account.
        handle: its handle, as the server says it.
        service: the server, as an origin: the tokens go nowhere else.
        access: the token of calls, good for minutes or hours.
        refresh: the token that gives the next two, good once.
    """

    did: str
    handle: str
    service: str
    access: Secret
    refresh: Secret

    def to_text(self) -> str:
        """The session as a text, for `parse_session`."""
        return json.dumps(
            {
                "type": _TYPE,
                "form": _FORM,
                "did": self.did,
                "handle": self.handle,
                "service": self.service,
                "access": self.access.reveal(),
                "refresh": self.refresh.reveal(),
            }
        )

    def is_ending(self) -> bool:
        """Whether the token of calls says that it ends about now."""
        ends = _end_of(self.access.reveal())
        return ends is not None and ends - time.time() < _MARGIN


def parse_session(text: str, *, local: bool = False) -> Session:
    """Read the text of a session.

    Args:
        text: the text.
        local: take servers of this machine and private networks too.

    Raises:
        AuthenticationError: it is none. Nothing of it is repeated.
    """
    given: object = text  # callers without a type checker give other things
    if not isinstance(given, str) or len(given) > _LONGEST:
        raise _no_session("it is a text, of some kilobytes")
    try:
        found: Any = json.loads(given)
    except (ValueError, RecursionError):
        raise _no_session("it is no JSON") from None
    if not isinstance(found, dict) or found.get("type") != _TYPE:
        raise _no_session("it is JSON of another kind")
    if found.get("form") != _FORM:
        raise _no_session("it is of another version of atdata")
    if found.keys() != _KEYS or not all(isinstance(found[key], str) for key in _KEYS - {"form"}):
        raise _no_session("parts of it are missing, or there are others")
    if not is_valid("did", found["did"]) or not is_valid("handle", found["handle"]):
        raise _no_session("its account is none")
    try:
        service = origin_of(found["service"], local=local)
    except IdentityError:
        raise _no_session(
            "its server is no public one, as [atmosphere] local would allow"
        ) from None
    access, refresh = as_token(found["access"]), as_token(found["refresh"])
    if access is None or refresh is None:
        raise _no_session("its tokens are none")
    return Session(found["did"], found["handle"], service, access, refresh)


def _no_session(reason: str) -> AuthenticationError:
    return AuthenticationError(
        f"this is no session of atdata: {reason}; `Atmosphere.session()` gives one, and `atdata auth login` keeps one"
    )


def as_token(value: object) -> Secret | None:
    """A token, where a value can be one."""
    if isinstance(value, str) and _TOKEN.fullmatch(value):
        return Secret(value)
    return None


def _end_of(token: str) -> float | None:
    """When a token ends, as it says itself; servers may give tokens that say nothing."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(payload["exp"])
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, binascii.Error):
        return None

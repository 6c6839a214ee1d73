"""Where sessions are kept: `ATDATA_HOME/atmosphere/session.json` lists them, and has the tokens where no keyring does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from atdata.atmosphere.session.keyring import from_keyring, into_keyring, out_of_keyring
from atdata.atmosphere.session.private_file import private_folder, read_private, write_private
from atdata.atmosphere.session.tokens import Session, parse_session
from atdata.errors import AuthenticationError
from atdata.home import home
from atdata.shards.cache_folder import named
from atdata_schema.syntax import is_valid

__all__ = ["KeptSession", "forget", "keep", "kept_sessions", "only_one", "read_kept"]

_FORM: Final = 1
_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session that is kept.

    Attributes:
        did: the account.
        handle: its handle.
        service: its server.
        place: where its tokens are: `keyring` or `file`.
        text: the session itself, where it is in the file.
    """

    did: str
    handle: str
    service: str
    place: str
    text: str | None

    def __repr__(self) -> str:
        return f"KeptSession({self.did!r}, {self.handle!r}, {self.service!r}, {self.place!r})"


def kept_sessions() -> list[KeptSession]:
    """What is kept, the account that logged in last first.

    Raises:
        AuthenticationError: the file is damaged.
    """
    text = read_private(_path())
    if text is None:
        return []
    try:
        found: Any = json.loads(text)
        if found["form"] != _FORM:
            raise ValueError
        return [_listed(item) for item in found["sessions"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AuthenticationError(
            f"{_path()} is no list of sessions of this version of atdata: move it away, and log in again"
        ) from None


def read_kept(did: str, *, local: bool = False) -> Session | None:
    """The session that is kept of an account.

    Raises:
        AuthenticationError: what is kept is damaged.
    """
    for item in kept_sessions():
        if item.did == did:
            text = item.text if item.text is not None else from_keyring(did)
            if text is None:
                raise AuthenticationError(
                    f"the session of {item.handle} is in the system's keyring, which does not give it out: open it, or log in again"
                )
            return parse_session(text, local=local)
    return None


def keep(session: Session, *, first: bool = False) -> None:
    """Keep a session, in place of an earlier one of the account.

    Args:
        session: the session.
        first: whether it is a login, so that it is the one that is meant where none is named.

    Raises:
        AuthenticationError: the folder cannot be written.
    """
    text = session.to_text()
    with _changing():
        kept = kept_sessions()
        dids = [item.did for item in kept]
        at = 0 if first or session.did not in dids else dids.index(session.did)
        others = [item for item in kept if item.did != session.did]
        own = _entry(session, None if into_keyring(session.did, text) else text)
        _write([*others[:at], own, *others[at:]])


def forget(did: str) -> None:
    """Forget what is kept of an account."""
    with _changing():
        kept = kept_sessions()
        left = [item for item in kept if item.did != did]
        if len(left) < len(kept):
            _write(left)
        out_of_keyring(did)


@contextmanager
def only_one(did: str) -> Iterator[None]:
    """Let one process at a time work with an account's tokens.

    Raises:
        AuthenticationError: another one has been at it for minutes.
    """
    # A DID may be longer than the name of a file.
    with _locked(f"{named(did)[:32]}.lock"):
        yield


def _entry(session: Session, text: str | None) -> KeptSession:
    place = "keyring" if text is None else "file"
    return KeptSession(session.did, session.handle, session.service, place, text)


def _listed(item: Any) -> KeptSession:
    did, handle, service, place = (item[key] for key in ("did", "handle", "service", "place"))
    text = item.get("session")
    if not all(isinstance(part, str) for part in (did, handle, service, text or "")):
        raise TypeError
    if place not in ("file", "keyring") or (place == "file") != (text is not None):
        raise ValueError
    if not is_valid("did", did) or not is_valid("handle", handle):
        raise ValueError
    return KeptSession(did, handle, service, place, text)


def _write(kept: list[KeptSession]) -> None:
    sessions = [
        {
            "did": item.did,
            "handle": item.handle,
            "service": item.service,
            "place": item.place,
            **({} if item.text is None else {"session": item.text}),
        }
        for item in kept
    ]
    text = json.dumps({"form": _FORM, "sessions": sessions}, indent=1) + "\n"
    try:
        write_private(_path(), text)
    except OSError as error:
        raise _not_kept(error) from None


def _path() -> Path:
    return home() / "atmosphere" / "session.json"


@contextmanager
def _changing() -> Iterator[None]:
    with _locked("session.lock"):
        yield


@contextmanager
def _locked(name: str) -> Iterator[None]:
    # Imported where it is needed: readers have no session.
    from filelock import FileLock, Timeout

    path = _path().with_name(name)
    try:
        private_folder(path.parent)
        lock = FileLock(path, timeout=_SECONDS, mode=0o600)
        lock.acquire()
    except Timeout:
        raise AuthenticationError(
            f"another program has been logging in or refreshing the session for minutes; {path} is its lock"
        ) from None
    except OSError as error:
        raise _not_kept(error) from None
    try:
        yield
    finally:
        lock.release()


def _not_kept(error: OSError) -> AuthenticationError:
    return AuthenticationError(
        f"{_path().parent}: no session can be kept there ({error.strerror or error}): ATDATA_HOME names another folder, "
        "and `Atmosphere.login(..., keep=False)` keeps none"
    )

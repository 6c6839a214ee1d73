"""`atdata auth`: logging in to the network, and out of it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata.cli.misuse import Misuse
from atdata.cli.output import (
    Cell,
    Column,
    Row,
    print_json,
    print_lines,
    print_rows,
    print_table,
    say,
)
from atdata.errors import AuthenticationError, LoadError, SourceError

if TYPE_CHECKING:
    from atdata.atmosphere.session.keeping import KeptSession

__all__ = ["login", "logout", "status"]

_LONGEST: Final = 4096
_COLUMNS: Final = (
    Column("HANDLE", style="bold"),
    Column("DID", style="dim"),
    Column("SERVER"),
    Column("KEPT IN"),
    Column("SESSION", wraps=True),
)


@dataclass(frozen=True, slots=True)
class _State:
    """An account that is logged in.

    Attributes:
        kept: what is kept of it.
        fault: what its server, or the keyring, says against it.
    """

    kept: KeptSession
    fault: str | None


def login(handle: str | None, service: str | None, from_stdin: bool, as_json: bool) -> int:
    """Log in, and keep the session."""
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.session.keeping import kept_sessions

    name = handle or os.environ.get("ATDATA_HANDLE")
    if not name:
        raise Misuse("give the handle to log in, such as alice.example.org, or set ATDATA_HANDLE")
    found = Atmosphere.login(name, _password(name, from_stdin), service=service)
    place = next(item.place for item in kept_sessions() if item.did == found.did)
    if as_json:
        print_json(
            {"handle": found.handle, "did": found.did, "service": found.service, "kept": place}
        )
    else:
        print_rows([[str(found.handle), str(found.did), str(found.service)]])
        say(f"the session is kept in {_place(place)}; `atdata auth logout` ends it")
    return 0


def status(as_json: bool) -> int:
    """Say who is logged in; 1 where nobody is, or a session does not work."""
    from atdata.atmosphere.session.keeping import kept_sessions

    states = [_State(item, _fault(item)) for item in kept_sessions()]
    if as_json:
        print_json([_json(state) for state in states])
    elif states:
        print_table(_COLUMNS, map(_row, states))
    if not states:
        say("nobody is logged in: `atdata auth login` does it")
    return 0 if states and not any(state.fault for state in states) else 1


def logout(handle: str | None, everybody: bool, as_json: bool) -> int:
    """End sessions; 1 where a server could not be told."""
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.session.keeping import forget, kept_sessions

    kept = kept_sessions()
    if handle is not None:
        name = handle.removeprefix("@").lower() if not handle.startswith("did:") else handle
        kept = [item for item in kept if name in (item.did, item.handle)]
    elif not everybody:
        kept = kept[:1]
    if not kept:
        say("nobody is logged in" + ("" if handle is None else f" as {handle}"))
        return 1
    faults = 0
    for item in kept:
        try:
            Atmosphere.kept(item.did).logout()
        except (AuthenticationError, SourceError) as error:
            forget(item.did)
            say(
                f"{item.handle}: the session is forgotten here, but its server was not told: {error}"
            )
            faults += 1
    if as_json:
        print_json({"logged_out": [item.handle for item in kept]})
    else:
        print_lines("\n".join(item.handle for item in kept))
    return 1 if faults else 0


def _password(name: str, from_stdin: bool) -> str:
    """The password: never an argument, which every user of the machine could see."""
    if from_stdin:
        text = sys.stdin.readline(_LONGEST).rstrip("\r\n")
        if not text:
            raise Misuse("standard input has no password")
        return text
    given = os.environ.get("ATDATA_PASSWORD")
    if given:
        return given
    if not sys.stdin.isatty():
        raise Misuse("nobody can be asked here: give --password-stdin, or set ATDATA_PASSWORD")
    import getpass

    text = getpass.getpass(f"Password of {name}: ", sys.stderr)
    if not text:
        raise Misuse("no password was given")
    return text


def _fault(item: KeptSession) -> str | None:
    """Why a session does not work; None where it does."""
    from atdata.atmosphere.atmosphere import Atmosphere

    try:
        answer = Atmosphere.kept(item.did).own().query("com.atproto.server.getSession")
    except LoadError as error:
        return str(error)
    return None if answer.get("did") == item.did else "the server says that it is another account's"


def _place(place: str) -> str:
    from atdata.home import home

    return (
        "the system's keyring"
        if place == "keyring"
        else str(home() / "atmosphere" / "session.json")
    )


def _row(state: _State) -> Row:
    kept = state.kept
    good = Cell("works", style="green")
    found = good if state.fault is None else Cell(state.fault, style="red")
    return [kept.handle, kept.did, kept.service, kept.place, found]


def _json(state: _State) -> dict[str, Any]:
    kept = state.kept
    return {
        "handle": kept.handle,
        "did": kept.did,
        "service": kept.service,
        "kept": kept.place,
        "works": state.fault is None,
        "fault": state.fault,
    }

"""The commands of `atdata auth` and their options."""

from __future__ import annotations

from typing import Annotated

import typer

from atdata.cli.options import OPTIONS, Json

__all__ = ["auth"]

auth = typer.Typer(help="Accounts of the AT Protocol network.", **OPTIONS)


@auth.command("login")
def auth_login(
    handle: Annotated[
        str | None,
        typer.Argument(
            metavar="[HANDLE]",
            help="alice.example.org, or a DID; ATDATA_HANDLE without it.",
            show_default=False,
        ),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(
            "--service",
            metavar="URL",
            help="The account's server; the one that its identity names without it.",
            envvar="ATDATA_PDS_URL",
            show_envvar=True,
        ),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Log in, and keep the session.

    It asks for the password, best an app password, or takes ATDATA_PASSWORD. The session is kept in the system's
    keyring, or in a file that only you can read.
    """
    from atdata.cli.commands import auth as module

    return module.login(handle, service, password_stdin, as_json)


@auth.command("status")
def auth_status(as_json: Json = False) -> int:
    """Say who is logged in, and whether the servers still take it.

    Ends with 1 where nobody is, or a server does not.
    """
    from atdata.cli.commands import auth as module

    return module.status(as_json)


@auth.command("logout")
def auth_logout(
    handle: Annotated[
        str | None,
        typer.Argument(
            metavar="[HANDLE]", help="Who; without it whoever logged in last.", show_default=False
        ),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Every account.")] = False,
    as_json: Json = False,
) -> int:
    """End a session at its server, and forget it here."""
    from atdata.cli.commands import auth as module

    return module.logout(handle, everybody, as_json)

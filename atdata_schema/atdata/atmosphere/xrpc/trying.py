"""A request that is made again where that may help, and with a new token where the old one has ended."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import sleep
from typing import Final, Protocol, TypeVar

from atdata.atmosphere.xrpc.failures import Answered
from atdata.atmosphere.xrpc.secret import Secret
from atdata.errors import XrpcError
from atdata.shards.sources.network import Refused
from atdata.shards.sources.retrying import Passing, Patience

__all__ = ["TRIES", "Login", "tried"]

TRIES: Final = Patience(tries=4, first=0.25, most=5.0, asked=120.0)
"""How often a server of the network is asked, and how long it is waited for where it says how long."""

_ENDED: Final = frozenset({"ExpiredToken", "InvalidToken"})

T = TypeVar("T")


class Login(Protocol):
    """A login at a server."""

    def token(self) -> Secret:
        """The token of the next request."""
        ...

    def renewed(self, used: Secret) -> Secret:
        """A token in place of one that the server took for ended."""
        ...


def tried(
    act: Callable[[Secret | None], T],
    where: str,
    *,
    login: Login | None,
    again: Callable[[Passing], bool],
    patience: Patience,
) -> T:
    """Make a request, and again where that may help.

    Args:
        act: makes it, with a token.
        where: what is asked of whom, for messages.
        login: whose token.
        again: whether a fault allows that it is made once more.
        patience: how often, after which waits.

    Raises:
        XrpcError: it fails.
    """
    token = None if login is None else login.token()
    failed = 0
    while True:
        try:
            return act(token)
        except Passing as fault:
            failed += 1
            if failed >= patience.tries or not again(fault):
                raise _given_up(fault, where, failed) from None
            _wait(fault, where, failed, patience)
        except Refused as refused:
            raise XrpcError(f"{where}: {refused.reason}") from None
        except XrpcError as error:
            if login is None or token is None or not _ended(error):
                raise
            renewed = login.renewed(token)
            if renewed == token:
                raise
            # Once: a server that does not take a token it has just given is not asked for ever.
            token, login = renewed, None


def _ended(error: XrpcError) -> bool:
    return error.name in _ENDED or error.status == 401


def _given_up(fault: Passing, where: str, failed: int) -> XrpcError:
    if isinstance(fault, Answered):
        return fault.error
    more = f", and again at each of {failed} tries" if failed > 1 else ""
    return XrpcError(f"{where}: {fault.reason}{more}")


def _wait(fault: Passing, where: str, failed: int, patience: Patience) -> None:
    if fault.after is not None and fault.after > patience.asked:
        error = fault.error if isinstance(fault, Answered) else None
        raise XrpcError(
            f"{fault.reason if error else f'{where}: {fault.reason}'}; "
            f"the server asks to wait {fault.after:.0f} s: try again then",
            error.status if error else None,
            error.name if error else None,
        ) from None
    wait = min(patience.most, patience.first * 2 ** (failed - 1))
    # With chance in it, so that many programs do not come back at the same moment.
    sleep(max(wait * random.uniform(0.5, 1.0), fault.after or 0.0))

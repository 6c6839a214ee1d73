"""How often a request is made again, and after which waits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from atdata.errors import SourceError
from atdata.shards.sources.crew import check_wanted, sleep

__all__ = ["PATIENCE", "Passing", "Patience", "Tries", "seconds_asked"]


class Passing(Exception):
    """A fault that may pass.

    Attributes:
        reason: what is wrong, to be read behind an address.
        after: seconds that the server asks to wait, where it says so.
        sent: whether the server may have got the request.
    """

    def __init__(self, reason: str, after: float | None = None, *, sent: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a source goes on trying.

    Attributes:
        tries: requests in a row that bring nothing, before the source gives up.
        first: seconds of the first wait; each further one is twice as long.
        most: seconds of the longest wait.
        asked: seconds up to which a server is waited for when it says how long.
        enough: bytes that a request has to bring, so that a fault behind them is counted as a new one.
    """

    tries: int = 8
    first: float = 0.25
    most: float = 20.0
    asked: float = 120.0
    enough: int = 64 * 1024


PATIENCE: Final = Patience()
"""Some half a minute of waiting in all."""


class Tries:
    """The requests of one reading, counted from the last one that brought something worth it."""

    def __init__(self, url: str, patience: Patience) -> None:
        self._url = url
        self._patience = patience
        self._failed = 0
        self._came = 0

    def came(self, count: int) -> None:
        """So many bytes came."""
        self._came += count

    def failed(self, fault: Passing) -> None:
        """Wait for the next try.

        Raises:
            SourceError: there were enough of them.
        """
        check_wanted()  # a connection that was left is no fault
        self._failed = 1 if self._came >= self._patience.enough else self._failed + 1
        self._came = 0
        patience = self._patience
        if self._failed >= patience.tries:
            raise SourceError(
                f"{self._url}: {fault.reason}, and again at each of {patience.tries} tries: "
                "check the network and the server; an epoch can be taken up again from its state"
            )
        if fault.after is not None and fault.after > patience.asked:
            raise SourceError(
                f"{self._url}: {fault.reason}, and asks to wait {fault.after:.0f} s: try again then"
            )
        wait = min(patience.most, patience.first * 2 ** (self._failed - 1))
        # With chance in it, so that many readers do not come back at the same moment.
        sleep(max(wait * random.uniform(0.5, 1.0), fault.after or 0.0))


def seconds_asked(text: str | None) -> float | None:
    """Seconds that a `Retry-After` asks to wait; None where it says nothing.

    >>> seconds_asked("3"), seconds_asked("soon")
    (3.0, None)
    """
    if text is None:
        return None
    if text.isascii() and text.strip().isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())

"""How often a request is made again, and after which waits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from time import sleep
from typing import Final

from atdata.errors import SourceError

__all__ = ["PATIENCE", "Passing", "Patience", "Tries"]


class Passing(Exception):
    """A fault that may pass.

    Attributes:
        reason: what is wrong, to be read behind an address.
        after: seconds that the server asks to wait, where it says so.
    """

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a source goes on trying.

    Attributes:
        tries: requests in a row that bring nothing, before the source gives up.
        first: seconds of the first wait; each further one is twice as long.
        most: seconds of the longest wait.
        asked: seconds up to which a server is waited for when it says how long.
    """

    tries: int = 8
    first: float = 0.25
    most: float = 20.0
    asked: float = 120.0


PATIENCE: Final = Patience()
"""Some half a minute of waiting in all."""


class Tries:
    """The requests of one reading, counted from the last one that brought something."""

    def __init__(self, url: str, patience: Patience) -> None:
        self._url = url
        self._patience = patience
        self._failed = 0

    def came_on(self) -> None:
        """Bytes came: a later fault is a new one."""
        self._failed = 0

    def failed(self, fault: Passing) -> None:
        """Wait for the next try.

        Raises:
            SourceError: there were enough of them.
        """
        self._failed += 1
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

"""Side threads learn that the whole they work for has failed."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Stop", "Stopped"]


class Stopped(Exception):
    """What a side thread does is broken off, because the whole has failed."""


class Stop:
    """Asked by side threads as they go, and told by the one that they work for.

    Args:
        check: what else may end the work; it raises where it has.

    >>> stop = Stop()
    >>> stop.check()
    >>> stop.now()
    >>> stop.check()
    Traceback (most recent call last):
        ...
    atdata.index.stopping.Stopped
    """

    def __init__(self, check: Callable[[], None] | None = None) -> None:
        self._check = check
        self._now = False

    def now(self) -> None:
        """Have every thread break off when it asks next."""
        self._now = True

    def check(self) -> None:
        """Go on.

        Raises:
            Stopped: the whole has failed.
        """
        if self._now:
            raise Stopped
        if self._check is not None:
            self._check()

    def sent(self, count: int) -> None:
        """The same, as `Store.put` tells how far it is."""
        self.check()

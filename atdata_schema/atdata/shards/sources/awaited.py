"""Waits for another thread that Ctrl-C ends, whenever it comes.

Python looks for signals, lets the other threads run, and then waits. A signal that comes in between is seen when the wait ends,
which for what a server holds back is never; so each wait is a row of short ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future, wait
from threading import Condition, Event
from typing import Any, Final, TypeVar

__all__ = ["fulfilled", "settled", "signalled", "value_of"]

_LOOK: Final = 0.25  # seconds

T = TypeVar("T")


def value_of(future: Future[T]) -> T:
    """What a future gives, waited for.

    >>> given: Future[int] = Future()
    >>> given.set_result(3)
    >>> value_of(given)
    3
    """
    while True:
        try:
            return future.result(_LOOK)
        except TimeoutError:
            if future.done():  # the time-out is what was done, or it came just now
                return future.result()


def settled(futures: Collection[Future[Any]]) -> None:
    """Wait until all futures are done, whatever they give."""
    while wait(futures, _LOOK).not_done:
        pass


def fulfilled(changed: Condition, is_so: Callable[[], bool]) -> None:
    """Wait until something is so, which may be whenever a condition is notified."""
    with changed:
        while not changed.wait_for(is_so, _LOOK):
            pass


def signalled(event: Event) -> None:
    """Wait until an event is set."""
    while not event.wait(_LOOK):
        pass

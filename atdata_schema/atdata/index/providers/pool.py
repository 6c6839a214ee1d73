"""Connections of one provider, each lent to one thread at a time, through forks too.

A connection never goes with a process that is forked off. Those of SQLite may not even be open then: the
library keeps the locks of a process beside its open files, and a child that inherits them believes to hold
what only its parent holds. So they are closed before each fork; others are left to the parent.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

__all__ = ["Pool"]

C = TypeVar("C")

_PATIENCE: Final = 5.0
"""Seconds that a fork waits for what other threads are about to end."""


class Pool(Generic[C]):
    """Open connections that nobody uses just now.

    Args:
        open: makes one.
        close: ends one.
        usable: whether one that comes back may be used again.
        forks: whether open connections may be there while the process forks.
    """

    def __init__(
        self,
        open: Callable[[], C],
        close: Callable[[C], None],
        usable: Callable[[C], bool],
        *,
        forks: bool,
    ) -> None:
        self._open = open
        self._close = close
        self._usable = usable
        self._forks = forks
        self._free: list[C] = []
        self._age = 0
        self._lent: list[tuple[int, C | None]] = []
        self._forking = False
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        with _FORK:
            _POOLS.add(self)

    @contextmanager
    def lent(self) -> Iterator[C]:
        """A connection for as long as the context is open."""
        connection, age = self.take()
        try:
            yield connection
        finally:
            self.give_back(connection, age)

    def clear(self) -> None:
        """End all connections that are free now, and those that are lent when they come back."""
        with self._lock:
            self._age += 1
            free, self._free = self._free, []
        for connection in free:
            self._close(connection)

    def take(self) -> tuple[C, int]:
        """A connection, and what `give_back` needs to know of it; `lent` does both."""
        me = threading.get_ident()
        with self._lock:
            while self._forking:
                self._changed.wait()
            age = self._age
            connection = self._free.pop() if self._free else None
            self._lent.append((me, connection))
        if connection is not None:
            return connection, age
        try:
            connection = self._open()
        except BaseException:
            with self._lock:
                self._end(me, None)
            raise
        with self._lock:
            self._end(me, None)
            self._lent.append((me, connection))
        return connection, age

    def give_back(self, connection: C, age: int) -> None:
        """Take a connection back from whoever took it."""
        me, keep = threading.get_ident(), self._usable(connection)
        with self._lock:
            if keep and age == self._age:
                self._free.append(connection)
                self._end(me, connection)
                return
        self._close(connection)
        with self._lock:
            self._end(me, connection)

    def _end(self, me: int, connection: C | None) -> None:
        # In a child the list is a new one, and what was lent before is not in it.
        if (me, connection) in self._lent:
            self._lent.remove((me, connection))
        if self._forking:
            self._changed.notify_all()

    def before_fork(self) -> None:
        """Keep the lock through the fork, so that nobody holds it in the child."""
        self._lock.acquire()
        self._forking = True
        if self._forks:
            return
        me, deadline = threading.get_ident(), time.monotonic() + _PATIENCE
        while any(other != me for other, _ in self._lent):
            left = deadline - time.monotonic()
            if left <= 0 or not self._changed.wait(left):
                break
        for connection in self._free:
            self._close(connection)
        self._free.clear()

    def after_fork(self) -> None:
        """Go on, in the parent."""
        self._forking = False
        self._changed.notify_all()
        self._lock.release()

    def begin_again(self) -> None:
        """Go on, in the child, without what is the parent's."""
        _LEFT.extend((*self._free, *self._lent))
        self._free = []
        self._age += 1
        self._lent = []
        self._forking = False
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)


_POOLS: Final[weakref.WeakSet[Pool[Any]]] = weakref.WeakSet()
_HELD: Final[list[Pool[Any]]] = []
_FORK = threading.Lock()
"""Held through a fork, so that one thread forks at a time and no pool begins meanwhile."""

_LEFT: Final[list[Any]] = []
"""Connections of the parent: never closed here, for that would end them for the parent as well."""


def _before_fork() -> None:
    _FORK.acquire()
    _HELD.extend(_POOLS)
    for pool in _HELD:
        pool.before_fork()


def _after_fork() -> None:
    while _HELD:
        _HELD.pop().after_fork()
    _FORK.release()


def _begin_again() -> None:
    global _FORK
    while _HELD:
        _HELD.pop().begin_again()
    _FORK = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_begin_again
    )

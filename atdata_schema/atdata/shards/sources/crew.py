"""Threads that fetch for one reader, ahead of it. When it leaves they end, whatever they wait for.

Those who hold rows wait for those who make requests, of whom there are as many as connections are kept busy. What a
thread of a crew does, and what it starts, finds the crew by `present`.
"""

from __future__ import annotations

import itertools
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

__all__ = [
    "REQUESTS",
    "Crew",
    "Left",
    "check_wanted",
    "fetching_crew",
    "is_in_crew",
    "sleep",
    "watch",
]

REQUESTS: Final = 16
"""Requests that are under way at a time."""

_HOLDERS: Final = 16
_PATIENCE: Final = (
    2.0  # seconds for threads to end; a connection that is being made cannot be left sooner
)

T = TypeVar("T")
U = TypeVar("U")


class Left(Exception):
    """Who wanted the bytes has left."""


class _Present(NamedTuple):
    crew: Crew
    requests: bool  # whether this thread makes requests itself
    turn: int  # when what it does was begun


_present: Final[ContextVar[_Present | None]] = ContextVar("_present", default=None)


class Crew:
    """The threads of one reader. They are started when there is something to do, and keep no process alive."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._turn = 0
        self._left = threading.Event()
        self._sockets = set[socket.socket]()
        self._lock = threading.Lock()
        self._holders = _Threads(_HOLDERS, "atdata-ahead")
        self._fetchers = _Threads(REQUESTS, "atdata-source")

    def begin(self, act: Callable[[], T]) -> Future[T]:
        """Have something done that waits for requests."""
        self._turn += 1
        return self._holders.do(partial(self._in_thread, act, turn=self._turn))

    def fetch(self, act: Callable[[T], U], items: Sequence[T]) -> list[U]:
        """What a request gives for each item, all at once as far as there are threads; at a fault, that fault."""

        def doing(item: T) -> Callable[[], U]:
            return lambda: self._in_thread(lambda: act(item), turn=None)

        found = _present.get()
        turn = 0 if found is None else found.turn
        futures = [self._fetchers.do(doing(item), turn) for item in items]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()

    def _in_thread(self, act: Callable[[], T], *, turn: int | None) -> T:
        before = _present.set(_Present(self, turn is None, turn or 0))
        try:
            self.check()
            return act()
        finally:
            _present.reset(before)

    def check(self) -> None:
        """Go on as long as somebody wants it.

        Raises:
            Left: nobody does.
        """
        if self._left.is_set():
            raise Left

    def sleep(self, seconds: float) -> None:
        """Wait; less where nobody wants it any more, which `check` then says."""
        self._left.wait(seconds)
        self.check()

    def watch(self, connected: socket.socket) -> Callable[[], None]:
        """Have a connection end when the reader leaves, until what is given is called.

        Raises:
            Left: it has left.
        """
        with self._lock:
            self._sockets.add(connected)
        self.check()
        return partial(self._unwatch, connected)

    def _unwatch(self, connected: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(connected)

    def leave(self) -> None:
        """End all of it. In a child that was forked meanwhile, nothing: what there is, is the parent's."""
        if self._owner != os.getpid():
            return
        self._left.set()
        with self._lock:
            for each in self._sockets:
                # Not the method of a TLS connection, which changes what its reader is just using.
                with suppress(OSError):
                    socket.socket.shutdown(each, socket.SHUT_RDWR)
        self._holders.end()
        self._fetchers.end()
        self._holders.join()
        self._fetchers.join()


class _Task(NamedTuple):
    turn: int
    number: int  # no two are alike, so that nothing behind it is compared
    future: Future[Any]
    act: Callable[[], Any] | None  # none ends the thread


class _Threads:
    """Up to so many threads. Those of `concurrent.futures` would keep a program from ending until all is fetched."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._todo: queue.PriorityQueue[_Task] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._ended = False

    def do(self, act: Callable[[], T], turn: int = 0) -> Future[T]:
        """Have something done by the next thread that is free; what has an earlier turn goes before it."""
        future: Future[T] = Future()
        with self._lock:
            if self._ended:
                raise Left
            self._todo.put(_Task(turn, next(self._numbers), future, act))
            if len(self._threads) < self._most:
                name = f"{self._name}-{len(self._threads)}"
                thread = threading.Thread(target=self._work, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def _work(self) -> None:
        while (task := self._todo.get()).act is not None:
            future, act = task.future, task.act
            if not future.set_running_or_notify_cancel():
                continue
            try:
                found = act()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(found)
                del found
            del task, future, act  # a thread that waits keeps nothing

    def end(self) -> None:
        """Do nothing more."""
        with self._lock:
            self._ended = True
            with suppress(queue.Empty):
                while True:
                    task = self._todo.get_nowait()
                    task.future.cancel()
                    task.future.set_running_or_notify_cancel()
            for _ in self._threads:
                self._todo.put(_Task(0, next(self._numbers), Future(), None))

    def join(self) -> None:
        """Wait until the threads are gone, but for one that is held up where nothing can end it."""
        for thread in self._threads:
            thread.join(_PATIENCE)


def fetching_crew() -> Crew | None:
    """The crew whose threads make the requests of this one; none in a thread that makes them itself."""
    found = _present.get()
    return None if found is None or found.requests else found.crew


def is_in_crew() -> bool:
    """Whether this thread fetches for a reader."""
    return _present.get() is not None


def check_wanted() -> None:
    """Go on as long as somebody wants it.

    Raises:
        Left: this is a thread of a crew, whose reader has left.
    """
    found = _present.get()
    if found is not None:
        found.crew.check()


def sleep(seconds: float) -> None:
    """Wait.

    Raises:
        Left: this is a thread of a crew, whose reader has left.
    """
    found = _present.get()
    if found is None:
        time.sleep(seconds)
    else:
        found.crew.sleep(seconds)


def watch(connected: socket.socket | None) -> Callable[[], None]:
    """Have a connection that this thread reads from end when the reader for whom it works leaves.

    Returns:
        What is to be called when nothing is read any more.

    Raises:
        Left: the reader has left.
    """
    found = _present.get()
    if found is None or connected is None:
        return _nothing
    return found.crew.watch(connected)


def _nothing() -> None:
    """There is nothing to do."""

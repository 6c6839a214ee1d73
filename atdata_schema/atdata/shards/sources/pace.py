"""How slowly a server may answer: one that sends a byte now and then holds nobody up for ever."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from atdata.shards.sources.crew import watch

__all__ = ["PACE", "Pace", "PacedResponse", "at_pace"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a server may answer. What counts is the time that is waited for it: a reader may take long.

    Attributes:
        grace: seconds of waiting that are always granted; also the longest silence.
        slowest: bytes a second that have to come beyond them, from the head of the answer on.
    """

    grace: float = 60.0
    slowest: int = 1024


PACE: Final = Pace()
"""What slow networks still reach."""


class _Present(threading.local):
    pace = PACE


_present: Final = _Present()


@contextmanager
def at_pace(pace: Pace) -> Iterator[None]:
    """Let the answers to requests that this thread makes in the block come at a pace."""
    before, _present.pace = _present.pace, pace
    try:
        yield
    finally:
        _present.pace = before


class _Paced(io.RawIOBase):
    """The bytes of a socket, as long as they come fast enough."""

    def __init__(self, connected: socket.socket, pace: Pace) -> None:
        super().__init__()
        self._socket = connected
        self._raw = connected.makefile("rb", buffering=0)
        self._receive = _receiver(connected, self._raw)
        self._pace = pace
        self._unwatch = watch(connected)
        self._timeout: float | None = None
        self._waited = 0.0
        self._came = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        pace = self._pace
        left = pace.grace + self._came / pace.slowest - self._waited
        if left <= 0:
            raise TimeoutError("the server sends too slowly")
        timeout = min(left, pace.grace)
        if (
            timeout != self._timeout
        ):  # which it seldom is: many small pieces come of a TLS connection
            self._socket.settimeout(timeout)
            self._timeout = timeout
        began = time.monotonic()
        try:
            count = self._receive(buffer)
        finally:
            self._waited += time.monotonic() - began
        self._came += count or 0
        return count

    def close(self) -> None:
        self._unwatch()
        self._raw.close()
        super().close()


def _receiver(connected: socket.socket, raw: Any) -> Callable[[Any], int | None]:
    """What receives into a buffer by the fewest steps: of a TLS connection not more than 16 KiB come at a time."""
    if isinstance(connected, ssl.SSLSocket):
        read: Any = connected.read  # given a buffer, it says how many bytes came
        return lambda buffer: read(len(buffer), buffer)
    if type(connected) is socket.socket:
        return connected.recv_into
    receive: Callable[[Any], int | None] = raw.readinto
    return receive


class PacedResponse(http.client.HTTPResponse):
    """An answer whose head and body come at the present pace."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Paced(sock, _present.pace))

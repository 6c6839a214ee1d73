"""Ranges that are being fetched just now: who wants one of them too waits for it, and does not fetch it again.

It is waited for until its source has given all that is fetched of it at that time, and for no other source: rows that were asked for
behind others may lie in the same block of one shard, and with the rest in a shard whose server is in trouble.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

from atdata.shards.sources.awaited import fulfilled
from atdata.shards.sources.source import Range, Source
from atdata.shards.sources.together import Part, Room, read_together

__all__ = ["Accept", "Flight", "Flights", "Wanted"]

Wanted: TypeAlias = Sequence[tuple[Source, Sequence[Range]]]
"""Ranges of several sources."""

_Spot: TypeAlias = tuple[int, int, int]


class Accept(Protocol):
    """Looks at what came, before anybody has it."""

    def __call__(
        self, number: int, ranges: Sequence[Range], came: Sequence[Part], /
    ) -> Sequence[Part]:
        """What is right, for each range of one of the sources; or what is wrong is raised."""
        ...


class Flights:
    """What is being fetched of some sources. Threads may share one; a forked child begins with an empty one."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        # A lock that a thread of the parent held is never released in a child.
        self._owner, self._lock = os.getpid(), threading.Lock()
        self._flying: dict[_Spot, Flight] = {}

    @contextmanager
    def fetching(self, plan: Callable[[], Wanted]) -> Iterator[Flight]:
        """Fetch what a plan wants, and let others have it until the block ends.

        Args:
            plan: says what is wanted. Nobody else plans meanwhile, so that it sees each range either being fetched or
                kept, if whoever fetches it keeps it within the block.
        """
        if self._owner != os.getpid():
            self._begin()
        lock = self._lock
        with lock:
            flight = Flight(plan(), self._flying)
        try:
            yield flight
        finally:
            with lock:
                flight.end(self._flying)


class Flight:
    """The ranges of one plan. Those that others are fetching are waited for when its own are there.

    Args:
        wanted: the ranges.
        flying: what others are fetching.
    """

    def __init__(self, wanted: Wanted, flying: dict[_Spot, Flight]) -> None:
        self._wanted = wanted
        self._others: dict[_Spot, Flight] = {}
        self._own = list[_Spot]()
        self._found: dict[_Spot, Part] = {}
        self._done = False
        self._changed = threading.Condition()
        for spot in self._spots():
            other = flying.setdefault(spot, self)
            if other is self:
                self._own.append(spot)
            else:
                self._others[spot] = other

    def _spots(self) -> Iterator[_Spot]:
        return (
            (id(source), offset, size)
            for source, ranges in self._wanted
            for offset, size in ranges
            if size
        )

    def read(self, take: Callable[[int], Room], accept: Accept) -> list[list[Part]]:
        """The bytes of all ranges, as many lists as sources.

        Args:
            take: gives memory of a size, for what is fetched.
            accept: looks at what came; it is asked once for each range, by the one who fetches it.

        Raises:
            SourceError, DatasetNotFound: as `Source`.
        """
        try:
            self._fetch(take, accept, lambda spot: spot not in self._others)
        finally:
            self._finish()
        for spot, other in self._others.items():
            found = other.given(spot)
            if found is not None:
                self._found[spot] = found
        self._others = {}  # which would keep all that was ever fetched, one by the other
        # Whoever fetched the rest has left, or met a fault that need not be ours.
        self._fetch(take, accept, lambda spot: spot not in self._found)
        return [
            [self._found[id(source), offset, size] if size else b"" for offset, size in ranges]
            for source, ranges in self._wanted
        ]

    def _fetch(
        self, take: Callable[[int], Room], accept: Accept, is_meant: Callable[[_Spot], bool]
    ) -> None:
        meant: list[tuple[Any, list[Range]]] = [
            (
                source,
                [(at, size) for at, size in ranges if size and is_meant((id(source), at, size))],
            )
            for source, ranges in self._wanted
        ]
        if not any(ranges for _, ranges in meant):
            return

        def came(number: int, parts: list[Part]) -> None:
            source, ranges = meant[number]
            right = accept(number, ranges, parts)
            found = zip(ranges, right, strict=True)
            with self._changed:
                self._found.update(((id(source), at, size), part) for (at, size), part in found)
                self._changed.notify_all()

        read_together(meant, take, came)

    def _finish(self) -> None:
        with self._changed:
            self._done = True
            self._changed.notify_all()

    def given(self, spot: _Spot) -> Part | None:
        """The bytes of a range that this one fetches, waited for; `None` where it could not."""
        fulfilled(self._changed, lambda: self._done or spot in self._found)
        return self._found.get(spot)

    def end(self, flying: dict[_Spot, Flight]) -> None:
        """Be fetching no more."""
        self._finish()
        for spot in self._own:
            if flying.get(spot) is self:
                del flying[spot]

"""What a reader needs next is fetched while it computes.

The first part is fetched alone: whoever waits for it waits for nothing else, and whoever wants no more has cost no more.
From the second one on, parts are begun as long as those that nobody has taken yet have less than `AHEAD` bytes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from functools import partial
from threading import Event
from typing import Final, Protocol

from atdata.shards.columnar.promised import Promised
from atdata.shards.columnar.rows import Held, Located
from atdata.shards.sources.awaited import settled, signalled, value_of
from atdata.shards.sources.crew import Crew

__all__ = ["AHEAD", "Fetching", "promised"]

AHEAD: Final = 128 << 20
"""Bytes that are fetched ahead, and what is begun last beyond them."""

SOON: Final = 48 << 20
"""Bytes of parts behind that one, what of which lies between its own is fetched with it: less than blocks in memory have."""

_GRACE: Final = 5.0  # seconds


class Fetching(Protocol):
    """What fetches."""

    def hold(self, rows: Located, later: Sequence[Located] = ()) -> Held:
        """The bytes of some rows, with what lies between them of others that are wanted soon."""
        ...

    def weight(self, rows: Located) -> int | None:
        """About how many bytes are in memory while they are fetched; `None` for rows that came by already."""
        ...

    def unforeseen(self, place: int) -> Sequence[int]:
        """Of a shard, and some behind it, those of which something is needed before they can be read."""
        ...

    def foresee(self, places: Sequence[int]) -> None:
        """Find it out."""
        ...


def promised(
    fetching: Fetching, parts: Iterable[Located], *, located: bool = False
) -> Generator[Promised]:
    """The parts in order, later ones being fetched. Closed or at its end, it fetches nothing more and has no threads.

    An exception that `parts` raises comes behind the parts before it.

    Args:
        fetching: what fetches.
        parts: the parts.
        located: whether parts may be looked at before they are begun.
    """
    waiting = iter(parts)
    first = next(waiting, None)
    if first is None:
        return
    lead = _Lead(first, partial(fetching.hold, first))
    yield Promised(first, lead.held)
    del first
    lead.wait()
    del lead
    ahead = _Ahead(fetching, waiting, SOON if located else 0)
    try:
        while (found := ahead.next()) is not None:
            yield found
            del found
        ahead.finish()
    finally:
        ahead.close()


class _Lead:
    """The first part: another thread may be told to hold it."""

    def __init__(self, rows: Located, hold: Callable[[], Held]) -> None:
        self._hold = hold
        self._done = Event()
        if not len(rows):
            self._done.set()  # nobody holds it

    def held(self) -> Held:
        """Its bytes."""
        try:
            return self._hold()
        finally:
            self._done.set()

    def wait(self) -> None:
        """Wait until they came, or nobody wants them."""
        signalled(self._done)


class _Ahead:
    """Parts that are being fetched.

    Args:
        fetching: what fetches them.
        parts: the parts.
        soon: bytes of parts that are looked at before they are begun.
    """

    def __init__(self, fetching: Fetching, parts: Iterator[Located], soon: int) -> None:
        self._fetching = fetching
        self._parts = parts
        self._soon = soon
        self._coming: deque[tuple[Located, int | None]] = deque()  # with their weights
        self._all_seen = False
        self._begun: deque[tuple[Located, Future[Held], int]] = deque()
        self._bytes = 0
        # Whether the part that was begun last came by, so that none is asked for ahead.
        self._passes = False
        self._out: list[Future[Held]] = []  # of parts that were handed out
        self._fault: Exception | None = None
        self._ended = False
        self._foreseen: tuple[int, Future[None]] | None = None
        self._grace = _GRACE
        self._hire()

    def _hire(self) -> None:
        self._owner, self._crew = os.getpid(), Crew()

    def next(self) -> Promised | None:
        """The next part; those behind it are begun."""
        if self._owner != os.getpid():
            self._begin_anew()
        if not self._begun:
            self._begin_one()
        if not self._begun:
            if self._fault is not None:
                raise self._fault
            return None
        rows, future, weight = self._begun.popleft()
        self._bytes -= weight
        self._out = [each for each in self._out if not each.done()]
        self._out.append(future)
        while self._bytes < AHEAD and not self._passes and not self._ended and self._is_settled():
            self._begin_one()
        return Promised(rows, partial(value_of, future))

    def _begin_one(self) -> None:
        if self._ended:
            return
        self._settle()
        self._look()
        if not self._coming:
            self._ended = True
            return
        rows, weight = self._coming.popleft()
        self._passes = weight is None
        self._begin(rows, weight or 0, [part for part, _ in self._coming])
        if len(rows):
            self._foresee(int(rows.places[-1]) + 1)

    def _look(self) -> None:
        """Have the next part, and as many behind it as may be looked at."""
        seen = sum(weight or 0 for _, weight in self._coming)
        while not self._all_seen and (not self._coming or seen < self._soon):
            try:
                rows = next(self._parts, None)
            except Exception as fault:
                # What comes before it is given out first.
                self._fault, rows = fault, None
            if rows is None:
                self._all_seen = True
                return
            weight = self._fetching.weight(rows)
            self._coming.append((rows, weight))
            seen += weight or 0

    def _begin(self, rows: Located, weight: int, later: Sequence[Located] = ()) -> None:
        future = self._crew.begin(partial(self._fetching.hold, rows, later))
        self._begun.append((rows, future, weight))
        self._bytes += weight

    def _foresee(self, place: int) -> None:
        places = self._fetching.unforeseen(place)
        if not places:
            self._foreseen = None
        elif self._foreseen is None or self._foreseen[0] != place:
            task = self._crew.begin(partial(self._fetching.foresee, places))
            self._foreseen = place, task

    def _settle(self) -> None:
        """Let what is being found out come in, so that it is not found out twice."""
        if self._foreseen is not None:
            # A fault is met again, where it belongs, by who reads the shard.
            settled([self._foreseen[1]])

    def _is_settled(self) -> bool:
        """Whether all was found out. Parts that are ready wait for that a moment, and not for a server in trouble."""
        if self._foreseen is None:
            return True
        task = self._foreseen[1]
        done, _ = wait([task], self._grace)
        self._grace = _GRACE if done else 0.0  # waited for once
        return bool(done) and task.exception() is None

    def _begin_anew(self) -> None:
        """In a child that was forked meanwhile: the threads are the parent's."""
        begun, self._begun, self._bytes = self._begun, deque(), 0
        self._out, self._foreseen = [], None
        self._hire()
        for rows, _, weight in begun:
            self._begin(rows, weight)

    def finish(self) -> None:
        """Let the last parts come: other threads may wait for them."""
        if self._owner == os.getpid():
            settled(self._out)

    def close(self) -> None:
        """Give up what was begun."""
        self._begun.clear()
        self._crew.leave()

"""Rings that a process gets batches of tensors by: those of its workers, found by what they say, and those it lends them.

A ring that is lent to workers of one epoch after another has memory that was written before: pages that are new take the
system longer to find and clear than a batch takes to be copied there.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import secrets
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.loaders.ring import Loans, Ring

__all__ = [
    "FREE",
    "SENT",
    "SLOTS",
    "Address",
    "Inbox",
    "KeptRings",
    "Lease",
    "Lent",
    "Noting",
    "inbox_of",
    "notes_of",
    "path_to",
]

SLOTS: Final = 16
"""The slots of a ring for batches; behind them is one for the notes."""

FREE: Final = 0
"""Noted of a slot that nobody has, but perhaps the worker."""

SENT: Final = 1
"""Noted of a slot that the worker sent, and that did not arrive yet."""

_HELD: Final = 2  # of one that arrived, and of which something is left
_KEPT: Final = (
    4  # slots whose memory stays from epoch to epoch; the first ones, which are taken first
)


class Address(NamedTuple):
    """How another process finds a ring.

    Attributes:
        token: of this ring alone.
        process: whose ring it is.
        slots: how many, the last of which holds the notes.
        size: bytes of each.
        file: a path to its file, which has no name itself, or the descriptor.
    """

    token: str
    process: int
    slots: int
    size: int
    file: Any

    def ring(self) -> Ring:
        """The ring, mapped."""
        is_path = isinstance(self.file, str)
        file = (
            os.open(self.file, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
            if is_path
            else self.file.detach()
        )
        return Ring.of_file(file, self.slots, self.size)


class Lease(NamedTuple):
    """A ring for a worker, and its token."""

    token: str
    ring: Ring

    @classmethod
    def new(cls) -> Lease:
        """A ring that nobody has.

        Raises:
            OSError: there is no room for it.
        """
        return cls(secrets.token_hex(8), Ring(SLOTS + 1))


class Inbox:
    """A ring that a worker fills, in the process that it sends batches to."""

    def __init__(self, token: str, ring: Ring) -> None:
        self._ring = ring
        self._notes = notes_of(ring)
        self._loans = Loans(ring)
        _inboxes[token] = self

    def take(self, number: int) -> memoryview:
        """The bytes of a slot that was sent; the worker has it back when nothing is left that was made of them."""
        self.note_returned()
        self._notes[number] = _HELD
        return self._loans.lend(number)

    def note_returned(self) -> None:
        """Let the worker have what has come back."""
        for each in self._loans.returned():
            self._notes[each] = FREE

    def settle(self) -> bool:
        """Whether another worker may have the ring, now that the last one has ended: all that it sent has arrived.

        The memory of slots that few epochs need is given back.
        """
        self.note_returned()
        if (self._notes == SENT).any():
            return False
        for number in range(_KEPT, SLOTS):
            if self._notes[number] == FREE:
                self._ring.let_go(number)
        return True


_inboxes: weakref.WeakValueDictionary[str, Inbox] = weakref.WeakValueDictionary()


def inbox_of(address: Address) -> Inbox:
    """The ring that a worker sent a batch by; one of its own stays here for as long as the worker."""
    found = _inboxes.get(address.token)
    if found is not None:
        if not isinstance(address.file, str):
            os.close(address.file.detach())  # the worker keeps it until it is fetched
        return found
    found = Inbox(address.token, address.ring())
    for process in multiprocessing.active_children():
        if process.pid == address.process:
            weakref.finalize(process, _forget, found).atexit = False
    return found


def _forget(_: Inbox) -> None:
    """Nothing: that it was to be called has kept the inbox."""


Lent: TypeAlias = tuple[Lease, Inbox]
"""A ring that is lent to a worker, and this process's side of it."""


class KeptRings:
    """Rings that are lent to the workers of one epoch after another."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._idle: list[Lent] = []
        self._lock = Lock()

    def __reduce__(self) -> tuple[type[KeptRings], tuple[()]]:
        return KeptRings, ()

    def lend(self, count: int) -> Sequence[Lent]:
        """So many rings, or fewer where the system has no room for them."""
        if self._process != os.getpid():
            self._begin()  # a forked process: these are lent by its parent
        with self._lock:
            found = self._idle[:count]
            del self._idle[:count]
        for _, inbox in found:
            inbox.note_returned()
        with contextlib.suppress(OSError):
            while len(found) < count:
                lease = Lease.new()
                found.append((lease, Inbox(lease.token, lease.ring)))
        return found

    def take_back(self, lent: Sequence[Lent]) -> None:
        """Have rings again whose workers have ended."""
        if self._process == os.getpid():
            fit = [each for each in lent if each[1].settle()]
            with self._lock:
                self._idle += fit


class Noting(Iterator[dict[str, Any]]):
    """Batches, before each of which the workers are let have what came back.

    When a batch is asked for, the one before the last is gone in a plain loop: so its slot is free when the worker has
    the next batch, and few slots are in use, whose pages each new worker has to look up.

    A batch that is short is the last one, or has what comes before a fault. Other workers do not know of that, and their
    batches may come before the fault; they are passed over, so that nothing is given out behind a gap.

    Args:
        batches: what torch gives.
        lent: the rings that its workers were lent.
        is_short: whether a batch has fewer samples than others.
    """

    def __init__(
        self,
        batches: Iterator[dict[str, Any]],
        lent: Sequence[Lent],
        is_short: Callable[[dict[str, Any]], bool],
    ) -> None:
        self._batches = batches
        self._inboxes = [inbox for _, inbox in lent]
        self._is_short = is_short
        self._ends = False

    def __next__(self) -> dict[str, Any]:
        for inbox in self._inboxes:
            inbox.note_returned()
        if self._ends:
            deque(self._batches, maxlen=0)  # up to the fault, or the end
        batch = next(self._batches)
        self._ends = self._is_short(batch)
        return batch


def path_to(file: int) -> str | None:
    """A path by which other processes open a descriptor of this one, where the system has such (Linux)."""
    path = Path(f"/proc/{os.getpid()}/fd/{file}")
    return str(path) if path.exists() else None


def notes_of(ring: Ring) -> NDArray[np.uint8]:
    """What is noted of each slot of a ring."""
    return np.frombuffer(ring.slot(ring.count - 1), np.uint8, SLOTS)

"""Memory that processes share: one mapping without a name, cut into slots.

It has no file that anyone could find, so nothing is left of it, however its processes end. Pages that were never
written take no memory, so slots are far larger than batches are.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import tempfile
import weakref
from collections import deque
from contextlib import suppress
from typing import Any, Final, Self

__all__ = ["Loans", "Ring", "Slots"]

_MOST: Final = 1 << 30
_LEAST: Final = 1 << 26
_PAGES: Final = 1 << 16  # below this, the pages come as they are written
_POPULATE_WRITE: Final = 23  # MADV_POPULATE_WRITE of Linux 5.14


class Ring:
    """Slots of anonymous memory; sent to a process that is started, it is the same memory there.

    Attributes:
        count: how many slots.
        size: bytes of each.
    """

    def __init__(self, count: int) -> None:
        """Make slots as large as the system allows, up to 1 GiB.

        Raises:
            OSError: it allows none of 64 MiB.
        """
        self.count = count
        self.size = _MOST
        self._have(_nameless())
        while True:
            try:
                self._begin()
                return
            except OSError:
                if self.size <= _LEAST:
                    self.close_file()
                    raise
                self.size //= 2

    @classmethod
    def of_file(cls, file: int, count: int, size: int) -> Self:
        """The slots that another process has in a file, which is closed."""
        ring = cls.__new__(cls)
        ring.count, ring.size = count, size
        ring._have(file)
        try:
            ring._begin()
        finally:
            ring.close_file()
        return ring

    def _have(self, file: int) -> None:
        self._file = file
        self._closing = weakref.finalize(self, os.close, file)
        self._closing.atexit = False

    def _begin(self) -> None:
        self._map = _mapped(self._file, self.count * self.size)
        self._type: Any = (
            ctypes.c_uint8 * self.size
        )  # making a type takes longer than making one of it
        self._at_hand = [0] * self.count

    def slot(self, number: int) -> memoryview:
        """The bytes of a slot."""
        return memoryview(self.holder(number)).cast("B")

    def holder(self, number: int) -> Any:
        """The same as an object that lives as long as anything that was made of it."""
        return self._type.from_buffer(self._map, number * self.size)

    def have_at_hand(self, number: int, size: int) -> None:
        """Have the pages of the first bytes of a slot, which are to be written, in this process at once.

        Where a process writes to a page for the first time, the system stops it and looks the page up, which takes
        longer than filling it. All of them together are looked up in a quarter of the time.
        """
        begin = self._at_hand[number]
        if size - begin < _PAGES or sys.platform != "linux":
            return
        end = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        self._at_hand[number] = end
        with suppress(OSError):  # an older system, or no memory left, which the writing will tell
            self._map.madvise(_POPULATE_WRITE, number * self.size + begin, end - begin)

    def let_go(self, number: int) -> None:
        """Give the memory of a slot back to the system, where that can be; its bytes are zeros then."""
        remove = getattr(mmap, "MADV_REMOVE", None)
        if remove is not None:
            self._at_hand[number] = 0
            with suppress(OSError):
                self._map.madvise(remove, number * self.size, self.size)

    @property
    def file(self) -> int:
        """The descriptor of the file, while it is open."""
        return self._file

    def close_file(self) -> None:
        """Let go of the file once every process has the memory; the memory stays while it is used."""
        self._closing()
        self._file = -1

    def __getstate__(self) -> dict[str, Any]:
        from multiprocessing.reduction import DupFd

        return {"count": self.count, "size": self.size, "file": DupFd(self._file)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.count, self.size = state["count"], state["size"]
        self._have(state["file"].detach())
        self._begin()


class Loans:
    """Slots of a ring that somebody has, until nothing is left that was made of them.

    What runs at the moment at which memory is let go of is no code of Python: an exception of a signal, such as that
    of Ctrl-C, would be lost there. So what came back is found out when it is asked for.
    """

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._out: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._gone: deque[weakref.ref[Any]] = deque()

    def lend(self, number: int) -> memoryview:
        """The bytes of a slot, which is out until the last array of it is gone."""
        holder = self._ring.holder(number)
        reference = weakref.ref(holder, self._gone.append)
        self._out[id(reference)] = reference, number
        return memoryview(holder).cast("B")

    def returned(self) -> list[int]:
        """The slots that have come back since this was asked last."""
        found: list[int] = []
        with suppress(IndexError):  # until none is left: several threads may ask
            while True:
                found.append(self._out.pop(id(self._gone.popleft()))[1])
        return found

    def __len__(self) -> int:
        """How many slots are out, or came back unasked."""
        return len(self._out)


class Slots:
    """Which slots of a ring are free; one that was lent is free again when nothing made of it is left."""

    def __init__(self, ring: Ring) -> None:
        self._loans = Loans(ring)
        self._free = list(range(ring.count))

    @property
    def lent(self) -> int:
        """How many slots somebody has."""
        self._free += self._loans.returned()
        return len(self._loans)

    def take(self) -> int | None:
        """A free slot, `None` where there is none."""
        self._free += self._loans.returned()
        return self._free.pop() if self._free else None  # the last one back: it is in the caches

    def put(self, number: int) -> None:
        """Give a slot back that was not lent."""
        self._free.append(number)

    def lend(self, number: int) -> memoryview:
        """The bytes of a slot for a batch, until the last array of it is gone."""
        return self._loans.lend(number)


def _nameless() -> int:
    if sys.platform == "linux":
        return os.memfd_create("atdata-ring", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:  # without a name from the beginning, or at once
        return os.dup(file.fileno())


def _mapped(file: int, size: int) -> mmap.mmap:
    os.ftruncate(file, size)
    return mmap.mmap(file, size, flags=mmap.MAP_SHARED | getattr(mmap, "MAP_NORESERVE", 0))

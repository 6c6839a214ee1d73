"""Memory for what is fetched: written again once nobody refers to what was there, so that its pages are warm.

It is one range of addresses, in slots of a block each, so that rows are read where they were received, wherever that was, as rows of
mapped shards are.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.shards.index.form import BLOCK_BYTES

__all__ = ["Memory", "Stretch", "common_memory", "give_back"]

_ADDRESSES: Final = (1 << 36, 1 << 30)
"""Addresses that are reserved, or else as many: they cost nothing until they are written to."""

_WARM: Final = 128 << 20
"""Bytes that stay with a process that has read."""

_SPARE: Final = 1  # slots; a window as wide as one row may begin at the last one


class _Slot:
    """A slot that is in use as long as anything refers to this."""

    __slots__ = ("_free", "number")

    def __init__(self, number: int, free: deque[int]) -> None:
        self.number = number
        self._free = free

    def __del__(self) -> None:
        self._free.append(self.number)  # no lock: this may come at any time, in any thread


class _Lent:
    """Bytes that numpy makes an array of, which keeps this, and so the slots."""

    __slots__ = ("__array_interface__", "kept")

    def __init__(self, address: int, size: int, kept: Sequence[Any], *, writeable: bool) -> None:
        self.kept = kept
        self.__array_interface__ = {
            "data": (address, not writeable),
            "shape": (size,),
            "typestr": "|u1",
            "version": 3,
        }


class Stretch:
    """Some slots behind each other, from the beginning of the first one on."""

    def __init__(self, memory: Memory, slots: Sequence[_Slot]) -> None:
        self._memory, self._slots = memory, slots

    def to_write(self, begin: int, end: int) -> memoryview:
        """A part of it, to be written."""
        return self._lent(begin, end, writeable=True)

    def part(self, begin: int, end: int) -> memoryview:
        """A part of it, to be read; the slots that it does not reach are free once nothing else refers to them."""
        return self._lent(begin, end, writeable=False)

    def _lent(self, begin: int, end: int, *, writeable: bool) -> memoryview:
        slots = self._slots[begin // BLOCK_BYTES : -(-end // BLOCK_BYTES)]
        address = self._memory.address + self._slots[0].number * BLOCK_BYTES + begin
        lent: Any = _Lent(address, end - begin, (self._memory, *slots), writeable=writeable)
        array: NDArray[np.uint8] = np.asarray(lent)
        return array.data


class Memory:
    """Slots in a range of addresses. Threads may share one; processes may not.

    Raises:
        OSError: there are no addresses.
    """

    def __init__(self) -> None:
        self._map, self._size = _reserved()
        self.address: int = np.frombuffer(self._map, np.uint8).__array_interface__["data"][0]
        self._used = bytearray(self._size // BLOCK_BYTES - _SPARE)
        self._freed = deque[int]()
        self._top = 0  # slots from here on were not written to
        self._lock = Lock()

    def take(self, size: int) -> Stretch | None:
        """Memory for so many bytes, whatever is in it; `None` where there is not as much."""
        count = -(-size // BLOCK_BYTES)
        with self._lock:
            self._take_back()
            first = self._used.find(bytes(count))
            if first < 0:
                return None
            self._used[first : first + count] = b"\1" * count
            self._top = max(self._top, first + count)
        return Stretch(self, [_Slot(number, self._freed) for number in range(first, first + count)])

    def _take_back(self) -> None:
        for _ in range(len(self._freed)):
            self._used[self._freed.popleft()] = 0

    def give_back(self) -> None:
        """Let the system take what is not used, but for some that the next dataset finds warm.

        It takes it when it needs it. Until then that is as it was: an epoch that begins sooner does not wait for pages
        to be made and cleared.
        """
        # This may be called where objects end, so that a lock is not waited for: who has it may be this thread.
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._take_back()
            least = max(_WARM // BLOCK_BYTES, self._used.rfind(1) + 1)
            if least < self._top and hasattr(mmap, "MADV_FREE"):
                size = (self._top - least) * BLOCK_BYTES
                with suppress(OSError):  # of a system too old to know it
                    self._map.madvise(mmap.MADV_FREE, least * BLOCK_BYTES, size)
                self._top = least
        finally:
            self._lock.release()

    def places(self, parts: Sequence[bytes | memoryview]) -> NDArray[np.int64]:
        """int64[n], where each part begins in `over`; -1 for one that lies elsewhere."""
        found = [self._place(part) for part in parts]
        return np.array(found, np.int64)

    def _place(self, part: bytes | memoryview) -> int:
        if not part:
            return 0
        at: int = np.frombuffer(part, np.uint8).__array_interface__["data"][0] - self.address
        return at if 0 <= at < self._size else -1

    def over(self, kept: Sequence[Any]) -> NDArray[np.uint8]:
        """All of it, to be read.

        Args:
            kept: parts of it that stay what they are as long as anything refers to the array.
        """
        lent: Any = _Lent(self.address, self._size, (self, *kept), writeable=False)
        array: NDArray[np.uint8] = np.asarray(lent)
        return array


_memories: dict[int, Memory | None] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        after_in_child=_memories.clear
    )  # what the child still reads, it keeps itself


def common_memory() -> Memory | None:
    """The memory that all datasets of this process share; `None` where there are no addresses for it."""
    process = os.getpid()
    if process not in _memories:
        try:
            made: Memory | None = Memory()
        except OSError:
            made = None
        _memories.setdefault(process, made)
    return _memories[process]


def give_back() -> None:
    """Somebody reads no more: give the system what nobody uses."""
    found = _memories.get(os.getpid())
    if found is not None:
        found.give_back()


def _reserved() -> tuple[mmap.mmap, int]:
    """Addresses, and how many."""
    if sys.platform == "win32":  # which would set memory aside for them
        raise OSError("no addresses are reserved on this system")
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    fault: OSError | None = None
    for size in _ADDRESSES:
        try:
            made = mmap.mmap(-1, size, flags=flags)
        except OSError as error:
            fault = error
            continue
        if hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):  # of a system that has none
                made.madvise(mmap.MADV_HUGEPAGE)
        return made, size
    assert fault is not None  # there was no other way out of the loop
    raise fault

"""Many ranges of many sources at once: neighbours joined, long ones divided, all of them side by side."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, TypeVar

from atdata.shards.sources.awaited import value_of
from atdata.shards.sources.crew import REQUESTS, fetching_crew

if TYPE_CHECKING:
    from atdata.shards.sources.source import Range, Source

__all__ = [
    "GAP",
    "LEAST",
    "MOST",
    "THREADS",
    "Came",
    "Fresh",
    "Part",
    "Room",
    "at_once",
    "joined",
    "read_together",
]

GAP: Final = 64 * 1024
"""Bytes between two ranges up to which they are asked for together: what comes in the time of a request or two."""

LEAST: Final = 2 * 1024 * 1024
"""Bytes of one request where there are too few for all threads."""

MIB: Final = 1024 * 1024

MOST: Final = 8 * 1024 * 1024
"""Bytes of one request: from some such size on a connection is busy with bytes, not with waiting."""

_ALIGNED: Final = 512
"""As members of an archive are, so that rows fetched by themselves and rows in blocks are copied alike."""

THREADS: Final = REQUESTS
"""Requests that are under way at a time."""

Part: TypeAlias = bytes | memoryview
"""Bytes that came, or a part of them."""

Came: TypeAlias = Callable[[int, list[Part]], None]
"""Is told which source gave all that was wanted of it, and what."""

T = TypeVar("T")
U = TypeVar("U")


class Room(Protocol):
    """Memory that is received into."""

    def to_write(self, begin: int, end: int) -> memoryview:
        """A stretch of it, to be written."""
        ...

    def part(self, begin: int, end: int) -> Part:
        """A stretch of it, to be read. What nothing refers to may be used for others."""
        ...


class Fresh:
    """Memory of its own.

    Args:
        size: its bytes.
    """

    def __init__(self, size: int) -> None:
        self._data = memoryview(bytearray(size))

    def to_write(self, begin: int, end: int) -> memoryview:
        """A stretch of it, to be written."""
        return self._data[begin:end]

    def part(self, begin: int, end: int) -> Part:
        """A stretch of it, to be read."""
        return self._data[begin:end]


class _Span(NamedTuple):
    """What is fetched in one piece of memory."""

    begin: int  # in the file
    end: int
    at: int  # in the memory


def read_together(
    wanted: Sequence[tuple[Source, Sequence[Range]]],
    take: Callable[[int], Room] = Fresh,
    came: Came | None = None,
) -> list[list[Part]]:
    """The bytes of ranges of several sources, as many lists as sources; none is copied once it was received.

    What lies behind each other in a source, and is fetched together, does so in memory too.

    Args:
        wanted: the sources, and the ranges of each.
        take: gives memory of a size.
        came: is told what a source has given, in any thread, when that is all of it; others may take longer.

    Raises:
        SourceError, DatasetNotFound: as `Source`.
    """
    total = sum(size for _, ranges in wanted for _, size in ranges)
    # What is fetched ahead is asked for in large pieces: others keep the connections busy meanwhile.
    least = LEAST if fetching_crew() is None else MOST
    # Whole MiB, so that no block of a shard is divided.
    most = min(MOST, max(least, total // THREADS & -MIB))
    size, spans = _placed([joined(ranges, most=most) for _, ranges in wanted])
    parts: list[list[Part]] = [[b""] * len(ranges) for _, ranges in wanted]
    if not size:
        return parts
    room = take(size)
    requests = [
        (number, begin, room.to_write(at + begin - first, at + min(begin + most, end) - first))
        for number, found in enumerate(spans)
        for first, end, at in found
        for begin in range(first, end, most)
    ]
    left = Counter(number for number, _, _ in requests)
    lock = Lock()

    def read(request: tuple[int, int, memoryview]) -> None:
        number, offset, out = request
        source, ranges = wanted[number]
        source.read_into(offset, out)
        with lock:
            left[number] -= 1
            is_last = not left[number]
        if is_last:
            parts[number] = _cut(room, spans[number], ranges)
            if came is not None:
                came(number, parts[number])

    crew = fetching_crew()
    if crew is None:
        at_once(read, requests)
    else:
        crew.fetch(read, requests)
    return parts


def _placed(wanted: Sequence[Sequence[tuple[int, int]]]) -> tuple[int, list[list[_Span]]]:
    """Where in memory each span has its place, and how much all of them take."""
    size, found = 0, list[list[_Span]]()
    for spans in wanted:
        own = list[_Span]()
        for begin, end in spans:
            # As in the file, so that arrays begin where their elements may, and blocks where pages do.
            step = MIB if end - begin >= MIB else _ALIGNED
            at = -(-size // step) * step + begin % _ALIGNED
            own.append(_Span(begin, end, at))
            size = at + end - begin
        found.append(own)
    return size, found


def joined(ranges: Sequence[Range], gap: int = GAP, most: int = MOST) -> list[tuple[int, int]]:
    """Begins and ends of what is asked for, in order; each range lies within one of them.

    >>> joined([(0, 10), (100, 5), (12, 3), (4, 2), (90, 0)], gap=5)
    [(0, 15), (100, 105)]
    """
    spans: list[tuple[int, int]] = []
    for offset, size in sorted(item for item in ranges if item[1]):
        begin, end = spans[-1] if spans else (0, -gap - 1)
        last = max(end, offset + size)
        # What overlaps is one span, however long; neighbours are joined as long as one request takes them.
        if offset < end or (offset - end <= gap and last - begin <= most):
            spans[-1] = begin, last
        else:
            spans.append((offset, offset + size))
    return spans


def _cut(room: Room, spans: Sequence[_Span], ranges: Sequence[Range]) -> list[Part]:
    """The ranges out of the spans that came."""
    begins = [span.begin for span in spans]
    found = list[Part]()
    for offset, size in ranges:
        if not size:
            found.append(b"")
            continue
        span = spans[bisect_right(begins, offset) - 1]
        begin = span.at + offset - span.begin
        found.append(room.part(begin, begin + size))
    return found


def at_once(act: Callable[[T], U], items: Iterable[T], threads: int = THREADS) -> list[U]:
    """What a function that waits for a network gives for each item, several at a time; at a fault, that fault."""
    todo = list(items)
    if len(todo) < 2:
        return list(map(act, todo))
    # Made for this call: threads of a pool that is kept do not survive a fork.
    pool = ThreadPoolExecutor(min(threads, len(todo)), "atdata-source")
    try:
        # What is done there is done for whom it is done here.
        return [
            value_of(job) for job in [pool.submit(copy_context().run, act, item) for item in todo]
        ]
    finally:
        # Nobody waits for what the others still do, at a fault or an interrupt; those of a crew end with it.
        pool.shutdown(wait=fetching_crew() is not None, cancel_futures=True)

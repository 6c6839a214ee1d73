"""Many ranges of many sources at once: neighbours joined, long ones divided, all of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from atdata.shards.sources.crew import REQUESTS, fetching_crew

if TYPE_CHECKING:
    from atdata.shards.sources.source import Range, Source

__all__ = ["GAP", "LEAST", "MOST", "THREADS", "Part", "at_once", "joined", "read_together"]

GAP: Final = 64 * 1024
"""Bytes between two ranges up to which they are asked for together: what comes in the time of a request or two."""

LEAST: Final = 2 * 1024 * 1024
"""Bytes of one request where there are too few for all threads."""

MIB: Final = 1024 * 1024

MOST: Final = 8 * 1024 * 1024
"""Bytes of one request: from some such size on a connection is busy with bytes, not with waiting."""

THREADS: Final = REQUESTS
"""Requests that are under way at a time."""

Part: TypeAlias = bytes | memoryview
"""Bytes that came, or a part of them."""

T = TypeVar("T")
U = TypeVar("U")


def read_together(wanted: Sequence[tuple[Source, Sequence[Range]]]) -> list[list[Part]]:
    """The bytes of ranges of several sources, as many lists as sources; parts of what came are not copied.

    Raises:
        SourceError, DatasetNotFound: as `Source`.
    """
    total = sum(size for _, ranges in wanted for _, size in ranges)
    # What is fetched ahead is asked for in larger pieces: others keep the connections busy meanwhile.
    least = LEAST if fetching_crew() is None else 2 * LEAST
    # Whole MiB, so that no block of a shard is divided.
    most = min(MOST, max(least, total // THREADS & -MIB))
    spans = [joined(ranges, most=most) for _, ranges in wanted]
    requests = [
        (source, begin, min(most, end - begin))
        for (source, _), found in zip(wanted, spans, strict=True)
        for first, end in found
        for begin in range(first, end, most)
    ]
    pieces = iter(_all_read(requests))
    found: list[list[Part]] = []
    for (_, ranges), own in zip(wanted, spans, strict=True):
        parts = {begin: next(pieces) for first, end in own for begin in range(first, end, most)}
        found.append(_cut(parts, own, ranges, most))
    return found


def _all_read(requests: Sequence[tuple[Source, int, int]]) -> list[bytes]:
    crew = fetching_crew()
    return at_once(_read, requests) if crew is None else crew.fetch(_read, requests)


def _read(request: tuple[Source, int, int]) -> bytes:
    source, offset, size = request
    return source.read(offset, size)


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


def _cut(
    parts: dict[int, bytes],
    spans: Sequence[tuple[int, int]],
    ranges: Sequence[Range],
    most: int,
) -> list[Part]:
    """The ranges out of the pieces that came, which are keyed by where they begin."""
    found: dict[Range, Part] = {}
    waiting = iter(spans)
    first, end = 0, 0
    for offset, size in sorted({item for item in ranges if item[1]}):
        while offset >= end:
            first, end = next(waiting)
        pieces: list[Part] = []
        at, stop = offset, offset + size
        while at < stop:
            begin = at - (at - first) % most
            piece = parts[begin]
            pieces.append(memoryview(piece)[at - begin : stop - begin])
            at = begin + len(piece)
        found[offset, size] = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return [found[item] if item[1] else b"" for item in ranges]


def at_once(act: Callable[[T], U], items: Iterable[T], threads: int = THREADS) -> list[U]:
    """What a function that waits for a network gives for each item, several at a time; at a fault, that fault."""
    todo = list(items)
    if len(todo) < 2:
        return list(map(act, todo))
    # Made for this call: threads of a pool that is kept do not survive a fork.
    pool = ThreadPoolExecutor(min(threads, len(todo)), "atdata-source")
    try:
        # What is done there is done for whom it is done here.
        contexts = [copy_context() for _ in todo]
        return list(
            pool.map(lambda pair: pair[0].run(act, pair[1]), zip(contexts, todo, strict=True))
        )
    finally:
        # Nobody waits for what the others still do, at a fault or an interrupt; those of a crew end with it.
        pool.shutdown(wait=fetching_crew() is not None, cancel_futures=True)

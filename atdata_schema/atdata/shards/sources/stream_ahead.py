"""A file read from one place on, received ahead of who reads it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator
from functools import partial
from threading import Condition
from typing import Final

from atdata.shards.sources.crew import Crew, is_in_crew
from atdata.shards.sources.source import Source

__all__ = ["chunks_ahead"]

ALONE: Final = 4 << 20
"""Bytes that come one chunk at a time as they are asked for: who wants no more has cost no more."""

AHEAD: Final = 16 << 20
"""Bytes that are received ahead behind them."""


def chunks_ahead(source: Source, start: int) -> Generator[bytes]:
    """The bytes of a source from a place on, some at a time. Closed or at its end, it has no thread.

    In a thread that fetches ahead already, they are received when they are asked for.

    Raises:
        SourceError, DatasetNotFound, ShardError: as the source, behind what came before.
    """
    if is_in_crew():
        yield from source.chunks(start)
        return
    owner, at = os.getpid(), start
    line, crew = _Line(), Crew()
    crew.begin(partial(line.fill, source, start))
    try:
        while (chunk := line.take()) is not None:
            at += len(chunk)
            yield chunk
            if owner != os.getpid():
                break  # a child that was forked meanwhile: the thread is the parent's
        else:
            return
    finally:
        if owner == os.getpid():
            line.leave()
            crew.leave()
    yield from chunks_ahead(source, at)


class _Line:
    """Chunks on their way from a thread to who reads them."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._chunks = deque[bytes]()
        self._waiting = 0  # bytes that came and were not taken
        self._taken = 0
        self._wanted = self._left = self._ended = False
        self._fault: BaseException | None = None

    def fill(self, source: Source, start: int) -> None:
        """Receive everything, as far ahead as it may be."""
        fault: BaseException | None = None
        try:
            if self._may_go_on():
                for chunk in source.chunks(start):
                    self._put(chunk)
                    if not self._may_go_on():
                        break
        except BaseException as error:  # it is raised where the bytes are missed
            fault = error
        with self._changed:
            self._fault, self._ended = fault, True
            self._changed.notify_all()

    def _put(self, chunk: bytes) -> None:
        with self._changed:
            self._chunks.append(chunk)
            self._waiting += len(chunk)
            self._changed.notify_all()

    def _may_go_on(self) -> bool:
        """Wait until the next chunk is wanted; whether it is."""
        with self._changed:
            self._changed.wait_for(self._is_wanted)
            return not self._left

    def _is_wanted(self) -> bool:
        ahead = self._taken >= ALONE and self._waiting < AHEAD
        return self._left or ahead or (self._wanted and not self._chunks)

    def take(self) -> bytes | None:
        """The next chunk; `None` at the end.

        Raises:
            Exception: what the source raised there.
        """
        with self._changed:
            self._wanted = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._chunks or self._ended)
            self._wanted = False
            if self._chunks:
                chunk = self._chunks.popleft()
                self._waiting -= len(chunk)
                self._taken += len(chunk)
                self._changed.notify_all()
                return chunk
            if self._fault is not None:
                raise self._fault
            return None

    def leave(self) -> None:
        """Nobody reads any more."""
        with self._changed:
            self._left = True
            self._chunks.clear()
            self._changed.notify_all()

"""A file read from one place on: received ahead, in order, up to a bound, with nothing left behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata.errors import SourceError
from atdata.shards.sources.source import Source
from atdata.shards.sources.stream_ahead import AHEAD, ALONE, chunks_ahead

CHUNK = 1 << 18
END = 60 << 20


class Numbered(Source):
    """Chunks that say where they lie.

    Attributes:
        given: where the last one ended that was given out.
        fails_at: where it cannot go on.
    """

    def __init__(self, fails_at: int = END) -> None:
        self.url = "https://example.org/a.tar"
        self.given = 0
        self.fails_at = fails_at
        self.moved = threading.Condition()

    def size(self) -> int:
        return END

    def version(self) -> str:
        return ""

    def read(self, offset: int, size: int) -> bytes:
        raise NotImplementedError

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        assert stop is None
        for at in range(start, END, CHUNK):
            if at >= self.fails_at:
                raise SourceError("it breaks off")
            with self.moved:
                self.given = at + CHUNK
                self.moved.notify_all()
            yield at.to_bytes(8, "little") + bytes(min(CHUNK, END - at) - 8)

    def reach(self, place: int) -> None:
        """Wait until so much was given out."""
        with self.moved:
            assert self.moved.wait_for(lambda: self.given >= place, 60)


def _place(chunk: bytes) -> int:
    return int.from_bytes(chunk[:8], "little")


def _noted(places: Iterator[int], came: list[int]) -> Iterator[int]:
    for place in places:
        came.append(place)
    yield from ()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.enumerate()
    yield
    for each in threading.enumerate():
        if each not in before:
            each.join(60)
            assert not each.is_alive()


def test_all_of_it_in_order() -> None:
    found = [_place(chunk) for chunk in chunks_ahead(Numbered(), CHUNK)]
    assert found == list(range(CHUNK, END, CHUNK))


def test_little_costs_no_more_and_much_comes_ahead() -> None:
    source = Numbered()
    chunks = chunks_ahead(source, 0)
    taken = 0
    while taken < ALONE:
        assert source.given <= taken + CHUNK
        taken += len(next(chunks))
    source.reach(ALONE + AHEAD)
    assert source.given == ALONE + AHEAD
    chunks.close()


@given(st.integers(0, END // CHUNK - 1))
def test_a_fault_comes_behind_what_was_there(count: int) -> None:
    source, came = Numbered(count * CHUNK), list[int]()
    chunks = map(_place, chunks_ahead(source, 0))
    with pytest.raises(SourceError, match="breaks off"):
        came.extend(_noted(chunks, came))
    assert came == list(range(0, count * CHUNK, CHUNK))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_goes_on_by_itself() -> None:
    source = Numbered()
    chunks = chunks_ahead(source, 0)
    first = [_place(next(chunks)) for _ in range(40)]
    child = os.fork()
    if not child:
        right = [_place(chunk) for chunk in chunks] == list(range(40 * CHUNK, END, CHUNK))
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    rest = [_place(chunk) for chunk in chunks]
    assert first + rest == list(range(0, END, CHUNK))

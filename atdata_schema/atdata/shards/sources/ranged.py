"""What sources over a network have in common: one state of the file, exact ranges, going on where it broke off."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, TypeAlias

from atdata.errors import SourceError
from atdata.shards.sources.crew import check_wanted
from atdata.shards.sources.retrying import PATIENCE, Passing, Patience, Tries
from atdata.shards.sources.source import Source

__all__ = [
    "NOTHING",
    "Answer",
    "Body",
    "ContentRange",
    "Family",
    "RangedSource",
    "read_content_range",
    "read_number",
]

CHUNK: Final = 1 << 18
"""Bytes that are taken from a connection at a time."""

SMALL: Final = 8 << 20
"""Bytes up to which a file is read as a whole where its server gives no ranges."""

Family: TypeAlias = tuple[str | None, ...]
"""What files have in common that are given alike, by one server."""

_GIVING: Final[set[Family]] = set()
"""Families of which the file that was asked for last was given by ranges, in this process."""

_CONTENT_RANGE: Final = re.compile(r"bytes\s+(?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)")


class Body(Protocol):
    """What comes behind the head of an answer."""

    def read(self, amount: int, /) -> bytes:
        """The next bytes, as they are stored; none at the end. Raises `Passing` where it breaks off."""
        ...

    def readinto(self, out: memoryview, /) -> int:
        """The same, written to memory that is given: as many as there is room for. How many came is given back."""
        ...

    def close(self) -> None:
        """Leave the rest."""
        ...


class _Nothing:
    """No bytes."""

    def read(self, amount: int, /) -> bytes:
        """None at all."""
        return b""

    def readinto(self, out: memoryview, /) -> int:
        """None at all."""
        return 0

    def close(self) -> None:
        """There is nothing to leave."""


NOTHING: Final[Body] = _Nothing()
"""The body of an answer to a request for bytes that are not there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer to a request for a range.

    Attributes:
        start: where its bytes begin in the file.
        total: bytes of the file, where the server says it.
        version: the state that the file is in; empty where the server does not say it.
        body: the bytes.
        is_range: whether they are what was asked for, and not all of the file.
    """

    start: int
    total: int | None
    version: str
    body: Body
    is_range: bool = True


class RangedSource(Source):
    """A file that a server gives by ranges.

    The first answer says the size and the version. An answer that says another one is a fault: what was read
    and what would be read do not belong together.

    Args:
        url: what is said of it.
        family: what it has in common with files that the server gives alike.
        patience: how long it is tried.
    """

    def __init__(self, url: str, family: Family, patience: Patience = PATIENCE) -> None:
        self.url = url
        self._family = family
        self._patience = patience
        # One entry, put there once: that much is atomic without a lock, which a fork might find taken.
        self._pinned: dict[str, tuple[str, int | None]] = {}
        self._whole: bytes | None = None
        self._gives_ranges = True
        self._is_trusted = False  # to give ranges, since another one did

    @abstractmethod
    def _ask(self, start: int, stop: int | None) -> Answer:
        """Request the bytes from `start` to `stop`, or to the end; of the version in `_version`, where there is one.

        Raises:
            Passing: a fault that may pass.
            SourceError, DatasetNotFound: one that will not.
        """

    def size(self) -> int:
        total = self.known_size()
        if total is None:
            raise SourceError(
                f"{self.url}: the server does not say how large it is, as it must for reading single samples: "
                "read it in order, or from a copy"
            )
        return total

    def known_size(self) -> int | None:
        return self._state()[1]

    def gives_ranges(self) -> bool:
        if self._gives_ranges and self._family in _GIVING:
            # What one file has shown is not worth a request for each of its family.
            self._is_trusted = not self._pinned
            return True
        total = self.known_size()
        return self._gives_ranges or (total is not None and total <= SMALL)

    def version(self) -> str:
        return self._state()[0]

    @property
    def _version(self) -> str:
        """The version, as far as it is known without asking."""
        return self._pinned["it"][0] if self._pinned else ""

    def _state(self) -> tuple[str, int | None]:
        if not self._pinned:
            tries = Tries(self.url, self._patience)
            while not self._pinned:
                try:
                    self._answer(0, 1).body.close()
                except Passing as fault:
                    tries.failed(fault)
        return self._pinned["it"]

    def read(self, offset: int, size: int) -> bytes:
        out = bytearray(size)
        self.read_into(offset, memoryview(out))
        return bytes(out)

    def read_into(self, offset: int, out: memoryview) -> None:
        at, stop = offset, offset + len(out)
        tries = Tries(self.url, self._patience)
        while at < stop and self._whole is None:
            check_wanted()
            try:
                answer = self._answer(at, stop)
                with closing(answer.body) as body:
                    if self._hold_whole(answer, at):
                        break
                    end = stop if answer.total is None else min(stop, answer.total)
                    while at < end and (
                        count := body.readinto(out[at - offset : min(at + CHUNK, end) - offset])
                    ):
                        tries.came(count)
                        at += count
                if at < end:
                    raise Passing("the connection broke off")
                if end < stop:
                    break
            except Passing as fault:
                tries.failed(fault)
        if self._whole is not None:
            data = self._whole[offset:stop]
            at = offset + len(data)
            out[: len(data)] = data
        if at != stop:
            raise SourceError(f"{self.url}: has no bytes {offset} to {stop}")

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from one place to another, going on where an answer breaks off."""
        if stop is not None and start >= stop:
            return
        tries = Tries(self.url, self._patience)
        at = start
        while True:
            check_wanted()
            try:
                answer = self._answer(at, stop)
                with closing(answer.body) as body:
                    _pass_over(body, at - answer.start)
                    end = _end(answer, stop)
                    while (end is None or at < end) and (
                        data := body.read(CHUNK if end is None else min(CHUNK, end - at))
                    ):
                        tries.came(len(data))
                        at += len(data)
                        yield data
                if end is None or at >= end:
                    return
                raise Passing(f"the connection broke off at byte {at}")
            except Passing as fault:
                tries.failed(fault)

    def _hold_whole(self, answer: Answer, at: int) -> bool:
        """Where a server ignores ranges, hold a small file as a whole, and refuse to read a large one for a part."""
        if answer.start == at:
            return False
        if answer.total is None or answer.total > SMALL:
            raise SourceError(
                f"{self.url}: the server gives no ranges of bytes, which single samples, batches and shuffled "
                f"order need: read it in order (`for`){self._once_more}, or from a copy"
            )
        whole = bytearray()
        while len(whole) < answer.total:
            data = answer.body.read(min(CHUNK, answer.total - len(whole)))
            if not data:
                raise Passing(f"the connection broke off at byte {len(whole)}")
            whole += data
        self._whole = bytes(whole)
        return True

    @property
    def _once_more(self) -> str:
        if not self._is_trusted:
            return ""
        return ", again where that was done, since it gave those of a file beside it"

    def _answer(self, start: int, stop: int | None) -> Answer:
        """An answer that is about the same state of the file as those before."""
        answer = self._ask(start, stop)
        self._gives_ranges = answer.is_range
        (_GIVING.add if answer.is_range else _GIVING.discard)(self._family)
        version, total = self._pinned.setdefault("it", (answer.version, answer.total))
        if answer.version != version or (
            None not in (answer.total, total) and answer.total != total
        ):
            answer.body.close()
            raise self._replaced()
        if answer.start > start or (answer.start and answer.start != start):
            answer.body.close()
            raise SourceError(f"{self.url}: the server gave other bytes than those asked for")
        return answer

    def _replaced(self) -> SourceError:
        return SourceError(
            f"{self.url}: was replaced while it was read, or its server tells several copies apart; "
            "nothing of the new one was given: load the dataset again"
        )


def _end(answer: Answer, stop: int | None) -> int | None:
    """Where the bytes end that are to be had; `None` where nobody knows before they are read."""
    if stop is None or answer.total is None:
        return answer.total if stop is None else stop
    return min(stop, answer.total)


def _pass_over(body: Body, count: int) -> None:
    """Read what a server sent before the bytes that were asked for."""
    while count > 0:
        data = body.read(min(CHUNK, count))
        if not data:
            raise Passing("the connection broke off")
        count -= len(data)


class ContentRange(NamedTuple):
    """Which bytes of a file an answer has.

    Attributes:
        span: the first byte, and the one behind the last; `None` where there are none.
        total: bytes of the file, where they are said.
    """

    span: tuple[int, int] | None
    total: int | None


def read_content_range(text: str) -> ContentRange | None:
    """What a `Content-Range` says; `None` where it is none.

    >>> read_content_range("bytes 0-99/1000")
    ContentRange(span=(0, 100), total=1000)
    >>> read_content_range("bytes */1000")
    ContentRange(span=None, total=1000)
    """
    found = _CONTENT_RANGE.fullmatch(text.strip())
    if found is None:
        return None
    total = None if found[3] == "*" else int(found[3])
    if found[1] is None:
        return ContentRange(None, total)
    span = int(found[1]), int(found[2]) + 1
    return ContentRange(span, total) if span[0] < span[1] <= (total or span[1]) else None


def read_number(text: str | None) -> int | None:
    """The number that a header says; `None` where it is missing, or no number.

    >>> read_number("512"), read_number("-1"), read_number(None)
    (512, None, None)
    """
    return int(text) if text is not None and text.isascii() and text.isdigit() else None

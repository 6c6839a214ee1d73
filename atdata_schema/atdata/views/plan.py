"""What every view of samples can do, whatever it is made of."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atdata.errors import LoadError, SampleNotFound
from atdata.order import Places
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile
from atdata.views.rows import Rows

if TYPE_CHECKING:
    from atdata.views.question import Question

__all__ = ["Entry", "Numbers", "Plan", "in_blocks"]

Entry: TypeAlias = tuple[str, Any]
"""A sample with its key before it."""

Numbers: TypeAlias = NDArray[np.int64]
"""Samples of a plan, by their numbers from 0."""

_BLOCK = 1024


class Plan(ABC):
    """Samples, numbered from 0. Nothing is read until it is asked for; what was found out is kept.

    Attributes:
        calls: whether reading calls functions of the user, so that it goes sample by sample.
        is_made: whether such functions made the samples, so that they are not those of the shards.
    """

    calls: bool = False
    is_made: bool = False

    @property
    @abstractmethod
    def sample_type(self) -> type[Any]:
        """The class of the samples."""

    @property
    def known_type(self) -> type[Any] | None:
        """The class of the samples, where it is known without reading one."""
        return self.sample_type

    @abstractmethod
    def count(self) -> int:
        """How many samples there are."""

    @abstractmethod
    def stream(self) -> Iterator[Entry]:
        """Every sample in order, reading ahead of none."""

    @abstractmethod
    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        """Some samples, in the order of their numbers; a block is asked for when the last one is used up."""

    @property
    def are_fetched(self) -> bool:
        """Whether the bytes of the samples come over a network."""
        rows = self.rows()
        return rows is not None and rows.are_fetched

    def reads(self, blocks: Iterable[Numbers]) -> Generator[Callable[[], Iterator[Entry]]]:
        """For each block of samples what gives them; bytes that are fetched are those of later blocks meanwhile."""
        rows = self.rows()
        if rows is None or not rows.are_fetched:
            for block in blocks:
                yield partial(self.entries, [block])
            return
        with closing(rows.promised(blocks)) as promises:
            for promised in promises:
                yield partial(rows.entries, promised)

    @abstractmethod
    def key_list(self) -> list[str]:
        """Every key in order."""

    @abstractmethod
    def places(self) -> Places:
        """Which shard each sample lies in."""

    @abstractmethod
    def files(self) -> tuple[ShardFile, ...]:
        """The shards that the samples lie in."""

    @abstractmethod
    def steps(self) -> tuple[str, ...]:
        """What was done to the stored samples, in words."""

    @abstractmethod
    def check_random(self) -> None:
        """Refuse what cannot be read in any order.

        Raises:
            LoadError: a shard is packed.
        """

    @abstractmethod
    def as_class(self, cls: type[Any]) -> Plan:
        """The same samples read as another class."""

    @property
    def verify(self) -> Verify:
        """When the contents of shards are held against their digests."""
        return "first"

    def rows(self) -> Rows | None:
        """The samples as rows of shards, where they are that and no more."""
        return None

    def rows_in_order(self) -> Rows | None:
        """The same, for going through all of them once from the front."""
        return self.rows()

    def flat(self) -> tuple[Plan, Numbers | None]:
        """The samples as some of another plan, functions and classes left out; `None` is all of it."""
        return self, None

    def truth(self, question: Question) -> NDArray[np.bool_] | None:
        """Of which samples a condition is true: bool[samples]; `None` where they have to be gone through one by one.

        Raises:
            ShardError: a shard is damaged.
            DecodeError: a sample that had to be read is not of its type.
        """
        return None

    def true_numbers(self, question: Question) -> Numbers | None:
        """The same by their numbers; few of many are sooner found so."""
        # Imported where it is needed: most programs ask nothing.
        from atdata.manifest.query.columns import rows_of

        truth = self.truth(question)
        return None if truth is None else rows_of(truth)

    def known_count(self) -> int | None:
        """How many samples there are, where that is known without reading."""
        return None

    def is_empty(self) -> bool:
        """Whether there is no sample, found out by the first one."""
        return next(self.stream(), None) is None

    def sample(self, number: int) -> Any:
        """One sample."""
        return next(self.entries([np.asarray([number], np.int64)]))[1]

    def find(self, key: str) -> int:
        """The number of the sample with a key.

        Raises:
            SampleNotFound: there is none.
            LoadError: there are several.
        """
        try:
            number = self._numbers[key]
        except KeyError:
            first = ", ".join(map(repr, list(self._numbers)[:3]))
            hint = f"the first keys are {first}" if first else "there are no samples"
            raise SampleNotFound(f"no sample of the view has the key {key!r}; {hint}") from None
        if number < 0:
            raise LoadError(f"several samples of the view have the key {key!r}: ask by number")
        return number

    @cached_property
    def fingerprint(self) -> str:
        """What orders and states depend on: the stored samples, and which of them these are.

        Functions and classes leave it as it is. Where samples were chosen, it is the sha-256 of a line
        `atdata rows 1`, the fingerprint of what they were chosen from in a line, and their numbers as
        int64, little-endian; all of them in order have the fingerprint of what they were chosen from.
        """
        root, numbers = self.flat()
        if numbers is None or np.array_equal(numbers, np.arange(root.count())):
            return root.fingerprint
        digest = hashlib.sha256(f"atdata rows 1\n{root.fingerprint}\n".encode())
        digest.update(np.ascontiguousarray(numbers, "<i8").data)
        return digest.hexdigest()

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The number of each key; -1 where a key stands more than once."""
        numbers: dict[str, int] = {}
        for number, key in enumerate(self.key_list()):
            numbers[key] = -1 if key in numbers else number
        return numbers

    def __getstate__(self) -> dict[str, Any]:
        """All but what can be found out again."""
        derived = {"_numbers", "fingerprint"}
        return {name: value for name, value in self.__dict__.items() if name not in derived}


def in_blocks(numbers: Numbers) -> Iterator[Numbers]:
    """Numbers, some at a time."""
    return (numbers[begin : begin + _BLOCK] for begin in range(0, len(numbers), _BLOCK))

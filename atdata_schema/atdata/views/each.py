"""Plans whose samples are made of another's, each of its own one alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from atdata.views.one_for_one import OneForOne
from atdata.views.plan import Entry, Numbers

__all__ = ["Each"]


class Each(OneForOne):
    """A sample for each of another plan, made of that and of nothing else."""

    @abstractmethod
    def one(self, key: str, sample: Any) -> Any:
        """What is made of one sample of the other plan."""

    def stream(self) -> Iterator[Entry]:
        return self._each(self._base.stream())

    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        return self._each(self._base.entries(blocks))

    @property
    def are_fetched(self) -> bool:
        return self._base.are_fetched

    def reads(self, blocks: Iterable[Numbers]) -> Generator[Callable[[], Iterator[Entry]]]:
        with closing(self._base.reads(blocks)) as found:
            for read in found:
                yield partial(self._read, read)

    def _read(self, read: Callable[[], Iterator[Entry]]) -> Iterator[Entry]:
        return self._each(read())

    def _each(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        one = self.one
        return ((key, one(key, sample)) for key, sample in entries)

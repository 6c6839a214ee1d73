"""Some samples of another plan."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from atdata.order import Places
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile
from atdata.views.faces import Reread
from atdata.views.plan import Entry, Numbers, Plan, in_blocks
from atdata.views.rows import Rows
from atdata.views.shown import Shown

if TYPE_CHECKING:
    from atdata.views.question import Question

__all__ = ["Choice", "Chosen"]


class Choice(Protocol):
    """Which samples of a plan, and in which order."""

    @property
    def calls(self) -> bool:
        """Whether it calls a function of the user."""
        ...

    def numbers(self, base: Plan) -> Numbers:
        """Their numbers in the plan."""
        ...

    def stream(self, base: Plan) -> Iterator[Entry] | None:
        """The samples themselves, where they can be had in one pass without the numbers."""
        ...

    def __str__(self) -> str:
        """The choice as it is written."""
        ...


class Chosen(Plan):
    """What a choice takes of a plan. Its numbers are found when they are asked for, and kept."""

    def __init__(self, base: Plan, choice: Choice) -> None:
        self._base = base
        self._choice = choice
        self.calls = base.calls or choice.calls
        self.is_made = base.is_made

    @cached_property
    def numbers(self) -> Numbers:
        """int64[n], which samples of the base."""
        numbers = self._choice.numbers(self._base)
        numbers.flags.writeable = False
        return numbers

    @property
    def sample_type(self) -> type[Any]:
        return self._base.sample_type

    @property
    def known_type(self) -> type[Any] | None:
        return self._base.known_type

    def count(self) -> int:
        return len(self.numbers)

    def known_count(self) -> int | None:
        return len(self.numbers) if "numbers" in self.__dict__ else None

    def is_empty(self) -> bool:
        return super().is_empty() if self.calls else self.count() == 0

    def stream(self) -> Iterator[Entry]:
        found = None if "numbers" in self.__dict__ else self._choice.stream(self._base)
        return self._base.entries(in_blocks(self.numbers)) if found is None else found

    def entries(self, blocks: Iterable[Numbers]) -> Iterator[Entry]:
        return self._base.entries(self.numbers[block] for block in blocks)

    @property
    def are_fetched(self) -> bool:
        return self._base.are_fetched

    def reads(self, blocks: Iterable[Numbers]) -> Generator[Callable[[], Iterator[Entry]]]:
        return self._base.reads(self.numbers[block] for block in blocks)

    def sample(self, number: int) -> Any:
        return self._base.sample(int(self.numbers[number]))

    def key_list(self) -> list[str]:
        keys = self._base.key_list()
        return [keys[number] for number in self.numbers.tolist()]

    def places(self) -> Places:
        places = self._base.places()
        return Places(places.shards[self.numbers], places.bytes)

    def files(self) -> tuple[ShardFile, ...]:
        return self._base.files()

    def steps(self) -> tuple[str, ...]:
        return (*self._base.steps(), str(self._choice))

    @property
    def verify(self) -> Verify:
        return self._base.verify

    def check_random(self) -> None:
        self._base.check_random()

    def rows(self) -> Rows | None:
        rows = self._base.rows()
        return None if rows is None else rows.chosen(self.numbers)

    def flat(self) -> tuple[Plan, Numbers | None]:
        root, numbers = self._base.flat()
        return root, self.numbers if numbers is None else numbers[self.numbers]

    def truth(self, question: Question) -> NDArray[np.bool_] | None:
        found = self._base.truth(question)
        return None if found is None else found[self.numbers]

    def as_class(self, cls: type[Any]) -> Plan:
        # What a function judges is the sample as it was before.
        if self._choice.calls:
            return Shown(self, Reread(cls))
        return Chosen(self._base.as_class(cls), self._choice)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if not self._choice.calls:
            state.pop("numbers", None)
        return state

"""One time through a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from atdata.state import State

if TYPE_CHECKING:
    from atdata.iteration import Iteration

__all__ = ["Epoch", "Opening", "Size"]

Opening = Callable[[int, int], Iterator[Any]]
"""Gives the samples or batches of an epoch from a position on."""

Size = Callable[[Any], int]
"""Says how many samples a batch has."""

T_co = TypeVar("T_co", covariant=True)


class Epoch(Iterator[T_co], Generic[T_co]):
    """The samples or batches of one epoch, or of what is left of it.

    A state says what was handed out, whatever was read ahead: after `next()`, that sample or batch counts.
    """

    __slots__ = ("_begun", "_ended", "_given", "_items", "_iteration", "_open", "_size", "epoch")

    def __init__(
        self, iteration: Iteration[T_co], start: tuple[int, int], opening: Opening, size: Size
    ) -> None:
        self._iteration = iteration
        self._open = opening
        self._size = size
        self._begin(*start)

    def _begin(self, epoch: int, position: int) -> None:
        self.epoch = epoch
        self._begun = position
        self._given = 0
        self._ended = False
        self._items: Iterator[T_co] = self._open(epoch, position)

    def __iter__(self) -> Epoch[T_co]:
        return self

    def __next__(self) -> T_co:
        try:
            item = next(self._items)
        except StopIteration:
            self._ended = True
            raise
        self._given += self._iteration.width(item, self._size)
        return item

    def close(self) -> None:
        """Give up what is left: nothing more is read, and what reads ahead ends. The state stays."""
        close = getattr(self._items, "close", None)
        if close is not None:
            close()

    def state(self) -> State:
        """Where it stands."""
        return self._iteration.state_at(self.epoch, self._begun + self._given, self._ended)

    def state_dict(self) -> dict[str, Any]:
        """Where it stands, as JSON objects of less than 1 kB; `load_state_dict` goes on from there."""
        return self.state().to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where another iteration stood, of any batch size, rank and world size.

        Raises:
            StateError: it is no state, or that of another dataset, seed or order.
        """
        begun = self._iteration.begun_from(state)
        self.close()
        self._begin(*begun)

"""One time through a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from atdata.iteration import Iteration

__all__ = ["Epoch", "Opening", "Size", "Standing"]

Opening = Callable[[int, int], Iterator[Any]]
"""Gives the samples or batches of an epoch from a position on."""

Size = Callable[[Any], int]
"""Says how many samples a batch has."""

T_co = TypeVar("T_co", covariant=True)


class Standing:
    """Where one time through a dataset stands. It outlives that, which ends when nobody goes on with it.

    Attributes:
        epoch: which epoch it is, from 0.
        begun: the position where it began.
        given: how many samples all ranks were given since.
        ended: whether all of them were.
    """

    __slots__ = ("begun", "ended", "epoch", "given")

    def __init__(self, epoch: int, position: int) -> None:
        self.begin(epoch, position)

    def begin(self, epoch: int, position: int) -> None:
        """Stand at a position from which nothing was given yet."""
        self.epoch = epoch
        self.begun = position
        self.given = 0
        self.ended = False


class Epoch(Iterator[T_co], Generic[T_co]):
    """The samples or batches of one epoch, or of what is left of it.

    A state says what was handed out, whatever was read ahead: after `next()`, that sample or batch counts.

    Attributes:
        standing: where it stands.
    """

    __slots__ = ("_items", "_iteration", "_open", "_size", "standing")

    def __init__(
        self, iteration: Iteration[T_co], start: tuple[int, int], opening: Opening, size: Size
    ) -> None:
        self._iteration = iteration
        self._open = opening
        self._size = size
        self.standing = Standing(*start)
        self._items: Iterator[T_co] = opening(*start)

    @property
    def epoch(self) -> int:
        """Which epoch it is, from 0."""
        return self.standing.epoch

    def __iter__(self) -> Epoch[T_co]:
        return self

    def __next__(self) -> T_co:
        try:
            item = next(self._items)
        except StopIteration:
            self.standing.ended = True
            raise
        self.standing.given += self._iteration.width(item, self._size)
        return item

    def close(self) -> None:
        """Give up what is left: nothing more is read, and what reads ahead ends. The state stays."""
        close = getattr(self._items, "close", None)
        if close is not None:
            close()

    def state_dict(self) -> dict[str, Any]:
        """Where it stands, as JSON objects of less than 1 kB; `load_state_dict` goes on from there."""
        return self._iteration.state_of(self.standing)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where another iteration stood, of any batch size, rank and world size.

        Raises:
            StateError: it is no state, or that of another dataset, seed or order.
        """
        begun = self._iteration.begun_from(state)
        self.close()
        self.standing.begin(*begun)
        self._items = self._open(*begun)

"""`Loader`: batches made ahead."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Self, TypeVar

from atdata.epoch import Epoch
from atdata.errors import LoadError
from atdata.iteration import Iteration
from atdata.loaders.pieces import Cut, piece_steps
from atdata.loaders.threads import by_threads
from atdata.loaders.waiting import Waiting
from atdata.shards.sizes import count_of

if TYPE_CHECKING:
    from atdata.loaders.processes import Crew

__all__ = ["Loader", "LoaderEpoch", "Processes", "Workers"]

T_co = TypeVar("T_co", covariant=True)

Processes = bool | Literal["fork", "spawn", "forkserver"]
"""Whether workers are processes, and how they are started."""

_THREADS: Final = 2  # one core does not use all the bandwidth that memory has; two do
_METHODS: Final = (True, False, "fork", "spawn", "forkserver")


@dataclass(frozen=True, slots=True)
class Workers:
    """Who makes batches ahead.

    Attributes:
        count: how many; `None` is two threads or processes, or one thread where functions are called, or where several
            batches are a piece.
        prefetch: pieces that are ready or being made.
        processes: whether they are processes, and how they are started.
        fresh: whether each batch of processes gets memory of its own.
    """

    count: int | None = None
    prefetch: int = 2
    processes: Processes = False
    fresh: bool = False

    @classmethod
    def checked(
        cls, count: int | None, prefetch: int | None, processes: Processes, fresh: bool
    ) -> Workers:
        """The workers that these arguments name.

        Raises:
            LoadError: one is no count, or there is no such way to start a process.
        """
        number = None if count is None else count_of("workers", count, LoadError)
        if processes not in _METHODS:
            raise LoadError(
                f'processes is {processes!r}: give True, False, "fork", "spawn" or "forkserver"'
            )
        # One more than there are workers: who has made a batch need not wait until the caller takes it.
        ahead = (number or _THREADS) + 1 if prefetch is None else prefetch
        return cls(number, count_of("prefetch", ahead, LoadError), processes, bool(fresh))


class Loader(Generic[T_co]):
    """Batches of a dataset, made ahead by threads or processes; each `iter()` is the next epoch.

    Which batches come, and in which order, is what `shuffled` or `ordered` say for the same arguments; workers
    change nothing in it. States are those of `shuffled` and `ordered` too: what was handed out counts, whatever
    was made ahead.

    Threads end with an epoch. Processes wait for the next one, unless what they read is fetched, and end with this object.
    """

    def __init__(self, iteration: Iteration[T_co], workers: Workers) -> None:
        iteration.plan.check_random()
        self._iteration = iteration
        self._workers = workers
        self._waiting: Waiting[Crew] = Waiting(self)

    def __len__(self) -> int:
        """Batches that one epoch gives to this rank."""
        return len(self._iteration)

    def __bool__(self) -> bool:
        return bool(self._iteration)

    def __iter__(self) -> LoaderEpoch[T_co]:
        return LoaderEpoch(self._iteration.begin(self.ahead))

    def set_epoch(self, epoch: int) -> None:
        """Make the next `iter()` that of an epoch, as `shuffled` does.

        Raises:
            LoadError: it is negative.
        """
        self._iteration.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where the latest iterator stands: the batches that were handed out, not those made ahead."""
        return self._iteration.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make the next `iter()` go on from a state of any loader, `shuffled` or `ordered` of the same data.

        Raises:
            StateError: it is no state, or that of another dataset, seed or order.
        """
        self._iteration.load_state_dict(state)

    def ahead(self, epoch: int, position: int) -> Iterator[Any]:
        """The batches of an epoch from a position on; a generator, so that nothing runs before the first."""
        iteration, workers = self._iteration, self._workers
        steps = piece_steps(iteration)
        cut = Cut.of(iteration, epoch, position, steps)
        if workers.processes:
            # Imported where it is needed: most programs use no processes.
            from atdata.loaders.processes import by_processes

            yield from by_processes(iteration, cut, workers, self._waiting)
            return
        rows = iteration.plan.rows()
        if rows is not None:
            rows.keep_buffers((workers.prefetch + 2) * steps)
        iteration.buffers.keep(workers.prefetch + 2)
        # Small batches are made by Python for the most part, in which two threads are in each other's way, as functions are.
        by_one = iteration.plan.calls or steps > 1
        count = workers.count or (1 if by_one else _THREADS)
        yield from by_threads(iteration, cut.pieces(iteration), count, workers.prefetch)

    def __repr__(self) -> str:
        share, workers = self._iteration.share, self._workers
        kind = "processes" if workers.processes else "threads"
        return f"<Loader of {share.batch_size}: {workers.count or 'some'} {kind}, {workers.prefetch} ahead>"


class LoaderEpoch(Iterator[T_co], Generic[T_co]):
    """The batches of one epoch, or of what is left of it.

    When nobody has it any more, as behind a loop that was left, its workers end at once. `close` does the same,
    and so does `with`.
    """

    __slots__ = ("__weakref__", "_closing", "_epoch")

    def __init__(self, epoch: Epoch[T_co]) -> None:
        self._epoch = epoch
        # The loader keeps the epoch, for its state; the workers are to end with this object.
        self._closing = weakref.finalize(self, epoch.close)

    @property
    def epoch(self) -> int:
        """Which epoch it is, from 0."""
        return self._epoch.epoch

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T_co:
        return next(self._epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where it stands: the batches that it has given."""
        return self._epoch.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where another iteration stood.

        Raises:
            StateError: it is no state, or that of another dataset, seed or order.
        """
        self._epoch.load_state_dict(state)

    def close(self) -> None:
        """End the workers and give up what they made ahead; the state stays."""
        self._epoch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
